"""What pages are made from: grouping, names, items that share an id."""

import dataclasses

from planner.model.problem import Problem, Severity
from planner.render.view import SiteView


def _problem(item: str, rule: str = "vague-term") -> Problem:
    return Problem(
        path=f"requirements/{item}.md",
        line=3,
        rule=rule,
        severity=Severity.HINT,
        message="vague",
        item=item,
    )


def test_problems_are_grouped_by_item(make, small_view: SiteView) -> None:
    """An item's page finds its problems; those of no item stand under an empty id."""
    problems = [_problem("A-1"), _problem("B-1"), _problem("A-1"), _problem("")]
    view = make.view(make.tree(make.lighthouse()), problems)
    assert [len(view.problems_of[item]) for item in ("A-1", "B-1", "")] == [2, 1, 1]
    assert view.problems == tuple(problems)
    assert not small_view.problems


def test_names_in_texts_are_found_both_ways(small_view: SiteView) -> None:
    """Who names whom, by id, alias, document and file."""
    assert "lamp-01" in small_view.mentions["v1"]
    assert small_view.mentioned["sea/charts"] == ("TOW-01",)
    assert set(small_view.mentioned["old-7"]) == {"LAMP-02"}
    assert small_view.mentioned[":phases/tower.md"] == ("LAMP-01",)


def test_a_view_made_from_the_last_one_is_the_same(make, small_view: SiteView) -> None:
    """What is taken over saves time and changes nothing."""
    items = make.lighthouse()
    items[-1] = dataclasses.replace(items[-1], text="HORN-01 is loud.")
    tree = make.tree(items, statement="A light for ships.")
    unchanged = {item.id: item for item in small_view.trace.tree.requirements}
    tree = dataclasses.replace(
        tree, requirements=tuple(unchanged[item.id] for item in tree.requirements)
    )
    assert make.view(tree, previous=small_view) == make.view(tree)


def test_namesakes_are_items_that_answer_to_one_name(make) -> None:
    """Ids that differ in case only, and aliases that are another item's id."""
    view = make.view(
        make.tree(
            [
                make.requirement("A-1"),
                make.requirement("a-1"),
                make.requirement("B-1", aliases=("C-1",)),
                make.requirement("C-1"),
                make.requirement("D-1"),
            ]
        )
    )
    assert {name: set(ids) for name, ids in view.namesakes.items()} == {
        "a-1": {"A-1", "a-1"},
        "c-1": {"B-1", "C-1"},
    }


def test_of_two_items_with_one_id_one_has_the_page_and_none_is_lost(make) -> None:
    """The milestone keeps the id; the phase is shown with the files that cannot be read."""
    view = make.view(
        make.tree(
            [
                make.milestone("alpha", title="The milestone"),
                make.phase("alpha", title="The phase", milestone="alpha"),
                make.requirement("R-1", phase="alpha", text="It shall be."),
            ]
        ),
        [
            Problem(
                path="phases/alpha.md",
                line=0,
                rule="duplicate-id",
                severity=Severity.ERROR,
                message="milestones/alpha.md has the same id",
                item="alpha",
            )
        ],
    )
    assert view.cards["alpha"].kind == "milestone"
    assert view.trace.phases == ()
    site = make.site(view)
    assert "The milestone" in site["m/alpha/index.html"]
    assert "milestones/alpha.md has the same id" in site["p/alpha/index.html"]
    assert "alpha is not in the plan" in site["r/R-1/index.html"]


def test_documents_stand_in_runs(small_view: SiteView) -> None:
    """A run is a folder of documents."""
    assert [document.id for document in small_view.runs["sea"]] == ["sea/charts", "sea/summary"]
