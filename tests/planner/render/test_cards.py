"""Cards, and which pages show which items: the ground of exact incremental builds."""

import dataclasses
import random
from collections.abc import Mapping, Sequence

import pytest

from planner.model.items import (
    CRITERION_STATUSES,
    LINK_TYPES,
    MILESTONE_STATUSES,
    PHASE_STATUSES,
    REQUIREMENT_STATUSES,
    Criterion,
    Dependency,
    Item,
    Link,
    Plan,
    PlanTree,
    Section,
    Unreadable,
)
from planner.render.cards import card_of, listed_in, neighbours, shown_on
from planner.render.pages import PageSpec, site_pages
from planner.render.view import HistoryEntry, SiteOptions, SiteView
from planner.trace.checks import check
from planner.trace.graph import build_trace


def test_a_card_has_the_derived_facts(small_view: SiteView) -> None:
    """Label, address, state, progress, and what stands above."""
    tower = card_of(small_view, "TOW-01")
    assert (tower.kind, tower.label, tower.path, tower.state) == (
        "requirement", "Height", "r/TOW-01/", "done",
    )  # fmt: skip
    assert (tower.over, tower.over_number, tower.over_label, tower.top) == (
        "tower", "01", "Build the tower", "v1",
    )  # fmt: skip
    lamp = card_of(small_view, "lamp")
    assert (lamp.state, lamp.done, lamp.total, lamp.percent, lamp.name) == (
        "ready", 0, 2, 0, "02 Light the lamp",
    )  # fmt: skip
    assert card_of(small_view, "v1").total == 3
    assert card_of(small_view, "sea/charts").label == "Charts"
    with pytest.raises(KeyError):
        card_of(small_view, "nothing")


def test_an_item_without_title_is_called_by_its_text(make) -> None:
    """Markup goes, long texts are cut at a blank, and Chinese anywhere."""
    view = make.view(
        make.tree(
            [
                make.requirement("A-1", text="The *lamp* shall `turn`\nall night."),
                make.requirement("A-2", text="word " * 60),
                make.requirement("A-3", text="灯" * 300),
                make.requirement("A-4"),
            ]
        )
    )
    assert view.cards["A-1"].label == "The lamp shall turn all night."
    assert view.cards["A-2"].label.endswith("word …")
    assert len(view.cards["A-3"].label) == 122
    assert view.cards["A-4"].label == ""
    assert view.cards["A-4"].name == "A-4"


def test_neighbours(make) -> None:
    """The ones before and after, empty at the ends and for strangers."""
    members = [make.requirement("A-1"), make.requirement("A-2"), make.requirement("A-3")]
    assert neighbours(members, "A-1") == ("", "A-2")
    assert neighbours(members, "A-2") == ("A-1", "A-3")
    assert neighbours(members, "A-3") == ("A-2", "")
    assert neighbours(members, "B-1") == ("", "")


@pytest.mark.parametrize(
    ("item", "pages"),
    [
        ("TOW-01", {"tower", "LAMP-01", "LAMP-02", "sea/summary"}),
        ("LAMP-01", {"lamp", "TOW-01", "LAMP-02", "v1"}),
        ("lamp", {"v1", "v2", "tower", "horn", "LAMP-01", "LAMP-02"}),
        ("sea/charts", {"sea/summary", "TOW-01"}),
        ("v2", set()),
        ("GONE-1", set()),
        ("OLD-7", {"LAMP-01", "LAMP-02"}),
    ],
)
def test_the_pages_that_show_an_item(small_view: SiteView, item: str, pages: set[str]) -> None:
    """Phase, links both ways, neighbours, criteria, names in texts; also for absent ids."""
    assert pages <= shown_on(small_view, item)
    assert shown_on(small_view, item) <= pages | {"", "picnic"}


@pytest.mark.parametrize(
    ("item", "lists"),
    [
        ("TOW-01", {"v1"}),
        ("LOOSE-01", {"-"}),
        ("lamp", {"v1", "v2"}),
        ("picnic", {"-"}),
        ("v2", {"v2"}),
        ("GONE-1", set()),
        ("OLD-7", {"v1"}),
    ],
)
def test_the_lists_that_show_an_item(small_view: SiteView, item: str, lists: set[str]) -> None:
    """Those of its own milestone, and of milestones whose phases need it or are needed by it."""
    assert listed_in(small_view, item) == lists


class _Reach:
    """What a change from one view to another reaches, by the rule that pages are made by."""

    def __init__(self, old: SiteView, new: SiteView) -> None:
        touched = _differing(_records(old), _records(new))
        touched |= _differing(old.cards, new.cards)
        touched |= _differing(old.problems_of, new.problems_of)
        touched |= _differing(old.history, new.history)
        self.items = set(touched)
        self.groups: set[str] = set()
        for view in (old, new):
            for item_id in touched:
                self.items |= shown_on(view, item_id)
                self.groups |= listed_in(view, item_id)

    def covers(self, page: PageSpec) -> bool:
        """Whether the page must be made anew."""
        if not page.subject and not page.group:
            return True
        return page.subject in self.items or page.group in self.groups


