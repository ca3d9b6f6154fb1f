"""The text around a name: marks before it, separators, and what people hang on behind it."""

import re
from dataclasses import dataclass

from planner.exchange.foreign.statewords import State, iso_date, mark_state, state_of

_BOX = re.compile(r"\[([ xX~/\-✓✔])\]")
_SEPARATOR = re.compile(r"[\s*_`~\]]*(?:[:：]|—|–|--|-(?=\s)|\.(?=\s|$)|\)(?=\s|$)|\|)[\s*_`~]*")
_CLOSERS = re.compile(r"[*_`~\]\s]*")
_INSERTED = re.compile(r"\s*[\[(（]\s*INSERTED\s*[\])）]", re.IGNORECASE)
_PLANS = re.compile(
    r"\s*[\[(（]\s*(\d{1,4})\s*/\s*(\d{1,4}|TBD|\?)(?:\s+plans?)?[^()（）\[\]]{0,80}[\])）]",
    re.IGNORECASE,
)
_DONE_TAIL = re.compile(
    r"\s*(?:[\[(（*_]|--|[—–-])*\s*(?:✅|✓|✔\ufe0f?)?\s*"
    r"(?:(?:completed|complete|done|shipped|concluíd[oa]|finished|已完成|完成于|完成)[:：\s]*)?"
    r"(?:on\s+|em\s+)?(?P<date>\d{4}-\d{2}-\d{2})?\s*(?:✅|✓|✔\ufe0f?)?[\])）*_\s]*$",
    re.IGNORECASE,
)
_DONE_WORD = re.compile(r"(?:completed|complete|done|shipped|finished)\b|已?完成", re.IGNORECASE)
_DONE_NOTE = re.compile(r"[(（](?:completed?|done|shipped|已?完成)[)）]", re.IGNORECASE)
_DROPPED_NOTE = re.compile(
    r"\s*[(（\[](?:dropped|removed|cancell?ed|struck|obsolete)[)）\]]\s*$", re.IGNORECASE
)
_TYPE_TAIL = re.compile(r"\s*`\[([a-z-]{2,20})\]`\s*$")
_WRAPPED_MARK = re.compile(r"[\s—–-]*(?:✅|✓|✔\ufe0f?|🚧|⏸\ufe0f?|🔄|📋)\s*$")
_DESCRIPTION = re.compile(r"\s+(?:-{1,2}|—|–)\s+")
_DASH = re.compile(r"[—–-]{1,2}\s+")
_LINK = re.compile(r"\[([^\[\]]{1,300})\]\([^()\s]{0,500}\)")


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands before a name: the character in a box ("" none), a state, struck out, bold."""

    box: str
    state: State | None
    struck: bool
    bold: bool
    rest: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name without its decorations, and what they said."""

    text: str
    inserted: bool = False
    state: State | None = None
    date: str = ""
    plans: tuple[int, int] | None = None
    category: str = ""


def leading_marks(text: str) -> Marks:
    """Take boxes, emphasis, links and emoji off the front of a text."""
    box = ""
    state: State | None = None
    struck = bold = False
    at = 0
    while at < len(text):
        sign = text[at]
        match = _BOX.match(text, at) if sign == "[" else None
        if match:
            box = box or match[1]
            at = match.end()
        elif sign.isalnum() or sign in "(（<":
            break
        elif text.startswith("~~", at):
            struck = True
            at += 2
        else:
            bold = bold or sign in "*_"
            if sign not in "*_`~[ \t":
                state = state or mark_state(sign)
            at += 1
    return Marks(box, state, struck, bold, text[at:])


def after_separator(rest: str) -> str | None:
    """The text behind the separator that must follow a number; None where there is none.

    An end, a bracket or a mark counts as a separator too: `Phase 3`, `Phase 3 (INSERTED): name`.
    """
    body = rest
    inserted = _INSERTED.match(body)
    if inserted:
        body = body[inserted.end() :]
    match = _SEPARATOR.match(body)
    if match:
        return body[match.end() :] + (" (INSERTED)" if inserted else "")
    tail = body[_match_end(_CLOSERS, body) :]
    if not tail:
        return " (INSERTED)" if inserted else ""
    if tail[0] == "(" or not (tail[0].isalnum() or tail[0] in "-.,;/"):
        return tail
    return None


def _match_end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


def unstruck(text: str) -> str:
    """A text without the signs that strike it out; that it is dropped needs no saying in it."""
    body = text.replace("~~", "")
    return _DROPPED_NOTE.sub("", body)


def undecorate(text: str) -> Name:
    """Take `(INSERTED)`, `(3/3 plans)`, `- completed DATE`, a mark or COMPLETE off a name."""
    body = unlink(text).strip()
    category = ""
    typed = _TYPE_TAIL.search(body)
    if typed:
        category, body = typed[1], body[: typed.start()]
    inserted = _INSERTED.search(body) is not None
    body = _INSERTED.sub("", body)
    plans = None
    counted = _PLANS.search(body)
    if counted and counted[2].isdigit():
        plans = (int(counted[1]), int(counted[2]))
    tail_state: State | None = None
    date = ""
    if counted:
        tail = body[counted.start() :]
        date = iso_date(tail)
        tail_state = state_of(tail) or (State.DONE if date else None)
        body = body[: counted.start()]
    else:
        done = _DONE_TAIL.search(body, max(0, len(body) - 60))
        if done and _says_done(done):
            date = done["date"] or ""
            tail_state = State.DONE
            body = body[: done.start()]
    mark = _WRAPPED_MARK.search(body, max(0, len(body) - 20))
    if mark:
        tail_state = tail_state or state_of(mark[0])
        body = body[: mark.start()]
    return Name(_trim(body), inserted, tail_state, date, plans, category)


def _says_done(match: re.Match[str]) -> bool:
    found = match[0]
    if not found.strip(" *_"):
        return False
    if match["date"] is not None:
        return found.lstrip()[:1] in "([（*_-—–✅✓✔" or bool(_DONE_WORD.match(found.lstrip()))
    return any(word in found for word in ("✅", "✓", "✔", "COMPLETE", "DONE", "SHIPPED")) or bool(
        _DONE_NOTE.search(found)
    )


def _trim(text: str) -> str:
    body = text.strip().strip("*_~").strip()
    body = body[_match_end(_DASH, body) :]
    return body.rstrip("—–- ").strip() if not body.endswith("--flag") else body


def split_description(text: str) -> tuple[str, str]:
    """Cut `name - one line` at the first separator that stands between blanks."""
    match = _DESCRIPTION.search(text)
    if match is None:
        return text.strip(), ""
    return text[: match.start()].strip(), text[match.end() :].strip()


def unlink(text: str) -> str:
    """Replace `[text](address)` by its text."""
    return _LINK.sub(r"\1", text) if "](" in text else text


def comparable(text: str) -> str:
    """Letters and digits of a name in lower case: names equal up to signs are the same."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
