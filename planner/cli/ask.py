"""`planner ask`."""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from planner import beginning
from planner.build.memory import cache_home
from planner.cli.ask_answers import BRIEF, answered, read_answers
from planner.cli.ask_keep import chosen_parts
from planner.cli.ask_store import Kept, kept_path, load
from planner.cli.ask_store import save as keep_answers
from planner.cli.ask_talk import Talk
from planner.cli.ask_words import draft_lines, gap_lines
from planner.cli.options import plan_option, workspace
from planner.cli.saves import save
from planner.editing import Editor, Together, open_editor
from planner.errors import SourceError, UsageError
from planner.interviewing import (
    Accepted,
    Draft,
    Interview,
    draft,
    edits,
    everything,
    gaps,
    known_questions,
    looks_like_readme,
)
from planner.model.items import PlanTree
from planner.store.folder import open_plan_folder
from planner.store.identity import author_of
from planner.store.making import init_repository

_KINDS = ("milestone", "phase", "requirement")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the options say."""

    plan: str | None
    brief: str
    answers: Path | None
    restart: bool
    reopen: tuple[str, ...]
    yes: bool
    dry_run: bool
    message: str
    proposal: str


@click.command("ask", short_help="Plan by questions and answers.")
@plan_option
@click.option("--brief", default="", metavar="TEXT|FILE", help="What is to be planned, or - .")
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take the answers from this YAML file, and ask nothing.",
)
@click.option("--restart", is_flag=True, help="Forget the answers of the last time.")
@click.option(
    "--reopen", multiple=True, metavar="QUESTION", help="Ask this one again. May be repeated."
)
@click.option("--questions", is_flag=True, help="List all questions with their readings, and end.")
@click.option("-y", "--yes", is_flag=True, help="Accept all parts and commit without asking.")
@click.option("--dry-run", is_flag=True, help="Show the draft and what would be saved; save none.")
@click.option("-m", "--message", default="", help="Message of the commit.")
@click.option("--proposal", default="", metavar="SLUG", help="Save on the branch plan/SLUG.")
def ask_command(
    plan: str | None,
    brief: str,
    answers: Path | None,
    restart: bool,
    reopen: tuple[str, ...],
    questions: bool,
    yes: bool,
    dry_run: bool,
    message: str,
    proposal: str,
) -> int:
    """Draft a milestone with phases, criteria and requirements by questions, and commit it.

    It begins with an idea in a sentence, with a README (--brief README.md), or with the plan that
    is there, whose gaps are asked about. Up to five questions come at once, the weightiest first.
    Each answer is kept in the user's cache folder, so that `planner ask` goes on where it was
    left. Nothing is written before you have seen the diff and said yes. A folder without a plan or
    without git will do: both are begun once you agree.
    """
    wish = _Wish(plan, brief, answers, restart, reopen, yes, dry_run, message, proposal)
    found = beginning.standing(plan or "", os.environ, Path.cwd())
    if found.plan == "foreign":
        raise UsageError(
            "the plan here is one of another tool, and cannot be added to",
            "`planner import` it first",
        )
    if found.plan == "own":
        with workspace(plan) as opened:
            if not found.committed:
                return _hold(wish, found, opened.check().tree, None, questions=questions)
            editor = open_editor(opened)
            tree = editor.target("", proposal)[1].tree
            return _hold(wish, found, tree, editor, questions=questions)
    return _hold(wish, found, None, None, questions=questions)


def _hold(
    wish: _Wish,
    found: beginning.Standing,
    tree: PlanTree | None,
    editor: Editor | None,
    *,
    questions: bool,
) -> int:
    path = kept_path(cache_home(os.environ), found.place.folder.resolve())
    values = read_answers(wish.answers) if wish.answers is not None else {}
    kept = _begun(wish, None if wish.restart else load(path), values, found, tree)
    state = Interview(
        kept.brief(tree), {each.question: each for each in kept.answers}, owner=_name()
    )
    if questions:
        return _list(state)
    state = state.reopened(wish.reopen)
    if wish.answers is not None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        state = answered(state, {k: v for k, v in values.items() if k != BRIEF}, _name(), at)
        keep_answers(path, kept.text, kept.source, state)
    else:
        state = _talk(state, path, kept)
    return _finish(wish, found, state, editor, path)


def _begun(
    wish: _Wish,
    kept: Kept | None,
    values: dict[str, str],
    found: beginning.Standing,
    tree: PlanTree | None,
) -> Kept:
    """What to begin with: what is named, what is kept, or what the person says."""
    named = wish.brief or values.get(BRIEF, "")
    old = kept.answers if kept is not None else ()
    if named:
        text = _read(named)
        readme = looks_like_readme(text)
        return Kept(text, "readme" if readme else _source(tree), old)
    if kept is not None and (kept.text or tree is not None):
        if old:
            answers = (
                "answer of the last time is" if len(old) == 1 else "answers of the last time are"
            )
            click.echo(f"{len(old)} {answers} kept")
        return kept
    if wish.answers is not None:
        if tree is None:
            raise UsageError("there is nothing to begin with", "give --brief, or `brief:` in FILE")
        return Kept("", "plan")
    return _asked(found, tree)


def _asked(found: beginning.Standing, tree: PlanTree | None) -> Kept:
    if tree is not None and (tree.phases or tree.requirements):
        click.echo("What is to be added to the plan? Empty: mend what it leaves open.")
        return Kept(_line(), "plan")
    if beginning.README in found.importable:
        click.echo(f"What is to be made, in a sentence or two? Empty: take {beginning.README}.")
        said = _line()
        return Kept(said, "idea") if said else Kept(beginning.readme(found.place), "readme")
    while True:
        click.echo("What is to be made, in a sentence or two?")
        if said := _line():
            return Kept(said, "idea")


def _source(tree: PlanTree | None) -> str:
    return "plan" if tree is not None and tree.phases else "idea"


def _read(named: str) -> str:
    """The text itself, or what the file of that name holds.  Raises SourceError."""
    if named == "-":
        return sys.stdin.read()
    try:
        path = Path(named)
        return path.read_text("utf-8") if len(named) < 1000 and path.is_file() else named
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{named} cannot be read: {error}", "give a text file, or a text"
        ) from error


def _line() -> str:
    text: str = click.prompt("", default="", show_default=False, prompt_suffix="> ")
    return text.strip()


def _name() -> str:
    """Who answers, as git knows them here; empty where it does not."""
    repository = open_plan_folder(Path.cwd()).repository
    if repository is None:
        return os.environ.get("GIT_AUTHOR_NAME", "")
    try:
        return author_of(repository, os.environ).name
    except UsageError:
        return ""


def _talk(state: Interview, path: Path, kept: Kept) -> Interview:
    talk = Talk(state, lambda now: keep_answers(path, kept.text, kept.source, now), _name())
    click.echo(f"answers are kept in {path}")
    keep_answers(path, kept.text, kept.source, state)
    try:
        return talk.hold()
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nall answers so far are kept: `planner ask` goes on here", err=True)
        raise


def _list(state: Interview) -> int:
    for question in known_questions(state).values():
        click.echo(f"{question.id}: {question.text}")
        for option in question.options:
            click.echo(f"  {option.id}: {option.text}")
    return 0


def _finish(
    wish: _Wish,
    found: beginning.Standing,
    state: Interview,
    editor: Editor | None,
    path: Path,
) -> int:
    made = draft(state)
    click.echo()
    for line in (*draft_lines(made), *gap_lines(gaps(state))):
        click.echo(line)
    if not made.keys:
        click.echo("there is nothing to save")
        return 0
    accepted = everything(made) if wish.yes or wish.answers or wish.dry_run else chosen_parts(made)
    if not accepted:
        click.echo("nothing was accepted, so nothing is saved")
        return 0
    if editor is not None:
        return _save(wish, made, accepted, editor, path)
    if wish.dry_run:
        first = (
            "git does not have its plan yet: that would be committed first"
            if found.plan == "own"
            else "it holds no plan yet: one would be begun first"
        )
        click.echo(f"{found.place.folder}: {first}")
        return 0
    if not _begin(wish, found, state):
        click.echo("nothing was saved")
        return 1
    with workspace(str(found.place.folder)) as opened:
        return _save(wish, made, accepted, open_editor(opened), path)


def _begin(wish: _Wish, found: beginning.Standing, state: Interview) -> bool:
    """Begin a plan, or take the one that is there into git, if the person agrees.

    A repository is made where there is none.
    """
    place = found.place
    where = "" if found.repository else f" in a new git repository in {place.root}"
    what = "Commit the plan" if found.plan == "own" else "Begin a plan"
    if not wish.yes and not _agreed(f"{what} in {place.folder}{where}?"):
        return False
    if not found.repository:
        init_repository(place.root)
    repository = open_plan_folder(place.root).repository
    assert repository is not None, "one was there, or was made"
    person = author_of(repository, os.environ)
    if found.plan == "own":
        commit = beginning.adopt(place, person, person, init=False)
        click.echo(f"took the plan into git with the commit {commit[:12]}")
        return True
    title = draft(state).title or place.root.name
    files = beginning.new_files(title, example=False)
    commit = beginning.begin(place, files, person, person, "Begin the plan", init=False)
    click.echo(f"began the plan with the commit {commit[:12]}")
    return True


def _save(wish: _Wish, made: Draft, accepted: Accepted, editor: Editor, path: Path) -> int:
    state = editor.target("", wish.proposal)[1]
    taken = {each for kind in _KINDS for each in state.ids_everywhere(kind)}
    operations = edits(made, accepted, state.tree, taken)
    if not operations:
        click.echo("there is nothing to save")
        return 0
    name = made.milestone.title if made.milestone is not None else "what the plan left open"
    operation = Together(operations, f"Plan {name}")
    save(editor, operation, "", wish.proposal, "", dry_run=True, reviewed=False)
    if wish.dry_run:
        return 0
    if not wish.yes and not _agreed("Commit this?"):
        click.echo(f"nothing was saved; the answers are kept in {path}")
        return 1
    outcome = save(
        editor, operation, wish.message, wish.proposal, "", dry_run=False, reviewed=False
    )
    if not outcome:
        path.unlink(missing_ok=True)
    return outcome


def _agreed(question: str) -> bool:
    """Whether the person says yes; at the end of the input, nobody did."""
    try:
        return click.confirm(question, default=False)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo()
        return False
