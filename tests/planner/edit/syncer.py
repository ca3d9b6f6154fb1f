"""A process that saves and exchanges over and over, as the tests of two services start it.

Prints `saved <tag>` for each save, `exchanged` for each exchange.
"""

import sys
from pathlib import Path

from planner.edit.editor import Editor, Saved
from planner.edit.exchange import exchange
from planner.edit.fields import SetFields
from planner.edit.sync import Sync
from planner.errors import PlannerError
from planner.store.address import find_address
from planner.store.commits import Person
from planner.store.folder import open_plan_folder
from planner.store.remote import Remote

SERVICE = Person("Agented", "agented@localhost")


def main(folder: str, place: str, name: str, saves: int) -> None:
    """Save `saves` times to an item of this process' own, each time followed by an exchange."""
    editor = Editor(open_plan_folder(Path(folder)))
    address = find_address(editor.repository, place, cwd=Path(folder))
    remote = Remote(editor.repository, address)
    author = Person(name, f"{name}@example.org")
    for number in range(saves):
        tag = f"{name}-{number}"
        opened = editor.open("LAMP-01" if number % 2 else "LAMP-02")
        operation = SetFields(
            opened.item.id, "requirement", {"tags": [*opened.item.tags, tag]}, opened.blob
        )
        outcome = editor.save(operation, author, message=tag)
        assert isinstance(outcome, Saved), outcome
        print("saved", tag, flush=True)
        try:
            done = exchange(Sync(editor, address, SERVICE), remote)
        except PlannerError as error:
            print("error", error.message, flush=True)
            continue
        print("exchanged", *(each.reason for each in done.notes), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
