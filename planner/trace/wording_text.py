"""Text made ready for the wording rules: what is not prose is masked, the rest is cut into words.

Code, quotations, links, addresses, comments and "(verified by …)" are exempt from every rule.
They are replaced by characters of the same number, so that an offset in the masked text is an
offset in the text itself and a finding can name its line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from planner.trace.wording_language import is_english

FILLER = "\x1a"
"""Stands for each character of a masked span that is a thing, as code or a quotation is."""

_TICKS = re.compile(r"`+")
_CODE = re.compile(r"`[^`]+`")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)
# Bounds on the lengths keep hostile text (many openers, no closer) linear.
_LINK = re.compile(r"!?\[[^\[\]]{0,300}\]\([^()\s]{0,500}\)")
_ADDRESS = re.compile(r"<?\b(?:https?|ftp|file|mailto|ssh)://?[^\s<>\"]+>?")
_QUOTES = re.compile(
    r'"[^"]{1,300}"|“[^“”]{1,300}”|«[^«»]{1,300}»|„[^„“”]{1,300}[“”]|「[^「」]{1,300}」'
    r"|(?<![\w'])'[^'\n]{1,80}'(?![\w'])|(?<!\w)‘[^‘’\n]{1,80}’(?!\w)"
)
_QUOTE_MARKS = re.compile(r"[\"“«„「'‘]")
_VERIFIED = re.compile(
    r"\((?:verified|confirmed|checked|measured|tested|shown|proved|proven)\s+(?:by|with|via|in)\b"
    r"[^()]{0,500}(?:\([^()]{0,500}\)[^()]{0,500}){0,20}\)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?][)\]]?\s+(?=[A-Z\x1a(])")
_INNER_STOPS = (". ", ".\n", "? ", "?\n", "! ", "!\n", ".) ", ".)\n", ".] ")
_ABBREVIATIONS = ("e.g", "i.e", "etc", "vs", "cf", "no", "approx", "resp", "incl", "max", "min")

_WORD = re.compile(r"\S+")
_WORD_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789_-'" + FILLER
_TO_WORDS: dict[int, str] = {
    code: chr(code) if chr(code) in _WORD_CHARS else " " for code in range(128)
} | {ord(mark): " " for mark in "—–…“”„‘«»·•→←⇒≥≤×、。，；：（）！？「」\u00a0"}


@dataclass(frozen=True, slots=True)
class Prose:
    """One text with what the rules look at.

    `raw` is the text as written, `text` the masked one, `low` the masked one in lower case; all
    three have the same length.  `tokens` are the words of `low` in order (a masked span is one
    token of `FILLER`), `vocabulary` the set of them; `found` keeps what `starts` has worked out.
    """

    raw: str
    text: str
    low: str
    tokens: tuple[str, ...]
    vocabulary: frozenset[str]
    english: bool
    found: list[int] = field(default_factory=list, compare=False)

    def starts(self) -> list[int]:
        """Where each token starts in the text; worked out at the first call."""
        if not self.found:
            spaced = self.low.translate(_TO_WORDS)
            self.found.extend(match.start() for match in _WORD.finditer(spaced))
        return self.found

    def offset(self, index: int) -> int:
        """Where token `index` starts in the text, in characters."""
        return self.starts()[index]

    def words(self, start: int, stop: int) -> str:
        """The text as written from token `start` up to, not including, token `stop`."""
        starts = self.starts()
        end = starts[stop - 1] + len(self.tokens[stop - 1])
        return " ".join(self.raw[starts[start] : end].split())

    def places(self, word: str) -> Iterator[int]:
        """The offset of each occurrence of a word."""
        low, start = self.low, self.low.find(word)
        while start >= 0:
            end = start + len(word)
            if not _is_joined(low[start - 1 : start]) and not _is_joined(low[end : end + 1]):
                yield start
            start = low.find(word, end)

    def before(self, offset: int) -> str:
        """The last character before `offset` that is not blank (empty: none)."""
        low = self.low
        while offset > 0 and low[offset - 1].isspace():
            offset -= 1
        return low[offset - 1 : offset]

    def after(self, offset: int) -> str:
        """The first character from `offset` on that is not blank (empty: none)."""
        low = self.low
        while offset < len(low) and low[offset].isspace():
            offset += 1
        return low[offset : offset + 1]

    def last_value(self) -> int:
        """The index of the last token that is a number, code or a quotation; -1: there is none.

        Such a token is something definite to expect or to compare with.
        """
        for index in range(len(self.tokens) - 1, -1, -1):
            if self.tokens[index][0] == FILLER or self.tokens[index][0].isdigit():
                return index
        return -1

    def has_inner_stop(self) -> bool:
        """Whether a mark that may end a sentence stands before the end of the text."""
        return any(map(self.text.__contains__, _INNER_STOPS))

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Each sentence of the masked text with its offset."""
        start = 0
        if self.has_inner_stop():
            for end, following in self.inner_stops():
                yield start, self.text[start:end]
                start = following
        if start < len(self.text):
            yield start, self.text[start:]

    def inner_stops(self) -> Iterator[tuple[int, int]]:
        """Where each sentence but the last ends, and where the next one starts."""
        for match in _SENTENCE_END.finditer(self.text):
            before = self.low[max(0, match.start() - 8) : match.start()]
            if not before.endswith(_ABBREVIATIONS):
                yield match.start() + 1, match.end()


