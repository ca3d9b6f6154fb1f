"""Another person's approval: who counts as one, and what a merge says of it."""

from typing import Any

import pytest

from planner.edit.approval import ApprovalRule, may_approve, person_of, same_person, shown
from planner.edit.editor import Editor, Saved
from planner.edit.fields import SetFields
from planner.edit.proposals import Proposals
from planner.errors import RefusedError, UsageError
from planner.store.commits import Person

Desk = Any
EVE = Person("Eve Proposer", "eve@example.org")
BOT = Person("agent-7", "")
OTHER = ApprovalRule.OTHER
SERVICE = Person("Agented", "agented@localhost")


@pytest.fixture
def strict(editor: Editor) -> Editor:
    """An editor of a plan whose main branch takes proposals of others only."""
    return Editor(editor.folder, committer=SERVICE, approval=OTHER)


def propose(
    editor: Editor, author: Person, *trailers: tuple[str, str], slug: str = "dim", owner: str = "x"
) -> None:
    change = SetFields("LAMP-02", "requirement", {"owner": owner})
    assert isinstance(editor.save(change, author, proposal=slug, trailers=trailers), Saved)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Person("Ada", "ada@x.org"), Person("A. Lovelace", "ADA@x.org"), True),
        (Person("Ada", "ada@x.org"), Person("  ada ", "ada@home.org"), True),
        (Person("Ada", "ada@x.org"), Person("Ada", ""), True),
        (Person("\uff21da", ""), Person("ada", ""), True),
        (Person("Ada", "ada@x.org"), Person("Eve", "eve@x.org"), False),
        (Person("Ada", ""), Person("Eve", ""), False),
        (Person("", "a@x.org"), Person("", "b@x.org"), False),
    ],
)
def test_people_are_told_apart_by_e_mail_and_name(one: Person, other: Person, same: bool) -> None:
    """Two keys of one person share one of them; case, width and blanks do not tell people apart."""
    assert same_person(one, other) is same
    assert same_person(other, one) is same


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Ada <ada@x.org>", Person("Ada", "ada@x.org")),
        ("ada@x.org", Person("", "ada@x.org")),
        ("Ada Lovelace", Person("Ada Lovelace", "")),
        ("<ada@x.org>", Person("", "ada@x.org")),
    ],
)
def test_a_trailer_names_a_person(text: str, person: Person) -> None:
    """In each of the forms that people write."""
    assert person_of(text) == person


def test_who_wrote_it_may_not_approve_it(desk: Desk, strict: Editor, ada: Person) -> None:
    """Nothing moves; somebody else merges it, and the commit says so."""
    propose(strict, EVE)
    proposals = Proposals(strict)
    before = desk.git("rev-parse", "main", "plan/dim")
    with pytest.raises(RefusedError, match="needs another person") as refused:
        proposals.merge("dim", Person("Eve at home", "EVE@example.org"))
    assert "somebody else" in refused.value.hint
    assert desk.git("rev-parse", "main", "plan/dim") == before
    assert isinstance(proposals.merge("dim", ada, trailers=[("Seen", "twice")]), Saved)
    assert desk.git("log", "-1", "--format=%an|%cn|%(trailers:unfold,separator=%x7c)") == (
        "Ada Lovelace|Agented|Seen: twice|Approved-by: Ada Lovelace <ada@example.org>|Proposal: dim"
    )
    assert desk.clean()


def test_every_author_counts_and_whom_it_was_written_for(strict: Editor, ada: Person) -> None:
    """An agent that writes for Ada does not make Ada somebody else."""
    propose(strict, BOT, ("On-behalf-of", "Ada <ada@example.org>"))
    propose(strict, EVE, ("Co-authored-by", "grace@example.org"), owner="y")
    (found,) = Proposals(strict).list()
    assert found.authors == (EVE, BOT)
    assert set(found.helpers) == {
        SERVICE, Person("Ada", "ada@example.org"), Person("", "grace@example.org"),
    }  # fmt: skip
    for person in (ada, EVE, Person("Grace", "grace@example.org"), Person("Agent-7", "a@b.c")):
        assert may_approve(found, person, OTHER), person
        assert may_approve(found, person, ApprovalRule.NONE) == ""
    assert may_approve(found, Person("Linus", "linus@example.org"), OTHER) == ""
    with pytest.raises(RefusedError):
        Proposals(strict).merge("dim", ada)


