"""The parts of the page about rules that are made from the registry and from measured numbers.

The page `docs/rules.md` is written by hand but for two regions, each between the comments
`<!-- NAME:begin -->` and `<!-- NAME:end -->`: `rules` holds every rule of the registry, `rates`
how often each wording rule fires on the texts of real plans.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from planner.model.problem import Severity
from planner.trace.fixable import FIXABLE, Fixable
from planner.trace.rule import GROUPS, PARTS, Rule

MEASURED_PARTS = ("requirement", "criterion", "goal")
"""The parts of a plan whose texts are counted."""

_GROUP_TITLES = {
    "reading": "Reading files",
    "references": "References",
    "structure": "Structure",
    "status": "Status",
    "wording": "Wording",
    "waivers": "Waivers",
    "import": "Import",
}


@dataclass(frozen=True, slots=True)
class Rates:
    """How many texts there are of each part, and on how many of them each rule fires."""

    texts: Mapping[str, int] = field(default_factory=dict)
    fired: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def percent(self, rule_id: str, part: str) -> float:
        """The share of the texts of `part` on which the rule fires, in percent."""
        total = self.texts.get(part, 0)
        return 100 * self.fired.get((rule_id, part), 0) / total if total else 0.0


def rules_region(rules: Iterable[Rule]) -> str:
    """Every rule: one table for each group, then each rule with its reason and examples."""
    by_group: dict[str, list[Rule]] = {group: [] for group in GROUPS}
    for rule in rules:
        by_group[rule.group].append(rule)
    return "\n\n".join(
        block
        for group, members in by_group.items()
        if members
        for block in _group(_GROUP_TITLES[group], members)
    )


def _group(title: str, rules: list[Rule]) -> Iterator[str]:
    yield f"## {title}"
    rows = (
        f"| `{rule.id}` | {_severities(rule)} | {_cell(rule.title)} | {_fixed(rule)} |"
        for rule in rules
    )
    yield "\n".join(("| rule | severity | finds | fix |", "|---|---|---|---|", *rows))
    for rule in rules:
        if rule.good or rule.bad:
            yield from _details(rule)


def _details(rule: Rule) -> Iterator[str]:
    yield f"### `{rule.id}`"
    yield f"{rule.title}: {_severities(rule)}. {rule.why}"
    if rule.hint:
        yield f"Mend: {rule.hint}."
    fix = FIXABLE.get(rule.id)
    if fix is not None:
        yield f"Fix: {fix.does}{_how(fix)}."
    good, bad = _files(rule.good), _files(rule.bad)
    if good and bad:
        yield f"From a good plan to a bad one:\n\n~~~~diff\n{_changes(good, bad)}\n~~~~"
    elif bad:
        yield f"Bad:\n\n~~~~\n{rule.bad.rstrip()}\n~~~~"
    elif good:
        yield f"- bad: {rule.bad.strip()}"
    else:
        yield f"- bad: {rule.bad.strip()}\n- good: {rule.good.strip()}"


def _fixed(rule: Rule) -> str:
    """What a table says about the fix of a rule."""
    fix = FIXABLE.get(rule.id)
    return "" if fix is None else "`--fix`" if fix.certain else "offered"


def _how(fix: Fixable) -> str:
    return " (`planner check --fix` does it where it is sure)" if fix.certain else ""


_FILE = re.compile(r"^== (.+)\n", re.MULTILINE)


def _files(example: str) -> dict[str, str]:
    """The files of an example, by path; none when it is a sentence."""
    _, *parts = _FILE.split(example)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _changes(good: dict[str, str], bad: dict[str, str]) -> str:
    """What differs between the files of two small plans, with two lines around it."""
    lines: list[str] = []
    for path in dict.fromkeys((*good, *bad)):
        old, new = good.get(path, ""), bad.get(path, "")
        if old != new:
            difference = difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm="")
            lines.append(f"== {path}")
            # The first three lines name the files and the place; a later "@@" is a gap.
            lines += ["…" if line.startswith("@@") else line for line in list(difference)[3:]]
    return "\n".join(lines)


def _severities(rule: Rule) -> str:
    """`error`, or per part: `warning (requirement), hint (criterion)`."""
    if isinstance(rule.severity, Severity):
        return str(rule.severity)
    parts: dict[str, list[str]] = {}
    for part in PARTS:
        severity = rule.severity.get(part)
        if severity is not None:
            parts.setdefault(str(severity), []).append(part)
    return ", ".join(f"{severity} ({', '.join(names)})" for severity, names in parts.items())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def rates_region(rules: Iterable[Rule], rates: Rates) -> str:
    """The table of fire rates: a severity and a share of the texts for each measured part."""
    heads = (f"{part} ({rates.texts.get(part, 0)})" for part in MEASURED_PARTS)
    lines = [
        f"| rule | {' | '.join(heads)} |",
        "|---|" + "---|" * len(MEASURED_PARTS),
    ]
    for rule in rules:
        cells = (_rate(rule, part, rates) for part in MEASURED_PARTS)
        lines.append(f"| `{rule.id}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _rate(rule: Rule, part: str, rates: Rates) -> str:
    severity = rule.at(part)
    return "off" if severity is None else f"{severity} {rates.percent(rule.id, part):.1f} %"


def region(page: str, name: str) -> str:
    """The text of the region `name` of `page`.

    Raises ValueError when the page does not have the region.
    """
    start, end = _bounds(page, name)
    return page[start:end].strip("\n")


def replace_region(page: str, name: str, text: str) -> str:
    """`page` with `text` as the region `name`.

    Raises ValueError when the page does not have the region.
    """
    start, end = _bounds(page, name)
    return f"{page[:start]}\n\n{text}\n\n{page[end:]}"


def _bounds(page: str, name: str) -> tuple[int, int]:
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page has no region {name!r}: {begin} … {end}")
    return page.index(begin) + len(begin), page.index(end)
