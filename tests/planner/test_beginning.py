"""The first steps of a plan, in real folders with real git."""

import os
from pathlib import Path

import pytest

from planner import beginning
from planner.beginning import Place, adopt, begin, imported_files, new_files, place_of, standing
from planner.editing import Person
from planner.errors import PlannerError, RefusedError, UsageError
from tests.service.planned import git

ADA, SERVICE = Person("Ada", "ada@example.org"), Person("Agented", "agented@localhost")
ROADMAP = "# Roadmap: Lamps\n\n### Phase 1: Tower\n**Goal**: The tower stands.\n"


def begun(place: Place, *, init: bool = True, example: bool = False) -> str:
    files = new_files("Lighthouse", example=example)
    return begin(place, files, ADA, SERVICE, "Begin the plan", init=init)


def there(folder: Path) -> beginning.Standing:
    return standing(str(folder), os.environ, folder.parent)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_of(str(tmp_path / "project" / "content"), tmp_path)


def test_nothing_is_made_without_consent(place: Place) -> None:
    """Not even the folder."""
    with pytest.raises(UsageError, match="no git repository"):
        begun(place, init=False)
    assert not place.root.exists()


def test_an_empty_folder_becomes_a_repository_with_a_plan(place: Place) -> None:
    """One commit by the person, with nothing left to commit."""
    before = there(place.folder)
    assert (before.plan, before.repository, before.committed) == ("none", False, False)
    commit = begun(place, example=True)
    assert (
        git(place.root, "log", "--format=%H %an %cn %s") == f"{commit} Ada Agented Begin the plan"
    )
    assert git(place.root, "status", "--porcelain") == ""
    assert git(place.root, "branch", "--show-current") == "main"
    after = there(place.folder)
    assert (after.plan, after.repository, after.committed) == ("own", True, True)
    with pytest.raises(RefusedError, match="holds a plan already"):
        begun(place)


def test_what_a_person_has_staged_stays_staged(place: Place) -> None:
    """In a repository without a commit, and in one that has some."""
    place.root.mkdir(parents=True)
    git(place.root, "init", "-qb", "trunk")
    (place.root / "main.py").write_text("print()\n")
    git(place.root, "add", "main.py")
    begun(place)
    assert git(place.root, "show", "--name-only", "--format=").split() == ["content/plan.yaml"]
    assert git(place.root, "status", "--porcelain") == "A  main.py"


def test_a_plan_joins_a_history_that_is_there(place: Place) -> None:
    """As a further commit on the branch that is checked out."""
    place.root.mkdir(parents=True)
    git(place.root, "init", "-qb", "trunk")
    git(place.root, "commit", "-qm", "Code", "--allow-empty")
    begun(place, init=False)
    assert git(place.root, "log", "--format=%s").splitlines() == ["Begin the plan", "Code"]
    assert git(place.root, "status", "--porcelain") == ""


def test_a_plan_in_a_plain_folder_is_taken_into_git(place: Place) -> None:
    """Its files as they are; a link, a hidden file and what is no part of it stay outside."""
    (place.folder / "phases").mkdir(parents=True)
    (place.folder / "plan.yaml").write_text("title: Lamps # mine\n")
    (place.folder / "phases" / "lamp.md").write_text("---\ntitle: Lamp\n---\n\nIt shines.\n")
    (place.folder / "notes.txt").write_text("secret")
    (place.folder / "phases" / "link.md").symlink_to("/etc/hostname")
    with pytest.raises(UsageError):
        adopt(place, ADA, SERVICE, init=False)
    adopt(place, ADA, SERVICE, init=True)
    shown = git(place.root, "show", "--name-only", "--format=").split()
    assert sorted(shown) == ["content/phases/lamp.md", "content/plan.yaml"]
    assert git(place.root, "show", "HEAD:content/plan.yaml") == "title: Lamps # mine"


def test_the_research_of_a_plan_is_taken_into_git_with_it(place: Place) -> None:
    """Documents and claims; a plan that has nothing else is not one without items."""
    run = place.folder / "research" / "lamps"
    run.mkdir(parents=True)
    (place.folder / "plan.yaml").write_text("title: Lamps\n")
    assert there(place.folder).empty
    (run / "README.md").write_text("no item")
    (run / "data.csv").write_text("1,2\n")
    hidden = place.folder / "research" / ".drafts"
    hidden.mkdir()
    (hidden / "stack.md").write_text("# Not yet\n")
    assert there(place.folder).empty
    (run / "claims.yaml").write_text("claims:\n  - id: c1\n    text: LEDs last.\n")
    assert not there(place.folder).empty
    (run / "stack.md").write_text("# Lamps\n")
    (place.folder / "research" / "link").symlink_to(run)
    adopt(place, ADA, SERVICE, init=True)
    shown = git(place.root, "show", "--name-only", "--format=").split()
    assert sorted(shown) == [
        "content/plan.yaml",
        "content/research/lamps/claims.yaml",
        "content/research/lamps/stack.md",
    ]
    with pytest.raises(RefusedError, match="holds a plan already"):
        begun(place, example=True)


def test_filters_and_hooks_of_the_repository_do_not_run(place: Place) -> None:
    """Its configuration may be a stranger's."""
    place.root.mkdir(parents=True)
    git(place.root, "init", "-qb", "main")
    trap = place.root / "ran"
    git(place.root, "config", "filter.trap.clean", f"touch {trap}; cat")
    (place.root / ".gitattributes").write_text("* filter=trap\n")
    hook = place.root / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    begun(place)
    assert not trap.exists()


def test_a_roadmap_is_imported_and_its_source_stays(place: Place) -> None:
    """By a name that was offered, or as a text; no other name is opened."""
    source = place.root / ".planning"
    source.mkdir(parents=True)
    (source / "ROADMAP.md").write_text(ROADMAP)
    assert there(place.folder).importable == (".planning",)
    files, _ = imported_files(place, ".planning")
    pasted, _ = imported_files(place, text=ROADMAP)
    assert set(files) >= {"plan.yaml"}
    assert any(name.startswith("phases/") for name in pasted)
    for name in ("/etc", "../.planning", "README.md", ""):
        with pytest.raises(UsageError, match="nothing to import"):
            imported_files(place, name)
    with pytest.raises(PlannerError):
        imported_files(place, text="no plan at all")
    begin(place, files, ADA, SERVICE, "Import the plan", init=True)
    assert (source / "ROADMAP.md").read_text() == ROADMAP
    assert there(place.folder).committed


def test_a_folder_that_is_a_link_is_refused(place: Place, tmp_path: Path) -> None:
    """Nothing is written through it."""
    other = tmp_path / "other"
    other.mkdir()
    place.root.mkdir(parents=True)
    place.folder.symlink_to(other)
    with pytest.raises(PlannerError, match="link"):
        begun(place)
    assert not list(other.iterdir())
