"""The evaluation of a model, run as a program against the scripted one."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.evaluation_asking import Brief, hold
from service.assistant.jobs import Answer, Job
from service.assistant.rehearsal.server import RehearsalServer
from tests.service.assistant.scripted import API_KEY, PRICES

ROOT = Path(__file__).parents[3]
IDEA = "A website where members sign in and book rooms."
SHARES = {"wording", "checkable", "verified", "verifying"}


# Words of the command line and a mark of each brief; all are run at once.
RUNS = {
    "half-way": (("--ceiling", "5"), ("", "[[scenario:drop]]")),
    "wrong key": ((), ("[[scenario:401]]", "")),
    "ceiling": (("--ceiling", "0.03"), ("", "")),
    "scripted": (("--rehearsal",), ("",)),
}


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came of a run; `asked` is how often the model was asked."""

    code: int
    report: dict[str, Any]
    page: str
    asked: int


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Evaluated]:
    with ThreadPoolExecutor(len(RUNS)) as pool:
        begun = {
            name: pool.submit(evaluated, tmp_path_factory.mktemp("run"), words, marks)
            for name, (words, marks) in RUNS.items()
        }
    return {name: each.result() for name, each in begun.items()}


def evaluated(folder: Path, words: tuple[str, ...], marks: tuple[str, ...]) -> Evaluated:
    """Evaluate a brief for each mark."""
    server = RehearsalServer(pace_s=0)
    server.start()
    try:
        return run_on(server, folder, words, marks)
    finally:
        server.close()


def run_on(
    server: RehearsalServer, folder: Path, words: tuple[str, ...], marks: tuple[str, ...]
) -> Evaluated:
    briefs = [
        {"id": f"b{number}", "text": f"{IDEA} {mark}", "answers": {"core.can": "book a room"}}
        for number, mark in enumerate(marks)
    ]
    (folder / "briefs.yaml").write_text(json.dumps({"briefs": briefs}), encoding="utf-8")
    (folder / "prices.yaml").write_text(PRICES, encoding="utf-8")
    environ = {
        "PATH": os.environ["PATH"],
        "ANTHROPIC_API_KEY": API_KEY,
        "ANTHROPIC_BASE_URL": server.address,
        "ASSISTANT_MODEL": "scripted-1",
        "ASSISTANT_PRICES_FILE": str(folder / "prices.yaml"),
    }
    places = ("--briefs", str(folder / "briefs.yaml"), "--out", str(folder / "report"))
    done = subprocess.run(
        [sys.executable, "-m", "bench.evaluation", *places, *words],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert API_KEY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    assert API_KEY not in page
    return Evaluated(done.returncode, report, page, len(server.seen.bodies))


def test_a_model_that_fails_half_way_is_scored_by_what_it_answered(
    runs: Mapping[str, Evaluated],
) -> None:
    run = runs["half-way"]
    report, page = run.report, run.page
    assert run.code == 1
    assert [each["why"] for each in report["results"]] == ["end_turn", "dropped"]
    assert (report["briefs"], report["answered"]) == (2, 1)
    first, dropped = report["results"]
    assert dropped["scores"] is None
    assert dropped["tokens_in"] > 0
    assert dropped["is_estimate"]
    assert float(report["usd"]) == pytest.approx(
        sum(float(each["usd"]) for each in (first, dropped))
    )
    for name in SHARES:
        assert report["score"]["with_model"][name] == first["scores"][name]
        assert first["scores"][name]["all"] > 0
    assert first["asked_by_model"] == 2
    assert first["wordings"] == 1
    assert "1 of 2 briefs have no answer of the model" in page


def test_a_wrong_key_is_asked_with_once_and_claims_no_score(
    runs: Mapping[str, Evaluated],
) -> None:
    run = runs["wrong key"]
    report, page = run.report, run.page
    assert run.code == 1
    assert [each["why"] for each in report["results"]] == ["authentication_error", "not_asked"]
    assert run.asked == 1
    assert report["score"] is None
    assert "No score: no brief was answered." in page
    assert float(report["usd"]) == 0


def test_a_ceiling_stops_it(runs: Mapping[str, Evaluated]) -> None:
    run = runs["ceiling"]
    report, page = run.report, run.page
    assert run.code == 1
    assert report["results"][-1]["why"] == "budget"
    assert report["answered"] < 2
    assert run.asked < 2
    assert "not asked" in page
    assert float(report["usd"]) <= 0.04


def test_the_scripted_model_claims_no_score(runs: Mapping[str, Evaluated]) -> None:
    run = runs["scripted"]
    report, page = run.report, run.page
    assert run.code == 0
    assert report["is_scripted"]
    assert report["score"] is None
    assert report["results"][0]["scores"] is None
    assert "tests the harness only" in " ".join(page.split())
    assert "No score: the model is scripted." in page


def test_a_seed_repeats_itself_and_another_one_answers_otherwise() -> None:
    jobs: list[Job] = []

    def ask(job: Job) -> Answer:
        jobs.append(job)
        return Answer(state="failed", why="refusal", reason="it declined")

    for seed in (7, 7, 8):
        assert hold(Brief("b", IDEA, {"core.can": "book a room"}), seed, ask).scores is None
    assert jobs[0] == jobs[1]
    assert jobs[0].files != jobs[2].files
