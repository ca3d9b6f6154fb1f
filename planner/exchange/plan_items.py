"""The plan itself, its milestones and its research documents as items."""

import re
from collections.abc import Iterable, Iterator, Mapping

from planner.codec.body import section_text
from planner.exchange.foreign.found import FoundMilestone, FoundPlan, Prose
from planner.exchange.foreign.labels import words
from planner.exchange.foreign.lines import Document, LineKind
from planner.exchange.foreign.milestonelabels import milestone_label
from planner.exchange.foreign.reading import Reading
from planner.exchange.foreign.scanning import decode, scan
from planner.exchange.foreign.statewords import State, iso_date
from planner.exchange.phase_items import IMPORTED
from planner.exchange.standing import milestone_status
from planner.exchange.verbatim import clean, kept_lines, one_line, prose_text
from planner.model.ids import id_key, is_id, slug
from planner.model.items import RESEARCH_TOPICS, Milestone, Plan, Research, Section

RUN = "imported"
_DATED = re.compile(r"(?:research date|researched|\bdate)\W{1,6}\d{4}-\d{2}-\d{2}", re.IGNORECASE)
_DOCUMENT_BYTES = 900_000
_SAID = re.compile(
    r"\d{4}-\d{2}-\d{2}|\bphases?\b|\bshipped\b|\bcompleted?\b|\bactive\b|\bplanned\b|\bstarted\b|"
    r"\bin progress\b|\bnot started\b|\btbd\b|\b\d+ plans?\b|\bmilestone\b|\[[ xX]\]|[\W\d_]+",
    re.IGNORECASE,
)
_PROJECT_SECTIONS = ("what this is", "core value")


def plan_item(plan: FoundPlan, documents: Mapping[str, Document], project: Document | None) -> Plan:
    """`plan.yaml`: title and statement; PROJECT.md helps out where the roadmap is silent."""
    title = one_line(plan.header.title)
    statement = prose_text(plan.header.statement, documents)
    if project is not None:
        if not statement:
            statement = _project_statement(project)
        if not title:
            title = next((one_line(each.body) for each in project.lines if each.body), "")
    levels = list(Plan(id="plan").verification_levels)
    for phase in plan.phases:
        for section in phase.details:
            word = section.verification.strip(" .")
            if re.fullmatch(r"[A-Za-z][\w-]{1,30}", word) and word not in levels:
                levels.append(word)
    return Plan(
        id="plan",
        path="ROADMAP.md",
        title=title or "Imported plan",
        statement=statement,
        verification_levels=tuple(levels),
        lines={"title": 1},
    )


def _project_statement(project: Document) -> str:
    numbers: dict[str, list[int]] = {}
    for line in project.lines:
        if line.heading is None or line.heading.level == 1 or line.number == line.heading.line:
            continue
        title = words(line.heading.title)
        if title in _PROJECT_SECTIONS and line.raw.strip():
            numbers.setdefault(title, []).append(line.number)
    parts = [
        Prose(title, project.path, tuple(numbers[title]))
        for title in _PROJECT_SECTIONS
        if title in numbers
    ]
    return prose_text(parts, {project.path: project})


def milestone_ids(milestones: tuple[FoundMilestone, ...]) -> dict[str, str]:
    """The id of every milestone, unique: `v1.0`, `milestone-2`, or the slug of its name."""
    taken: set[str] = set()
    ids: dict[str, str] = {}
    for each in milestones:
        base = each.id if is_id(each.id) else slug(each.title) or "milestone"
        candidate, count = base, 2
        while id_key(candidate) in taken or not is_id(candidate):
            candidate = f"{base}-{count}" if is_id(base) else f"milestone-{count}"
            count += 1
        taken.add(id_key(candidate))
        ids[each.key] = candidate
    return ids


def milestone_items(reading: Reading, ids: Mapping[str, str]) -> Iterator[Milestone]:
    """All milestones; constraints and what is out of scope go to the current one."""
    plan = reading.plan
    current = current_milestone(plan)
    for each in plan.milestones:
        is_current = each.key == current
        header = plan.header
        sections: list[Section] = []
        said = _said(each, reading.documents)
        if said:
            sections.append(Section(IMPORTED, said))
        yield Milestone(
            id=ids[each.key],
            path=each.places[0].path,
            title=one_line(each.title) or ids[each.key],
            status=milestone_status(each.state, current=is_current and _is_stated(plan, each)),
            created=each.created or (header.created if is_current else ""),
            shipped=each.shipped,
            overview=_text(each, reading.documents),
            constraints=prose_text(header.constraints, reading.documents) if is_current else "",
            out_of_scope=prose_text(header.out_of_scope, reading.documents) if is_current else "",
            sections=tuple(sections),
            lines={"title": each.places[0].line},
        )


def current_milestone(plan: FoundPlan) -> str:
    """The key of the milestone that is worked on: of STATE.md, the active one, or the last."""
    label = milestone_label(plan.state.get("milestone", ""))
    keys = {each.key for each in plan.milestones}
    if label is not None and (found := next((key for key in label.keys if key in keys), "")):
        return found
    for each in plan.milestones:
        if each.state is State.ACTIVE:
            return each.key
    open_ones = [each.key for each in plan.milestones if each.state is not State.DONE]
    return (open_ones or [each.key for each in plan.milestones[-1:]] or [""])[0]


