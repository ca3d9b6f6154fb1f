"""`/approve`: a person reads what a model wrote, and approves exactly that, on a real service."""

import re
from collections.abc import Iterator

import pytest

from tests.service.forms_sent import form_in, send_form
from tests.service.planned import FILES, Planned, planned_service
from tests.service.proposed import page
from tests.service.served import Answer

ADDRESS = "/approve/requirement/LAMP-02"
TEXT = "The lamp shall turn once a minute."
ORIGIN = "provenance:\n  text: {by: Ada, model: model-x, session: s-9}\n"
PLAN = FILES | {
    "requirements/LAMP-02.md": f"---\nphase: lamp\n{ORIGIN}---\n\n{TEXT} <b>&amp;</b>\n",
    "requirements/LAMP-03.md": f"---\nphase: lamp\n{ORIGIN}---\n\nThe lamp shall hum.\n",
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file; each test has an item of its own."""
    with planned_service(tmp_path_factory.mktemp("planned"), PLAN) as found:
        yield found


def box(shown: Answer) -> str:
    """What the box of the first text stands for."""
    found = re.search(r'name="text" value="([^"]+)"', shown.text)
    assert found is not None
    return found[1]


def test_a_person_approves_the_text_that_was_shown(planned: Planned) -> None:
    """Page, review, save: the name, the day and the hash are in the file and the commit."""
    link = f'href="{ADDRESS}"'
    assert link in page(planned, "/edit/requirement/LAMP-02").text
    shown = page(planned, ADDRESS)
    assert shown.status == 200
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in shown.text
    # Nothing is ticked for a person: approving is an act of theirs.
    form = form_in(shown, ADDRESS)
    assert "text" not in form.fields
    assert send_form(planned.served, form).status == 400
    review = send_form(planned.served, form, text=box(shown))
    assert review.status == 200, review.text
    saved = send_form(planned.served, form_in(review, "/edit/save"), where="branch")
    assert saved.status in {200, 303}, saved.text
    file = planned.git("show", "main:content/requirements/LAMP-02.md")
    assert 'approved_on: "20' in file
    assert "whoever saves this" not in file
    trailers = planned.git("log", "-1", "--format=%(trailers:key=Approved-by,valueonly)")
    assert trailers
    assert f"approved: {trailers}" in file.replace("'", "")
    assert "No text of this item waits" in page(planned, ADDRESS).text
    assert link not in page(planned, "/edit/requirement/LAMP-02").text
    told = page(planned, "/history/requirement/LAMP-02").text
    assert f'approved by <span class="id">{trailers}</span>' in told


def test_the_history_says_which_model_wrote_a_version(planned: Planned) -> None:
    """What the commit says, escaped, at its own version alone."""
    file = planned.root / "content/requirements/LAMP-03.md"
    file.write_text(file.read_text() + "\nMore.\n")
    message = "Say more\n\nAI-Model: <i>model-x\nInterview: ask-1\nOther: no\n"
    planned.git("commit", "-qam", message)
    told = page(planned, "/history/requirement/LAMP-03").text
    assert 'Model <span class="id">&lt;i&gt;model-x</span>' in told
    assert told.count("ask-1") == 1
    assert "Other" not in told


def test_a_text_that_changed_meanwhile_is_not_approved(planned: Planned) -> None:
    """The hash is that of what was shown."""
    address = "/approve/requirement/LAMP-03"
    shown = page(planned, address)
    form = form_in(shown, address)
    file = planned.root / "content/requirements/LAMP-03.md"
    file.write_text(file.read_text().replace("hum", "howl"))
    planned.git("commit", "-qam", "Howl")
    refused = send_form(planned.served, form, text=box(shown))
    assert refused.status == 422, refused.text
    assert "changed since it was shown" in refused.text


def test_what_names_no_text_is_refused(planned: Planned) -> None:
    """Nothing ticked, nothing known, nothing allowed."""
    form = form_in(page(planned, "/approve/requirement/LAMP-03"), "/approve/requirement/LAMP-03")
    assert send_form(planned.served, form, text="nonsense").status == 400
    assert page(planned, "/approve/nothing/LAMP-03").status == 404
    assert page(planned, "/approve/requirement/LAMP-99").status == 404