def _is_joined(beside: str) -> bool:
    """Whether the character beside a word makes it part of a longer one."""
    return beside != "" and (beside in _WORD_CHARS or beside.isalnum())


def read_prose(raw: str) -> Prose:
    """Mask `raw`, cut it into words, and tell whether it is English."""
    text = mask(raw)
    low = _lower(text)
    tokens = tuple(low.translate(_TO_WORDS).split())
    vocabulary = frozenset(tokens)
    return Prose(raw, text, low, tokens, vocabulary, is_english(text, tokens, vocabulary))


def mask(raw: str) -> str:
    """`raw` with everything that is not prose replaced by as many other characters."""
    text = raw.replace("*", " ")
    if "``" in text or "~~~" in text:
        text = _mask_code(text)
    elif "`" in text:
        text = _CODE.sub(_fill, text)
    if "<!--" in text:
        text = _mask_comments(text)
    if "](" in text:
        text = _LINK.sub(_fill, text)
    if ":/" in text or "mailto:" in text:
        text = _ADDRESS.sub(_fill, text)
    if _QUOTE_MARKS.search(text):
        text = _QUOTES.sub(_fill, text)
    if "(" in text:
        text = _VERIFIED.sub(_blank, text)
    return text.replace("’", "'")


def _fill(match: re.Match[str]) -> str:
    return _same_lines(match[0], FILLER)


def _blank(match: re.Match[str]) -> str:
    return _same_lines(match[0], " ")


def _same_lines(span: str, filler: str) -> str:
    if "\n" not in span:
        return filler * len(span)
    return "\n".join(filler * len(line) for line in span.split("\n"))


def _mask_code(text: str) -> str:
    """Mask fenced blocks and code spans; a run of backticks closes with the next equal run."""
    pieces: list[str] = []
    done = 0
    for start, end in _code_spans(text):
        pieces += text[done:start], _same_lines(text[start:end], FILLER)
        done = end
    return "".join((*pieces, text[done:]))


def _code_spans(text: str) -> Iterator[tuple[int, int]]:
    fences = list(_fenced_blocks(text))
    runs = [(match.start(), match.end()) for match in _TICKS.finditer(text)]
    # For each run the next one of the same length, found from the back: linear in the runs.
    closing: list[int] = [-1] * len(runs)
    last: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        closing[index] = last.get(length, -1)
        last[length] = index
    index, fence, done = 0, 0, 0
    while index < len(runs) or fence < len(fences):
        if fence < len(fences) and (index >= len(runs) or fences[fence][0] <= runs[index][0]):
            start, done = fences[fence]
            fence += 1
            yield start, done
        elif runs[index][0] < done or closing[index] < 0:
            index += 1
            continue
        else:
            start, done = runs[index][0], runs[closing[index]][1]
            yield start, done
        while fence < len(fences) and fences[fence][0] < done:
            fence += 1
        while index < len(runs) and runs[index][0] < done:
            index += 1


def _fenced_blocks(text: str) -> Iterator[tuple[int, int]]:
    """The fenced code blocks: from the opening fence to the closing one, or to the end."""
    opened: tuple[int, str] | None = None
    for match in _FENCE.finditer(text):
        if opened is None:
            opened = (match.start(), match[1])
        elif match[1][0] == opened[1][0] and len(match[1]) >= len(opened[1]):
            yield opened[0], match.end()
            opened = None
    if opened is not None:
        yield opened[0], len(text)


def _mask_comments(text: str) -> str:
    pieces: list[str] = []
    done = 0
    while (start := text.find("<!--", done)) >= 0:
        end = text.find("-->", start)
        end = len(text) if end < 0 else end + 3
        pieces += text[done:start], _same_lines(text[start:end], " ")
        done = end
    return "".join((*pieces, text[done:]))


def _lower(text: str) -> str:
    """`text` in lower case, of the same length (`İ` alone would become two characters)."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
