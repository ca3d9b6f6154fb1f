"""The page with the form of an item, as it is or as a person has filled it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flask import Response, request

from service.errors import ServiceError, TooLargeError
from service.forms.choices import Choices
from service.forms.drawn import Drawn
from service.forms.filled import Filled
from service.forms.findings import Found, by_name, refused
from service.planning.records import FormRecord
from service.planning.waiting import WaitingText, waiting_texts
from service.views.edit_addresses import form_address, new_address
from service.views.form_panel import Panel, first_panel
from service.views.item_page import page_of
from service.views.pages import page

CHOSEN: Final = ("phase", "milestone")
"""The kinds of items that a form offers without a script."""
_SCRIPTS: Final = (
    "api.js", "item-picker.js", "edit-rows.js", "text-preview.js", "drafts.js", "edit-form.js",
    "run-stream.js", "draft-run.js",
)  # fmt: skip
# As large as a body may be, less what a browser adds.
_MOST_BYTES: Final = 1_000_000
# A page of more would hold up all others while it is made.
_MOST_ROWS: Final = 1000
_FIRST: Final = "f.title"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """What the page shows.

    `form` is the item as it is (None: it is new, or gone), `blob` what its file was when the form
    was opened; `asked` are what is asked of a new item beside its fields; `error` is why the
    planner did not take it, `focus` the name of the field or row to go on with; `is_unsent` says
    that it holds what a person typed and the plan does not have; `drafting` is the part in which
    Claude suggests (None: as it is at first).
    """

    kind: str
    item_id: str
    filled: Filled
    choices: Choices = field(default_factory=Choices)
    form: FormRecord | None = None
    blob: str = ""
    proposal: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    found: tuple[Found, ...] = ()
    note: str = ""
    error: ServiceError | None = None
    focus: str = ""
    is_unsent: bool = False
    drafting: Panel | None = None

    @property
    def is_new(self) -> bool:
        """Whether the item is not there yet."""
        return not self.item_id

    @property
    def action(self) -> str:
        """Where the form is sent."""
        return new_address(self.kind) if self.is_new else form_address(self.kind, self.item_id)

    @property
    def title(self) -> str:
        """What the item is called now."""
        return (self.form.item.title if self.form is not None else "") or self.item_id

    def address(self, below: str) -> str:
        """A page below that of the form, in the same proposal."""
        return form_address(self.kind, self.item_id, below, proposal=self.proposal)


def show_form(shown: FormPage, status: int = 200) -> Response:
    """Make the page.  Raises TooLargeError for an item with too many rows."""
    refuse_endless(shown.filled)
    name, message, hint = "", "", ""
    if shown.error is not None:
        name, message = refused(shown.kind, shown.error.message)
        hint = shown.error.hint
        if not name and shown.is_new and " id" in message:
            name = "id"
    drawn = Drawn(
        filled=shown.filled,
        choices=shown.choices,
        places=by_name(shown.found),
        refused_at=name,
        refused=message,
        hint=hint,
        focus=shown.focus or ("" if shown.error or not shown.is_new else _FIRST),
    )
    verb = "New" if shown.is_new else "Edit"
    return page(
        "edit/form.html",
        title=f"{verb} {shown.kind} {shown.item_id}".rstrip(),
        status=status,
        scripts=_SCRIPTS,
        styles=("edit.css", "drafting.css"),
        it=shown,
        ai=shown.drafting or first_panel(shown.kind, shown.item_id, shown.filled, request.args),
        acceptance=_acceptance(shown),
        drawn=drawn,
        checks=f"{shown.action}/check",
        seldom_open=_has_seldom(drawn),
        page_of=page_of,
        most_bytes=_MOST_BYTES,
        waiting=len(_waiting(shown)),
    )


def _waiting(shown: FormPage) -> tuple[WaitingText, ...]:
    """The texts of the item in the plan that nobody approved; in a proposal none can be."""
    return waiting_texts(shown.form.item) if shown.form and not shown.proposal else ()


def _acceptance(shown: FormPage) -> str:
    """Where criteria for a requirement are suggested: in the form of the phase that has them."""
    phases = shown.filled.rows.get("phases", ())
    phase = next((row.parts["id"] for row in phases if row.parts["id"]), "")
    if shown.kind != "requirement" or shown.is_new or not phase:
        return ""
    asked = {"suggest": "criteria", "about": shown.item_id}
    return form_address("phase", phase, proposal=shown.proposal, **asked)


def refuse_endless(filled: Filled) -> None:
    """Raise TooLargeError for more rows than a person edits in a form."""
    if filled.height > _MOST_ROWS:
        raise TooLargeError(
            f"this has {filled.height:,} rows, and a form takes {_MOST_ROWS:,}",
            "edit the file itself, or split the item",
        )


def _has_seldom(drawn: Drawn) -> bool:
    """Whether what is rarely needed must be seen: somebody wrote it, or is asked to."""
    names = [box.name for box in drawn.boxes if box.place == "seldom"]
    at = {*drawn.places, drawn.refused_at, drawn.focus}
    return any(
        drawn.filled.rows.get(name) or drawn.filled.texts.get(name) for name in names
    ) or any(each.removeprefix("f.").split(".")[0] in names for each in at)
