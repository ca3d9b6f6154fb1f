"""Drives a `PlannerLink` under gevent, as the worker does, and prints what came of it as JSON.

Run by test_planner_link.py in a process of its own: gevent takes over the children of a process.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402

from service import planner_link  # noqa: E402
from service.errors import ServiceError  # noqa: E402
from service.planner_link import PlannerLink  # noqa: E402
from service.planner_wire import Opening  # noqa: E402


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except ServiceError as error:
        return {"status": error.status, "message": error.message}


def pid_after(link: PlannerLink, old: int | None) -> int:
    while (pid := link.status().pid) is None or pid == old or link.status().built is None:
        gevent.sleep(0.02)
    return pid


def pinged(link: PlannerLink) -> int:
    """The pid that the process itself gives, once there is one that answers."""
    while "pid" not in (found := outcome(lambda: link.call("ping"))):
        gevent.sleep(0.02)
    return int(found["pid"])


def answers(link: PlannerLink) -> dict[str, Any]:
    """Many ask at once; one asks for what there is not; one gives too little time."""
    pid = pid_after(link, None)
    asked = [gevent.spawn(link.call, "ping") for _ in range(50)]
    gevent.joinall(asked)
    return {
        "pids": sorted({each.value["pid"] for each in asked}) == [pid],
        "unknown": outcome(lambda: link.call("no-such-thing")),
        "impatient": outcome(lambda: link.call("build", fresh=True, timeout_s=0.0001)),
        "afterwards": outcome(lambda: link.call("build", fresh=True))["errors"],
    }


def late(link: PlannerLink) -> dict[str, Any]:
    """The turn of a request comes when nobody waits for it any longer: it is not carried out."""
    pid_after(link, None)
    while link.status().busy:
        gevent.sleep(0.02)
    builds = []
    take = link._take_build
    link._take_build = lambda said: (builds.append(1), take(said))  # type: ignore[method-assign,func-returns-value]
    first = gevent.spawn(link.call, "build", fresh=True)
    gevent.sleep(0)
    impatient = outcome(lambda: link.call("build", fresh=True, timeout_s=0.0001))
    first.get()
    link.call("ping")
    return {"impatient": impatient["status"], "builds": len(builds)}


def refusal(link: PlannerLink) -> dict[str, Any]:
    """The plan has gone."""
    pid_after(link, None)
    plan = Path(sys.argv[2])
    plan.rename(plan.with_name("gone"))
    refused = outcome(lambda: link.call("build", fresh=True))
    plan.with_name("gone").rename(plan)
    return {"refused": refused, "afterwards": outcome(lambda: link.call("build"))["errors"]}


def hanging(link: PlannerLink) -> dict[str, Any]:
    """The process stands still: whoever waits is let go, and another one is started."""
    planner_link.STUCK_S = 1.0
    pid = pid_after(link, None)
    os.kill(pid, signal.SIGSTOP)
    asked = gevent.spawn(outcome, lambda: link.call("ping"))
    gevent.joinall([asked], timeout=20)
    planner_link.STUCK_S = 120.0
    return {
        "asked": asked.value,
        "other": pid_after(link, pid) != pid,
        "ping": pinged(link) == link.status().pid,
    }


def nonsense(link: PlannerLink) -> dict[str, Any]:
    """The process is of another version: its messages are JSON, but lack what is looked for."""
    pid = pid_after(link, None)
    hear = link._hear
    link._hear = lambda message: hear({"event": "built"})  # type: ignore[method-assign]
    gevent.spawn(outcome, lambda: link.call("ping"))
    while link.status().pid == pid:
        gevent.sleep(0.02)
    link._hear = hear  # type: ignore[method-assign]
    return {"other": pid_after(link, pid) != pid, "ping": pinged(link) == link.status().pid}


def closing(link: PlannerLink) -> dict[str, Any]:
    """Whoever waits for a build learns that there will be none."""
    pid = pid_after(link, None)
    waiting = gevent.spawn(link.wait_beyond, link.epoch, 30)
    gevent.sleep(0.1)
    started = time.monotonic()
    link.close()
    gevent.joinall([waiting], timeout=5)
    return {
        "waited": waiting.value,
        "seconds": time.monotonic() - started,
        "gone": not Path(f"/proc/{pid}").exists(),
        "call": outcome(lambda: link.call("ping")),
    }


def main() -> None:
    folder = Path(sys.argv[3])
    link = PlannerLink(
        Opening.of(
            site=folder / "site",
            caches=folder / "cache",
            epoch=folder / "epoch",
            plan=Path(sys.argv[2]),
        )
    )
    link.start()
    result = globals()[sys.argv[1]](link)
    link.close()
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
