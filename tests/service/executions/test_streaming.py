"""The live log as a stream, from a real service: every line once, in order, whenever one comes."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.service.executions.running import (
    URL,
    ended,
    follow,
    numbered,
    record,
    run_now,
    running_service,
    show,
)
from tests.service.served import KEY, Served
from tests.service.watching import eventually


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests of this file."""
    with running_service(tmp_path_factory.mktemp("service")) as served:
        yield served


def names(events: list[dict[str, Any]]) -> list[str]:
    return [each["event"] for each in events]


def test_lines_come_while_it_runs(service: Served) -> None:
    """One by one, each with its number; at last exactly one end and the word that it is all."""
    execution = run_now(service, "count")
    events = []
    with follow(service, execution) as stream:
        assert stream.answer.getheader("Content-Type", "").startswith("text/event-stream")
        while (event := stream.event()) is not None:
            events.append(event)
            if event["event"] == "lines" and event["data"]["lines"] == ["line 3"]:
                assert show(service, execution)["state"] == "running"
    assert numbered(events) == [
        *((n, f"line {n}") for n in range(1, 9)),
        (9, "it exited with 0"),
    ]
    assert len([each for each in events if each["event"] == "lines"]) >= 4
    assert names(events)[-2:] == ["ended", "bye"]
    assert names(events).count("ended") == 1
    assert events[-2]["data"]["state"] == "succeeded"
    assert events[-2]["data"]["lines"] == 9
    assert events[-1]["data"] == {"reason": "end"}


@pytest.mark.parametrize("after", [0, 1, 7, 9, 10, 500])
def test_it_goes_on_behind_any_line(service: Served, after: int) -> None:
    """Named in the query or in the header, which wins; beyond the end there is only the end."""
    lines = [f"line {n}" for n in range(1, 11)]
    execution = record(service, [("out", lines[:4]), ("err", lines[4:5]), ("out", lines[5:])]).id
    wanted = [(n, f"line {n}") for n in range(after + 1, 11)]
    for query, headers in (
        (f"?after={after}", {}),
        ("", {"Last-Event-ID": str(after)}),
        ("?after=3", {"Last-Event-ID": str(after)}),
    ):
        with follow(service, execution, query, headers=headers) as stream:
            events, _ = stream.rest()
        assert numbered(events) == wanted, (query, headers)
        assert names(events)[-2:] == ["ended", "bye"]
        ids = [int(each["id"]) for each in events if each["event"] == "lines"]
        assert ids == sorted(ids)
        assert all(n > after for n in ids)


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "9" * 16, "1e3", "٣", "0x10", "1;2"])
def test_a_hostile_last_event_id_is_refused(service: Served, value: str) -> None:
    execution = record(service, [("out", ["a"])]).id
    headers = {"Last-Event-ID": value.encode("utf-8").decode("latin-1")}
    assert service.get(f"{URL}/{execution}/stream", headers=headers).status == 400
    if value.isascii():
        assert service.get(f"{URL}/{execution}/stream?after={value}").status == 400


def test_a_finished_run_is_told_from_its_first_line(service: Served) -> None:
    """However long it is; more than the ring ever held."""
    execution = run_now(service, "many")
    done = ended(service, execution)
    with follow(service, execution) as stream:
        events, _ = stream.rest()
    lines = numbered(events)
    assert [n for n, _ in lines] == list(range(1, 200_002))
    assert all(line == str(n) for n, line in lines[:-1])
    assert names(events).count("ended") == 1
    assert done["lines"] == 200_001


def test_many_readers_who_come_and_go_miss_nothing(service: Served) -> None:
    """Some from the first to the last line, some that break off and go on behind what they had."""
    execution = run_now(service, "many")
    found: dict[int, list[tuple[int, str]]] = {}

    def read(which: int) -> None:
        mine: list[tuple[int, str]] = []
        breaks = which % 3
        while True:
            last = mine[-1][0] if mine else 0
            with follow(service, execution, f"?after={last}") as stream:
                events = []
                while (event := stream.event()) is not None:
                    events.append(event)
                    if breaks and len(events) >= 5:
                        breaks -= 1
                        break
                mine += numbered(events)
                if event is None:
                    found[which] = mine
                    return

    readers = [threading.Thread(target=read, args=(n,)) for n in range(20)]
    for each in readers:
        each.start()
    while any(each.is_alive() for each in readers):
        assert service.get(URL).status == 200
        time.sleep(0.1)
    assert len(found) == 20
    wanted = [*((n, str(n)) for n in range(1, 200_001)), (200_001, "it exited with 0")]
    assert all(lines == wanted for lines in found.values())


