"""The part of an item's form in which Claude suggests: asked, followed, accepted, edited, dropped.

It is part of the form itself, so that whatever happens to a suggestion, what a person typed is
sent and shown again.  Accepting fills the form; the way to the plan is the review, as ever.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from service.drafting.applying import accepted, name_after, with_origin
from service.drafting.asking import Question
from service.drafting.drafter import Drafter
from service.drafting.offers import Offer
from service.drafting.tasks import TASKS, Task
from service.errors import ServiceError
from service.forms.filled import Filled
from service.guard.audit import note
from service.guard.current import known_principal
from service.planning.desk import Target
from service.planning.failures import NotPossibleError
from service.planning.records import CheckRecord
from service.services import services
from service.views.form_panel import Panel, Remark, ShownOffer, first_panel

STEP: Final = "ai:"
_OFFER_STEP: Final = re.compile(r"ai:(accept|drop):(p[0-9]{1,3})")
_ASK: Final = re.compile(r"ai:ask:([a-z]{1,20})")
_KEYS: Final = re.compile(r"p[0-9]{1,3}")
_MOST_GONE: Final = 50
_LONGEST_TEXT: Final = 40_000

Checks = Callable[[Filled], Sequence[CheckRecord]]


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step came to: the form after it, the part, and the name of the field to go on with."""

    filled: Filled
    panel: Panel
    focus: str = ""


