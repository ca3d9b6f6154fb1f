"""The document of the API: valid OpenAPI 3.1, complete, and true to what is served."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import validator_for

from service.api.doc_page import sections, type_text
from service.api.openapi import FAILURES, document
from service.api.operation import Operation
from service.guard.policy import Zone
from tests.service.served import Served
from tests.service.shared import shared_service

OPENAPI = "/openapi/openapi.json"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with shared_service(tmp_path_factory.mktemp("openapi")) as served:
        yield served


@pytest.fixture(scope="module")
def served_document(service: Served) -> dict[str, Any]:
    """The document as a stranger gets it."""
    answer = service.get(OPENAPI, key=None)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    found: dict[str, Any] = answer.json
    return found


def described(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_each_reference_leads_somewhere_and_nothing_is_left_over(
    served_document: dict[str, Any],
) -> None:
    found = set(values_of(served_document, "$ref"))
    for reference in found:
        value: Any = served_document
        for part in reference.removeprefix("#/").split("/"):
            value = value[part]
    schemas = {f"#/components/schemas/{name}" for name in served_document["components"]["schemas"]}
    assert schemas <= found


def test_each_schema_is_one(served_document: dict[str, Any]) -> None:
    """JSON Schema 2020-12, as OpenAPI 3.1 demands."""
    components = {"components": served_document["components"]}
    for name in served_document["components"]["schemas"]:
        validator_for({"$ref": f"#/components/schemas/{name}", **components})


def test_what_the_roadmap_names_is_described(served_document: dict[str, Any]) -> None:
    found = {(method, path) for method, path, _ in described(served_document)}
    assert {
        ("POST", "/"), ("POST", "/api/webhooks/github/"), ("GET", "/admin/triggers"),
    } <= found  # fmt: skip


def test_each_operation_says_what_it_needs_and_answers(served_document: dict[str, Any]) -> None:
    for method, path, operation in described(served_document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert {"400", "429", "503"} <= set(operation["responses"]), where
        assert ("401" in operation["responses"]) == bool(operation["security"]), where
        assert set(re.findall(r"{(.*?)}", path)) == {
            each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"
        }, where
        assert ("requestBody" in operation) <= (method != "GET"), where


def assert_bounded(schemas: dict[str, Any], schema: dict[str, Any], where: str) -> None:
    """Fail for a text, number or list without a bound, and for an object that takes any field."""
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    kind = schema.get("type")
    if kind == "string" and not {"enum", "const"} & set(schema):
        assert "maxLength" in schema, where
    if kind in ("integer", "number"):
        assert {"minimum", "maximum"} <= set(schema), where
    if kind == "array":
        assert "maxItems" in schema or schema.get("uniqueItems"), where
        assert_bounded(schemas, schema["items"], where)
    if kind == "object" and "properties" in schema:
        assert schema["additionalProperties"] is False, where
    for name, inner in schema.get("properties", {}).items():
        assert_bounded(schemas, inner, f"{where}.{name}")
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        assert_bounded(schemas, option, where)


def test_requests_bound_every_text_and_number(served_document: dict[str, Any]) -> None:
    """A field without a bound is memory or a row without one."""
    schemas = served_document["components"]["schemas"]
    for method, path, operation in described(served_document):
        for each in operation.get("parameters", ()):
            if each["in"] != "header":
                assert_bounded(schemas, each["schema"], f"{method} {path} {each['name']}")
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            assert_bounded(schemas, body["schema"], f"{method} {path} body")


def test_patterns_mean_the_same_in_every_language(served_document: dict[str, Any]) -> None:
    """`\\s`, `\\w`, `\\d` and `\\b` stand for other letters in JavaScript, Rust and Python."""
    found = list(values_of(served_document, "pattern"))
    assert found
    assert [each for each in found if re.search(r"\\[swdb]", each, re.IGNORECASE)] == []
    assert [each for each in found if not (each.startswith("^") and each.endswith("$"))] == []


def values_of(value: Any, name: str) -> Iterator[str]:
    """Each text at `name`, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get(name), str):
            yield value[name]
        for inner in value.values():
            yield from values_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from values_of(inner, name)


