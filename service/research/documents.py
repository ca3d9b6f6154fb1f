"""The documents of a run as Markdown, made of reports: rows become tables.  Pure.

All texts came from a model that read strangers' pages.  None of them can begin a heading, a list, a
link, an image or HTML of its own: what they say is shown as words.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from service.research.answers import Report, rows_of
from service.research.claims import Claim, Source
from service.research.parts import TOPICS, Part

_MARKUP: Final = re.compile(r"([\\\[\]<>|*_~#&])")
# What GitHub's Markdown makes links of by itself.
_ADDRESSES: Final = re.compile(r"(?<=[A-Za-z])(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_FENCE: Final = re.compile(r"`{3,}|~{3,}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
PARTIAL: Final = (
    "> **Partial.** The researcher did not come to its end; this is what had arrived, unchecked."
)


def document(topic: str, report: Report, ids: Mapping[str, str], claims: Sequence[Claim]) -> str:
    """The document of a topic; `ids` are the ids of its claims by the keys that its rows use."""
    known = {each.id for each in claims}
    names = {**{each: each for each in known}, **ids}
    lines = [words(report.finding)]
    for part in TOPICS[topic].parts:
        lines += _part(part, rows_of(report, part), names)
    if report.not_found:
        lines += ["", "## Looked for and not found", ""]
        lines += [f"- {words(each)}" for each in report.not_found if each.strip()]
    lines += _claims([each for each in claims if each.topic == topic])
    return "\n".join(lines) + "\n"


def partial_document(text: str) -> str:
    """The document of a researcher that did not end well: what it had written, as it is."""
    return f"{PARTIAL}\n\n{_block(text)}\n"


def sources_of(claims: Sequence[Claim]) -> tuple[str, ...]:
    """The addresses that claims rest on, each once."""
    return tuple(dict.fromkeys(source.url for each in claims for source in each.sources))


def words(text: str) -> str:
    """A text as one line of Markdown that means nothing but its words.

    Code in single backticks stays code.
    """
    plain = " ".join(_CONTROL.sub(" ", text).split())
    pieces = plain.split("`")
    if len(pieces) % 2 == 0 or "``" in plain:
        return _safe_start(_escaped(plain.replace("`", "'")))
    said = [
        f"`{each.replace('|', '/')}`" if at % 2 else _escaped(each)
        for at, each in enumerate(pieces)
    ]
    return _safe_start("".join(said))


def _escaped(text: str) -> str:
    return _ADDRESSES.sub(r"\\", _MARKUP.sub(r"\\\1", text))


def _safe_start(line: str) -> str:
    """A line that begins no list and no rule."""
    return re.sub(r"^([-+=]|\d+(?=[.)]))", r"\\\1" if line[:1] in "-+=" else r"\1\\", line)


def _part(part: Part, rows: Sequence[Mapping[str, Any]], ids: Mapping[str, str]) -> list[str]:
    rows = [each for each in rows if any(str(each[one.name]).strip() for one in part.columns)]
    if not rows:
        return []
    lines = ["", f"## {part.heading}", ""]
    if part.shape == "block":
        return [*lines, _block("\n".join(str(each[part.columns[0].name]) for each in rows))]
    if part.shape == "list":
        return [*lines, *(f"- {words(each[part.columns[0].name])}{_named(each, ids)}"
                          for each in rows)]  # fmt: skip
    shown = [one for one in part.columns if any(str(each[one.name]).strip() for each in rows)]
    has_claims = any(_named(each, ids) for each in rows)
    heads = [one.label for one in shown] + (["Claims"] if has_claims else [])
    lines += [_row(heads), _row(["---"] * len(heads))]
    for each in rows:
        cells = [words(each[one.name]) for one in shown]
        lines.append(_row(cells + ([_named(each, ids).strip(" ()")] if has_claims else [])))
    return lines


def _named(row: Mapping[str, Any], ids: Mapping[str, str]) -> str:
    """The claims that a row rests on, as ` (c1, c2)`; those that are none are left out."""
    found = dict.fromkeys(ids[each] for each in row.get("claims", ()) if each in ids)
    return f" ({', '.join(found)})" if found else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _claims(claims: Sequence[Claim]) -> list[str]:
    if not claims:
        return []
    lines = ["", "## Claims", "", _row(["Claim", "Statement", "How sure", "Status", "Look again"]),
             _row(["---"] * 5)]  # fmt: skip
    for each in claims:
        said = words(each.text) + (f" *{words(each.why)}.*" if each.why else "")
        lines.append(_row([each.id, said, each.confidence, each.status, each.valid_until]))
    lines += ["", "## Sources", ""]
    found = {source.url: source for each in claims for source in each.sources}
    if not found:
        return [*lines, "None: everything here is from memory."]
    return [*lines, *(_source(each) for each in found.values())]


def _source(source: Source) -> str:
    quote = f" “{words(source.quote)}”" if source.quote else ""
    official = ", official" if source.official else ""
    return f"- <{_address(source.url)}>{quote} ({source.fetched_at[:10]}{official})"


def _address(url: str) -> str:
    """An address that stays one inside of `<>`."""
    return re.sub(r"[<>\s\\|]", lambda found: f"%{ord(found[0]):02X}", url)


def _block(text: str) -> str:
    clean = _CONTROL.sub(" ", text.replace("\r\n", "\n")).strip("\n")
    longest = max((len(each) for each in _FENCE.findall(clean)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{clean}\n{fence}"
