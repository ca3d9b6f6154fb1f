"""From a draft to a commit: in a real repository, judged by the checks of `planner check`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.edit.editor import Editor, Saved
from planner.editing import Together
from planner.interviewing import (
    Answer,
    Draft,
    Interview,
    active,
    built_in,
    draft,
    edits,
    everything,
    from_idea,
    from_plan,
    gaps,
    next_round,
)
from planner.model.items import PlanTree
from planner.model.problem import Severity
from planner.store.commits import Person
from planner.store.folder import open_plan_folder

ADA = Person("Ada Lovelace", "ada@example.org")
BRIEFS = (
    "A website where the members of a choir sign in to book rehearsal rooms",
    "A command-line tool that converts CSV files, with an API of its own",
    "A shop that sells honey, with invoices, reports and a model that drafts texts",
)
Git = Callable[..., str]


@pytest.fixture(scope="module")
def new_plan(tmp_path_factory: pytest.TempPathFactory, git: Git) -> Path:
    """A repository with a plan that holds its title alone."""
    root = tmp_path_factory.mktemp("new")
    (root / "content").mkdir()
    (root / "content" / "plan.yaml").write_text("title: Choir\n", "utf-8")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=begin")
    return root


def editor_of(root: Path) -> Editor:
    return Editor(open_plan_folder(root / "content"))


def errors(editor: Editor, made: Draft, tree: PlanTree, accepted: object = None) -> list[str]:
    """What `planner check` would call errors after the edits."""
    wanted = edits(made, accepted or everything(made), tree)  # type: ignore[arg-type]
    seen = editor.preview(Together(wanted))
    assert not seen.draft.dangling
    problems = editor.problems(seen.after)
    return [f"{each.path}: {each.message}" for each in problems if each.severity is Severity.ERROR]


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_new_plan_is_saved_as_one_commit_and_has_no_error(
    tmp_path: Path, git: Git, brief: str
) -> None:
    """With what nobody answered; the files are what the draft says, with its ids."""
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "plan.yaml").write_text("title: New\n", "utf-8")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=begin")
    editor = editor_of(tmp_path)
    state = Interview(from_idea(brief), owner="ada")
    state = state.answered(Answer("core.can", "other", "sing a song\nhear it again"))
    made = draft(state)
    wanted = edits(made, everything(made), editor.plan().tree)
    saved = editor.save(Together(wanted), ADA)
    assert isinstance(saved, Saved)
    assert git(tmp_path, "rev-list", "--count", "main") == "2\n"
    assert git(tmp_path, "status", "--porcelain") == ""
    tree = editor.plan().tree
    problems = editor.problems(editor.plan())
    assert not [each for each in problems if each.severity is not Severity.HINT]
    assert {each.id: each.text for each in tree.requirements} == {
        each.id: each.text for each in made.requirements
    }
    assert [(each.id, each.number, each.goal) for each in sorted(tree.phases, key=by_number)] == [
        (each.id, each.number, each.goal) for each in made.phases
    ]
    assert any("owner: ada" in each.assumptions for each in tree.phases)
    assert tree.plan.statement.strip() == brief


def by_number(phase: object) -> str:
    return phase.number  # type: ignore[attr-defined,no-any-return]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_answers_and_any_accepted_parts_pass_the_check(
    new_plan: Path, data: st.DataObject
) -> None:
    """No error, whatever was answered and dropped."""
    editor = editor_of(new_plan)
    state = Interview(from_idea(data.draw(st.sampled_from(BRIEFS))), owner="ada")
    questions = [each for each in built_in().questions if each.options]
    for question in data.draw(st.lists(st.sampled_from(questions), max_size=30)):
        how = data.draw(st.sampled_from(("option", "out", "unknown")))
        value = data.draw(st.sampled_from(question.options)).id if how == "option" else ""
        state = state.answered(Answer(question.id, how, value))  # type: ignore[arg-type]
    made = draft(state)
    keys = data.draw(st.sets(st.sampled_from(made.keys))) | {"milestone"}
    tree = editor.plan().tree
    assert not errors(editor, made, tree)
    accepted = {key: {} for key in keys}
    assert not errors(editor, made, tree, accepted)


def test_ids_of_other_branches_are_not_given_again(new_plan: Path, git: Git) -> None:
    """What a proposal has made is taken."""
    editor = editor_of(new_plan)
    made = draft(Interview(from_idea(BRIEFS[0])))
    tree = editor.plan().tree
    first = edits(made, everything(made), tree)
    assert isinstance(editor.save(Together(first), ADA, proposal="one"), Saved)
    plan = editor.plan()
    taken = {
        each for kind in ("milestone", "phase", "requirement") for each in plan.ids_everywhere(kind)
    }
    again = edits(made, everything(made), tree, taken)
    seen = editor.preview(Together(again))
    assert seen.draft.made
    assert not {each.casefold() for each in seen.draft.made} & {each.casefold() for each in taken}
    git(new_plan, "branch", "--quiet", "-D", "plan/one")


def test_an_addition_to_a_plan_follows_what_is_there(small_plan: Path, git: Git) -> None:
    """Its phases come behind, its ids are free, and what was there stays as it is."""
    root = small_plan.parent
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=first")
    editor = editor_of(root)
    tree = editor.plan().tree
    made = draft(Interview(from_plan(tree, "Keepers sign in to write the log")))
    assert made.milestone is not None
    assert made.milestone.id not in {each.id for each in tree.milestones}
    highest = max(int(each.number) for each in tree.phases if each.number.isdigit())
    assert int(made.phases[0].number) == highest + 1
    wanted = edits(made, everything(made), tree)
    seen = editor.preview(Together(wanted))
    assert {each.path for each in seen.files if each.old is not None} <= {"plan.yaml"}
    assert not seen.new_errors


GAPS = {
    "content/plan.yaml": """
        title: Bridge
        """,
    "content/milestones/v1.md": """
        ---
        title: First
        ---
        A bridge.
        """,
    "content/phases/piers.md": """
        ---
        title: Piers
        number: "01"
        milestone: v1
        ---
        The piers stand.
        """,
    "content/phases/deck.md": """
        ---
        title: Deck
        number: "02"
        milestone: v1
        ---
        People cross.

        ## Success criteria

        1. A person of 80 kg walks across. {#c1}
           - verifies: DECK-01
        """,
    "content/phases/ramp.md": """
        ---
        title: Ramp
        number: "03"
        milestone: v1
        status: active
        ---
        Carts come up.

        ## Assumptions

        Of the ground:

        - The ground is dry.
          - owner: ada
        - The road is there.
          - status: open
          - owner: bob
        """,
    "content/requirements/PIER-01.md": """
        ---
        phase: piers
        status: approved
        ---
        The pier shall carry 100 t etc.
        """,
    "content/requirements/DECK-01.md": """
        ---
        phase: deck
        status: approved
        ---
        The deck shall carry a person of 80 kg.
        """,
    "content/requirements/DECK-02.md": """
        ---
        phase: deck
        status: approved
        ---
        The deck shall carry a cart of 400 kg.
        """,
    "content/requirements/RAIL-01.md": """
        ---
        status: approved
        ---
        The rail shall carry a push of 1 kN.
        """,
}


def test_the_gaps_of_a_plan_are_asked_about_and_mended(
    tmp_path: Path, git: Git, write_files: Callable[..., Path]
) -> None:
    """Each must-answer question is one gap; all answered, `planner check` has no error."""
    write_files(tmp_path, GAPS)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=first")
    editor = editor_of(tmp_path)
    tree = editor.plan().tree
    before = editor.problems(editor.plan())
    assert [each for each in before if each.severity is Severity.ERROR]
    state = Interview(from_plan(tree))
    dry, road = assumption_ids(state)
    assert set(gaps(state).must) == {
        "plan.piers.criteria",
        "plan.PIER-01.text",
        "plan.DECK-02.criterion",
        "plan.RAIL-01.phase",
        "plan.ramp.requirements",
        dry,
        road,
    }
    state = state.answered(
        Answer("plan.piers.criteria", "other", "A load of 100 t sinks a pier by at most 5 mm"),
        Answer("plan.PIER-01.text", "other", "The pier shall carry 100 t"),
        Answer("plan.DECK-02.criterion", "other", "A cart of 400 kg rolls across"),
        Answer("plan.RAIL-01.phase", "option", "later"),
        Answer("plan.ramp.requirements", "other", "push a cart of 400 kg up"),
        Answer(dry, "option", "held"),
        Answer(road, "other", "There is a track"),
    )
    assert gaps(state).done
    made = draft(state)
    assert made.milestone is None
    saved = editor.save(Together(edits(made, everything(made), tree)), ADA)
    assert isinstance(saved, Saved)
    after = editor.problems(editor.plan())
    assert not [each for each in after if each.severity is Severity.ERROR]
    text = git(tmp_path, "show", "main:content/phases/deck.md")
    assert "2. A cart of 400 kg rolls across. {#c2}\n   - verifies: DECK-02\n" in text
    assert "status: deferred" in git(tmp_path, "show", "main:content/requirements/RAIL-01.md")
    ramp = git(tmp_path, "show", "main:content/phases/ramp.md")
    assert ramp.endswith("""\
## Assumptions

Of the ground:

- The ground is dry.
  - owner: ada
  - status: held
- The road is there.
  It was otherwise: There is a track.
  - owner: bob
  - status: wrong
""")
    # What was mended is not asked again; the new requirement has no criterion yet.
    left = next_round(Interview(from_plan(editor.plan().tree)))
    assert [each.id for each in left] == ["plan.ramp.criteria"]


def assumption_ids(state: Interview) -> list[str]:
    return [each.id for each in active(state) if ".assumption." in each.id]
