"""Documents are made of words: nothing that a page said becomes markup, a heading or a link."""

import json
from datetime import date
from typing import Any

import pytest

from planner.render.markdown import document_to_html
from service.assistant.rehearsal.answers_research import ANSWERS
from service.assistant.rehearsal.scripts import Asked
from service.research.answers import REPORTS, report_in, rows_of
from service.research.claims import judged
from service.research.documents import document, partial_document, words
from service.research.parts import TOPICS

ASKED = Asked("", "", "", "", {}, has_tools=True, turn=0)
HOSTILE = (
    "</table><script>alert(1)</script> | **bold** [link](javascript:x) ![i](https://evil.example/i)"
    "\n# Heading\n- item <!-- hidden -->"
)


def answer(topic: str) -> str:
    text: str = ANSWERS[f"{topic.title()}Report"](ASKED)
    return text


@pytest.mark.parametrize("topic", TOPICS)
def test_each_document_has_the_headings_of_its_parts(topic: str) -> None:
    report = report_in(topic, answer(topic))
    found = judged(topic, report.claims, {"https://example.org/report": "2026-01-01"},
                   date(2026, 1, 1))  # fmt: skip
    text = document(topic, report, found.ids, found.claims)
    for part in TOPICS[topic].parts:
        assert (f"## {part.heading}\n" in text) == bool(rows_of(report, part))
    if report.claims:
        assert "## Claims" in text
        assert "| c1 |" in text
    if report.not_found:
        assert "## Looked for and not found" in text


def test_hostile_words_stay_words() -> None:
    said = words(HOSTILE)
    assert "\n" not in said
    html = document_to_html(said)
    for each in ("<script", "<a ", "<img", "<strong", "<!--", "<h1", "<li"):
        assert each not in html
    assert "**bold**" in html
    assert words("- item").startswith("\\-")
    assert words("1. item").startswith("1\\.")
    assert words("use `a < b` here") == "use `a < b` here"
    assert "`" not in words("an `open tick")


def test_hostile_rows_stay_in_their_cells() -> None:
    values = json.loads(answer("stack").partition("\n")[2])
    values["core"][0]["name"] = HOSTILE
    values["finding"] = HOSTILE
    values["install"][0]["text"] = "pip install x\n```\n# Not a heading\n"
    report = REPORTS["stack"].model_validate(values, strict=False)
    text = document("stack", report, {}, ())
    lines = text.splitlines()
    headings = {each for each in lines if each.startswith("#")}
    assert headings <= {f"## {each.heading}" for each in TOPICS["stack"].parts} | {
        "## Looked for and not found",
        "# Not a heading",
    }
    # The block that would have been closed has a longer fence.
    assert "````text" in lines
    html = document_to_html(text)
    for each in ("<script", '<a href="javascript', "<img", 'evil.example/i"', "<strong"):
        assert each not in html
    assert html.count("<h2") == sum(each.startswith("## ") for each in lines)
    assert "<h1" not in html


def test_a_partial_text_is_marked_and_fenced() -> None:
    text = partial_document('# H\n```\n<script>alert(1)</script>\n{"finding": "half')
    assert text.startswith("> **Partial.**")
    assert "````text" in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        '{"finding": "half',
        '{"finding": "x"}',
        '{"other": {}}',
        "[" * 5000,
        '{"a":' * 5000,
    ],
)
def test_what_is_no_report(text: str) -> None:
    with pytest.raises(ValueError, match=r"report|Report|validation"):
        report_in("stack", text)


def test_words_around_the_report_do_no_harm() -> None:
    text = f'First {{"query": "x"}} then\n```json\n{answer("stack")}\n```\nDone {{}}.'
    assert report_in("stack", text).claims


def test_an_unknown_field_is_refused() -> None:
    values: dict[str, Any] = json.loads(answer("stack").partition("\n")[2])
    values["path"] = "../../etc"
    with pytest.raises(ValueError, match="path"):
        report_in("stack", json.dumps(values))
