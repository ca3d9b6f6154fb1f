"""Plans to render, built by hand: what a page shows is then plain from the test."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping

import pytest

from planner.model.items import (
    Criterion,
    Dependency,
    Item,
    Link,
    Milestone,
    Phase,
    Plan,
    PlanTree,
    Provenance,
    Requirement,
    Research,
    Section,
)
from planner.model.problem import Problem
from planner.render.pages import site_pages
from planner.render.view import (
    ChangeSet,
    HistoryEntry,
    SiteOptions,
    SiteView,
    make_view,
)
from planner.trace.coverage import coverage
from planner.trace.graph import build_trace
from planner.trace.progress import assess

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def with_blob(item: Item) -> Item:
    """The item with a blob id that depends on all its fields, as a file's does."""
    digest = hashlib.sha1(repr(item).encode("utf-8", "surrogatepass")).hexdigest()
    return dataclasses.replace(item, blob=digest)


def tree_of(items: Iterable[Item], *, title: str = "Lighthouse", statement: str = "") -> PlanTree:
    """A plan of some items, sorted by path as the reader does."""
    whole = sorted(map(with_blob, items), key=lambda item: item.path)
    return PlanTree(
        plan=Plan(id="plan", path="plan.yaml", title=title, statement=statement),
        milestones=tuple(each for each in whole if isinstance(each, Milestone)),
        phases=tuple(each for each in whole if isinstance(each, Phase)),
        requirements=tuple(each for each in whole if isinstance(each, Requirement)),
        research=tuple(each for each in whole if isinstance(each, Research)),
    )


def view_of(
    tree: PlanTree,
    problems: Iterable[Problem] = (),
    *,
    history: Mapping[str, tuple[HistoryEntry, ...]] | None = None,
    changes: Iterable[ChangeSet] = (),
    revision: str = "",
    notes: Iterable[str] = (),
    options: SiteOptions | None = None,
    previous: SiteView | None = None,
) -> SiteView:
    """The view of a plan."""
    trace = build_trace(tree)
    return make_view(
        trace,
        assess(trace),
        coverage(trace),
        tuple(problems),
        history=history,
        changes=tuple(changes),
        revision=revision,
        notes=tuple(notes),
        options=options,
        previous=previous,
    )


def milestone(item_id: str, **fields: object) -> Milestone:
    """A milestone in its file."""
    return Milestone(id=item_id, path=f"milestones/{item_id}.md", **fields)  # type: ignore[arg-type]


def phase(item_id: str, **fields: object) -> Phase:
    """A phase in its file."""
    return Phase(id=item_id, path=f"phases/{item_id}.md", **fields)  # type: ignore[arg-type]


def requirement(item_id: str, *, phase: str = "", **fields: object) -> Requirement:
    """A requirement in its file."""
    phases = (phase,) if phase else ()
    path = f"requirements/{item_id}.md"
    return Requirement(id=item_id, path=path, **{"phases": phases, **fields})  # type: ignore[arg-type]


def research(item_id: str, text: str, **fields: object) -> Research:
    """A research document in its file."""
    run = item_id.partition("/")[0]
    path = f"research/{item_id}.md"
    return Research(id=item_id, path=path, run=run, text=text, **fields)  # type: ignore[arg-type]


def lighthouse() -> list[Item]:
    """A small plan in which each relation that pages show occurs once."""
    return [
        milestone("v1", title="First light", status="active", created="2026-01-05",
                  overview="The tower stands and shines. See LAMP-01.",
                  sections=(Section("Constraints", "One keeper only."),)),
        milestone("v2", title="Fog horn"),
        phase("tower", title="Build the tower", number="01", milestone="v1", status="done",
              goal="The tower stands.",
              criteria=(Criterion("c1", "The tower is 20 m high.", verifies=("TOW-01",),
                                  status="met", check="`measure --height`", level="full",
                                  proof=("tests/test_tower.py",)),)),
        phase("lamp", title="Light the lamp", number="02", milestone="v1",
              depends_on=(Dependency("tower"),), goal="The lamp shines at night.",
              criteria=(Criterion("c1", "It is seen from 10 km.", verifies=("LAMP-01", "GONE-1")),
                        Criterion("c2", "It turns."))),
        phase("horn", title="Sound the horn", number="03", milestone="v2",
              depends_on=(Dependency("lamp", soft=True, reason="shares the power"),),
              goal="Ships hear the horn."),
        phase("picnic", title="", number="999.1", goal="Somebody brings *cake* some day."),
        requirement("TOW-01", phase="tower", title="Height", status="done", priority="must",
                    owner="Ada", tags=("stone", "safety"), proof=("tests/test_tower.py",),
                    text="The tower shall be at least 20 m high.",
                    sections=(Section("Rationale", "As the chart in sea/charts says."),),
                    provenance=(Provenance("text", "model-x", "Ada"),),
                    extra=(("x-cost", "12"),)),
        requirement("LAMP-01", phase="lamp", title="Reach", status="approved",
                    links=(Link("TOW-01", "depends-on"), Link("NOPE-9")), aliases=("OLD-7",),
                    text="At night the lamp shall reach 10 km; see [it](../phases/tower.md)."),
        requirement("LAMP-02", phase="lamp", text="The lamp shall turn; OLD-7 and `TOW-01` ask."),
        requirement("HORN-01", phase="horn", title="Loud", status="deferred", text="It is loud."),
        requirement("LOOSE-01", text="Nobody has planned this yet."),
        research("sea/charts", "# Charts\n\n## What they say\n\nRocks[^1].\n\n[^1]: Many.",
                 topic="features", sources=("https://charts.example.org/", "the old keeper")),
        research("sea/summary", "Rocks. TOW-01 stands on one.", title="In short", topic="summary"),
    ]  # fmt: skip


class Make:
    """The builders above, for tests: modules of tests cannot import a conftest."""

    milestone = staticmethod(milestone)
    phase = staticmethod(phase)
    requirement = staticmethod(requirement)
    research = staticmethod(research)
    lighthouse = staticmethod(lighthouse)
    tree = staticmethod(tree_of)
    view = staticmethod(view_of)
    hostile = HOSTILE

    @staticmethod
    def page(view: SiteView, path: str) -> str:
        """One page of a view."""
        return next(each for each in site_pages(view) if each.path == path).make(view)

    @staticmethod
    def site(view: SiteView) -> dict[str, str]:
        """All pages of a view, by path."""
        return {each.path: each.make(view) for each in site_pages(view)}


@pytest.fixture(scope="session")
def make() -> Make:
    """Builders of plans, views and pages."""
    return Make()


@pytest.fixture(scope="session")
def small_view() -> SiteView:
    """The view of the lighthouse."""
    return view_of(tree_of(lighthouse(), statement="A light for ships."))


@pytest.fixture(scope="session")
def small_site(small_view: SiteView) -> dict[str, str]:
    """All pages of the lighthouse, by path."""
    return Make.site(small_view)