def _records(view: SiteView) -> dict[str, object]:
    return {item_id: (item.path, item.blob) for item_id, item in view.trace.items.items()}


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    return {key for key in {*old, *new} if key and old.get(key) != new.get(key)}


# The property below makes small plans at random in which ids collide, aliases take ids over, texts
# name what is not there, and changes them step by step.

_REQUIREMENTS = ("A-1", "A-2", "a-1", "A-10", "B-1", "X")
_PHASES = ("p1", "p2", "P1", "A-1", "p3", "X")
_MILESTONES = ("m1", "m2", "M1", "p1")
_DOCUMENTS = ("run/a", "run/b", "other/a")
_ALL = (*_REQUIREMENTS, *_PHASES, *_MILESTONES, *_DOCUMENTS, "OLD-1", "OLD-2", "zz")


class _Chance:
    """A plan of chance, and random edits of it."""

    def __init__(self, seed: int, make) -> None:
        self.random = random.Random(seed)
        self.make = make

    def some(self, values: Sequence[str], *counts: int) -> tuple[str, ...]:
        return tuple(self.random.sample(values, self.random.choice(counts)))

    def one(self, *values: str) -> str:
        return self.random.choice(values)

    def text(self) -> str:
        words = [
            *("the", "service", "shall", "UTF-8", "`A-1`", "<id>", "A-1.", "run/a"),
            f"see {self.one(*_ALL)}",
            f"[x](../phases/{self.one(*_PHASES)}.md)",
            f"[y](../requirements/{self.one(*_REQUIREMENTS)}.md#c1)",
            f"([q](../research/{self.one(*_DOCUMENTS)}.md))",
        ]
        return " ".join(self.random.choices(words, k=self.random.randint(0, 6)))

    def common(self) -> dict[str, object]:
        headings = self.some(("Rationale", "Notes", "Other"), 0, 0, 1, 2)
        return {
            "title": self.one("", "T", "Title two", "<b>"),
            "aliases": self.some(("OLD-1", "OLD-2", "A-2", "p3", "m2", "zz"), 0, 0, 0, 1, 2),
            "owner": self.one("", "ada"),
            "sections": tuple(Section(heading, self.text()) for heading in headings),
        }

    def requirement(self, item_id: str) -> Item:
        links = (Link(each, self.one(*LINK_TYPES)) for each in self.some(_ALL, 0, 1, 2))
        return self.make.requirement(
            item_id,
            phases=self.some((*_PHASES, "OLD-1", "nope"), 0, 1, 1, 2),
            status=self.one(*REQUIREMENT_STATUSES),
            links=tuple(links),
            text=self.text(),
            **self.common(),
        )

    def phase(self, item_id: str) -> Item:
        depends = [
            Dependency(each, self.random.random() < 0.4)
            for each in self.some((*_PHASES, "OLD-1", "nope"), 0, 1, 2)
        ]
        criteria = [
            Criterion(
                f"c{number}",
                self.text() or "x",
                verifies=self.some((*_REQUIREMENTS, "OLD-1"), 0, 1, 2),
                check=self.one("", "`x` A-1"),
                status=self.one(*CRITERION_STATUSES),
            )
            for number in range(1, self.random.randint(1, 3))
        ]
        return self.make.phase(
            item_id,
            number=self.one("", "01", "02", "02.1", "F.1"),
            milestone=self.one(*_MILESTONES, "", "OLD-2", "nope"),
            depends_on=tuple(depends),
            status=self.one("", "", "", *PHASE_STATUSES),
            goal=self.text(),
            criteria=tuple(criteria),
            **self.common(),
        )

    def milestone(self, item_id: str) -> Item:
        status = self.one(*MILESTONE_STATUSES)
        return self.make.milestone(item_id, status=status, overview=self.text(), **self.common())

    def document(self, item_id: str) -> Item:
        return self.make.research(item_id, f"# {self.text()}\n\n{self.text()}")

    def edited(self, tree: PlanTree, rate: float) -> PlanTree:
        """The plan with some items made, changed or dropped."""
        kinds = (
            (_MILESTONES, self.milestone, tree.milestones),
            (_PHASES, self.phase, tree.phases),
            (_REQUIREMENTS, self.requirement, tree.requirements),
            (_DOCUMENTS, self.document, tree.research),
        )
        items: list[Item] = []
        for ids, one, old in kinds:
            known = {item.id: item for item in old}
            for item_id in ids:
                if self.random.random() < rate:
                    if self.random.random() < 0.75:
                        items.append(one(item_id))
                elif item_id in known:
                    items.append(known[item_id])
        lost = [
            Unreadable(each, "requirement", f"requirements/{each}.md", "junk", blob=self.text())
            for each in self.some(("zz", "B-9"), 0, 0, 1)
        ]
        made = self.make.tree(dataclasses.replace(item, blob="") for item in items)
        return dataclasses.replace(made, unreadable=tuple(lost))

    def view(self, tree: PlanTree, previous: SiteView | None, commits: int) -> SiteView:
        entry = HistoryEntry("c" * 40, "2026-01-01T00:00:00Z", "a", "s", "M", "p")
        return self.make.view(
            tree,
            check(build_trace(tree), ()),
            history={"A-1": (entry,) * commits},
            options=SiteOptions(public_url="https://plan.example.org/"),
            previous=previous,
        )


