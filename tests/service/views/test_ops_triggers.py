"""The pages of triggers, used without scripts: forms, refusals, escapes, rights."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.service.served import Answer, Served
from tests.service.shared import rows, shared_service

URL = "/ops/triggers"
NAME = re.compile(r'name="([a-z_]+)"')
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with shared_service(tmp_path_factory.mktemp("pages")) as served:
        yield served


def send(service: Served, path: str, key: str | None = None, **fields: Any) -> Answer:
    """Send a form as a page of ours does."""
    more = {} if key is None else {"key": key}
    return service.post(
        path,
        body=urlencode(fields, doseq=True).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        },
        **more,
    )


def form(**values: Any) -> dict[str, Any]:
    """What a browser sends of the untouched form, but for these values."""
    usual: dict[str, Any] = {
        "name": "", "source": "manual", "enabled": "yes", "cron": "", "time_zone": "UTC",
        "repository": "", "events": "", "match_field_path": "", "match_field_value": "",
        "detection_keyword": "", "text_field_path": "text", "secret": "", "dedup_s": "",
        "backend": "builtin:plan-check", "prompt_template": "", "model": "", "allowed_tools": "",
        "paths": "", "timeout_s": "600", "concurrency": "1", "priority": "0", "retries": "0",
        "runs_per_day": "", "notify_on": "never", "notify_url": "", "notify_secret": "",
    }  # fmt: skip
    return {**usual, **values}


def make(service: Served, **values: Any) -> str:
    answer = send(service, f"{URL}/new", **form(**values))
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"]).partition("?")[0].removeprefix(f"{URL}/")


def test_the_form_has_every_field_of_the_schema(service: Served) -> None:
    page = service.get(f"{URL}/new")
    assert page.status == 200
    schema = service.get("/openapi/openapi.json").json["components"]["schemas"]["TriggerSpec"]
    assert set(schema["properties"]) <= set(NAME.findall(page.text))
    for name, field in schema["properties"].items():
        words = " ".join(field["description"].split()).replace("`", "").split(".")[0]
        shown = unescape(re.sub("<[^>]+>", "", page.text))
        assert words in shown, name


def test_a_trigger_is_made_changed_and_shown(service: Served) -> None:
    each = make(
        service, name="Review", source="github", repository="team/plan",
        events="push\r\npull_request.opened\r\n", authors=["OWNER", "MEMBER"], backend="claude",
        prompt_template="One\r\nTwo", allowed_tools="Read\r\n Glob ", runs_per_day="5",
        secret="a-secret-of-the-form-0123", effort="low",
    )  # fmt: skip
    known = service.get(f"/admin/triggers/{each}").json
    assert (known["events"], known["authors"]) == (
        ["push", "pull_request.opened"],
        ["OWNER", "MEMBER"],
    )
    assert (known["prompt_template"], known["allowed_tools"]) == ("One\nTwo", ["Read", "Glob"])
    assert (known["runs_per_day"], known["has_secret"], known["effort"]) == (5, True, "low")
    sent = {**known, "events": "push", "authors": [], "enabled": "yes", "allowed_tools": "Read"}
    kept = form(**{name: sent[name] for name in form() if name in sent and sent[name] is not None})
    answer = send(
        service, f"{URL}/{each}", **{**kept, "paths": "", "secret": "", "runs_per_day": ""}
    )
    assert answer.status == 303, answer.text
    known = service.get(f"/admin/triggers/{each}").json
    # An empty secret keeps the one that is set; an empty number is cleared.
    assert (known["has_secret"], known["runs_per_day"], known["events"]) == (True, None, ["push"])
    page = service.get(f"{URL}/{each}?done=saved").text
    assert "Saved as revision 2." in page
    history = service.get(f"/admin/triggers/{each}/history").json["revisions"]
    assert "effort" in history[0]["changed"]
    assert send(service, f"{URL}/{each}", **kept, remove_secret="yes").status == 303
    assert service.get(f"/admin/triggers/{each}").json["has_secret"] is False


def test_what_was_typed_stays_with_the_reason_beside_it(service: Served) -> None:
    answer = send(
        service, f"{URL}/new",
        **form(
            name="Typed", source="schedule", cron="61 * * * *", timeout_s="soon", secret="s" * 5
        ),
    )  # fmt: skip
    assert answer.status == 400
    text = unescape(answer.text)
    assert 'value="61 * * * *"' in text
    assert 'value="soon"' in text
    assert "sssss" not in text
    assert 'id="timeout_s-error"' in text
    # Bounds of the schema come before what values must be together.
    again = send(service, f"{URL}/new", **form(name="Typed", source="schedule", cron="61 * * * *"))
    assert "'61' is not from 0 to 59" in unescape(again.text)
    assert 'id="cron-error"' in again.text


def test_texts_of_people_and_events_are_only_text(service: Served) -> None:
    each = make(
        service, name="Escapes", backend="claude", prompt_template=f"{MARKUP} {{message}}"
    )  # fmt: skip
    change = form(name="Escapes", backend="claude", prompt_template=f"</textarea>{MARKUP}")
    assert send(service, f"{URL}/{each}", **change).status == 303
    found = send(service, f"{URL}/{each}/try", do="preview", message=MARKUP, payload='{"a": 1}')
    assert found.status == 200
    for page in (found, service.get(f"{URL}/{each}"), service.get(URL)):
        assert MARKUP not in page.text
        assert page.text.count("<textarea") == page.text.count("</textarea>")
    assert "&lt;script&gt;" in found.text


@pytest.mark.parametrize(
    ("payload", "word"),
    [("{", "not JSON"), ("[]", "no JSON object"), ('{"a":1,"a":2}', "twice"), ("\0", "not JSON")],
)
def test_a_payload_that_is_none_is_told(service: Served, payload: str, word: str) -> None:
    answer = send(service, f"{URL}/bot-pr-review/try", do="test", payload=payload)
    assert answer.status == 400
    assert word in answer.text


def test_a_trigger_is_switched_run_and_deleted(service: Served) -> None:
    each = make(service, name="Lever")
    assert send(service, f"{URL}/{each}/switch", on="no", back="list").status == 303
    assert service.get(f"/admin/triggers/{each}").json["enabled"] is False
    refused = send(service, f"{URL}/{each}/run")
    assert refused.status == 409
    assert "is switched off" in refused.text
    assert send(service, f"{URL}/{each}/switch", on="yes").status == 303
    started = send(service, f"{URL}/{each}/run", message="go")
    assert started.status == 303
    assert str(started.headers["Location"]).startswith("/ops/executions/exec-")
    assert send(service, f"{URL}/{each}/delete").status == 303
    assert service.get(f"{URL}/{each}").status == 404
    assert send(service, f"{URL}/bot-security/delete").status == 403


def test_switching_on_what_is_incomplete_leads_to_the_field(service: Served) -> None:
    answer = send(service, f"{URL}/bot-pr-review/switch", on="yes", back="list")
    assert answer.status == 400
    assert 'id="repository-error"' in answer.text


def test_an_earlier_template_is_taken_up(service: Served) -> None:
    each = make(service, name="Back", backend="claude", prompt_template="Old")
    send(service, f"{URL}/{each}", **form(name="Back", backend="claude", prompt_template="New"))
    assert send(service, f"{URL}/{each}/rollback", revision="1").status == 303
    assert service.get(f"/admin/triggers/{each}").json["prompt_template"] == "Old"
    for odd in ("", "x", "9" * 20, "77", "-1"):
        assert send(service, f"{URL}/{each}/rollback", revision=odd).status in (400, 404, 409)


def test_a_reader_sees_and_changes_nothing(service: Served) -> None:
    body = {"label": "reader", "person": "Grace", "scopes": ["read"]}
    key = service.post("/admin/keys", json_body=body).json["text"]
    each = make(service, name="Readable")
    before = rows(service, "SELECT * FROM triggers")
    page = service.get(f"{URL}/{each}", key=key)
    assert page.status == 200
    assert '<fieldset class="bare" disabled>' in page.text
    assert "Run now" not in page.text
    assert send(service, f"{URL}/{each}/try", key=key, do="test", payload="{}").status == 200
    for path in ("/new", f"/{each}", f"/{each}/switch", f"/{each}/delete", f"/{each}/run"):
        assert send(service, f"{URL}{path}", key=key, **form(name="X")).status == 403, path
    assert service.get(f"{URL}/new", key=key).status == 403
    assert rows(service, "SELECT * FROM triggers") == before


def test_who_saves_second_undoes_nothing_of_the_first(service: Served) -> None:
    """Told that nothing was saved; both changes stand in the form, to be saved once more."""
    each = make(service, name="Shared", source="manual", prompt_template="One", model="")
    opened = service.get(f"{URL}/{each}").text
    assert '<input type="hidden" name="revision" value="1">' in opened
    # Somebody switches it off and bounds it, while the form stands open elsewhere.
    assert send(service, f"{URL}/{each}/switch", on="no").status == 303
    assert (
        service.request("PATCH", f"/admin/triggers/{each}", json_body={"runs_per_day": 7}).status
        == 200
    )
    mine = form(name="Shared", prompt_template="Mine", timeout_s="77", revision="1")
    answer = send(service, f"{URL}/{each}", **mine)
    assert answer.status == 409
    assert "Nothing was saved: this trigger was changed meanwhile by" in answer.text
    known = service.get(f"/admin/triggers/{each}").json
    assert (known["revision"], known["prompt_template"], known["timeout_s"]) == (3, "One", 600)
    typed = unescape(answer.text)
    assert 'name="enabled" value="yes" checked' not in typed
    assert 'name="revision" value="3"' in typed
    assert re.search(r'name="runs_per_day" value="7"', typed)
    assert re.search(r'name="timeout_s" value="77"', typed)
    again = form(
        name="Shared", prompt_template="Mine", timeout_s="77", runs_per_day="7", enabled="",
        revision="3",
    )  # fmt: skip
    assert send(service, f"{URL}/{each}", **again).status == 303
    known = service.get(f"/admin/triggers/{each}").json
    assert (known["enabled"], known["runs_per_day"], known["prompt_template"]) == (False, 7, "Mine")
    assert send(service, f"{URL}/{each}", **form(name="Shared", revision="x")).status == 400
    assert send(service, f"{URL}/{each}", **form(name="Shared", revision="99")).status == 409
    wrong = send(service, f"{URL}/{each}", **form(name="Shared", timeout_s="soon", revision="4"))
    assert wrong.status == 400
    assert 'name="revision" value="4"' in wrong.text


def test_a_change_names_the_revision_that_it_was_made_from(service: Served) -> None:
    each = make(service, name="Named revision", source="manual")
    path = f"/admin/triggers/{each}"

    def change(revision: str, **values: Any) -> Answer:
        return service.request("PATCH", f"{path}?revision={revision}", json_body=values)

    assert change("1", priority=5).json["revision"] == 2
    refused = change("1", priority=6)
    assert (refused.status, refused.json["error"]["code"]) == (409, "changed_meanwhile")
    assert "revision 2" in refused.json["error"]["message"]
    assert change("0", priority=6).status == 400
    assert service.get(path).json["priority"] == 5
