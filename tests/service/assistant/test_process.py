"""Questions to a scripted model through the real service: streams, cancels, ceilings, secrets."""

import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from html import unescape

import pytest

from tests.service.assistant.scripted import API_KEY, Scripted, scripted_service
from tests.service.killing import kill_all
from tests.service.shared import rows
from tests.service.watching import eventually

SECRET_WORDS = "the-colour-of-the-lamp-is-vermilion"


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    with scripted_service(
        tmp_path_factory.mktemp("scripted"), ASSISTANT_DAY_USD="1000", ASSISTANT_RUN_USD="5"
    ) as found:
        yield found


def test_an_answer_is_streamed_kept_and_booked(scripted: Scripted) -> None:
    execution = scripted.begin("[[scenario:ok]] What is a lamp?", session="S-1", item="lamp")
    events = scripted.events(execution)
    assert events[0] == {"type": "start", "model": "scripted-1"}
    assert events[-1]["type"] == "end"
    assert events[-1]["why"] == "end_turn"
    text = "".join(each["delta"] for each in events if each["type"] == "text")
    assert text.startswith("This answer is scripted")
    assert any(each["type"] == "cost" for each in events)
    answer = scripted.ended(execution)
    assert (answer["state"], answer["why"], answer["text"]) == ("succeeded", "end_turn", text)
    assert not answer["is_estimate"]
    # The price of the operator's file, to the last place.
    (row,) = rows(scripted.served, "SELECT * FROM assistant_ledger WHERE execution = ?", execution)
    expected = (
        Decimal(10) * row["tokens_in"]
        + Decimal(100) * row["tokens_out"]
        + Decimal("12.5") * row["cache_write"]
        + Decimal(1) * row["cache_read"]
    ) / 1_000_000
    assert Decimal(row["usd"]) == expected
    assert (row["session"], row["item"], row["is_rehearsal"]) == ("S-1", "lamp", 0)
    state = scripted.served.get("/admin/assistant").json
    assert any(each["session"] == "S-1" and each["item"] == "lamp" for each in state["ledger"])


@pytest.mark.parametrize(
    ("scenario", "state", "why"),
    [
        ("refusal", "failed", "refusal"),
        ("json-cut", "failed", "max_tokens"),
        ("mid-error", "failed", "overloaded_error"),
        ("drop", "failed", "dropped"),
        ("eof", "failed", "truncated"),
        ("pause_turn", "succeeded", "end_turn"),
        ("401", "failed", "authentication_error"),
        ("529-once", "succeeded", "end_turn"),
    ],
)
def test_each_end_is_one_honest_state_with_the_text_so_far(
    scripted: Scripted, scenario: str, state: str, why: str
) -> None:
    answer = scripted.ended(scripted.begin(f"[[scenario:{scenario}]] q"))
    assert (answer["state"], answer["why"]) == (state, why)
    assert answer["reason"]
    assert bool(answer["text"]) == (scenario != "401")
    # Where the API did not say what it was, the figures are an estimate, and not nothing.
    assert answer["is_estimate"] == (scenario in ("mid-error", "drop", "eof"))


@pytest.mark.parametrize("scenario", ["slow", "stall", "silent"])
def test_a_cancel_frees_the_connection_to_the_model(scripted: Scripted, scenario: str) -> None:
    before = scripted.model.seen.left
    execution = scripted.begin(f"[[scenario:{scenario}]] go on")
    eventually(lambda: scripted.model.seen.open, "the model is asked")
    asked = scripted.served.post(f"/admin/executions/{execution}/cancel")
    assert asked.status == 202, asked.text
    eventually(lambda: scripted.model.seen.left == before + 1, "the connection is let go")
    answer = scripted.ended(execution)
    assert (answer["state"], answer["why"]) == ("cancelled", "cancelled")
    # It may be paid for: an estimate stays in the ledger.
    (row,) = rows(scripted.served, "SELECT * FROM assistant_ledger WHERE execution = ?", execution)
    assert row["is_estimate"] == 1
    assert Decimal(row["usd"]) > 0


def test_forty_stream_side_by_side_while_pages_answer(scripted: Scripted) -> None:
    running = [scripted.begin(f"[[scenario:stall]] number {n}") for n in range(40)]
    eventually(lambda: scripted.model.seen.open == 40, "forty are asked at once")
    eventually(
        lambda: all(scripted.answer(each)["text"] for each in running), "all have first words"
    )
    assert scripted.served.get("/ops/assistant").status == 200
    refused = scripted.ask("one more")
    assert (refused.status, refused.json["error"]["code"]) == (429, "queue_full")
    # They take no place of a command.
    check = scripted.served.request("POST", "/admin/triggers/bot-plan-check/run", json_body={})
    assert check.status == 202, check.text
    command = check.json["execution_id"]
    eventually(
        lambda: scripted.execution(command)["state"] == "succeeded", "a command runs beside them"
    )
    for execution in running:
        assert scripted.served.post(f"/admin/executions/{execution}/cancel").status == 202
    assert {scripted.ended(each)["state"] for each in running} == {"cancelled"}
    eventually(lambda: scripted.model.seen.open == 0, "all connections are let go")
    scripted.ended(scripted.begin("[[scenario:ok]] and the places are free again"))