@pytest.mark.parametrize("seed", range(25))
def test_a_page_that_no_change_reaches_stays_as_it_was(make, seed: int) -> None:
    """Pages out of reach of an edit come out byte for byte as before, whatever was edited."""
    chance = _Chance(seed, make)
    tree = chance.edited(PlanTree(plan=Plan(id="plan", title="Plan")), rate=1.0)
    view = chance.view(tree, None, 1)
    pages = {page.path: page.make(view) for page in site_pages(view)}
    for step in range(3):
        tree = chance.edited(tree, rate=(0.05, 0.1, 0.3)[step])
        after = chance.view(tree, view, 1 + step)
        reach = _Reach(view, after)
        made = {}
        for page in site_pages(after):
            made[page.path] = page.make(after)
            if not reach.covers(page) and page.path in pages:
                assert made[page.path] == pages[page.path], page.path
        assert made == {page.path: page.make(after) for page in site_pages(after)}
        view, pages = after, made


def _stale(make, before: Sequence[Item], after: Sequence[Item]) -> list[str]:
    """The pages that an incremental build would leave as they were, though they changed."""
    old, new = make.view(make.tree(before)), make.view(make.tree(after))
    pages = make.site(old)
    reach = _Reach(old, new)
    return [
        page.path
        for page in site_pages(new)
        if not reach.covers(page) and page.path in pages and page.make(new) != pages[page.path]
    ]


def test_a_former_id_that_passes_to_another_item(make) -> None:
    """Two items claim one alias; when the first goes, the second gains the references."""
    first = make.requirement("A-1", aliases=("OLD-1",))
    rest = [
        make.requirement("A-2"),
        make.requirement("B-1", aliases=("OLD-1",)),
        make.requirement("C-1", links=(Link("OLD-1"),)),
    ]
    assert _stale(make, [first, *rest], rest) == []
    assert _stale(make, rest, [first, *rest]) == []


def test_an_item_that_takes_over_the_alias_of_another(make) -> None:
    """A new item with that id draws the references to itself."""
    rest = [
        make.requirement("B-1", aliases=("N-1",)),
        make.requirement("C-1", links=(Link("N-1", "refines"),), text="See N-1."),
    ]
    assert _stale(make, rest, [make.requirement("N-1"), *rest]) == []
    assert _stale(make, [make.requirement("N-1"), *rest], rest) == []


def test_names_in_texts_that_stand_on_other_pages(make) -> None:
    """A criterion is shown on the page of the requirement, a goal on that of the milestone."""
    rest = [
        make.milestone("m", title="M"),
        make.phase(
            "p",
            title="P",
            milestone="m",
            goal="As N-1 says.",
            criteria=(Criterion("c1", "As N-1 says.", verifies=("R-1",)),),
        ),
        make.requirement("R-1", phase="p"),
    ]
    assert _stale(make, rest, [make.requirement("N-1"), *rest]) == []


def test_a_phase_between_two_others(make) -> None:
    """The neighbours in the order of the plan point to it."""
    rest = [make.phase("a", number="1"), make.phase("c", number="3")]
    assert _stale(make, rest, [make.phase("b", number="2"), *rest]) == []


def test_a_requirement_is_told_with_the_phases_of_other_milestones(make) -> None:
    """Whether a phase delivers anything, and its criteria lead anywhere, stands with the phase."""
    criterion = Criterion("c1", "It works.", verifies=("R-1",))
    items = [
        *(make.milestone(each, title=each) for each in ("m1", "m2", "m3", "m4")),
        make.phase("p1", title="P", milestone="m1"),
        make.phase("p2", title="Q", milestone="m2", criteria=(criterion,)),
        make.phase("p3", title="R", milestone="m3"),
        make.phase("p4", title="S", milestone="m4"),
        make.requirement("R-1", phases=("p1", "p3")),
    ]
    assert listed_in(make.view(make.tree(items)), "R-1") == {"m1", "m2", "m3"}
