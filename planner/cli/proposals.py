"""`planner proposals`: look at what is proposed, merge it or close it."""

import json
import os
from dataclasses import asdict
from typing import Any

import click

from planner.cli.options import plan_option, workspace
from planner.cli.saves import say_clashes, say_problems
from planner.cli.telling import change_lines, changes_as_data, counted, moment, problems_as_data
from planner.edit.approval import shown
from planner.edit.preview import Preview
from planner.edit.taking import Side, taken
from planner.editing import Overlap, Proposal, Proposals, Saved, Unsaved, open_editor
from planner.errors import EditError, RevisionError, UsageError
from planner.store.identity import author_of
from planner.trace.report import printable

_ALL_DAY = 24 * 3600.0
_format = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@click.group("proposals", short_help="Look at proposals, merge or close them.")
def proposals_command() -> None:
    """What is proposed on branches `plan/SLUG`; commands that edit make them with --proposal."""


@proposals_command.command("list", short_help="List the open proposals, in words.")
@plan_option
@_format
def list_command(plan: str | None, style: str) -> int:
    """List the open proposals in words, what gets weaker first, and where they meet.

    With the problems that merging each would bring and mend.
    """
    with workspace(plan) as opened:
        proposals = Proposals(open_editor(opened))
        found = proposals.list()
        impacts = proposals.impacts(found, _ALL_DAY)
    if style == "json":
        data = [{**_as_data(each), "impact": asdict(impacts[each.slug])} for each in found]
        click.echo(json.dumps(data, indent=2))
        return 0
    for each in found:
        impact = impacts[each.slug]
        _say_proposal(each)
        if impact.trouble:
            click.echo(f"  cannot be merged here: {printable(impact.trouble)}")
        told = [
            f"brings {counted(impact.brought, 'problem')}" if impact.brought else "",
            f"({counted(impact.errors, 'error')})" if impact.errors else "",
            f"mends {counted(impact.fixed, 'problem')}" if impact.fixed else "",
            f"clashes in {counted(impact.clashes, 'field')}" if impact.clashes else "",
        ]
        if any(told):
            click.echo(f"  {' '.join(filter(None, told))}")
    if not found:
        click.echo("nothing is proposed; `planner edit … --proposal SLUG` proposes a change")
    return 0


@proposals_command.command("show", short_help="Show what merging a proposal would do.")
@plan_option
@click.argument("slug")
@click.option("--diff", "raw", is_flag=True, help="Show the diff of the files, too.")
@_format
def show_command(plan: str | None, slug: str, raw: bool, style: str) -> int:
    """Show the proposal SLUG, and what merging it now would do: problems, clashes, other branches.

    Exit code 1 when it cannot be merged without somebody's decision.
    """
    with workspace(plan) as opened:
        proposals = Proposals(open_editor(opened))
        proposal = _need(proposals, slug)
        seen = proposals.preview(slug)
    if style == "json":
        click.echo(json.dumps({**_as_data(proposal), "merge": _merge_as_data(seen)}, indent=2))
        return 1 if seen.draft.clashes else 0
    _say_proposal(proposal)
    say_problems(seen)
    for note in seen.draft.notes:
        click.echo(f"  note: {printable(note)}")
    if raw:
        for file in seen.files:
            click.echo(file.diff, nl=False)
    if say_clashes(seen, base=False):
        _say_how_to_settle(slug)
        return 1
    return 0


@proposals_command.command("merge", short_help="Merge a proposal as one commit of yours.")
@plan_option
@click.argument("slug")
@click.option("-m", "--message", default="", help="Message. Default: what changes.")
@click.option("--reviewed", is_flag=True, help="You have looked at what was merged word by word.")
@click.option(
    "--take",
    type=click.Choice(["theirs", "yours"]),
    help="Where it clashes: theirs is what the branch has, yours what the proposal says.",
)
def merge_command(
    plan: str | None, slug: str, message: str, reviewed: bool, take: Side | None
) -> int:
    """Merge the proposal SLUG into the branch that is checked out, and close it.

    You are its approver: the commit is yours and says `Approved-by:`.  What others changed since
    the proposal began is merged field by field.  Exit code 1, and nothing is merged, when the same
    thing was changed on both, or the result has to be looked at first.
    """
    with workspace(plan) as opened:
        editor = open_editor(opened)
        proposals = Proposals(editor)
        approver = author_of(editor.repository, os.environ)
        settled = _settled(proposals.preview(slug), take) if take else None
        # A side was chosen on purpose: what comes of it need not be asked for again.
        outcome = proposals.merge(
            slug, approver, message=message, settled=settled, reviewed=reviewed
        )
    if isinstance(outcome, Saved):
        return _say_merged(outcome, slug, message)
    click.echo(f"{slug} was not merged: {_REASONS[outcome.reason]}", err=True)
    say_problems(outcome.preview)
    say_clashes(outcome.preview, base=False)
    _say_next(outcome, slug, take)
    return 1


