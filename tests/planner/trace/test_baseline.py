"""Baselines: known problems do not count, new ones do."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import SourceError
from planner.model.problem import Problem, Severity
from planner.trace.baseline import apply_baseline, fingerprint, read_baseline, write_baseline


def problem(path: str = "a.md", line: int = 1, message: str = "m", waived: str = "") -> Problem:
    return Problem(
        path=path,
        line=line,
        rule="vague-term",
        severity=Severity.WARNING,
        message=message,
        item="A-1",
        waived=waived,
    )


PROBLEMS = st.lists(
    st.builds(
        problem,
        path=st.sampled_from(["a.md", "b.md"]),
        line=st.integers(0, 9),
        message=st.sampled_from(["x", "y", "in line 7"]),
        waived=st.sampled_from(["", "", "so"]),
    )
)


@given(PROBLEMS, st.randoms())
def test_what_was_written_is_known_wherever_it_moved(
    problems: list[Problem], random: Random
) -> None:
    """Order and lines do not count, and the file is the same for any order."""
    text = write_baseline(problems)
    moved = [problem(each.path, each.line + 5, each.message, each.waived) for each in problems]
    random.shuffle(moved)
    assert write_baseline(moved) == text
    compared = apply_baseline(moved, read_baseline(text))
    assert all(each.waived for each in compared.new)
    assert len(compared.known) == sum(not each.waived for each in problems)
    assert compared.gone == 0


@given(PROBLEMS, PROBLEMS)
def test_every_problem_is_new_or_known(before: list[Problem], after: list[Problem]) -> None:
    """None is lost, and what is known is never more than was written."""
    known = read_baseline(write_baseline(before))
    compared = apply_baseline(after, known)
    assert sorted(map(repr, (*compared.new, *compared.known))) == sorted(map(repr, after))
    assert len(compared.known) + compared.gone == sum(known.values())


def test_one_more_of_a_kind_is_new() -> None:
    """Known twice and found three times is new once; found once leaves one that is gone."""
    known = read_baseline(write_baseline([problem(line=1), problem(line=2)]))
    assert len(apply_baseline([problem(line=n) for n in (1, 2, 3)], known).new) == 1
    assert apply_baseline([problem()], known).gone == 1


def test_numbers_of_lines_in_messages_do_not_count() -> None:
    """But numbers in ids do."""
    one = fingerprint(problem(message="the first is in line 7, see a.md:12"))
    assert one == fingerprint(problem(message="the first is in line 9, see a.md:40"))
    assert fingerprint(problem(message="AUTH-01")) != fingerprint(problem(message="AUTH-02"))


def test_a_baseline_is_text_that_people_can_review() -> None:
    """One object each with the path first, sorted, with a count where there is more than one."""
    data = json.loads(write_baseline([problem("b.md"), problem("a.md"), problem("a.md", 5)]))
    assert [(row["path"], row.get("count")) for row in data["problems"]] == [
        ("a.md", 2),
        ("b.md", None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"form": 2, "problems": []}',
        '{"form": 1}',
        '{"form": 1, "problems": [3]}',
        '{"form": 1, "problems": [{"path": "a"}]}',
        '{"form": 1, "problems": [{"path":"","rule":"","item":"","message":"","count":0}]}',
        '{"form": 1, "problems": [{"path": "a", "rule": "b", "item": "", "message": 1}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_baseline_is_refused_with_a_way_out(text: str) -> None:
    """Never read as an empty one, which would call every problem new without saying why."""
    with pytest.raises(SourceError) as error:
        read_baseline(text)
    assert "baseline" in error.value.message
    assert error.value.hint