def is_drafting(do: str) -> bool:
    """Whether the button belongs to this part."""
    return do.startswith(STEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """The part of a form that was sent: `form` is all of it, `checks` asks the planner."""

    kind: str
    item: str
    target: Target
    form: Mapping[str, str]
    checks: Checks

    def step(self, filled: Filled, do: str) -> Stepped:
        """What a button of this part does.  Failures are words in the part, never lost texts."""
        if (match := _ASK.fullmatch(do)) is not None:
            return Stepped(filled, self._asked(filled, match[1]))
        if do == "ai:price":
            return Stepped(filled, self._priced(filled))
        if do == "ai:cancel":
            return Stepped(filled, self._cancelled(filled))
        if do == "ai:close":
            return Stepped(filled, replace(self._panel(filled), run="", gone=(), is_open=True))
        if (match := _OFFER_STEP.fullmatch(do)) is not None:
            return self._decided(filled, match[1], match[2])
        return Stepped(filled, self.panel(filled))

    def panel(self, filled: Filled) -> Panel:
        """The part as it is now."""
        panel = self._panel(filled)
        if not panel.run:
            return panel
        try:
            return self._followed(filled, panel)
        except ServiceError as error:
            return replace(panel, failed=_words(error))

    # -- steps --------------------------------------------------------------------------------

    def _asked(self, filled: Filled, name: str) -> Panel:
        panel = replace(self._panel(filled), run="", gone=(), is_open=True)
        task = TASKS.get(name)
        if task is None or self.kind not in task.kinds:
            return replace(panel, failed="This cannot be asked of such an item.")
        question = self._question(filled, task, panel)
        try:
            run = self._drafter.suggest(question, known_principal())
            note("suggest.start", "ok", target=f"{self.kind}/{self.item}", execution=run)
        except ServiceError as error:
            return replace(panel, task=name, failed=_words(error))
        return self.panel_of(filled, replace(panel, task=name, run=run))

    def panel_of(self, filled: Filled, panel: Panel) -> Panel:
        """The part that follows a run which has just begun."""
        return self._followed(filled, panel)

    def _question(self, filled: Filled, task: Task, panel: Panel) -> Question:
        return Question(
            kind=self.kind,
            item=self.item,
            task=task,
            about=panel.about.get(task.name, ""),
            filled=filled,
            target=self.target,
        )

    def _priced(self, filled: Filled) -> Panel:
        """With what a suggestion would take: all of them send the same texts."""
        panel = self.panel(filled)
        try:
            question = self._question(filled, panel.tasks[0], panel)
            return replace(panel, price=self._drafter.estimate_suggestion(question).words)
        except ServiceError as error:
            return replace(panel, failed=_words(error))

    def _cancelled(self, filled: Filled) -> Panel:
        panel = self._panel(filled)
        try:
            # The form says which run: one of another form is none of its business.
            self._followed(filled, panel)
            self._drafter.cancel(panel.run, known_principal())
            note("suggest.cancel", "ok", target=f"{self.kind}/{self.item}", execution=panel.run)
            return self._followed(filled, panel)
        except ServiceError as error:
            return replace(panel, failed=_words(error))

    def _decided(self, filled: Filled, what: str, key: str) -> Stepped:
        panel = self.panel(filled)
        found = next((each for each in panel.shown if each.offer.key == key), None)
        if found is None:
            return Stepped(filled, replace(panel, note="That suggestion is not open any more."))
        gone = (*panel.gone, key)
        if what == "drop":
            return Stepped(filled, self._without(panel, gone, f"Dropped: {found.offer.label}."))
        after = accepted(filled, found.offer, found.text)
        model = panel.progress.model if panel.progress is not None else ""
        after = with_origin(
            after,
            found.offer,
            text=found.text,
            person=known_principal().person,
            model=model,
            session=panel.run,
            question=f"{panel.task} {panel.about.get(panel.task, '')}".rstrip(),
        )
        left = self._followed(after, replace(panel, gone=gone))
        note = f"{found.offer.label} is filled in; nothing is saved yet."
        return Stepped(after, replace(left, note=note), name_after(after, found.offer))

    @staticmethod
    def _without(panel: Panel, gone: tuple[str, ...], note: str) -> Panel:
        shown = tuple(each for each in panel.shown if each.offer.key not in gone)
        return replace(panel, gone=gone, shown=shown, note=note)

    # -- what it shows ------------------------------------------------------------------------

    @property
    def _drafter(self) -> Drafter:
        parts = services()
        return Drafter(parts.database, parts.plan, parts.assistant, parts.executions)

    def _panel(self, filled: Filled) -> Panel:
        """The part by what the form says, before anything is looked up."""
        form = self.form
        gone = tuple(_KEYS.findall(form.get("ai.gone", ""))[:_MOST_GONE])
        return replace(
            first_panel(self.kind, self.item, filled, {}),
            task=form.get("ai.task", ""),
            about={name: form.get(f"ai.about.{name}", "").strip() for name in TASKS},
            run=form.get("ai.run", ""),
            gone=gone,
            is_open=bool(form.get("ai.run")),
        )

    def _followed(self, filled: Filled, panel: Panel) -> Panel:
        """With what its run has come to.  Raises ServiceError."""
        task = TASKS.get(panel.task)
        if task is None:
            return replace(panel, run="")
        question = self._question(filled, task, panel)
        progress = self._drafter.progress(panel.run, question)
        open_ = [each for each in progress.offered.offers if each.key not in panel.gone]
        shown, refused = self._checked(filled, open_)
        return replace(
            panel,
            progress=progress,
            shown=shown,
            refused=(*progress.offered.refused, *refused),
            is_open=True,
        )

    def _checked(
        self, filled: Filled, offers: Sequence[Offer]
    ) -> tuple[tuple[ShownOffer, ...], tuple[str, ...]]:
        """Each offer with what the checks say of the form with it, and those that the plan refuses.

        A form that the plan does not take as it is cannot be judged: its offers are shown as such.
        """
        shown: list[ShownOffer] = []
        refused: list[str] = []
        try:
            before = {_key(each) for each in self.checks(filled)} if offers else set()
        except NotPossibleError:
            return tuple(ShownOffer(each, self._text(each)) for each in offers), ()
        for each in offers:
            text = self._text(each)
            try:
                found = self.checks(accepted(filled, each, text))
            except NotPossibleError as error:
                refused.append(f"{each.label}: the plan does not take it: {error.message}")
                continue
            after = {_key(one): one for one in found if not one.problem.waived}
            new = tuple(
                Remark(one.problem.severity, one.problem.message, one.problem.hint)
                for key, one in after.items()
                if key not in before
            )
            shown.append(ShownOffer(each, text, new, len(before - set(after))))
        return tuple(shown), tuple(refused)

    def _text(self, offer: Offer) -> str:
        """The person's wording of an offer, or the model's."""
        typed = self.form.get(f"ai.text.{offer.key}", "").replace("\r\n", "\n").strip()
        return (typed[:_LONGEST_TEXT] or offer.text) if offer.text else ""


def _key(check: CheckRecord) -> tuple[str, str]:
    return check.problem.rule, check.problem.message


def _words(error: ServiceError) -> str:
    text = f"{error.message}: {error.hint}" if error.hint else error.message
    return f"{text[:1].upper()}{text[1:]}."