def _is_stated(plan: FoundPlan, milestone: FoundMilestone) -> bool:
    label = milestone_label(plan.state.get("milestone", ""))
    return label is not None and milestone.key in label.keys


def _text(milestone: FoundMilestone, documents: Mapping[str, Document]) -> str:
    per_file: dict[str, list[int]] = {}
    for path, number in milestone.body:
        per_file.setdefault(path, []).append(number)
    return section_text(
        "\n\n".join(kept_lines(documents[path], numbers) for path, numbers in per_file.items())
    )


def _said(milestone: FoundMilestone, documents: Mapping[str, Document]) -> str:
    """Bullets and rows about the milestone, where they say more than its fields hold."""
    numbers: dict[str, list[int]] = {}
    known = set(_SAID.sub(" ", f"{milestone.id} {milestone.title}").casefold().split())
    for path, number in milestone.said:
        numbers.setdefault(path, []).append(number)
    texts = []
    for path, mine in numbers.items():
        for block in _blocks(mine):
            text = " ".join(documents[path].at(number).raw for number in block)
            rest = [word for word in _SAID.sub(" ", text).casefold().split() if word not in known]
            if [word for word in rest if word != "v"]:
                texts.append(kept_lines(documents[path], block))
    return section_text("\n\n".join(texts))


def _blocks(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Runs of lines that follow each other."""
    block: list[int] = []
    for number in sorted(numbers):
        if block and number != block[-1] + 1:
            yield block
            block = []
        block.append(number)
    if block:
        yield block


def research_items(files: Mapping[str, bytes], reading: Reading) -> Iterator[Research]:
    """Documents of `research/`, PROJECT.md, the notes of the roadmap, and the unread lines."""
    taken: set[str] = set()
    for path in sorted(files):
        if not _is_document(path):
            continue
        text, _ = decode(files[path])
        stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        base = slug(stem) or "document"
        topic, count = base, 2
        while topic in taken or not is_id(topic):
            topic, count = f"{base}-{count}", count + 1
        taken.add(topic)
        yield _research(topic, base, path, text)
    own: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("notes", "# Notes of the import", _notes(reading)),
        ("unread", "# Lines that found no place", _unread(reading)),
    )
    for stem, title, parts in own:
        for text in _packed(parts):
            topic, count = stem, 2
            while topic in taken:
                topic, count = f"{stem}-{count}", count + 1
            taken.add(topic)
            yield Research(
                id=f"{RUN}/{topic}",
                path="ROADMAP.md",
                title=title.strip("# "),
                run=RUN,
                text=f"{title}\n\n{text}",
            )


def _packed(parts: Iterable[str]) -> Iterator[str]:
    """Parts joined to documents of a size that a plan may hold."""
    held: list[str] = []
    size = 0
    for part in parts:
        length = len(part.encode()) + 1
        if held and size + length > _DOCUMENT_BYTES:
            yield "\n".join(held).strip("\n")
            held, size = [], 0
        held.append(part)
        size += length
    text = "\n".join(held).strip("\n")
    if text:
        yield text


def _is_document(path: str) -> bool:
    return path == "PROJECT.md" or (path.startswith("research/") and path.endswith(".md"))


def _research(topic: str, base: str, path: str, text: str) -> Research:
    lines = scan(path, text.encode()).lines
    heading = next((each.body for each in lines if each.kind is LineKind.HEADING), "")
    title = heading or base.replace("-", " ")
    last = base.rpartition("-")[2]
    kind = last if last in RESEARCH_TOPICS else "other"
    return Research(
        id=f"{RUN}/{topic}",
        path=path,
        title=one_line(title)[:200],
        topic=kind,
        run=RUN,
        date=_date_of(text),
        text=section_text_of_file(text),
    )


def _date_of(text: str) -> str:
    """The day of the research, where the top of the document states it."""
    match = _DATED.search(text[:1000])
    return iso_date(match[0]) if match else ""


def section_text_of_file(text: str) -> str:
    """A whole document, without the front matter that would be taken for ours."""
    body = clean(text)
    if body.startswith("---\n"):
        end = body.find("\n---", 3)
        if end > 0:
            body = "```yaml" + body[3:end] + "\n```" + body[end + 4 :]
    return body.strip("\n")


def _notes(reading: Reading) -> list[str]:
    """Every line that was kept as a note, under the headings it stood under."""
    parts: list[str] = []
    if not reading.plan.milestones:
        for each in (*reading.plan.header.constraints, *reading.plan.header.out_of_scope):
            text = kept_lines(reading.documents[each.path], each.lines)
            parts.append(f"## {one_line(each.heading) or 'Notes'}\n\n{text}")
    for document in reading.documents.values():
        groups: dict[str, list[int]] = {}
        for line in reading.ledger.noted(document):
            title = line.heading.title if line.heading is not None else document.path
            if line.body.startswith("*") and line.body.endswith("*"):
                title = document.path
            if line.heading is not None and line.number == line.heading.line:
                groups.setdefault(title, [])
                continue
            groups.setdefault(title, []).append(line.number)
        for title, numbers in groups.items():
            if numbers:
                heading = one_line(title) or document.path
                parts.append(f"## {heading}\n\n{kept_lines(document, numbers)}")
    return [f"{part}\n" for part in parts]


def _unread(reading: Reading) -> Iterator[str]:
    for place in reading.unread:
        raw = clean(reading.documents[place.path].at(place.line).raw)
        yield f"    {place.path}:{place.line}: {raw}"