def test_nothing_in_a_line_forges_an_event(service: Served) -> None:
    r"""Neither a line that looks like a field, nor `\r`, nor what steers a terminal."""
    execution = run_now(service, "escapes")
    ended(service, execution)
    with follow(service, execution) as stream:
        events, _ = stream.rest()
    assert [line for _, line in numbered(events)][:-1] == [
        "b", "data: x", "", "event: ended", "id: 9", "red",
    ]  # fmt: skip
    assert names(events).count("ended") == 1


def test_a_stream_token_opens_one_stream_once(service: Served) -> None:
    execution = record(service, [("out", ["a"])]).id
    other = record(service, [("out", ["b"])]).id
    path = f"{URL}/{execution}/stream"
    made = service.post("/api/stream-tokens", json_body={"path": path})
    token = made.json["token"]
    assert service.get(f"{URL}/{other}/stream?token={token}", key=None).status == 401
    with follow(service, execution, f"?after=0&token={token}", key=None) as stream:
        assert numbered(stream.rest()[0]) == [(1, "a")]
    assert service.get(f"{path}?token={token}", key=None).status == 401
    assert service.get(path, key=None).status == 401


def test_a_revoked_key_ends_the_stream(service: Served) -> None:
    """Within seconds, and the client is told to sign in."""
    made = service.post(
        "/admin/keys", json_body={"label": "k", "person": "Grace", "scopes": ["read"]}
    ).json
    execution = run_now(service, "tick")
    with follow(service, execution, key=made["text"]) as stream:
        assert stream.event() is not None
        assert service.post(f"/admin/keys/{made['key']['id']}/revoke").status == 200
        events, took = stream.rest()
    assert events[-1] == {"event": "bye", "data": {"reason": "credentials"}}
    assert took < 15
    assert "ended" not in names(events)
    service.post(f"{URL}/{execution}/cancel")


def test_a_client_that_never_reads_holds_up_nobody(service: Served) -> None:
    """The run ends, others get every line, and the service answers."""
    with socket.create_connection(("127.0.0.1", service.port)) as silent:
        execution = run_now(service, "many")
        silent.sendall(
            f"GET {URL}/{execution}/stream HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n".encode()
        )
        with follow(service, execution) as stream:
            assert len(numbered(stream.rest()[0])) == 200_001
        assert show(service, execution)["state"] == "succeeded"


def test_a_reader_who_leaves_frees_its_place(service: Served) -> None:
    """Also while nothing is said."""

    def open_streams() -> float:
        text = service.get("/metrics").text
        return float(text.partition("\nagented_streams_open ")[2].partition("\n")[0])

    execution = run_now(service, "sleep")
    before = open_streams()
    streams = [follow(service, execution) for _ in range(20)]
    eventually(lambda: open_streams() >= before + 20, "all are open")
    for each in streams:
        each.close()
    eventually(lambda: open_streams() <= before, "all places are free")
    service.post(f"{URL}/{execution}/cancel")


def test_readable_lines_come_with_the_raw_ones(service: Served) -> None:
    said = '{"type":"assistant","message":{"content":[{"type":"text","text":"Hello"}]}}'
    execution = record(service, [("out", [said, "not JSON"]), ("err", [said])], backend="claude").id
    with follow(service, execution, "?view=readable") as stream:
        out, err = (each["data"] for each in stream.rest()[0] if each["event"] == "lines")
    assert out["lines"] == [said, "not JSON"]
    assert out["shown"] == [[{"kind": "say", "title": "", "text": "Hello"}], None]
    assert "shown" not in err
    with follow(service, execution) as stream:
        assert all("shown" not in each["data"] for each in stream.rest()[0])
    lines = service.get(f"{URL}/{execution}/lines?view=readable").json["chunks"]
    assert lines[0]["shown"][0][0]["text"] == "Hello"
    assert service.get(f"{URL}/{execution}/lines").json["chunks"][0]["shown"] is None