def test_no_key_question_or_answer_is_in_the_log_of_the_service(scripted: Scripted) -> None:
    execution = scripted.begin(f"[[scenario:401]] {SECRET_WORDS}")
    scripted.ended(execution)
    scripted.ended(scripted.begin(f"[[scenario:drop]] {SECRET_WORDS}"))
    log = scripted.served.log.read_text("utf-8")
    for text in (API_KEY, SECRET_WORDS, "This answer is scripted"):
        assert text not in log
    assert scripted.model.seen.authorizations[-1] == f"Bearer {API_KEY}"
    for path in (
        "/ops/assistant?models=1", "/admin/assistant", "/admin/assistant/models",
        f"/ops/executions/{execution}", f"/admin/executions/{execution}",
    ):  # fmt: skip
        assert API_KEY not in scripted.served.get(path).text


def test_a_question_is_not_run_again_as_it_was(scripted: Scripted) -> None:
    execution = scripted.begin("[[scenario:ok]] once")
    scripted.ended(execution)
    answer = scripted.served.post(f"/admin/executions/{execution}/replay")
    assert answer.status == 409
    assert "not repeated" in answer.json["error"]["message"]
    page = scripted.served.get(f"/ops/executions/{execution}").text
    assert "/replay" not in page
    # The log has it in the pieces in which it came.
    answer_there = re.search(r'aria-label="Answer">(.*?)</pre>', page, re.DOTALL)
    assert answer_there is not None
    assert unescape(answer_there[1]) == scripted.answer(execution)["text"]
    assert "Ask again where it was asked" in page


def test_an_estimate_comes_before_a_question(scripted: Scripted) -> None:
    found = scripted.served.request(
        "POST", "/admin/assistant/estimate", json_body={"question": "How much?"}
    ).json
    assert found["tokens_in"] > 0
    assert not found["is_guess"]
    assert found["is_price_old"]
    assert Decimal(found["usd_most"]) > Decimal(found["usd_in"]) > 0


def test_the_page_shows_money_models_and_the_age_of_prices(scripted: Scripted) -> None:
    scripted.ended(scripted.begin("[[scenario:drop]] page", session="S-page"))
    page = scripted.served.get("/ops/assistant?models=1").text
    for text in ("S-page", "~$", "may be old", "scripted-1", "Scripted model of the rehearsal"):
        assert text in page
    told = (
        "A thousand web searches of scripted-1 cost $7 since 2026-01-01, compared with its source"
    )
    assert f"{told} on 2026-01-02" in page
    searches = scripted.served.get("/admin/assistant").json["searches"]
    assert (searches["usd_1000"], searches["is_old"]) == ("7", True)
    asked = scripted.served.request("POST", "/ops/assistant/ask", json_body=None)
    assert asked.status in (400, 415)


def test_a_killed_service_leaves_an_interrupted_run_and_an_estimate(scripted: Scripted) -> None:
    execution = scripted.begin("[[scenario:stall]] killed", session="S-killed")
    # It says a few words at once, the rest of what is looked at below a moment later.
    eventually(lambda: "scripted" in scripted.answer(execution)["text"], "the first words")
    kill_all(scripted.served)
    scripted.served.start()
    eventually(lambda: scripted.execution(execution)["state"] == "interrupted", "it is interrupted")
    answer = scripted.answer(execution)
    assert (answer["state"], answer["why"]) == ("interrupted", "stopped")
    assert answer["text"].startswith("This answer is scripted")
    assert answer["is_estimate"]
    (row,) = rows(scripted.served, "SELECT * FROM assistant_ledger WHERE execution = ?", execution)
    assert row["is_estimate"] == 1
    assert Decimal(row["usd"]) > 0


def test_what_a_killed_run_has_written_is_booked(scripted: Scripted) -> None:
    """Not only its question: an answer that was streamed for a while is paid for."""
    scripted.ended(scripted.begin("[[scenario:ok]] so that the instructions are cached"))
    execution = scripted.begin("[[scenario:slow]] killed late", session="S-late")

    def booked() -> int:
        sql = "SELECT tokens_out FROM assistant_ledger WHERE execution = ?"
        (row,) = rows(scripted.served, sql, execution)
        return int(row["tokens_out"])

    eventually(booked, "what came so far is booked")
    assert not scripted.execution(execution)["finished_at"]
    kill_all(scripted.served)
    scripted.served.start()
    assert booked() > 0
    # Its log says the same, and what was read from the cache is counted once.
    (row,) = rows(scripted.served, "SELECT * FROM assistant_ledger WHERE execution = ?", execution)
    assert row["cache_read"] > 0
    whole = row["tokens_in"] + row["cache_write"] + row["cache_read"]
    assert scripted.answer(execution)["tokens_in"] == whole
    (line,) = (
        each
        for each in scripted.served.get("/admin/assistant").json["ledger"]
        if each["session"] == "S-late"
    )
    assert line["is_estimate"]
    assert "~$" in scripted.served.get("/ops/assistant").text


def test_a_service_that_is_stopped_ends_its_runs(scripted: Scripted) -> None:
    execution = scripted.begin("[[scenario:stall]] stopped")
    eventually(lambda: scripted.answer(execution)["text"], "the first words")
    scripted.served.stop(signal.SIGTERM)
    scripted.served.start()
    answer = scripted.answer(execution)
    assert (answer["state"], answer["why"]) == ("interrupted", "stopped")
