"""A claim runs out while the service runs, and nobody commits."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service import planner_child
from service.planner_child import Channel, PlannerProcess
from service.planner_wire import Opening
from tests.service.planned import FILES, Planned, planned_service

CLAIM = """\
claims:
  - id: c1
    text: LEDs need no wick.
    valid_until: 2026-01-31
"""
LAMP = """\
---
title: LEDs
phase: lamp
links:
  - {to: lamps/c1, type: based-on}
---

The lamp shall use LEDs.
"""


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Planned]:
    """A service on a plan whose last commit is older than the end of its claim."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-15T12:00:00Z")
    files = {**FILES, "research/lamps/claims.yaml": CLAIM, "requirements/LED-01.md": LAMP}
    with planned_service(tmp_path, files) as running:
        yield running


def test_a_claim_is_suspect_on_the_live_site_without_a_commit(planned: Planned) -> None:
    """On the page of what rests on it, and in the problems of the interface."""
    page = planned.served.get("/r/LED-01/", headers={"Accept": "text/html"})
    assert "was valid until 2026-01-31" in page.text
    told = planned.served.get("/api/plan/problems?rule=suspect-claim")
    assert "was valid until 2026-01-31" in told.text


@dataclass(frozen=True, slots=True)
class Eve:
    """A planner process that has built the last day of a claim; `days` is what its clock says."""

    process: PlannerProcess
    days: list[str]
    page: Path
    ours: socket.socket


@pytest.fixture
def eve(
    tmp_path: Path, small_plan: Path, monkeypatch: pytest.MonkeyPatch,
    write_files: Callable[..., object],
) -> Iterator[Eve]:  # fmt: skip
    """The page of what rests on the claim says nothing of it yet."""
    write_files(small_plan, {
        "research/lamps/claims.yaml": CLAIM, "requirements/LED-01.md": LAMP,
    })  # fmt: skip
    days = ["2026-01-31"]
    monkeypatch.setattr(planner_child, "today", lambda: days[0])
    ours, theirs = socket.socketpair()
    opening = Opening.of(
        site=tmp_path / "site", caches=tmp_path / "caches", epoch=tmp_path / "epoch",
        plan=small_plan,
    )  # fmt: skip
    with ours, theirs:
        process = PlannerProcess(opening, Channel(theirs))
        process._rebuild()
        page = tmp_path / "site" / "r" / "LED-01" / "index.html"
        assert "was valid until" not in page.read_text("utf-8")
        yield Eve(process, days, page, ours)


def test_the_next_day_is_built_although_requests_never_cease(eve: Eve) -> None:
    """A service that is asked all the time is never idle; each day is built once all the same."""
    process = eve.process
    eve.days[0] = "2026-02-01"
    process._turn({"id": 1, "op": "ping", "args": {}, "until": float("inf")})
    assert "was valid until 2026-01-31" in eve.page.read_text("utf-8")
    number = process._epoch.number
    unsettled = process._unsettled
    process._turn({"id": 2, "op": "ping", "args": {}, "until": float("inf")})
    assert (process._epoch.number, process._unsettled) == (number, unsettled)


def test_the_next_day_is_built_by_itself(eve: Eve) -> None:
    """Once, and only what the day changes: another day without an end builds nothing new."""
    process = eve.process
    process._settle()
    number = process._epoch.number
    process._idle()
    assert process._epoch.number == number
    eve.days[0] = "2026-02-01"
    process._idle()
    assert "was valid until 2026-01-31" in eve.page.read_text("utf-8")
    assert process._epoch.number > number
    process._settle()
    number = process._epoch.number
    eve.days[0] = "2026-02-02"
    process._idle()
    assert process._epoch.number == number
    patience = process._patience()
    assert patience is not None
    assert patience <= planner_child._HOUR_S
    assert json.loads(eve.ours.recv(65_536).splitlines()[0])
