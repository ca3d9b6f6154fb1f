"""What a form that was sent leads to: the review, or the same form with what was typed."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from flask import Response, jsonify
from pydantic import ValidationError

from service.drafting.offers import NEW_ITEM
from service.errors import BadRequestError, ServiceError
from service.forms.filled import Filled, filled_from
from service.forms.findings import FIX, fix_of, found_of, refused
from service.forms.steps import after_step, focus_after, is_step
from service.planning.desk import Target
from service.planning.edits import CreateEdit, SetEdit
from service.planning.failures import NotPossibleError
from service.planning.records import CheckRecord
from service.services import services
from service.views.edit_review import review_page
from service.views.form_drafting import Drafting, is_drafting
from service.views.form_page import FormPage, refuse_endless, show_form
from service.views.form_panel import Panel

_UNCHANGED = "Nothing was changed, so there is nothing to review."
_NOT_OURS = "this is no form of this service"


class FormWork(ABC):
    """A form as a person sent it; a new item has no `item_id`."""

    def __init__(self, kind: str, form: Mapping[str, str], item_id: str = "") -> None:
        self.kind = kind
        self._form = form
        self._item_id = item_id
        self.filled = filled_from(kind, form)
        refuse_endless(self.filled)
        self.proposal = form.get("proposal", "").strip()
        self.target = Target(proposal=self.proposal)
        self._do = form.get("do", "")

    @abstractmethod
    def edit_of(self, filled: Filled) -> SetEdit | CreateEdit:
        """The edit that the form stands for.  Raises NotPossibleError and ValidationError."""

    @abstractmethod
    def page_of(self, filled: Filled) -> FormPage:
        """The form with what stands in it.  Shows by itself where the item is gone."""

    @abstractmethod
    def back(self) -> str:
        """The address at which the form is opened again with what was typed."""

    def answer(self) -> Response:
        """The answer to a form that was sent."""
        if is_step(self._do):
            filled = after_step(self.filled, self._do)
            return self._again(filled, focus=focus_after(filled, self._do))
        if is_drafting(self._do):
            return self._drafted()
        try:
            if self._do.startswith(FIX):
                return self._fixed()
            edit = self._edit(self.filled)
            if isinstance(edit, SetEdit) and not edit.changes:
                return self._again(self.filled, note=_UNCHANGED)
            return review_page(edit, proposal=self.proposal, back=self.back())
        except NotPossibleError as error:
            return self._again(self.filled, error=error)

    def check(self) -> Response:
        """What the checks say, for the script of the form."""
        try:
            found = services().plan.checks(self._edit(self.filled), self.target)
        except NotPossibleError as error:
            name, message = refused(self.kind, error.message)
            return jsonify({"refused": {"name": name, "message": message, "hint": error.hint}})
        return jsonify(
            {
                "id": found.id,
                "found": [each.plain() for each in found_of(self.filled, found.checks)],
                "elsewhere": [f"{each.item}: {each.message}" for each in found.elsewhere],
                "touched": found.touched,
                "fixed": found.fixed,
                "merged": found.merged,
                "clashes": found.clashes,
                "notes": found.notes,
            }
        )

    def _drafted(self) -> Response:
        """The form after a step of the part in which Claude suggests."""
        stepped = self._drafting.step(self.filled, self._do)
        return self._again(stepped.filled, focus=stepped.focus, panel=stepped.panel)

    @property
    def _drafting(self) -> Drafting:
        return Drafting(
            kind=self.kind,
            item=self._item_id or NEW_ITEM,
            target=self.target,
            form=self._form,
            checks=self._checks,
        )

    def _edit(self, filled: Filled) -> SetEdit | CreateEdit:
        try:
            return self.edit_of(filled)
        except ValidationError as error:
            raise BadRequestError(_NOT_OURS, "open the form again") from error

    def _fixed(self) -> Response:
        fix = fix_of(self._checks(self.filled), self._do)
        if fix is None:
            return self._again(self.filled, note="That was mended already.")
        filled = self.filled.with_values(fix.changes)
        focus = next(iter(fix.changes), "")
        return self._again(filled, focus=f"f.{focus}")

    def _checks(self, filled: Filled) -> tuple[CheckRecord, ...]:
        return services().plan.checks(self._edit(filled), self.target).checks

    def _again(
        self,
        filled: Filled,
        *,
        note: str = "",
        error: ServiceError | None = None,
        focus: str = "",
        panel: Panel | None = None,
    ) -> Response:
        """The form with all that was typed, and what the checks say of it now."""
        shown = self.page_of(filled)
        if error is None and shown.error is None:
            try:
                shown = replace(shown, found=found_of(filled, self._checks(filled)))
            except NotPossibleError as refusal:
                error = refusal
        error = error or shown.error
        status = error.status if error is not None else 200
        unsent = note != _UNCHANGED
        panel = panel or self._drafting.panel(filled)
        shown = replace(
            shown, note=note, error=error, focus=focus, is_unsent=unsent, drafting=panel
        )
        return show_form(shown, status)
