"""The planner process beside the worker of a real service: it builds, is replaced, and ends."""

import os
import signal
from pathlib import Path

import pytest

from tests.service.served import KEY, Serve, Served
from tests.service.watching import alive, children, eventually


def worker_of(served: Served) -> int:
    assert served.process is not None
    (worker,) = children(served.process.pid)
    return worker


def planner_of(served: Served) -> int:
    """The pid of the planner process: the worker's child that runs our module."""
    found = [pid for pid in children(worker_of(served)) if "service.planner_child" in command(pid)]
    assert len(found) == 1, found
    return found[0]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def plan_of(served: Served) -> Path:
    return Path(served.env["AGENTED_CONTENT_DIR"])


def figures(served: Served) -> dict[str, object]:
    found = served.get("/health/readiness").json["components"]["planner"]["figures"]
    assert isinstance(found, dict)
    return found


def edit(plan: Path, old: str, new: str) -> None:
    path = plan / "requirements" / "LAMP-01.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def shows(served: Served, text: str) -> bool:
    answer = served.get("/r/LAMP-01/")
    return answer.status == 200 and text in answer.text


@pytest.fixture(scope="module")
def served(serve_for_module: Serve) -> Served:
    """A service that several tests share."""
    return serve_for_module(
        ANTHROPIC_API_KEY="sk-secret-0123456789abcdef-0123456789",
        GIT_REMOTE="https://ada:for-git-push@git.example.org/plan.git",
        GIT_AUTHOR_NAME="Ada",
    )


def test_an_edit_becomes_a_page_and_a_new_number(served: Served) -> None:
    """Saved in an editor, at once after the start, seen by the next request."""
    assert shows(served, "once every 10 s")
    before = int(str(figures(served)["epoch"]))
    edit(plan_of(served), "every 10 s", "every 12 s")
    eventually(lambda: shows(served, "once every 12 s"), "the edit on the page")
    eventually(lambda: figures(served)["epoch"] == before + 1, "the next number")


def test_a_killed_planner_is_started_again_and_pages_stay(served: Served) -> None:
    """A crash of the planner is no outage, nor a new build."""
    before = int(str(figures(served)["epoch"]))
    first = planner_of(served)
    os.kill(first, signal.SIGKILL)
    assert served.get("/r/LAMP-01/").status == 200
    eventually(lambda: figures(served)["restarts"] == 1, "a second planner process")
    eventually(lambda: figures(served)["running"], "the second one at work")
    assert planner_of(served) != first
    edit(plan_of(served), "every 12 s", "every 15 s")
    eventually(lambda: shows(served, "once every 15 s"), "an edit seen by the second one")
    eventually(lambda: figures(served)["epoch"] == before + 1, "the next number")


@pytest.mark.parametrize("whom", ["worker", "worker and master", "none"])
def test_the_planner_ends_with_the_worker(serve: Serve, whom: str) -> None:
    """Even `kill -9` of all that gunicorn started leaves no process behind."""
    served = serve()
    assert served.process is not None
    planner, worker = planner_of(served), worker_of(served)
    if whom == "none":
        assert served.stop() == 0
    elif whom == "worker and master":
        os.kill(served.process.pid, signal.SIGKILL)
    if whom != "none":
        os.kill(worker, signal.SIGKILL)
    eventually(lambda: not alive(planner), "the end of the planner process", 10)
    if whom == "worker":
        served.wait_ready()
        assert planner_of(served) != planner


def test_the_planner_process_gets_no_secret(served: Served) -> None:
    """It reads a plan: what it cannot leak it must not have."""
    environ = Path(f"/proc/{planner_of(served)}/environ").read_bytes()
    assert KEY.encode() not in environ
    assert b"sk-secret" not in environ
    assert b"for-git-push" not in environ, "GIT_REMOTE is a setting, not one of git's"
    assert b"AGENTED_API_KEY" not in environ
    assert b"GIT_AUTHOR_NAME=Ada" in environ, "commits need what git is told by the environment"


def test_a_plan_that_comes_later_is_found(serve: Serve, small_plan: Path) -> None:
    """The service starts before its plan is cloned: it says what is missing, and goes on."""
    elsewhere = small_plan.rename(small_plan.with_name("elsewhere"))
    served = serve(wait=False)
    eventually(lambda: _status(served), "an answer")
    answer = served.get("/r/LAMP-01/")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    eventually(
        lambda: "AGENTED_CONTENT_DIR" in served.get("/").json["error"]["message"], "the reason", 10
    )
    elsewhere.rename(small_plan)
    eventually(lambda: served.get("/r/LAMP-01/").status == 200, "the plan", 30)
    assert shows(served, "once every 10 s")


def _status(served: Served) -> int:
    try:
        return served.get("/health/readiness", key=None).status
    except OSError:
        return 0


def test_the_last_good_site_outlives_the_plan_and_the_number_grows(
    serve: Serve, small_plan: Path
) -> None:
    """Over restarts too: open pages reload exactly when there is something new."""
    served = serve()
    eventually(lambda: figures(served)["built"], "the first build")
    first = int(str(figures(served)["epoch"]))
    kept = small_plan.rename(small_plan.with_name("kept"))
    eventually(lambda: figures(served)["failure"], "the failed build")
    assert shows(served, "once every 10 s")
    served.stop()
    served.start()
    assert shows(served, "once every 10 s")
    kept.rename(small_plan)
    eventually(lambda: figures(served)["built"], "a build after the restart")
    assert figures(served)["epoch"] == first
    served.stop()
    edit(small_plan, "every 10 s", "every 13 s")
    served.start()
    eventually(lambda: figures(served)["epoch"] == first + 1, "the next number")
    assert shows(served, "once every 13 s")
