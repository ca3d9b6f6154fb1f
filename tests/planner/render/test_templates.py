"""The door to templates, styles and scripts."""

import re
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from planner.render import templates


def test_every_template_compiles() -> None:
    """A slip of the pen in any template is found without making its page."""
    names = [file.name for file in templates.folder().glob("*.*")]
    assert len(names) > 20
    for name in names:
        assert templates.template(name).name == name


def test_a_folder_for_compiled_templates_may_vanish(tmp_path: Path) -> None:
    """A page is made although what was compiled for it cannot be kept."""
    program = (
        "import sys; from pathlib import Path; from planner.render import templates;"
        "templates.keep_compiled(Path(sys.argv[1]));"
        "print(templates.render('failed.html', message='still made'))"
    )
    run = [sys.executable, "-c", program]
    kept = tmp_path / "kept"
    kept.mkdir()
    subprocess.run([*run, str(kept)], check=True, capture_output=True)
    assert list(kept.iterdir()), "where it can be kept, it is"
    for name in ("gone", "file"):
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        made = subprocess.run([*run, str(tmp_path / name)], check=True, capture_output=True)
        assert b"still made" in made.stdout


def test_no_template_has_inline_script_or_style() -> None:
    """The content policy of the pages allows none."""
    for file in templates.folder().glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), file.name
        for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL):
            assert script == "", file.name


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No template, style or script names another host to load from."""
    for file in (*templates.folder().glob("*.html"), *(templates.folder() / "assets").iterdir()):
        text = file.read_text(encoding="utf-8")
        text = text.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(src|href)=.https?:|url\(.?https?:|@import|fetch\(.https?:", text)


def test_a_missing_value_is_an_error() -> None:
    """A page that lacks a fact must not be made without it."""
    with pytest.raises(jinja2.UndefinedError):
        templates.render("failed.html")


def test_values_are_escaped() -> None:
    """Untrusted text is data."""
    html = templates.render("failed.html", message="<script>\"'&")
    assert "&lt;script&gt;&#34;&#39;&amp;" in html


@given(st.text(st.sampled_from("a<>&\"' é中")) | st.integers() | st.none())
def test_quick_escape_is_escape(value: object) -> None:
    """The short cut gives what the library gives."""
    assert templates.quick_escape(value) == escape(value)
    assert templates.quick_escape(Markup("<b>")) == Markup("<b>")


def test_assets_carry_a_digest_of_their_bytes() -> None:
    """A changed style has a new name, so that browsers do not show the old one."""
    names = templates.asset_names()
    assets = templates.assets()
    assert re.fullmatch(r"assets/site\.[0-9a-f]{8}\.css", names["site.css"])
    assert assets[names["site.css"]].startswith(b"/*")
    assert set(assets) == set(names.values())


def test_what_only_the_service_sends_is_in_no_site() -> None:
    """Its scripts call addresses that a folder of files does not have."""
    ours = templates.assets(templates.SERVICE_ASSETS)
    assert any(name.startswith("assets/api.") for name in ours)
    assert not set(ours) & set(templates.assets())


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain <b>", "plain &lt;b&gt;"),
        ("say `x < y` now", "say <code>x &lt; y</code> now"),
        ("`a` and `b", "<code>a</code> and `b"),
        ("`", "`"),
    ],
)
def test_ticked(text: str, html: str) -> None:
    """Backticks make code, nothing else means anything."""
    assert templates.ticked(text) == html


def test_compiled_templates_can_be_kept_for_the_next_process(tmp_path: Path) -> None:
    """Compiling all of them takes longer than making a small site."""
    program = (
        "import sys, pathlib; from planner.render import templates as t; "
        "t.keep_compiled(pathlib.Path(sys.argv[1])); "
        "print(t.render('failed.html', message='<b>'))"
    )
    argv = [sys.executable, "-c", program, str(tmp_path)]
    first = subprocess.run(argv, capture_output=True, text=True, check=True)
    kept = list(tmp_path.iterdir())
    assert len(kept) == 1
    again = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert again.stdout == first.stdout
    assert "&lt;b&gt;" in again.stdout
    assert list(tmp_path.iterdir()) == kept


def test_states_have_a_word_and_a_class() -> None:
    """The class gives the mark; the word stands beside it."""
    html = templates.state_html("in-progress")
    assert html == '<span class="state is-in-progress">in progress</span>'
    assert templates.state_html("") == ""
    style = (templates.folder() / "assets" / "site.css").read_text()
    states = """done ready blocked draft approved deferred dropped error warning hint waived open
        met planned active shipped in-progress"""
    for state in states.split():
        assert re.search(rf"\.is-{state}\b[^{{]*{{ --mark", style), state


def test_bars_show_what_is_done_and_begun() -> None:
    """Whole per cent, rounded down; nothing at all where there is nothing."""
    html = templates.bar_html(1, 1, 3)
    assert 'class="bar-begun" width="66"' in html
    assert 'class="bar-done" width="33"' in html
    assert 'class="bar-done" width="0"' in templates.bar_html(0, 0, 0)


def test_a_message_begins_as_a_sentence_and_keeps_its_names() -> None:
    """`capitalize` would write "Ai" and ids in small letters."""
    assert templates.begun("there is no requirement AUTH-06") == "There is no requirement AUTH-06"
    assert templates.begun("AI assistance is off") == "AI assistance is off"
    assert templates.begun("") == ""
    spoilt = re.compile(r"(message|note|hint|wrong|reason)\|capitalize")
    for file in sorted(templates.folder().rglob("*.html")):
        assert not spoilt.search(file.read_text("utf-8")), file
