# ruff: noqa: E501 - the tables below have one case a line
"""JSON and CSV of a plan."""

import csv
import io
import json

import pytest

from planner.codec.reading import assemble, read_item
from planner.exchange.tables import render_csv, render_json
from planner.model.items import Criterion, Milestone, Phase, Plan, PlanTree, Requirement


@pytest.fixture
def tree(small_plan) -> PlanTree:
    reads = [
        read_item(path.relative_to(small_plan).as_posix(), path.read_bytes())
        for path in sorted(small_plan.rglob("*"))
        if path.is_file()
    ]
    return assemble(reads)[0]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_json_holds_every_item_with_its_fields(tree):
    """Names of the model, lists as lists, criteria with all they say."""
    data = json.loads(render_json(tree))
    assert data["plan"]["title"] == "Lighthouse"
    assert [each["id"] for each in data["phases"]] == ["lamp", "night-watch", "tower"]
    tower = data["phases"][2]
    assert tower["criteria"][0]["verifies"] == ["TOW-01"]
    assert tower["goal"] == "The tower stands and carries the lamp."
    lamp = next(each for each in data["requirements"] if each["id"] == "LAMP-01")
    assert lamp["links"][0] == {"to": "TOW-01", "type": "depends-on"}
    assert data["research"][0]["text"].startswith("# What fails in towers")
    assert render_json(tree) == render_json(tree)


def test_csv_has_a_row_for_each_item(tree):
    """Requirements with phase, milestone and the criteria that verify them."""
    tables = render_csv(tree)
    assert set(tables) == {"requirements.csv", "phases.csv", "criteria.csv", "milestones.csv"}
    rows = {row["id"]: row for row in rows_of(tables["requirements.csv"])}
    assert rows["WATCH-01"]["criteria"] == "night-watch#c1 night-watch#c2"
    assert rows["TOW-01"]["milestone"] == "v1.0"
    assert [row["number"] for row in rows_of(tables["phases.csv"])] == ["01", "02", "03"]
    assert len(rows_of(tables["criteria.csv"])) == 6
    assert rows_of(tables["milestones.csv"])[0]["phases"] == "tower lamp night-watch"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1+1", "\n=1"])
def test_formulas_are_neutralised(text):
    """A spreadsheet shows the text and runs nothing."""
    tree = PlanTree(
        plan=Plan(id="plan", title="x"),
        requirements=(Requirement(id="A-01", text=text, owner=text),),
    )
    (row,) = rows_of(render_csv(tree)["requirements.csv"])
    assert row["text"] == "'" + text
    assert row["owner"] == "'" + text


def test_csv_follows_the_rfc():
    """CR LF at line ends, quotes doubled, line breaks inside quotes."""
    tree = PlanTree(
        plan=Plan(id="plan", title="x"),
        milestones=(Milestone(id="v1.0", title='a "b", c'),),
        phases=(Phase(id="p", title="P", number="1", goal="one\ntwo", criteria=(Criterion("c1", "x"),)),),
    )  # fmt: skip
    tables = render_csv(tree)
    assert tables["milestones.csv"].endswith('v1.0,"a ""b"", c",planned,,,,\r\n')
    assert rows_of(tables["phases.csv"])[0]["goal"] == "one\ntwo"
