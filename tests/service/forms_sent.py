"""Forms of the service's pages, filled in and sent as a browser without JavaScript does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from service.planning.edits import AnyEdit
from tests.service.served import KEY, Answer, Served


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and what stands in it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Finds the forms of a page with what their fields hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "form":
            self.forms.append(Form(known.get("action") or ""))
        name = known.get("name")
        if not self.forms or not name:
            return
        fields = self.forms[-1].fields
        if tag == "textarea":
            self._area = name
            fields[name] = ""
        elif tag == "input":
            choice = known.get("type") in ("radio", "checkbox")
            if not choice or "checked" in known:
                fields[name] = known.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            known = self.forms[-1].fields[self._area]
            # Browsers drop the first line break of a text area, and send line ends as CR LF.
            text = data.removeprefix("\n") if not known else data
            self.forms[-1].fields[self._area] = known + text


def form_in(page: Answer, action: str) -> Form:
    """The form of a page that goes to an address."""
    found = _Forms()
    found.feed(page.text)
    return next(each for each in found.forms if each.action == action)


def send(served: Served, path: str, fields: Mapping[str, str], key: str | None = KEY) -> Answer:
    """Send fields as a form."""
    body = urlencode({name: value.replace("\n", "\r\n") for name, value in fields.items()})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return served.post(path, body=body.encode(), headers=headers, key=key)


def send_form(served: Served, form: Form, key: str | None = KEY, **more: str) -> Answer:
    """Send a form with some fields filled in."""
    return send(served, form.action, {**form.fields, **more}, key)


def review(served: Served, edit: AnyEdit, key: str | None = KEY, **more: str) -> Answer:
    """The review page of an edit."""
    return send(served, "/edit/review", {"operation": edit.model_dump_json(), **more}, key)
