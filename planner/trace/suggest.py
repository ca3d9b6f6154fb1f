"""Which id was meant: `did you mean` for a reference that names nothing.

An index over all ids is made once, on the first question; each question is then a few dict
lookups, so a plan whose references are all wrong costs no more than one that is right.
"""

import re
from collections.abc import Iterable

from planner.model.fields import kind_of
from planner.model.ids import slug
from planner.model.items import Phase, PlanTree
from planner.trace.names import all_items, fold

_DIGITS = re.compile(r"\d+")
_NOISE = re.compile(r"[\W_]+")
_LEADING_WORD = re.compile(r"(?:phase|milestone|requirement)\s+", re.IGNORECASE)
_LONGEST = 100

_Key = tuple[str, str]


class Suggestions:
    """Near ids of each kind.

    Two spellings are near when their digits are the same (leading zeros aside) and their letters
    differ by at most one that is missing, added or wrong, or by two neighbours that are swapped.
    Digits must agree because AUTH-02 is never a slip for AUTH-01 but another item.  The number and
    the title of a phase and the beginning of an id suggest the item too.
    """

    def __init__(self, tree: PlanTree) -> None:
        self._tree = tree
        self._index: dict[str, dict[_Key, str]] | None = None

    def near(self, ref: str, kinds: Iterable[str]) -> str:
        """The id that `ref` probably means among items of `kinds`, or an empty text."""
        if self._index is None:
            self._index = _build(self._tree)
        if len(ref) > _LONGEST:
            return ""
        spellings = dict.fromkeys((ref, _LEADING_WORD.sub("", ref), slug(ref)))
        for kind in kinds:
            index = self._index.get(kind, {})
            for spelling in spellings:
                for key in _keys(spelling):
                    if key in index:
                        return index[key]
        return ""

    def hint(self, ref: str, kinds: Iterable[str], otherwise: str) -> str:
        """A hint that names the near id, or `otherwise`."""
        near = self.near(ref, kinds)
        return f"did you mean {near}?" if near else otherwise


def same_spelling(ref: str, item_id: str) -> bool:
    """Whether both are one id but for case, separators and leading zeros: `auth_1`, `AUTH-01`."""
    return bool(ref) and _keys(ref)[:1] == _keys(item_id)[:1]


def _build(tree: PlanTree) -> dict[str, dict[_Key, str]]:
    index: dict[str, dict[_Key, str]] = {}
    for item in all_items(tree):
        entries = index.setdefault(kind_of(item), {})
        for key in _keys(item.id):
            entries.setdefault(key, item.id)
    for item in all_items(tree):
        entries = index[kind_of(item)]
        for key in _weak_keys(item.id, item.title, item.number if isinstance(item, Phase) else ""):
            entries.setdefault(key, item.id)
    return index


def _keys(text: str) -> list[_Key]:
    """The text itself and each text with one letter less, as (digits, letters)."""
    folded = fold(text)
    digits = ".".join(run.lstrip("0") or "0" for run in _DIGITS.findall(folded))
    letters = _NOISE.sub("", _DIGITS.sub("", folded))
    if not letters:
        return [(digits, "")] if digits else []
    keys = [(digits, letters)]
    if len(letters) > 2:  # of two letters one is too few to go by
        keys.extend((digits, letters[:i] + letters[i + 1 :]) for i in range(len(letters)))
    return keys


def _weak_keys(item_id: str, title: str, number: str) -> list[_Key]:
    """Number, title and beginnings of the id, up to each separator."""
    keys = []
    for text in (number, slug(title) if len(title) <= _LONGEST else ""):
        keys.extend(_keys(text)[:1])
    for separator in re.finditer(r"[-._/]", item_id):
        if separator.start() >= 3:
            keys.extend(_keys(item_id[: separator.start()])[:1])
    return keys
