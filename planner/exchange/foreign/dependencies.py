"""What a phase depends on, from the words of its field."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from planner.exchange.foreign.found import FoundDependency, PhaseDetails
from planner.exchange.foreign.numbering import PhaseKeys, mentions, number_list
from planner.model.problem import Place

_NOTHING = re.compile(
    r"\W*(?:nothing|none|no dependenc|n/a|nichts|keine|nada|nenhum|ninguna|rien|aucun|niente|无"
    r"|なし|없음|-+$|—$|–$)",
    re.IGNORECASE,
)
_SOFT = re.compile(
    r"\bparall?el|\bindependent|\boptional|\bopcional|\bsoft\b|\bconcurrently|\brecommended\b|"
    r"\bunabhängig|\boptionnel|\bfacultativ|параллельн|необязательн|并行|独立|可选|並行|任意|병렬|선택",
    re.IGNORECASE,
)
_SOFT_BEHIND = re.compile(
    r"\W*(?:(?:is|are)\s+)?(?:optional(?:ly)?|soft|recommended|opcional|可选)(?!\w)", re.IGNORECASE
)
_OPTIONAL = re.compile(r"optional(?:\s*[:;]\s*|$)", re.IGNORECASE)
_WITH_OTHERS = re.compile(
    r"(?:parallel|independent(?:ly)?|concurrent(?:ly)?)\s+(?:with|to|of|from)\b", re.IGNORECASE
)


def is_nothing(text: str) -> bool:
    """Whether a Depends-on field says that there is nothing to wait for."""
    return _NOTHING.match(text) is not None or not text.strip()


def read_dependencies(
    details: Iterable[PhaseDetails], known: PhaseKeys, path: str
) -> tuple[FoundDependency, ...]:
    """The phases that the Depends-on field names before any bracket, each with its reason."""
    for section in details:
        texts = [text for text, _ in section.depends]
        places = [Place(path, line) for _, line in section.depends]
        found = dependencies_in(texts, known, places)
        if found:
            return found
    return ()


def dependencies_in(
    texts: Sequence[str], known: PhaseKeys, places: Sequence[Place] = ()
) -> tuple[FoundDependency, ...]:
    """The phases that one field names, whose entries are `texts`, found at `places`."""
    found: dict[str, FoundDependency] = {}
    for at, text in enumerate(texts):
        if not is_nothing(text):
            for each in _of_text(text, places[at] if places else Place(""), known):
                found.setdefault(each.key, each)
    return tuple(found.values())


def _of_text(text: str, place: Place, known: PhaseKeys) -> list[FoundDependency]:
    """Cut the text at the first sentence end outside brackets; pair phases with brackets."""
    pieces = _pieces(text)
    found: list[FoundDependency] = []
    waiting: list[str] = []
    soft_keys: set[str] = set()
    for outside, bracket in pieces:
        named = [key for each in mentions(outside, known) for key in each.keys]
        soft_keys.update(_soft_keys(outside, known))
        if not named and not found and not waiting:
            named = list(number_list(outside, known))
        waiting.extend(named)
        if bracket and waiting:
            found.extend(_with_reason(waiting, bracket, place))
            waiting = []
    found.extend(FoundDependency(key, place) for key in waiting)
    tail = text.strip()
    if len(found) == 1 and not found[0].reason and not found[0].soft:
        rest = _rest_after_number(tail, known)
        soft = _is_soft(rest, found[0].key)
        if rest and soft:
            found = [FoundDependency(found[0].key, place, rest, soft=True)]
    return [replace(each, soft=True) if each.key in soft_keys else each for each in found]


def _soft_keys(text: str, known: PhaseKeys) -> Iterator[str]:
    """The phases that are called optional right behind their number: `Phase 1 optional`."""
    for each in mentions(text, known):
        if _SOFT_BEHIND.match(text, each.end):
            yield each.keys[-1]


def _with_reason(keys: list[str], bracket: str, place: Place) -> list[FoundDependency]:
    last = keys[-1]
    plain = [FoundDependency(key, place) for key in keys[:-1]]
    optional = _OPTIONAL.match(bracket)
    if optional:
        return [*plain, FoundDependency(last, place, bracket[optional.end() :], soft=True)]
    return [*plain, FoundDependency(last, place, bracket, soft=_is_soft(bracket, last))]


def reads_as_soft(reason: str, key: str) -> bool:
    """Whether a reason alone makes the dependency on the phase `key` a soft one."""
    return _OPTIONAL.match(reason) is None and _is_soft(reason, key)


def _is_soft(reason: str, key: str) -> bool:
    """Whether the words say that it need not wait.

    "Can run in parallel with Phase 9" speaks of another phase than the one depended on.
    """
    if not _SOFT.search(reason):
        return False
    beside = _WITH_OTHERS.search(reason)
    if beside is None:
        return True
    others = [each for found in mentions(reason[beside.start() :]) for each in found.keys]
    return not others or key in others


def _pieces(text: str) -> list[tuple[str, str]]:
    """(text outside, bracket behind it) up to the end of the first sentence."""
    pieces: list[tuple[str, str]] = []
    depth, start, outside = 0, 0, ""
    for at, sign in enumerate(text):
        if sign in "(（":
            if depth == 0:
                outside, start = text[start:at], at + 1
            depth += 1
        elif sign in ")）" and depth:
            depth -= 1
            if depth == 0:
                pieces.append((outside, text[start:at].strip()))
                start = at + 1
        elif depth == 0 and sign in ".;" and text[at + 1 : at + 2] in {"", " "}:
            pieces.append((text[start:at], ""))
            return pieces
    if depth:
        pieces.append((outside, text[start:].strip()))
    else:
        pieces.append((text[start:], ""))
    return pieces


def _rest_after_number(text: str, known: PhaseKeys) -> str:
    found = mentions(text, known)
    return text[found[0].end :].strip(" ,;.:—–-*") if found else ""
