"""The conversation of `planner ask`: cards one after the other, each answer kept at once."""

from collections.abc import Callable
from datetime import UTC, datetime

import click

from planner.cli.ask_words import card_lines, change_lines, draft_lines, gap_lines
from planner.errors import EditError
from planner.interviewing import (
    Answer,
    Card,
    Draft,
    Interview,
    Question,
    checked,
    draft,
    gaps,
    next_cards,
    open_cards,
)

_OTHER, _UNKNOWN, _OUT, _DRAFT, _QUIT = "o", "u", "x", "d", "q"


class Stop(Exception):  # noqa: N818 - it is a wish, no error
    """The person wants no further question now."""


class Talk:
    """Asks until nothing is open, or the person stops; `keep` is called after each answer."""

    def __init__(self, state: Interview, keep: Callable[[Interview], None], by: str) -> None:
        self.state = state
        self._keep = keep
        self._by = by
        self._passed: set[str] = set()

    def hold(self) -> Interview:
        """The interview, once the person has had enough."""
        number = 0
        while cards := next_cards(self.state, self._passed):
            number += 1
            self._head(number, len(cards))
            try:
                for place, card in enumerate(cards, 1):
                    if self._still_open(card):
                        self._ask(card, place, len(cards))
            except Stop:
                break
            for line in gap_lines(gaps(self.state)):
                click.echo(line)
        return self.state

    def _head(self, number: int, count: int) -> None:
        left = open_cards(self.state)
        must = sum(each.question.must for each in left)
        questions = "question" if count == 1 else "questions"
        click.echo(
            f"\nRound {number}: {count} {questions} of {len(left)} that are open,"
            f" {must} of them must be answered\n"
        )

    def _still_open(self, card: Card) -> bool:
        """Whether an answer of this round has not made the question needless."""
        return any(each.question.id == card.question.id for each in open_cards(self.state))

    def _ask(self, card: Card, place: int, count: int) -> None:
        made = draft(self.state)
        for line in card_lines(card, place, count, made):
            click.echo(line)
        while True:
            try:
                answer = self._answer(card.question)
            except EditError as error:
                click.echo(f"  {error.message.partition(': ')[2] or error.message}; {error.hint}")
                continue
            break
        if answer is None:
            self._passed.add(card.question.id)
            click.echo("  stays open\n")
            return
        self.state = self.state.answered(answer)
        self._keep(self.state)
        self._show_change(made)

    def _answer(self, question: Question) -> Answer | None:
        """The answer; None leaves the question open.  Raises EditError and Stop."""
        while True:
            said = _prompt("> ")
            if not said:
                return None
            if said == _QUIT:
                raise Stop
            if said != _DRAFT:
                return checked(question, self._meant(question, said))
            for line in draft_lines(draft(self.state)):
                click.echo(f"  {line}")

    def _meant(self, question: Question, said: str) -> Answer:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        if said == _UNKNOWN:
            return Answer(question.id, "unknown", "", self._by, at)
        if said == _OUT:
            return Answer(question.id, "out", "", self._by, at)
        if question.options and said != _OTHER:
            if not (said.isdecimal() and 1 <= int(said) <= len(question.options)):
                count = len(question.options)
                raise EditError(
                    f"{said!r} is none of the keys",
                    f"press 1 to {count}, o for something else, u, x or nothing",
                )
            chosen = question.options[int(said) - 1]
            return Answer(question.id, "option", chosen.id, self._by, at)
        if question.options:
            said = _prompt(f"{question.unit or 'in your own words'}> ")
        elif question.type == "lines":
            said = _lines(said)
        return Answer(question.id, "other", said, self._by, at)

    def _show_change(self, before: Draft) -> None:
        for line in change_lines(before, draft(self.state)):
            click.echo(line)
        click.echo()


def _prompt(sign: str) -> str:
    text: str = click.prompt("", default="", show_default=False, prompt_suffix=f"  {sign}")
    return text.strip()


def _lines(first: str) -> str:
    lines = [first]
    while line := _prompt("+ "):
        lines.append(line)
    return "\n".join(lines)
