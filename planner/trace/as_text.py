"""Values of fields as text, for people to compare."""

from collections.abc import Iterable

from planner.model.items import Link, Provenance, Waiver


def text_of(value: object) -> str:
    """A value of any field as one line."""
    if isinstance(value, tuple):
        return ", ".join(text_of(each) for each in value)
    if isinstance(value, Waiver):
        return f"{value.rule}: {value.reason}"
    if isinstance(value, Provenance):
        model = f" with {value.model}" if value.model else ""
        session = f" in session {value.session}" if value.session else ""
        day = f" on {value.approved_on}" if value.approved_on else ""
        approved = f", approved by {value.approved}{day}" if value.approved else ""
        return f"{value.field} by {value.by}{model}{session}{approved}"
    if isinstance(value, Link):
        return f"{value.type} {value.to}"
    return str(value)


def pairs_that_differ(
    old: Iterable[tuple[str, str]], new: Iterable[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """Of two lists of (name, value): each name whose value differs, with both values.

    A name that is in one list alone has an empty value in the other; one that is there without a
    value says as much as one that is not there.
    """
    before, after = _by_name(old), _by_name(new)
    return [
        (name, before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys((*before, *after))
        if before.get(name, "") != after.get(name, "")
    ]


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values by name; the values of a name that occurs again are put below each other."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found
