"""Problems as text, JSON, workflow commands and SARIF."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.model.problem import Place, Problem, Severity
from planner.trace.report import (
    count,
    format_github,
    format_json,
    format_text,
    printable,
    summary,
)
from planner.trace.rules import RULES
from planner.trace.sarif import format_sarif


def problem(**more: object) -> Problem:
    values = {
        "path": "phases/login.md",
        "line": 4,
        "rule": "unresolved-reference",
        "severity": Severity.ERROR,
        "message": "no phase has the id 'logon'",
        "hint": "did you mean login?",
        "item": "login",
    }
    return Problem(**{**values, **more})  # type: ignore[arg-type]


ALL = [
    problem(),
    problem(
        line=0, rule="phase-without-milestone", severity=Severity.WARNING, message="m", hint=""
    ),
    problem(severity=Severity.HINT, rule="unknown-key", related=(Place("plan.yaml", 3),)),
    problem(waived="our own word", line=9),
]


def test_text_gives_place_severity_rule_message_and_hint() -> None:
    """One line each, what helps below it, and a summary at the end."""
    assert format_text(ALL, root="content/") == (
        "content/phases/login.md:4: error unresolved-reference no phase has the id 'logon'\n"
        "    hint: did you mean login?\n"
        "content/phases/login.md:1: warning phase-without-milestone m\n"
        "content/phases/login.md:4: hint unknown-key no phase has the id 'logon'\n"
        "    see: content/plan.yaml:3\n"
        "    hint: did you mean login?\n"
        "1 error, 1 warning, 1 hint; 1 waived\n"
    )


def test_the_summary_counts_what_there_is() -> None:
    """Words in the singular and the plural, and nothing where there is nothing."""
    assert summary([]) == "no problems"
    assert summary([problem(), problem()], [problem()]) == "2 errors; 1 in the baseline"
    assert summary([problem(waived="x")]) == "no problems; 1 waived"
    assert count(ALL) == {Severity.ERROR: 1, Severity.WARNING: 1, Severity.HINT: 1}


@given(st.text())
def test_nothing_from_a_plan_steers_a_terminal(text: str) -> None:
    """No control signs, no signs that turn the direction of text, no further lines."""
    shown = printable(text)
    assert all(sign.isprintable() or sign in "\u200c\u200d" for sign in shown)
    report = format_text([problem(message=text, hint=text, path=text)])
    assert len(report.splitlines()) <= 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb\tc", "a b c"),
        ("héllo 日本 👩\u200d💻", "héllo 日本 👩\u200d💻"),
    ],
)
def test_signs_that_steer_are_spelled_out(text: str, shown: str) -> None:
    """Text in any language stays as it is."""
    assert printable(text) == shown


def test_json_holds_every_field_of_every_problem() -> None:
    """Waived and known ones too, each marked."""
    data = json.loads(format_json(ALL, root="content/", known=[problem(line=7)]))
    assert data["summary"] == {"errors": 1, "warnings": 1, "hints": 1, "waived": 1, "known": 1}
    assert len(data["problems"]) == 5
    assert data["problems"][2] == {
        "path": "content/phases/login.md",
        "line": 4,
        "severity": "hint",
        "rule": "unknown-key",
        "message": "no phase has the id 'logon'",
        "hint": "did you mean login?",
        "item": "login",
        "related": [{"path": "content/plan.yaml", "line": 3}],
        "waived": "",
        "known": False,
    }
    assert data["problems"][3]["waived"] == "our own word"
    assert data["problems"][4]["known"] is True


def test_workflow_commands_carry_level_place_and_rule() -> None:
    """A problem of a whole file has no line; waived ones are left out."""
    message = "no phase has the id 'logon'%0Ahint: did you mean login?"
    lines = format_github(ALL, root="content/").splitlines()
    assert lines == [
        f"::error file=content/phases/login.md,line=4,title=unresolved-reference::{message}",
        "::warning file=content/phases/login.md,title=phase-without-milestone::m",
        f"::notice file=content/phases/login.md,line=4,title=unknown-key::{message}",
        "1 error, 1 warning, 1 hint; 1 waived",
    ]


def test_no_text_of_a_plan_makes_a_workflow_command() -> None:
    """Line ends, percent signs, commas and colons are escaped as GitHub asks."""
    hostile = problem(path="a,b:c.md", message="50%\r\n::set-env name=x::y", hint="")
    command, total = format_github([hostile]).splitlines()
    assert command.startswith("::error file=a%2Cb%3Ac.md,line=4,")
    assert command.endswith("::50%25%0D%0A::set-env name=x::y")
    assert total == "1 error"


# -- SARIF: the essential parts of the schema, by hand ------------------------------------------


def only(value: dict[str, object], required: set[str], optional: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """An object with exactly the properties that the schema allows here."""
    assert required <= set(value)
    assert set(value) <= required | optional


def check_location(location: dict[str, object], also: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    only(location, {"physicalLocation"}, also)
    physical = location["physicalLocation"]
    assert isinstance(physical, dict)
    only(physical, {"artifactLocation"}, {"region"})
    uri = physical["artifactLocation"]["uri"]
    assert uri
    assert uri.isascii()
    assert " " not in uri
    if "region" in physical:
        assert physical["region"]["startLine"] >= 1


@pytest.fixture
def sarif() -> Callable[..., dict[str, object]]:
    """The one run of a SARIF log, checked against the essential parts of the schema."""

    def run(problems: list[Problem], **more: object) -> dict[str, object]:
        log = json.loads(format_sarif(problems, **more))  # type: ignore[arg-type]
        only(log, {"$schema", "version", "runs"})
        assert log["version"] == "2.1.0"
        (one,) = log["runs"]
        only(one, {"tool", "results", "columnKind"})
        driver = one["tool"]["driver"]
        only(driver, {"name", "version", "rules"})
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(ids) == len(set(ids))
        for result in one["results"]:
            required = {"ruleId", "ruleIndex", "level", "message", "locations"}
            optional = {"partialFingerprints", "relatedLocations", "suppressions"}
            only(result, required, optional)
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert result["message"]["text"]
            for location in result["locations"]:
                check_location(location)
            for location in result.get("relatedLocations", []):
                check_location(location, {"id"})
            for suppression in result.get("suppressions", []):
                only(suppression, {"kind"}, {"justification"})
                assert suppression["kind"] in ("inSource", "external")
        return dict(one)

    return run


Sarif = Callable[..., dict[str, list[dict[str, object]]]]


def test_sarif_holds_every_problem_with_its_rule(sarif: Sarif) -> None:
    """Hints are notes; rules carry title, reason and level."""
    one = sarif(ALL, root="content/")
    assert [each["level"] for each in one["results"]] == ["error", "warning", "note", "error"]
    assert "region" not in json.dumps(one["results"][1])
    rules = one["tool"]["driver"]["rules"]  # type: ignore[call-overload]
    unresolved = next(rule for rule in rules if rule["id"] == "unresolved-reference")
    assert unresolved["shortDescription"]["text"] == RULES["unresolved-reference"].title
    assert unresolved["defaultConfiguration"]["level"] == "error"


def test_sarif_suppresses_what_is_waived_or_known(sarif: Sarif) -> None:
    """A waiver stands in the source, a baseline outside."""
    one = sarif(ALL, known=[problem(line=7)])
    kinds = [each.get("suppressions") for each in one["results"]]
    assert kinds[:3] == [None, None, None]
    assert kinds[3] == [{"kind": "inSource", "justification": "our own word"}]
    assert kinds[4] == [{"kind": "external", "justification": "in the baseline"}]


def test_sarif_fingerprints_survive_shifted_lines_and_differ_among_twins(sarif: Sarif) -> None:
    """The line is no part of what a problem is known by."""

    def marks(*lines: int) -> list[object]:
        one = sarif([problem(line=line) for line in lines])
        return [each["partialFingerprints"] for each in one["results"]]

    assert marks(4, 9) == marks(5, 20)
    assert marks(4, 9)[0] != marks(4, 9)[1]


def test_sarif_takes_any_path_and_an_unknown_rule(sarif: Sarif) -> None:
    """Paths become URIs; a rule without a row is still listed."""
    one = sarif([problem(path="phasés/a b%#?.md", rule="not-a-rule"), problem(path="", line=0)])
    assert "phas%C3%A9s/a%20b%25%23%3F.md" in json.dumps(one["results"][0])
    sarif([])
