"""A brief as the form of `/research/new` holds it, and what becomes of the run."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlencode

from tests.service.planned import Planned
from tests.service.served import Answer
from tests.service.shared import rows
from tests.service.watching import eventually

KINDS = ("stack", "features", "architecture", "pitfalls")
BRIEF: Mapping[str, str] = {
    "decision": "Which library reads the files?",
    "scope": "",
    "stage": "subsequent",
    "domains": "",
    "backend": "api",
    "usd": "2",
    "minutes": "10",
    "about": "",
}


def send(planned: Planned, path: str, fields: Any) -> Answer:
    """Send a form as a page of ours does; a field may come several times."""
    return planned.served.request(
        "POST",
        path,
        body=urlencode(fields).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        },
    )


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


def begin(planned: Planned, name: str, kinds: tuple[str, ...] = KINDS, **fields: str) -> None:
    """Ask for the price and begin."""
    said = [*{**BRIEF, "name": name, **fields}.items(), *(("kinds", each) for each in kinds)]
    priced = send(planned, "/research/new", [*said, ("do", "estimate")])
    assert priced.status == 200, priced.text
    seen = hidden(priced.text, "seen")
    begun = send(planned, "/research/new", [*said, ("do", "start"), ("seen", seen)])
    assert begun.status == 303, begun.text
    assert begun.headers["Location"] == f"/research/{name}/live"


def stage(planned: Planned, name: str) -> str:
    """Where the run stands, by its record: nothing is taken on by looking."""
    (found,) = rows(planned.served, "SELECT stage FROM research_runs WHERE run = ?", name)
    return str(found["stage"])


def tasks(planned: Planned, name: str) -> dict[str, dict[str, Any]]:
    """The researchers of a run by topic."""
    found = rows(planned.served, "SELECT * FROM research_tasks WHERE run = ?", name)
    return {each["topic"]: each for each in found}


def finish(planned: Planned, name: str) -> None:
    """Wait until a run is over."""
    eventually(lambda: stage(planned, name) == "over", f"the research {name} is over")


def live(planned: Planned, name: str) -> str:
    """The page of a run."""
    answer = planned.served.request("GET", f"/research/{name}/live")
    assert answer.status == 200, answer.text
    return answer.text
