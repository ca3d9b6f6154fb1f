"""A process that saves to a plan over and over, as the tests of many savers start it.

Prints one line for each save: `saved <commit> <owner>`, `same <owner>`, or `unsaved <reason>`.
"""

import random
import sys
from pathlib import Path

from planner.edit.editor import Editor, Saved
from planner.edit.fields import SetFields
from planner.errors import PlannerError
from planner.store.commits import Person
from planner.store.folder import open_plan_folder


def main(folder: str, name: str, saves: int, items: int) -> None:
    """Save `saves` times to a random one of `items` items, each time with a tag of its own."""
    chance = random.Random(name)
    editor = Editor(open_plan_folder(Path(folder)))
    for number in range(saves):
        ref = f"LOAD-{chance.randrange(items) + 1:02d}"
        mark = f"{name}-{number}"
        try:
            opened = editor.open(ref)
            tags = [*opened.item.tags, mark]
            operation = SetFields(ref, "requirement", {"tags": tags}, opened.blob)
            outcome = editor.save(operation, Person(name, f"{name}@example.org"), message=mark)
        except PlannerError as error:
            print("error", mark, type(error).__name__, error.message, flush=True)
            continue
        if isinstance(outcome, Saved):
            print("saved" if outcome.commit else "same", mark, outcome.commit, flush=True)
        else:
            print("unsaved", mark, outcome.reason, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
