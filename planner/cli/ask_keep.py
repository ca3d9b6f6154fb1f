"""Which parts of a draft a person keeps, asked at the terminal."""

import click

from planner.cli.ask_words import part_line
from planner.interviewing import Accepted, Draft, DraftPart, editable, everything

_ALL, _NONE, _EACH = "a", "n", "p"


def chosen_parts(made: Draft) -> Accepted:
    """The parts that the person accepts, with the person's words in the place of ours."""
    count = len(made.keys)
    click.echo(f"\n{count} parts: a  accept all      p  part by part      n  none")
    while True:
        said = _prompt()
        if said in {_ALL, _NONE}:
            return everything(made) if said == _ALL else {}
        if said == _EACH:
            return _each(made)
        click.echo("  press a, p or n")


def _each(made: Draft) -> Accepted:
    accepted: dict[str, dict[str, str]] = {}
    dropped: set[str] = set()
    click.echo("y  accept      n  drop      e  change its words")
    for key in made.keys:
        part = made.part(key)
        home = getattr(part, "phase", "")
        if home in dropped:
            continue
        click.echo(part_line(part))
        while (said := _prompt()) not in {"y", "n", "e"}:
            click.echo("  press y, n or e")
        if said == "n":
            dropped.add(key)
        else:
            accepted[key] = _changed(part) if said == "e" else {}
    return accepted


def _changed(part: DraftPart) -> dict[str, str]:
    changes = {}
    for name in editable(part):
        old = str(getattr(part, name))
        new: str = click.prompt(f"  {name}", default=old)
        if new.strip() != old:
            changes[name] = new.strip()
    return changes


def _prompt() -> str:
    text: str = click.prompt("", default="", show_default=False, prompt_suffix="  > ")
    return text.strip().casefold()