def test_a_committer_took_part(desk: Desk, strict: Editor, ada: Person) -> None:
    """Who amends another's commit has changed it."""
    propose(strict, EVE)
    desk.git("switch", "--quiet", "plan/dim")
    desk.commit("requirements/LAMP-02.md", "owner: x", "owner: z")
    desk.git("commit", "--quiet", "--amend", "--no-edit", "--author=Eve Proposer <eve@example.org>")
    desk.git("switch", "--quiet", "main")
    (found,) = Proposals(strict).list()
    assert Person("Ada Tester", "ada@example.org") in found.helpers
    assert "Ada Tester" in may_approve(found, ada, OTHER)


def test_an_approver_without_an_e_mail_is_nobody(strict: Editor) -> None:
    """A second key of the author could be called anything."""
    propose(strict, EVE)
    with pytest.raises(RefusedError, match="e-mail") as refused:
        Proposals(strict).merge("dim", Person("Somebody", ""))
    assert "key" in refused.value.hint


def test_the_main_branch_takes_proposals_only(desk: Desk, strict: Editor, ada: Person) -> None:
    """Under either name; the proposal branch and other branches take saves."""
    change = SetFields("LAMP-02", "requirement", {"owner": "x"})
    before = desk.git("rev-parse", "main")
    for branch in ("", "main"):
        with pytest.raises(RefusedError, match="from proposals only") as refused:
            strict.save(change, ada, branch=branch)
        assert "proposal" in refused.value.hint
    assert desk.git("rev-parse", "main") == before
    assert isinstance(strict.save(change, ada, proposal="p"), Saved)
    desk.git("branch", "aside")
    assert isinstance(strict.save(change, ada, branch="aside"), Saved)


def test_what_came_after_the_look_counts(strict: Editor, ada: Person) -> None:
    """Ada adds to the proposal that she was about to merge."""
    propose(strict, EVE)
    proposals = Proposals(strict)
    (found,) = proposals.list()
    assert may_approve(found, ada, OTHER) == ""
    propose(Editor(strict.folder), ada, owner="ada")
    with pytest.raises(RefusedError):
        proposals.merge("dim", ada)


def test_without_a_rule_everybody_merges_and_is_named(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """A name cannot forge another trailer."""
    propose(editor, ada)
    odd = Person("Ada> Approved-by: Eve <eve@x", "ada@example.org")
    assert isinstance(Proposals(editor).merge("dim", odd), Saved)
    approved = desk.git("log", "-1", "--format=%(trailers:key=Approved-by,valueonly)").splitlines()
    assert approved == ["Ada Approved-by: Eve eve@x <ada@example.org>"]
    propose(editor, ada, owner="y")
    with pytest.raises(UsageError):
        Proposals(editor).merge("dim", Person("Ada\nApproved-by: Eve", "a@b.c"))
    with pytest.raises(UsageError, match="name"):
        Proposals(editor).merge("dim", Person(" ", "a@b.c"))


def test_a_trailer_of_the_caller_does_not_say_who_approved(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Only the merge itself does."""
    propose(editor, EVE)
    forged = [("approved-by", "Eve <eve@example.org>"), ("Proposal", "other")]
    assert isinstance(Proposals(editor).merge("dim", ada, trailers=forged), Saved)
    said = desk.git("log", "-1", "--format=%(trailers)")
    assert said.strip() == f"Approved-by: {shown(ada)}\nProposal: dim"
