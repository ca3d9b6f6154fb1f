"""What `planner ask` says: cards, drafts and gaps as lines for a terminal."""

from collections.abc import Iterator

from planner.interviewing import (
    Card,
    Draft,
    DraftAssumption,
    DraftChange,
    DraftCriterion,
    DraftLine,
    DraftMilestone,
    DraftPart,
    DraftPhase,
    DraftRequirement,
    Gaps,
)

_SHOWN = 6


def card_lines(card: Card, number: int, count: int, draft: Draft) -> Iterator[str]:
    """A card: the question, why it is asked, what it changes, and the keys to answer it."""
    asked = card.question
    must = ", has to be answered" if asked.must else ""
    yield f"[{number}/{count}] {asked.topic}  ({asked.id}{must})"
    yield f"  {asked.text}"
    yield f"    why: {asked.why}"
    if card.because:
        yield f"    asked because {card.because}"
    yield f"    changes {'; '.join(asked.affects)}"
    for place, option in enumerate(asked.options, 1):
        yield f"    {place}  {option.text}"
        if option.id == card.recommended:
            yield f"       recommended: {card.reason}"
    yield from _keys(card, draft)


def _keys(card: Card, draft: Draft) -> Iterator[str]:
    asked = card.question
    if asked.options:
        unit = f" in {asked.unit}" if asked.unit else ""
        kinds = {"number": f"a number{unit}", "date": "a day, YYYY-MM-DD"}
        yield f"    o  something else: {kinds.get(asked.type, 'your own words')}"
    elif asked.type == "date":
        yield "    write a day as YYYY-MM-DD"
    elif asked.type == "lines":
        yield "    write one per line; an empty line ends the list"
    else:
        yield "    write it in your own words"
    yield f"    u  I do not know: {assumed(card, draft)}"
    yield "    x  out of scope      d  show the draft      q  stop asking      empty: stays open"


def assumed(card: Card, draft: Draft) -> str:
    """What "I do not know" means for a card."""
    option = card.question.option(card.question.assume)
    phase = draft.phase(f"phase:{card.before}")
    before = f"phase {phase.number} {phase.title}" if phase is not None else "the first phase"
    what = f"assume “{option.text}”" if option is not None else "note that nobody knows"
    return f"{what}, revisit before {before}"


def change_lines(old: Draft, new: Draft) -> Iterator[str]:
    """What an answer changed in the draft, the first of it."""
    before, after = _told(old), _told(new)
    gone = [f"    - {text}" for key, text in before.items() if key not in after]
    come = [
        f"    {'+' if key not in before else '~'} {text}"
        for key, text in after.items()
        if before.get(key) != text
    ]
    lines = [*gone, *come]
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"    and {len(lines) - _SHOWN} more"


def part_line(part: DraftPart) -> str:
    """A part in a line, without its id and number: these move while answers come."""
    match part:
        case DraftMilestone():
            day = f", by {part.target}" if part.target else ""
            return f"milestone {part.title}{day}: {part.overview}"
        case DraftPhase():
            return f"phase {part.title}: {part.goal}"
        case DraftRequirement():
            check = " [to be checked]" if part.own_words else ""
            return f"{part.title}: {part.text}{check}"
        case DraftCriterion():
            return f"criterion: {part.text}"
        case DraftAssumption():
            return f"assumption: {part.text}"
        case DraftChange():
            return f"{part.id} {part.field}: {part.after}"
        case DraftLine():
            return f"milestone: {part.text}"


def _told(draft: Draft) -> dict[str, str]:
    """Each part but the criteria in a line, by its key: they come and go with requirements."""
    parts = (draft.part(key) for key in draft.keys)
    return {each.key: part_line(each) for each in parts if not isinstance(each, DraftCriterion)}


def draft_lines(draft: Draft) -> Iterator[str]:
    """The whole draft."""
    made = draft.milestone
    if made is not None:
        yield f"{made.id}  {made.title}" + (f", by {made.target}" if made.target else "")
        yield f"  {made.overview}"
        for line in made.constraints:
            yield f"  constraint: {line.text}"
        for line in made.out_of_scope:
            yield f"  out of scope: {line.text}"
    numbers = {each.key: each.number for each in draft.phases}
    ids = {each.key: each.id for each in draft.requirements}
    for phase in draft.phases:
        needs = [numbers[key] for key in phase.depends_on if key in numbers]
        yield f"{phase.number}  {phase.title}" + (f"  (after {', '.join(needs)})" if needs else "")
        yield f"    {phase.goal}"
        for each in draft.requirements:
            if each.phase == phase.key:
                yield f"    {each.id}  {each.text}"
        for criterion in phase.criteria:
            verifies = ", ".join(ids[key] for key in criterion.verifies if key in ids)
            yield f"    sees: {criterion.text}  [{verifies}]"
        for assumption in draft.assumptions:
            if assumption.before == phase.key:
                yield f"    assumed until it begins: {assumption.text}"
    for change in draft.changes:
        yield f"{change.id}  {change.field}: {change.after}"


def gap_lines(found: Gaps) -> Iterator[str]:
    """What is open, counted."""
    counted = (
        (len(found.must), "question that has to be answered", "questions that have to be answered"),
        (
            len(found.phases_without_criterion),
            "phase without criterion",
            "phases without criterion",
        ),
        (
            len(found.requirements_without_criterion),
            "requirement without criterion",
            "requirements without criterion",
        ),
        (
            len(found.criteria_without_requirement),
            "criterion without requirement",
            "criteria without requirement",
        ),
        (len(found.wording), "error of wording", "errors of wording"),
    )
    told = [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]
    yield f"open: {', '.join(told)}" if told else "nothing is open that has to be answered"
    others = len(found.open) - len(found.must)
    if others:
        yield f"{others} further {'question' if others == 1 else 'questions'} could be asked"