def test_lines_are_read_piece_by_piece(service: Served) -> None:
    """`last` leads on to the next piece, and no line is left out or told twice."""
    execution = record(
        service, [("out", [f"line {n}" for n in range(1, 26)]), ("err", ["late"])]
    ).id
    after, found = 0, []
    while (log := service.get(f"{URL}/{execution}/lines?after={after}&limit=7").json)["chunks"]:
        found += [line for each in log["chunks"] for line in each["lines"]]
        after = log["last"]
    assert found == [*(f"line {n}" for n in range(1, 26)), "late"]
    for wrong in ("after=-1", "limit=0", "limit=10001", "view=html", "after=x"):
        assert service.get(f"{URL}/{execution}/lines?{wrong}").status == 400


def test_the_file_holds_every_line_as_it_was(service: Served) -> None:
    execution = record(service, [("out", ["a", "", "ü <b>"]), ("err", ["b"])]).id
    answer = service.get(f"{URL}/{execution}/log.txt")
    assert answer.text == "a\n\nü <b>\nb\n"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{execution}.log"'


def test_a_text_is_found_in_a_log(service: Served) -> None:
    """Whatever is special to the database or to a pattern; while it runs, too."""
    lines = ["a 100% sure_thing", "A.B", "axb", "Ümlaut", r"back\slash", "nothing"]
    execution = record(service, [("out", lines[:3]), ("err", lines[3:])]).id

    def find(text: str) -> list[int]:
        answer = service.get(f"{URL}/{execution}/find?{urlencode({'q': text})}")
        assert answer.status == 200
        assert not answer.json["more"]
        return list(answer.json["lines"])

    assert find("100%") == [1]
    assert find("SURE_") == [1]
    assert find("e_t") == [1]
    assert find("a.b") == [2]
    assert find("Üml") == [4]
    assert find("k\\s") == [5]
    assert find("th") == [1, 6]
    assert find("%") == [1]
    assert find("'; DROP TABLE log_chunks") == []
    assert service.get(f"{URL}/{execution}/find?q=").status == 400
    many = ended(service, run_now(service, "many"))["id"]
    everywhere = service.get(f"{URL}/{many}/find?q=1").json
    assert (len(everywhere["lines"]), everywhere["more"]) == (10_000, True)


def test_a_watcher_sees_all_of_a_run_over_a_restart(tmp_path: Path) -> None:
    """The service ends and comes again: who comes again gets the rest, and the truth."""
    with running_service(tmp_path) as service:
        execution = run_now(service, "tick")
        with follow(service, execution) as stream:
            first = [event for event in (stream.event() for _ in range(6)) if event]
            service.process.send_signal(15)  # type: ignore[union-attr]
            rest, _ = stream.rest()
        service.process.wait(20)  # type: ignore[union-attr]
        before = [*first, *rest]
        assert before[-1]["event"] == "bye"
        assert "succeeded" not in str(before)
        last = numbered(before)[-1][0]
        service.start()
        with follow(service, execution, headers={"Last-Event-ID": str(last)}) as stream:
            events, _ = stream.rest()
        lines = [*numbered(before), *numbered(events)]
        assert [n for n, _ in lines] == list(range(1, len(lines) + 1))
        assert events[-2]["data"]["state"] == "interrupted"
        shown = show(service, execution)
        assert (shown["state"], shown["lines"]) == ("interrupted", len(lines))


def test_a_killed_service_loses_no_line_that_was_shown(tmp_path: Path) -> None:
    """A line is kept before anybody sees it."""
    with running_service(tmp_path) as service:
        execution = run_now(service, "tick")
        with follow(service, execution) as stream:
            seen = [event for event in (stream.event() for _ in range(12)) if event]
            service.process.send_signal(9)  # type: ignore[union-attr]
        service.process.wait(20)  # type: ignore[union-attr]
        service.start()
        with follow(service, execution) as stream:
            events, _ = stream.rest()
        kept = numbered(events)
        assert kept[: len(numbered(seen))] == numbered(seen)
        assert [n for n, _ in kept] == list(range(1, len(kept) + 1))
        assert show(service, execution)["state"] == "interrupted"
        assert show(service, execution)["lines"] == len(kept)
