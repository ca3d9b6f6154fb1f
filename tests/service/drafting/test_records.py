"""What is kept of reviews: findings under their ids, and dismissals that a new review respects."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from service.db.connection import connect
from service.db.upgrade import migrate
from service.drafting import records
from service.drafting.findings import Finding, Place
from service.drafting.records import Run
from service.errors import NotFoundError

RUN = Run(
    execution="exec-1", purpose=records.REVIEW, kind="milestone", item="v1", person="Ada",
    commit="c0ffee",
)  # fmt: skip
FOUND = Finding(
    "f-1", "ambiguity", (Place("phase", "tower", "goal", "It stands."),), "Which?", "Say which."
)
SCOPE = ("milestone", "v1")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "test.sqlite3")) as found:
        migrate(found)
        yield found


def review(db: sqlite3.Connection, execution: str, *findings: Finding) -> None:
    """A review that found this."""
    records.add_run(db, replace(RUN, execution=execution))
    run = records.run_of(db, execution)
    assert run is not None
    assert records.close_run(db, run, "", "a-model", ["Finding 9 quotes nothing."])
    records.keep_findings(db, run, findings)


def test_a_run_tells_what_it_was_asked(db: sqlite3.Connection) -> None:
    """And what became of it, once: of two who take its answer in only one does."""
    review(db, "exec-1", FOUND)
    (run,) = records.reviews_of(db, *SCOPE, most=5)
    assert run.read
    assert (run.model, run.commit, run.person) == ("a-model", "c0ffee", "Ada")
    assert run.refused == ("Finding 9 quotes nothing.",)
    assert not records.close_run(db, run, "again", "", ())
    assert records.run_of(db, "exec-2") is None
    assert records.reviews_of(db, "phase", "v1", most=5) == ()


def test_a_finding_that_comes_again_is_one_and_stays_dismissed(db: sqlite3.Connection) -> None:
    """With the words of the newest review."""
    review(db, "exec-1", FOUND)
    records.dismiss(db, SCOPE, "f-1", "It is clear to us.", "Grace")
    review(db, "exec-2", replace(FOUND, problem="Which one?"))
    (kept,) = records.findings_of(db, *SCOPE)
    assert kept.finding.problem == "Which one?"
    assert kept.finding.places == FOUND.places
    assert (kept.first_run, kept.last_run) == ("exec-1", "exec-2")
    assert (kept.dismissed, kept.dismissed_by) == ("It is clear to us.", "Grace")
    records.dismiss(db, SCOPE, "f-1", "", "Ada")
    (kept,) = records.findings_of(db, *SCOPE)
    assert (kept.dismissed, kept.dismissed_by, kept.dismissed_at) == ("", "", "")


def test_what_is_not_there_cannot_be_dismissed(db: sqlite3.Connection) -> None:
    """Neither an unknown finding nor one of another milestone."""
    review(db, "exec-1", FOUND)
    for scope, finding in ((SCOPE, "f-2"), (("milestone", "v2"), "f-1"), (("phase", "v1"), "f-1")):
        with pytest.raises(NotFoundError):
            records.dismiss(db, scope, finding, "No.", "Ada")
