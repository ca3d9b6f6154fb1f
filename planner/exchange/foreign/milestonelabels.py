"""What a text says a milestone is called: a version, a number, or a name."""

import re
from dataclasses import dataclass

from planner.exchange.foreign.labels import words
from planner.exchange.foreign.numbering import mentions, number_id
from planner.exchange.foreign.titles import comparable, leading_marks, unlink
from planner.model.ids import slug

_VERSION = re.compile(r"[vV](\d{1,4}(?:\.\d{1,4}){0,3})(?:\.[xX])?(?![\w])")
_BARE_VERSION = re.compile(r"(\d{1,4}(?:\.\d{1,4}){1,3})(?![\w])")
_VERSION_RANGE = re.compile(r"\s*(?:[-\u2010-\u2015~→]|to|through)\s*[vV]\d")
_SECOND_VERSION = re.compile(r"\s*[/,&+]\s*[vV](\d{1,4}(?:\.\d{1,4}){0,3})(?![\w])")
_NUMBERED = re.compile(
    r"(?:milestone|marco|meilenstein|jalon|part|release)\s+#?(\d{1,3})(?![\w.])", re.IGNORECASE
)
_PREFIX = re.compile(
    r"(?:(?:current|active|next|latest|previous|shipped|completed|archived|planned|released)\s+)*"
    r"(?:(?:milestone|marco|meilenstein|release|version|shipped|completed)\b\s*[:：—–-]*\s*"
    r"|(?:in progress|active|current|planned|upcoming|next|archived|released|deferred)"
    r"\s*[:：—–-]+\s*)",
    re.IGNORECASE,
)
_SPAN = re.compile(r"phases\s*[(:]\s*(\d{1,6})\s*[-\u2010-\u2015~]\s*(\d{1,6})", re.IGNORECASE)
_TITLE_END = re.compile(
    r"\s*[(\[]\s*(?:phases?\b|shipped|in progress|planned|active|current|complet|next milestone|"
    r"released|started|tbd)|\s+[-\u2010-\u2015]{1,2}\s*(?:phases?\s*\d|\d+ phases?\b|shipped\b|"
    r"✅|🚧|📋|in progress\b|planned\b|planning\b|released\b|completed?\b)"
    r"|\s*(?:✅|🚧)|\s+shipped\s+\d{4}",
    re.IGNORECASE,
)
_GENERIC = {
    "", "phases", "completed phases", "completed", "archived", "archived phases", "shipped",
    "previous phases", "done", "old phases", "history", "click to expand", "details", "phase",
    "earlier phases", "complete", "phase details", "past phases", "next milestone", "milestone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """What a text says a milestone is called; `group` marks a range of versions.

    `lead` are the words before the name, `tail` those behind it.
    """

    keys: tuple[str, ...]
    id: str
    title: str
    tail: str
    group: bool = False
    lead: str = ""


def version_key(version: str) -> str:
    """Versions equal up to trailing zeros are the same milestone: v2.2 is v2.2.0."""
    parts = [str(int(part)) for part in version.split(".")]
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return "v" + ".".join(parts)


def milestone_label(text: str, *, names: bool = False) -> Label | None:
    """Read a milestone's version or number at the start of a text, else (with `names`) a name."""
    marks = leading_marks(unlink(text))
    body = marks.rest
    bold = body.partition("**")
    inside, tail = (bold[0], bold[2]) if marks.bold and bold[1] else (body, "")
    inside = inside.strip()
    numbered = _NUMBERED.match(inside)
    prefix = _PREFIX.match(inside)
    plain = inside[prefix.end() :] if prefix else inside
    version = _VERSION.match(plain)
    if version is None and plain != inside:
        version = _BARE_VERSION.match(plain)
    if version:
        return _versioned(plain, version, tail, prefix[0] if prefix else "")
    if numbered:
        number = str(int(numbered[1]))
        title, more = _title(inside[numbered.end() :])
        label = _VERSION.search(title)
        keys = (f"milestone {number}", version_key(label[1])) if label else (f"milestone {number}",)
        return Label(keys, f"milestone-{number}", title or f"Milestone {number}", f"{more} {tail}")
    if names:
        title, more = _title(inside)
        if words(title) not in _GENERIC and slug(title):
            return Label((f"name {comparable(title)}",), slug(title), title, f"{more} {tail}")
    return None


def _versioned(plain: str, version: re.Match[str], tail: str, lead: str) -> Label:
    rest = plain[version.end() :]
    keys = [version_key(version[1])]
    group = _VERSION_RANGE.match(rest) is not None or rest.startswith("+")
    while second := _SECOND_VERSION.match(rest):
        keys.append(version_key(second[1]))
        rest = rest[second.end() :]
    title, more = _title(rest)
    return Label(tuple(keys), f"v{version[1]}", title, f"{more} {tail}", group, lead)


def _title(rest: str) -> tuple[str, str]:
    body = rest.strip().lstrip(":：—–-.").strip(" *_`")
    end = _TITLE_END.search(body)
    title = body[: end.start()] if end else body
    return title.strip(" *_`—–-:"), body[len(title) :]


def _runs(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    """Keys as runs of whole numbers that follow each other."""
    runs: list[tuple[str, str]] = []
    for key in keys:
        last = runs[-1][1] if runs else ""
        if key.isdigit() and last.isdigit() and int(key) == int(last) + 1:
            runs[-1] = (runs[-1][0], key)
        else:
            runs.append((key, key))
    return runs


def spans_of(text: str) -> tuple[tuple[str, str], ...]:
    """The phases that a milestone says it has, as (first, last)."""
    spans = [span for found in mentions(text[:600]) for span in _runs(found.keys)]
    spans += [(number_id(each[1]), number_id(each[2])) for each in _SPAN.finditer(text[:2000])]
    return tuple(dict.fromkeys(spans))