@proposals_command.command("close", short_help="Close a proposal without merging it.")
@plan_option
@click.argument("slug")
def close_command(plan: str | None, slug: str) -> int:
    """Close the proposal SLUG unmerged; its commits stay in the repository."""
    with workspace(plan) as opened:
        kept = Proposals(open_editor(opened)).close(slug)
    click.echo(f"closed {slug}; its commits stay under {kept}")
    click.echo(f"open it again: git branch plan/{slug} {kept}")
    return 0


_REASONS = {
    "clash": "the same thing was changed on both",
    "review": "both changed the same lines; this is how they would come together",
    "problems": "it would bring errors",
}


def _need(proposals: Proposals, slug: str) -> Proposal:
    """Raises RevisionError for a proposal that is not there."""
    found = proposals.list()
    for each in found:
        if each.slug == slug:
            return each
    there = ", ".join(each.slug for each in found) or "none"
    raise RevisionError(f"there is no open proposal {slug!r}", f"open are: {there}")


def _settled(seen: Preview, side: Side) -> dict[str, bytes | None]:
    """Raises UsageError where nothing clashes: then a side would mean nothing."""
    if not seen.draft.clashes:
        raise UsageError("nothing clashes, so there is no side to take", "leave --take out")
    try:
        return {each.path: taken(each, side) for each in seen.draft.clashes}
    except EditError as error:
        raise EditError(
            f"{side} does not fit: {error.message}",
            "settle it in the browser, or merge the branch with git",
        ) from error


# -- telling ----------------------------------------------------------------------------------


def _say_proposal(proposal: Proposal) -> None:
    people = ", ".join(printable(shown(each)) for each in proposal.authors)
    behind = f", {proposal.behind} behind" if proposal.behind else ""
    click.echo(
        f"{proposal.slug}: {counted(proposal.commits, 'commit')} by {people},"
        f" {moment(proposal.time)}{behind}"
    )
    for line in change_lines(proposal.changes):
        click.echo(f"  {line}")
    for each in proposal.overlaps:
        click.echo(f"  meets {each.slug}: {_meeting(each)}")


def _meeting(overlap: Overlap) -> str:
    parts = [
        f"both change {', '.join(overlap.same)}" if overlap.same else "",
        f"it changes {', '.join(overlap.linked)}, one link apart" if overlap.linked else "",
    ]
    return "; ".join(filter(None, parts))


def _say_how_to_settle(slug: str) -> None:
    click.echo(f"next: planner proposals merge {slug} --take yours   # what the proposal says")
    click.echo(f"or:   planner proposals merge {slug} --take theirs  # what the branch has")


def _say_next(unsaved: Unsaved, slug: str, take: Side | None) -> None:
    if unsaved.reason == "clash":
        _say_how_to_settle(slug)
        return
    side = f" --take {take}" if take else ""
    click.echo(f"look:  planner proposals show {slug} --diff")
    click.echo(f"next:  planner proposals merge {slug}{side} --reviewed")


def _say_merged(saved: Saved, slug: str, message: str) -> int:
    seen = saved.preview
    subject = (message.strip() or seen.message).splitlines()[0]
    click.echo(f"merged {slug} as {saved.commit[:12]} on {seen.branch}: {printable(subject)}")
    for note in seen.draft.notes:
        click.echo(printable(note))
    for path in saved.left:
        click.echo(f"{path} could not be brought along: git checkout -- {path}", err=True)
    say_problems(seen)
    return 0


def _as_data(proposal: Proposal) -> dict[str, Any]:
    return {
        "slug": proposal.slug,
        "tip": proposal.tip,
        "base": proposal.base,
        "commits": proposal.commits,
        "behind": proposal.behind,
        "authors": [asdict(each) for each in proposal.authors],
        "helpers": [asdict(each) for each in proposal.helpers],
        "time": proposal.time,
        "subject": proposal.subject,
        "changes": changes_as_data(proposal.changes),
        "overlaps": [asdict(each) for each in proposal.overlaps],
    }


def _merge_as_data(seen: Preview) -> dict[str, Any]:
    return {
        "new_problems": problems_as_data(seen.new_problems),
        "fixed": problems_as_data(seen.fixed),
        "notes": list(seen.draft.notes),
        "clashes": [
            {"item": item.id, "field": each.field, "part": each.part}
            for item in seen.draft.clashes
            for each in item.clashes
        ],
    }
