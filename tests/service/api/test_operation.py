"""Declared operations: what reaches a view, what is refused, and what is sent."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from pydantic import Field

from service.api.models import Identifier, Model, Page, as_json
from service.api.operation import Answered, operation, operations
from service.errors import ServiceError
from service.guard.policy import Zone, policies
from service.guard.principal import Scope


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Lamp(Model):
    """A lamp."""

    id: Identifier
    colour: Colour = Colour.RED
    watts: int = Field(ge=1, le=100)
    names: tuple[str, ...] = ()


class LampQuery(Page):
    colour: Colour | None = None
    lit: bool = False


def make_app() -> Flask:
    """An app of its own, with the one reader and no gate: the gate has its own tests."""
    blueprint = Blueprint("lamps", __name__)
    app = Flask(__name__)

    @operation(
        blueprint, "GET", "/admin/lamps/<lamp_id>", scope=Scope.READ, returns=Lamp,
        query=LampQuery, tag="Lamps", summary="One lamp",
    )  # fmt: skip
    def show(lamp_id: Identifier, query: LampQuery) -> Lamp:
        return Lamp(id=lamp_id, colour=query.colour or Colour.RED, watts=query.limit)

    @operation(
        blueprint, "POST", "/admin/lamps", scope=Scope.EDIT, returns=Lamp, body=Lamp, status=201,
        more={200: Page}, tag="Lamps", summary="A new lamp",
    )  # fmt: skip
    def make(body: Lamp) -> Lamp | Answered | Page:
        if body.id == "page":
            return Answered(Page(), 200, {"X-Lamp": "old"})
        return Page() if body.id == "bug" else body

    @operation(
        blueprint, "DELETE", "/admin/lamps/<lamp_id>", scope=Scope.EDIT, returns=None, status=204,
        tag="Lamps", summary="No lamp",
    )  # fmt: skip
    def drop(lamp_id: Identifier) -> None:
        assert lamp_id

    app.register_blueprint(blueprint)
    app.register_error_handler(
        ServiceError, lambda error: ({"message": error.message}, error.status)
    )
    return app


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return make_app().test_client()


@pytest.mark.parametrize("path", ["/admin/lamps/one", "/admin/lamps/one/"])
def test_a_view_gets_what_was_declared(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}?limit=7&colour=blue")
    assert answer.status_code == 200
    assert answer.json == {"id": "one", "colour": "blue", "watts": 7, "names": []}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=5_0", "limit=%205", "limit=1.0", "limit=%2B5", "limit=05",
        "limit=", "limit=1e2", "limit=%D9%A3", "limit=" + "9" * 5000, "limit=1&limit=1",
        "colour=green", "colour=", "colour=RED", "lit=yes", "lit=1", "lit=True", "lit=",
        "other=1", "LIMIT=1", "%00=1", "limit[]=1",
    ],
)  # fmt: skip
def test_a_query_that_does_not_fit_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/admin/lamps/one?{query}").status_code == 400


@pytest.mark.parametrize("lit", ["true", "false"])
def test_the_two_forms_of_a_yes_or_no(client: FlaskClient, lit: str) -> None:
    assert client.get(f"/admin/lamps/one?lit={lit}").status_code == 200


@pytest.mark.parametrize("name", [".one", "-rf", "%C3%A9", "one%0A", "a" * 65, "%00", "%2e%2e"])
def test_an_id_that_cannot_be_one_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/admin/lamps/{name}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {}, [], None, 1, {"id": "a"}, {"id": "a", "watts": "5"}, {"id": "a", "watts": 5.5},
        {"id": "a", "watts": True}, {"id": "a", "watts": 0}, {"id": "a", "watts": 101},
        {"id": "a", "watts": 10**30}, {"id": "", "watts": 1}, {"id": "a b", "watts": 1},
        {"id": "a\n", "watts": 1}, {"id": "a", "watts": 1, "extra": 1},
        {"id": "a", "watts": 1, "colour": "Red"}, {"id": "a", "watts": 1, "names": "x"},
        {"id": "a", "watts": 1, "names": [1]}, {"id": "a", "watts": 1, "names": {"0": "x"}},
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_is_refused(client: FlaskClient, body: object) -> None:
    sent = client.post("/admin/lamps", data=json.dumps(body), content_type="application/json")
    assert sent.status_code == 400


def test_a_body_that_fits_reaches_the_view(client: FlaskClient) -> None:
    sent = {"id": "a", "watts": 5, "colour": "blue", "names": ["x", "ü"]}
    answer = client.post("/admin/lamps/", json=sent)
    assert answer.status_code == 201
    assert answer.json == sent


def test_a_whole_number_may_be_written_with_a_point(client: FlaskClient) -> None:
    """To JSON Schema, and so to the document, `5.0` is an integer."""
    sent = client.post(
        "/admin/lamps", data=b'{"id": "a", "watts": 5.0}', content_type="application/json"
    )
    assert (sent.status_code, sent.get_json()["watts"]) == (201, 5)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(client: FlaskClient, kind: str) -> None:
    answer = client.post("/admin/lamps", data=b'{"id": "a", "watts": 5}', content_type=kind)
    assert answer.status_code == 415


def test_a_refusal_names_the_field_and_never_the_value(client: FlaskClient) -> None:
    answer = client.post("/admin/lamps", json={"id": "the secret!", "watts": 1})
    assert answer.status_code == 400
    message = read(answer.get_data())["message"]
    assert message == "the body does not fit: id: it has not the form that is asked for"


def test_a_refusal_names_five_fields_at_most(client: FlaskClient) -> None:
    body = {"id": "a", "watts": 1, **{f"x{n}": n for n in range(1000)}}
    message = read(client.post("/admin/lamps", json=body).get_data())["message"]
    assert "and 995 more" in message
    assert len(message) < 1000


def test_another_declared_status_answers_its_own_model(client: FlaskClient) -> None:
    answer = client.post("/admin/lamps", json={"id": "page", "watts": 1})
    assert (answer.status_code, answer.headers["X-Lamp"]) == (200, "old")
    assert answer.json == {"limit": 50, "offset": 0}


def test_an_undeclared_answer_is_a_bug_and_is_not_sent() -> None:
    app = make_app()
    app.testing = True
    with pytest.raises(TypeError, match="make answers"):
        app.test_client().post("/admin/lamps", json={"id": "bug", "watts": 1})


def test_an_empty_answer_has_no_body(client: FlaskClient) -> None:
    answer = client.delete("/admin/lamps/one")
    assert (answer.status_code, answer.get_data()) == (204, b"")


def test_a_query_where_none_is_declared_is_refused(client: FlaskClient) -> None:
    assert client.delete("/admin/lamps/one?force=true").status_code == 400


def test_an_operation_declares_its_policy() -> None:
    app = make_app()
    assert [each.name for each in operations(app)] == ["make", "drop", "show"]
    assert {policy.zone for policy in policies(app).values()} == {Zone.API}
    assert policies(app)["lamps.show"].scope is Scope.READ


def test_models_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(Page(), "limit", 5)  # noqa: B010 - the type checker would refuse an assignment


def read(raw: bytes) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(raw)
    return found


def test_half_a_surrogate_pair_does_not_keep_an_answer_back() -> None:
    """As of a name in a file system that is no UTF-8."""

    class Named(Model):
        name: str
        rest: tuple[str, ...] = ()

    made = Named(name="a\udcff\u00e9", rest=("\ud800",))
    assert json.loads(as_json(made)) == {"name": "a?\u00e9", "rest": ["?"]}
    assert as_json(Named(name="\u00e9")) == '{"name":"\u00e9","rest":[]}'
