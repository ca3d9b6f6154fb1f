"""What was answered so far, kept between two calls of `planner ask`.

One private file a project, in the user's cache folder.  It is written after each answer.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from planner.errors import OutputError
from planner.interviewing import Answer, Brief, Interview, from_idea, from_plan, from_readme
from planner.model.items import PlanTree
from planner.store.atomic import write_file
from planner.store.cache import make_private

_VERSION = 1
_WAYS = ("option", "other", "out", "unknown")


@dataclass(frozen=True, slots=True)
class Kept:
    """The text that the interview began with, where it came from, and the answers."""

    text: str
    source: str
    answers: tuple[Answer, ...] = ()

    def brief(self, plan: PlanTree | None) -> Brief:
        """The brief of it, upon the plan as it is now."""
        if self.source == "readme":
            return from_readme(self.text, plan)
        if self.source == "plan" and plan is not None:
            return from_plan(plan, self.text)
        return from_idea(self.text, plan=plan)


def kept_path(home: Path, folder: Path) -> Path:
    """The file of the project whose plan is in `folder`; `home` is the folder for caches."""
    name = hashlib.sha256(str(folder).encode(errors="surrogateescape")).hexdigest()[:24]
    return home / "interviews" / f"{name}.json"


def load(path: Path) -> Kept | None:
    """What is kept; None where there is nothing, or nothing that can be used."""
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["version"] != _VERSION:
            return None
        answers = tuple(_answer(each) for each in data["answers"])
        return Kept(str(data["text"]), str(data["source"]), answers)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(path: Path, text: str, source: str, state: Interview) -> None:
    """Keep an interview.  Raises OutputError when it cannot be written."""
    if not make_private(path.parent):
        raise OutputError(
            f"{path.parent} can be written by others, so answers are not kept there",
            "set $AGENTED_CACHE_DIR to a folder of your own",
        )
    answers = [asdict(each) for each in state.answers.values()]
    data = {"version": _VERSION, "text": text, "source": source, "answers": answers}
    write_file(path, json.dumps(data, ensure_ascii=False, indent=1).encode(), mode=0o600)


def _answer(values: Mapping[str, Any]) -> Answer:
    how = values["how"]
    if how not in _WAYS:
        raise ValueError(how)
    texts = {name: str(values[name]) for name in ("question", "value", "by", "at")}
    return Answer(how=cast("Any", how), **texts)
