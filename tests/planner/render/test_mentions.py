"""Names of the plan in running text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.model.items import Criterion, Phase, Requirement, Research, Section
from planner.render.markdown import to_html
from planner.render.mentions import index_of, linked, mention_of_file, mentions_of
from planner.trace.names import fold


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("See AUTH-01.", {"auth-01"}),
        ("(AUTH-01, EXTRA-A; v2-01)", {"auth-01", "extra-a", "v2-01"}),
        ("RF-01.1 and R01", {"rf-01.1", "r01"}),
        ("a well-known state-of-the-art thing", set()),
        ("read market/stack first", {"market/stack"}),
        ("plain words, no names", set()),
        ("需求-01 sagt es", {"需求-01"}),
        ("[x](../phases/lamp.md#c1)", {":phases/lamp.md"}),
        ("[x]\n\n[x]: ../research/run/a.md", {":research/run/a.md"}),
    ],
)
def test_what_a_text_names(text: str, names: set[str]) -> None:
    """Ids by their look, files by relative links."""
    found = mentions_of(Requirement(id="X-1", path="requirements/X-1.md", text=text))
    assert names <= found
    assert {name for name in found if "/" not in name} == {n for n in names if "/" not in n}


def test_all_texts_that_pages_show_are_searched() -> None:
    """Goal, criteria, checks, sections, documents."""
    named = Phase(
        id="p",
        path="phases/p.md",
        goal="A-1",
        criteria=(Criterion("c1", "A-2", check="A-3"),),
        sections=(Section("Notes", "A-4"),),
    )
    assert mentions_of(named) == {"a-1", "a-2", "a-3", "a-4"}
    assert mentions_of(Research(id="r/a", text="A-5")) == {"a-5"}


def test_the_index_turns_mentions_round() -> None:
    """From what is named to who names it."""
    index = index_of({"x": frozenset({"a-1"}), "y": frozenset({"a-1", ":phases/p.md"})})
    assert index == {"a-1": ("x", "y"), mention_of_file("phases/p.md"): ("y",)}


def _pages(name: str) -> str:
    return f"../../r/{name}/" if name.startswith("A-") else ""


def _files(path: str) -> str:
    return "../../p/lamp/" if path == "phases/lamp.md" else ""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("See A-1.", '<p>See <a href="../../r/A-1/">A-1</a>.</p>'),
        ("`A-1`", "<p><code>A-1</code></p>"),
        ("**A-1**", '<p><strong><a href="../../r/A-1/">A-1</a></strong></p>'),
        ("[A-1](https://x.example/)",
         '<p><a href="https://x.example/" rel="noopener noreferrer">A-1</a></p>'),
        ("[lamp](../phases/lamp.md#c1)", '<p><a href="../../p/lamp/#c1">lamp</a></p>'),
        ("[gone](../phases/gone.md)", '<p><a class="no-link">gone</a></p>'),
        ("[out](../../x.md)", '<p><a class="no-link">out</a></p>'),
        ("[here](#c1)", '<p><a href="#c1">here</a></p>'),
        ("B-1 is unknown", "<p>B-1 is unknown</p>"),
    ],
)  # fmt: skip
def test_names_become_links_outside_of_code_and_links(text: str, html: str) -> None:
    """Only in running text; a link to a file of the plan becomes one to its page."""
    assert linked(to_html(text), "requirements/X-1.md", _pages, _files) == html + "\n"


_WORDS = st.sampled_from(
    (
        *("A-1", "A-2.", "(A-3)", "`A-1`", "*A-2*", "A\\-1", "[A-1](x.md)", "run/a", "R01", "v1.2"),
        *("<id>", "[l](../phases/lamp.md)", "well-known", "\n\n", "plain", "&amp;A-1", "A&#45;1"),
        "https://x.y/A-1",
    )
)


@given(st.lists(_WORDS, max_size=10).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_links_are_only_made_of_what_the_source_names_or_escapes(text: str) -> None:
    """What is asked for while linking was found in the source, escaped spellings apart."""
    asked: set[str] = set()

    def ask(name: str) -> str:
        asked.add(fold(name))
        return ""

    linked(to_html(text), "requirements/X-1.md", ask, lambda path: "")
    escaped = {"a-1"} if re.search(r"A(\\|&#45;)", text) else set()
    assert asked - escaped <= mentions_of(
        Requirement(id="X-1", path="requirements/X-1.md", text=text)
    )
