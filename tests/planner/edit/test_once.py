"""A request with a token is one commit, however often it is sent and wherever it went."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from planner.edit.creating import Create
from planner.edit.editor import Editor, Saved
from planner.edit.fields import SetFields
from planner.edit.once import Once, RepeatedError
from planner.edit.proposals import Proposals
from planner.errors import UsageError
from planner.store.commits import Person

Desk = Any
FIRST = Once("ab" * 16, "11" * 16)
NEW = Create("requirement", {"text": "The lamp shall glow.", "phases": ["tower"]}, "", "LAMP")


def save(editor: Editor, ada: Person, once: Once | None = FIRST, **more: Any) -> Saved:
    outcome = editor.save(NEW, ada, once=once, **more)
    assert isinstance(outcome, Saved)
    return outcome


def repeated(editor: Editor, ada: Person, once: Once = FIRST, **more: Any) -> RepeatedError:
    with pytest.raises(RepeatedError) as caught:
        editor.save(NEW, ada, once=once, **more)
    return caught.value


def test_a_request_that_is_sent_again_finds_its_commit(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Also in another process, which knows nothing of the first time."""
    made = save(editor, ada, message="Let it glow\n\nAt night too.")
    for again in (editor, desk.editor()):
        done = repeated(again, ada).done
        assert (done.commit, done.content) == (made.commit, FIRST.content)
        assert (done.kind, done.id) == ("requirement", made.preview.draft.id)
        assert done.message == "Let it glow\n\nAt night too."
    assert desk.count() == 2
    assert desk.clean()


def test_other_requests_are_saved(desk: Desk, editor: Editor, ada: Person) -> None:
    """Another token is another item; without one, nothing is looked for."""
    ids = {
        save(editor, ada, once).preview.draft.id
        for once in (FIRST, Once("cd" * 16, FIRST.content), None)
    }
    assert len(ids) == 3
    assert desk.count() == 4


def test_what_went_to_a_proposal_is_found_after_its_merge(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """And after it was closed: its commits are kept."""
    kept = Once("ef" * 16, "22" * 16)
    save(editor, ada, proposal="glow")
    save(editor, ada, kept, proposal="other")
    proposals = Proposals(editor)
    assert isinstance(proposals.merge("glow", ada), Saved)
    proposals.close("other")
    assert repeated(editor, ada, proposal="glow").done.content == FIRST.content
    assert repeated(editor, ada, kept, proposal="other").done.content == kept.content
    assert desk.git("for-each-ref", "refs/heads/plan") == ""


def test_a_request_that_changed_nothing_may_be_carried_out_again(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """There is no commit that could carry its token, and nothing can be done twice."""
    owner = desk.editor().open("LAMP-01").item.owner
    same = SetFields("LAMP-01", "requirement", {"owner": owner})
    for _ in range(2):
        outcome = editor.save(same, ada, once=FIRST)
        assert isinstance(outcome, Saved)
        assert outcome.commit == ""
    assert desk.count() == 1


def test_a_commit_of_yesterday_is_not_looked_for(desk: Desk, editor: Editor, ada: Person) -> None:
    """A key is kept for a day, so that the past need not be read."""
    made = save(editor, ada)
    tree, parent = desk.git("rev-parse", f"{made.commit}^{{tree}}", f"{made.commit}^").split()
    text = desk.git("log", "-1", "--format=%B", made.commit)
    env = {"GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z", "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z"}
    who = {
        f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    old = subprocess.run(
        ["git", "commit-tree", tree, "-p", parent, "-m", text],
        cwd=desk.root, env={**env, **who, "PATH": "/usr/bin:/bin"},
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    desk.git("update-ref", "refs/heads/main", old)
    desk.git("reflog", "expire", "--expire=now", "--all")
    desk.git("read-tree", "HEAD")
    assert save(desk.editor(), ada).commit


_PROGRAM = """
import sys
from pathlib import Path
from planner.editing import Create, Editor, Once, Person, RepeatedError
from planner.store.folder import open_plan_folder
new = Create("requirement", {"text": "The lamp shall glow."}, "", "LAMP")
try:
    Editor(open_plan_folder(Path(sys.argv[1]))).save(
        new, Person("Ada", "ada@example.org"), once=Once("ab" * 16, "11" * 16))
    print("saved")
except RepeatedError:
    print("repeated")
"""


def test_many_processes_that_send_one_request_make_one_commit(desk: Desk) -> None:
    """They look under the lock of the save."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(desk.content)],
            cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True,
        )
        for _ in range(6)
    ]  # fmt: skip
    said = sorted(each.communicate(timeout=120)[0].strip() for each in started)
    assert said == ["repeated"] * 5 + ["saved"]
    assert desk.count() == 2


@pytest.mark.parametrize("token", ["", "abc", "zz" * 16, "ab" * 40, "ab" * 16 + "\n"])
def test_a_token_is_hex_digits(token: str) -> None:
    """It is looked for in messages as it stands."""
    with pytest.raises(UsageError):
        Once(token, FIRST.content)
