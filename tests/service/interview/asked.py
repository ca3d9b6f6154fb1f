"""Interviews as a person without a script holds them: forms that are read from pages and sent."""

import html
import re
from dataclasses import dataclass, field

from tests.service.forms_sent import form_in, send, send_form
from tests.service.served import KEY, Answer, Served

IDEA = "A web shop where customers sign in with passwords and pay for bread."
PAGE = {"Accept": "text/html"}
_Q = re.compile(r'name="q" value="([^"]+)"')
_PARTS = re.compile(r'value="(?:accept|drop):([^"]+)"')


@dataclass(slots=True)
class Asking:
    """One interview, as one person sees it."""

    served: Served
    path: str
    key: str = KEY
    last: Answer | None = field(default=None)

    def page(self) -> Answer:
        """The page."""
        answer = self.served.get(self.path, headers=PAGE, key=self.key)
        assert answer.status == 200, answer.text
        return answer

    def cards(self) -> list[str]:
        """The ids of the questions of the round."""
        text = self.page().text
        before, _, _ = text.partition('data-live="answered"')
        return [html.unescape(each) for each in _Q.findall(before)]

    def answer(self, do: str = "next", **said: str) -> Answer:
        """Answer questions: `how` and `text` by id, with `__` for a dot."""
        fields = {"csrf_token": "", "do": do}
        for name, value in said.items():
            kind, _, question = name.partition("_")
            fields[f"{kind}.{question.replace('__', '.').replace('_', '-')}"] = value
            fields["q"] = question.replace("__", ".").replace("_", "-")
        return self.send("", fields)

    def say(self, question: str, how: str = "", text: str = "", do: str = "keep") -> Answer:
        """Answer one question."""
        fields = {"q": question, f"how.{question}": how, f"text.{question}": text, "do": do}
        return self.send("", fields)

    def send(self, below: str, fields: dict[str, str]) -> Answer:
        """Send a form of this interview."""
        return send(self.served, f"{self.path}{below}", fields, self.key)

    def draft(self, do: str, **more: str) -> Answer:
        """Press a button of the draft."""
        return self.send("/draft", {"do": do, **more})

    def parts(self) -> list[str]:
        """The keys of all parts of the draft."""
        return list(dict.fromkeys(html.unescape(each) for each in _PARTS.findall(self.page().text)))


def begin(served: Served, text: str = IDEA, key: str = KEY, **more: str) -> Asking:
    """Begin an interview."""
    fields = {"source": "idea", "text": text, "depth": "standard", **more}
    answer = send(served, "/ask/new", fields, key)
    assert answer.status == 303, answer.text
    return Asking(served, answer.headers["Location"], key)


def saved(asking: Asking) -> Answer:
    """Review what was accepted and save it; the answer to the save."""
    review = asking.draft("review")
    assert review.status == 200, review.text
    return send_form(asking.served, form_in(review, "/edit/save"), asking.key)
