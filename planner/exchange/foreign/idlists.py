"""Requirement ids in foreign text: one, a list, or a range in any of its spellings."""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_RANGE = 500
"""A range of more ids than this is taken for a slip of the pen, not expanded."""

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_\-])[A-Za-z][A-Za-z0-9]*+(?:[-_][A-Za-z0-9]++)*+(?:\.\d++)*+(?!\w)"
)
_ID = re.compile(r"[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)*[-_.]?\d+[a-z]?(?:\.\d+)*")
_NO_DIGITS = re.compile(r"[A-Z][A-Z0-9]+(?:[-_][A-Z0-9]+)+")
_LOWER = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*[-_]\d+[a-z]?(?:\.\d+)*")
_SPLIT = re.compile(r"(.*?)(\d+)([a-z]?)", re.DOTALL)
_NAMES = re.compile(
    r"(?:(?:SHA|AES|MD|RSA|UTF|ISO|RFC|EIP|ERC|BIP|PEP|CVE|CWE|HTTP|TLS|SSL|ECMA|WCAG|IEC|IEEE"
    r"|NIST|FIPS|IPV|OAUTH|GPT|BASE|CRC|HMAC|COVID|PKCS|ADR|ISSUE|PR|GH|ESP)[-_]?(?!0\d)\d+"
    r"|ES-?20\d\d|X-?509|P-?(?:256|384|521)|ED25519|H-?26[45])[a-z]?(?:\.\d+)*"
)
_COMMON = frozenset(
    [
        "MUST-HAVE",
        "NICE-TO-HAVE",
        "SHOULD-HAVE",
        "COULD-HAVE",
        "END-TO-END",
        "READ-ONLY",
        "E2E",
        "REQ-ID",
        "REQ-IDS",
        "UI-UX",
        "CI-CD",
        "TO-DO",
        "OUT-OF-SCOPE",
        "KEY-VALUE",
        "REQ-XX",
        "TBD",
        "N-A",
    ]
)
_RANGE = re.compile(
    r"[`*\]]*(?P<loose>\s*)(?:\.{2,3}|\u2026|[\u2010-\u2015\u2212~\u2192]|(?P<dash>-)(?=\s|[A-Z])|"
    r"(?i:through|thru)(?=\s)|(?P<word>(?i:to|bis|até|hasta|a|à)(?=\s)|至|到))\s*[`*\[]*"
)
_NUMBER_ONLY = re.compile(r"\d{1,6}(?![\w.])")
_LIST = re.compile(r"[`*]*\s*([,/&+、，]|(?:and|und|et|y|e)(?=\s))\s*[`*]*")
_WORD_BEHIND = re.compile(r"\s+(?!(?:and|und|et|y|e)\s)[A-Za-z]")
_STAR = re.compile(r"(?<![A-Za-z0-9_\-])([A-Z][A-Z0-9]*+(?:[-_][A-Z0-9]++)*+)[-_]\*")


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids read from a text.

    `firm` stand at the start of an item of the list; `loose` are named inside prose.  `span` is
    where the first one starts and the last one ends; `faults` are ranges that make no sense.
    """

    firm: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Firm ids, then loose ones."""
        return tuple(dict.fromkeys((*self.firm, *self.loose)))


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Ids that the plan defines, for ranges, wild cards and words that look like ids."""

    by_key: Mapping[tuple[str, int, str], str]
    prefixes: frozenset[str]
    texts: frozenset[str]

    @classmethod
    def of(cls, ids: Iterable[str]) -> "KnownIds":
        """Index the ids of a plan."""
        texts = tuple(ids)
        keys = {key: text for text in texts if (key := split_id(text)) is not None}
        prefixes = frozenset(key[0] for key in keys)
        return cls(keys, prefixes, frozenset(texts))


NOTHING_KNOWN = KnownIds({}, frozenset(), frozenset())


def split_id(text: str) -> tuple[str, int, str] | None:
    """Prefix with its separator, last number, letter behind it: `AUTH-01` -> ("AUTH-", 1, "")."""
    head = text.rstrip("0123456789")
    letter = ""
    if head == text and text[-1:].isalpha() and text[-2:-1].isdigit():
        letter, text = text[-1], text[:-1]
        head = text.rstrip("0123456789")
    digits = text[len(head) :]
    if not digits or len(digits) > 6 or not head:
        return None
    return (head, int(digits), letter)


def is_id_shape(text: str) -> bool:
    """Whether `text` has the form of a requirement id by itself: AUTH-01, CAT-V2-01, RF-01.1."""
    return len(text) <= 60 and _ID.fullmatch(text) is not None


def is_marked_id(text: str) -> bool:
    """Whether `text`, standing in bold or code, is an id: also EXTRA-A, SETTLE-DUAL-GOV, v2-01."""
    if len(text) > 60 or text.upper() in _COMMON:
        return False
    return any(form.fullmatch(text) for form in (_ID, _NO_DIGITS, _LOWER))


def is_known_name(text: str) -> bool:
    """Whether a word is the name of a standard or product (SHA-256, ES2020), not of a plan."""
    return _NAMES.fullmatch(text.upper()) is not None


def acceptable(token: str, known: KnownIds) -> bool:
    """Whether a word in running text is taken for an id: by form, or because the plan knows it."""
    if token in known.texts:
        return True
    if not is_id_shape(token):
        return False
    key = split_id(token)
    if key is not None and key[0] in known.prefixes:
        return True
    return not is_known_name(token)


def read_ids(text: str, known: KnownIds = NOTHING_KNOWN) -> Ids:
    """Every id of a list such as `A-01, A-03..05 (note), B-01/02 and SEC-*`."""
    firm: dict[str, None] = {}
    loose: dict[str, None] = {}
    faults: list[str] = []
    at = 0
    boundary = 0
    stars = deque(_STAR.finditer(text) if "*" in text else ())
    while at < len(text):
        match = _TOKEN.search(text, at)
        while stars and stars[0].start() < at:
            stars.popleft()
        star = stars[0] if stars else None
        if star and (match is None or star.start() <= match.start()):
            home = firm if _at_item_start(text, boundary, star.start()) else loose
            matched = [each for each in sorted(known.texts) if each.startswith(star[0][:-1])]
            if not matched:
                faults.append(star[0])
            home.update(dict.fromkeys(matched))
            at = boundary = star.end()
            continue
        if match is None:
            break
        if not acceptable(match[0], known):
            at = match.end()
            continue
        home = firm if _at_item_start(text, boundary, match.start()) else loose
        found, at, fault = _follow(text, match, known)
        home.update(dict.fromkeys(found))
        if fault:
            faults.append(fault)
        boundary = at
    for text_id in firm:
        loose.pop(text_id, None)
    return Ids(tuple(firm), tuple(loose), tuple(dict.fromkeys(faults)))


def _at_item_start(text: str, boundary: int, start: int) -> bool:
    """Whether nothing but signs stands between the last id (or a comma) and this one."""
    between = text[boundary:start]
    for sign in ",;/&+、，":
        between = between.rpartition(sign)[2]
    words = re.sub(r"[\s\[\]()`*_~\"'\-\u2010-\u2015.:•]|\b(?:and|und|et|y|e|plus)\b", "", between)
    return not words


def _follow(text: str, match: re.Match[str], known: KnownIds) -> tuple[list[str], int, str]:
    """An id and what hangs on it: a range, or further numbers of the same prefix."""
    first, at = match[0], match.end()
    found = [_canonical(first, known)]
    key = split_id(first)
    whole = _hyphen_range(first, known)
    if whole:
        return whole, at, ""
    if key is None:
        return found, at, ""
    joint = _RANGE.match(text, at)
    if joint:
        last, end = _number_after(text, joint, key[0])
        if last is not None:
            ids = _span(first, key, last, known)
            if not ids:
                return found, end, text[match.start() : end]
            more, end = _more_numbers(text, end, first, (key[0], last, key[2]), known)
            return [*ids, *more], end, ""
        other = _TOKEN.match(text, joint.end())
        if other and is_id_shape(other[0]) and split_id(other[0]) is not None:
            fault = text[match.start() : other.end()]
            return [*found, _canonical(other[0], known)], other.end(), fault
    more, at = _more_numbers(text, at, first, key, known)
    return [*found, *more], at, ""


def _more_numbers(
    text: str, at: int, first: str, key: tuple[str, int, str], known: KnownIds
) -> tuple[list[str], int]:
    """Bare numbers behind an id, `/02/06` or `, 02, 03`, and ranges of them."""
    found: list[str] = []
    previous = key[1]
    while joint := _LIST.match(text, at):
        number = _NUMBER_ONLY.match(text, joint.end())
        if number is None or not _fits(number[0], first, key[0], previous):
            break
        value = int(number[0])
        ranged = _RANGE.match(text, number.end())
        last = _NUMBER_ONLY.match(text, ranged.end()) if ranged else None
        if last and value < int(last[0]) <= value + MAX_RANGE:
            found.extend(_make(first, key, each, known) for each in range(value, int(last[0]) + 1))
            at, previous = last.end(), int(last[0])
        elif _WORD_BEHIND.match(text, number.end()):
            break
        else:
            found.append(_make(first, key, value, known))
            at, previous = number.end(), value
    return found, at


def _fits(number: str, first: str, prefix: str, previous: int) -> bool:
    """Whether a bare number is written as the numbers of this prefix are."""
    width = len(first) - len(prefix)
    return len(number) == width or (len(number) > width and int(number) > previous)


def _number_after(text: str, joint: re.Match[str], prefix: str) -> tuple[int | None, int]:
    """The number that ends a range: `05`, or an id of the same prefix."""
    number = _NUMBER_ONLY.match(text, joint.end())
    prose = joint["word"] is not None or joint["dash"] is not None or joint["loose"]
    if number and not prose:
        return int(number[0]), number.end()
    token = _TOKEN.match(text, joint.end())
    key = split_id(token[0]) if token else None
    if token and key is not None and key[0].rstrip("-_.") == prefix.rstrip("-_."):
        return key[1], token.end()
    if number and joint[0].strip(" `*[]")[:1] in {".", "\u2026", "t", "T"} and not joint["word"]:
        return int(number[0]), number.end()
    return None, joint.start()


def _hyphen_range(token: str, known: KnownIds) -> list[str]:
    """`A-01-05` where `A-01` is an id of the plan and `A-01-05` is not."""
    head, _, tail = token.rpartition("-")
    if token in known.texts or not tail.isdigit() or head not in known.texts:
        return []
    key = split_id(head)
    return _span(head, key, int(tail), known) if key is not None and len(tail) < 7 else []


def _span(first: str, key: tuple[str, int, str], last: int, known: KnownIds) -> list[str]:
    """All ids of a range; where the plan defines the ends, only those inside that it defines."""
    if not key[1] <= last <= key[1] + MAX_RANGE:
        return []
    ids = [(number, _make(first, key, number, known)) for number in range(key[1], last + 1)]
    defined = {number for number, _ in ids if (key[0], number, "") in known.by_key}
    if {key[1], last} <= defined:
        return [text for number, text in ids if number in defined]
    return [text for _, text in ids]


def _make(first: str, key: tuple[str, int, str], number: int, known: KnownIds) -> str:
    found = known.by_key.get((key[0], number, ""))
    if found is not None:
        return found
    width = len(first.rstrip("abcdefghijklmnopqrstuvwxyz")) - len(key[0])
    return f"{key[0]}{number:0{width}d}"


def _canonical(token: str, known: KnownIds) -> str:
    """The id as the plan defines it, where only the padding differs."""
    if token in known.texts:
        return token
    key = split_id(token)
    return known.by_key.get(key, token) if key is not None else token