def test_what_is_described_is_served_and_needs_the_key_it_says(
    service: Served, served_document: dict[str, Any]
) -> None:
    for method, path, operation in described(served_document):
        url = re.sub(r"{.*?}", "nothing", path)
        status = service.request(method, url, key=None, body=b"").status
        assert status != 405, f"{method} {path}"
        assert (status == 401) == bool(operation["security"]), f"{method} {path}: {status}"


def test_a_known_document_is_not_sent_again(service: Served) -> None:
    first = service.get(OPENAPI, key=None)
    again = service.get(OPENAPI, key=None, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


def test_failures_have_the_described_shape(
    service: Served, served_document: dict[str, Any]
) -> None:
    failure = {"$ref": "#/components/schemas/Failure", "components": served_document["components"]}
    validator = validator_for(failure)
    for answer in (
        service.get("/admin/triggers", key=None),
        service.get("/admin/triggers?limit=0"),
        service.get("/admin/nothing"),
        service.request("DELETE", "/admin/triggers", body=b""),
        service.post("/", body=b"x", headers={"Content-Type": "application/json"}, key=None),
        service.post("/", body=b"x", headers={"Content-Type": "text/plain"}, key=None),
    ):
        assert answer.status >= 400
        validator.validate(answer.json)


def test_the_page_shows_each_operation(service: Served, served_document: dict[str, Any]) -> None:
    page = service.get("/docs", key=None)
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for method, path, operation in described(served_document):
        assert f"<code>{path}</code>" in page.text, f"{method} {path}"
        assert operation["summary"] in page.text
    assert "`" not in page.text
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text) == []
    assert re.findall(r"<script(?![^>]* src=)|<style|\son[a-z]+=|\sstyle=", page.text) == []


def test_an_edit_is_shown_in_each_of_its_forms(
    service: Served, served_document: dict[str, Any]
) -> None:
    """With the fields of each, with what a call holds, and never without its `op`."""
    schemas = served_document["components"]["schemas"]
    edits = {name: each for name, each in schemas.items() if name.endswith("Edit")}
    assert len(edits) == 10
    assert all("op" in each["required"] for each in edits.values())
    page = service.get("/docs", key=None).text
    for name in ("edit[set].changes", "edit[delete].references", "edit[together].edits"):
        assert f"<code>{name}</code>" in page
    assert "&#34;op&#34;: &#34;set&#34;" in page
    assert "boolean (false)" in page


def test_the_page_and_the_document_need_no_key(service: Served) -> None:
    for path in ("/docs", "/docs/", OPENAPI):
        assert service.get(path, key=None).status == 200
        assert service.get(path, key="wrong").status == 200


def made(name: str, path: str) -> Operation:
    return Operation(
        name=name, method="GET", path=path, zone=Zone.OPEN, scope=None, tag="T", summary="S",
        description="D", parameters=None, query=None, body=None, returns=None, status=204,
        media="application/json", more={}, reads=None, headers={}, fails=(), body_bytes=0,
    )  # fmt: skip


def test_two_operations_cannot_have_one_name_or_place() -> None:
    for two in ((made("a", "/x"), made("a", "/y")), (made("a", "/x"), made("b", "/x"))):
        with pytest.raises(ValueError, match="two operations have one"):
            document(two, title="T", version="1", about="A")


def test_every_failure_of_an_operation_has_words() -> None:
    made_document = document([made("a", "/x")], title="T", version="1", about="A")
    responses = made_document["components"]["responses"]
    assert {f"Failure{status}" for status in FAILURES} == set(responses)
    assert json.dumps(made_document)
    assert sections(made_document)[0].entries[0].example == "curl 'ADDRESS/x'"


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 500}, "integer from 1 to 500"),
        ({"type": "integer", "minimum": 0}, "integer, at least 0"),
        ({"type": "string", "maxLength": 1000}, "text, at most 1,000 characters"),
        ({"type": "string", "format": "date-time"}, "date-time"),
        ({"enum": ["a", "b"]}, "a or b"),
        ({"type": "array", "items": {"type": "string"}}, "list of texts"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text or null"),
        (
            {"oneOf": [], "discriminator": {"mapping": {"set": "", "delete": ""}}},
            "object, one of set, delete",
        ),
        (
            {"type": "array", "items": {"type": "string", "maxLength": 9}},
            "list of texts, at most 9 characters",
        ),
        ({}, "any"),
    ],
)
def test_types_in_words(schema: dict[str, Any], text: str) -> None:
    assert type_text({}, schema) == text
