"""Interviews on a real service with a plan in a real repository, and a scripted model beside it."""

import html
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.service.interview.asked import IDEA, PAGE, Asking, begin, saved
from tests.service.killing import kill_all
from tests.service.planned import FILES, Planned, planned_service
from tests.service.shared import rows
from tests.service.watching import eventually


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file; AI is rehearsed."""
    with planned_service(
        tmp_path_factory.mktemp("asked"), FILES, ASSISTANT_REHEARSAL="true"
    ) as running:
        yield running


@pytest.fixture
def plan(planned: Planned) -> Planned:
    planned.begin_again()
    return planned


def answers(planned: Planned, asking: Asking) -> list[tuple[str, str, str, str]]:
    found = rows(
        planned.served,
        "SELECT * FROM ask_answers WHERE session_id = ? ORDER BY number",
        asking.path.rpartition("/")[2],
    )
    return [(each["question"], each["how"], each["value"], each["person"]) for each in found]


def test_a_round_has_at_most_five_cards_and_an_empty_one_stays_open(plan: Planned) -> None:
    """What is answered is saved; what is left empty comes back when it is asked for."""
    asking = begin(plan.served)
    first = asking.cards()
    assert 1 <= len(first) <= 5
    text = asking.page().text
    for said in ("I do not know: assume", "revisit before phase", "recommended", "Affects "):
        assert said in text
    sent = {"q": first[1], f"how.{first[1]}": "unknown", "do": "next"}
    assert asking.send("", sent).status == 303
    assert answers(plan, asking) == [(first[1], "unknown", "", "Administrator")]
    # Only that card was sent: the others are of this round still.
    assert first[0] in asking.cards()
    assert asking.say(first[0], do="next").status == 303
    assert first[0] not in asking.cards()
    assert asking.send("", {"do": "again"}).status == 303
    assert first[0] in asking.cards()
    assert len(answers(plan, asking)) == 1


def test_an_answer_changes_the_draft_and_can_be_taken_back(plan: Planned) -> None:
    """The history keeps both."""
    asking = begin(plan.served)
    before = asking.parts()
    assert asking.say("core.can", "other", "orders bread\npays at the door").status == 303
    grown = asking.parts()
    assert len(grown) > len(before)
    assert asking.say("core.can", "open").status == 303
    assert asking.parts() == before
    hows = [how for question, how, _, _ in answers(plan, asking) if question == "core.can"]
    assert hows == ["other", "open"]
    history = plan.served.get(f"{asking.path}/history", headers=PAGE).text
    assert "taken back" in history
    assert "orders bread" in history


def test_two_people_answer_one_interview(plan: Planned) -> None:
    """Each in their own name; both see what the other said."""
    ada = plan.key("read", "edit", person="Ada Lovelace", email="ada@example.org")
    ben = plan.key("read", "propose", person="Ben Builder")
    hers = begin(plan.served, key=ada)
    his = Asking(plan.served, hers.path, ben)
    assert html.escape(IDEA) in plan.served.get("/ask", headers=PAGE, key=ben).text
    assert his.say("core.person", "other", "baker").status == 303
    assert hers.say("core.can", "other", "orders bread").status == 303
    assert "baker" in hers.page().text
    people = {(question, person) for question, _, _, person in answers(plan, hers)}
    assert people == {("core.person", "Ben Builder"), ("core.can", "Ada Lovelace")}
    assert his.draft("accept-all").status == 303
    saved_to = saved(hers)
    assert saved_to.status == 303, saved_to.text
    said = plan.git("log", "-1", "--format=%an%n%B")
    assert said.startswith("Ada Lovelace\n")
    assert f"Interview: {hers.path.rpartition('/')[2]}" in said
    # What is in the plan is not saved a second time.
    assert his.draft("review").status == 409
    assert "is in the plan" in his.page().text


def test_parts_are_accepted_changed_and_dropped_one_by_one(plan: Planned) -> None:
    """The commit has what was accepted, in the words of the person, and nothing else."""
    asking = begin(plan.served)
    found = asking.parts()
    wanted = next(
        each for each in found if each.startswith("core.where/") and "criterion" not in each
    )
    assert asking.draft("review").status == 409
    words = "When a user opens the shop, the system shall show today's bread within 1 s."
    shown = asking.draft(f"edit:{wanted}")
    assert "Accept with these words" in shown.text
    assert asking.draft(f"save:{wanted}", **{"f.text": words}).status == 303
    # Its phase and the milestone are accepted along with it; all others are not.
    assert saved(asking).status == 303
    files = plan.git("show", "--name-only", "--format=").split()
    made = [each for each in files if "requirements" in each]
    assert len(made) == 1
    assert words in (plan.root / made[0]).read_text("utf-8")
    assert len([each for each in files if "/phases/" in each]) == 1


def test_what_is_dropped_comes_not_into_the_plan(plan: Planned) -> None:
    """With a phase goes what it delivers; undone, it may be decided anew."""
    asking = begin(plan.served)
    phase = next(each for each in asking.parts() if each == "phase:accounts")
    assert asking.draft(f"drop:{phase}").status == 303
    assert asking.draft("accept-all").status == 303
    assert saved(asking).status == 303
    assert not [
        each for each in plan.git("show", "--name-only", "--format=").split() if "AUTH" in each
    ]


@pytest.mark.parametrize(
    "text",
    ["<img src=x onerror=alert(1)>", "'\"><script>alert(1)</script>", "{{ 7 * 7 }} {system}"],
)
def test_markup_in_answers_stays_text(plan: Planned, text: str) -> None:
    """On the page of the interview, in its history, in the review."""
    asking = begin(plan.served, f"A shop. {text}")
    asking.say("core.can", "other", f"orders bread and {text}")
    pages = [asking.page().text, plan.served.get(f"{asking.path}/history", headers=PAGE).text]
    pages += [plan.served.get("/ask", headers=PAGE).text, asking.draft("accept-all").text]
    for each in pages:
        assert "<img src=x" not in each
        assert "<script>alert" not in each
        assert "49 " not in each or "7 * 7" in each


def test_hostile_forms_are_refused_and_break_nothing(plan: Planned) -> None:
    """Huge, control characters, names that are none of ours, keys of other parts."""
    asking = begin(plan.served)
    asking.say("core.person", "other", "ba\x00k\x1ber")
    assert answers(plan, asking)[-1][2] == "baker"
    assert asking.say("core.can", "other", "x" * 5000).status == 422
    assert asking.say("no.such.question", "other", "x").status == 422
    assert asking.say("core.person", "option:../../etc").status == 422
    assert asking.say("core.person", "sudo", "x").status == 400
    assert asking.draft("accept:no/such/part").status == 409
    assert asking.draft("rm").status in (400, 409)
    assert asking.send("", {"do": "depth:endless"}).status == 400
    one = asking.parts()[0]
    assert asking.draft(f"save:{one}", **{"f.title": "x" * 5000}).status == 400
    # A field that the part does not have is none.
    assert asking.draft(f"save:{one}", **{"f.id": "evil", "f.path": "/etc"}).status == 303
    assert begin(plan.served, "three words here", depth="deep").cards()
    for fields in (
        {"source": "idea", "text": "x " * 40_000, "depth": "quick"},
        {"source": "file:///etc/passwd", "text": IDEA, "depth": "quick"},
        {"source": "idea", "text": "", "depth": "quick"},
    ):
        assert asking.served.post("/ask/new", body=b"", key=None).status in (401, 403, 303)
        sent = Asking(plan.served, "/ask/new").send("", fields)
        assert sent.status == 400, fields["source"]
    assert asking.page().status == 200


def test_a_key_that_may_only_read_sees_no_interview(plan: Planned) -> None:
    """What people say in it is for those who plan."""
    asking = begin(plan.served)
    key = plan.key("read")
    for path in ("/ask", "/ask/new", asking.path, f"{asking.path}/history"):
        assert plan.served.get(path, headers=PAGE, key=key).status == 403, path


def test_answers_outlive_a_kill(plan: Planned) -> None:
    """Each is on the disk when its page is answered."""
    asking = begin(plan.served)
    asking.say("core.person", "other", "baker")
    before = asking.cards()
    kill_all(plan.served)
    plan.served.start()
    assert "baker" in asking.page().text
    assert asking.cards() == before


# -- with a model -----------------------------------------------------------------------------


def asked_model(plan: Planned, asking: Asking) -> str:
    """Ask the model, and the page once its run has ended."""
    assert asking.send("/model", {"do": "start"}).status == 303
    eventually(lambda: "The model is at work" not in asking.page().text, "the end of the run")
    return asking.page().text


def test_a_model_adds_questions_and_offers_words(plan: Planned) -> None:
    """Taken words say in the plan which model wrote them; nothing is taken by itself."""
    asking = begin(plan.served)
    estimate = plan.served.get(f"{asking.path}?model=ask", headers=PAGE).text
    assert "tokens in" in estimate
    text = asked_model(plan, asking)
    assert "Words of the model" in text
    part = html.unescape(text.partition('value="take:')[2].partition('"')[0])
    assert asking.draft(f"take:{part}").status == 303
    # The rounds come to the model's questions in the end, with ids of ours.
    seen: set[str] = set()
    while not [each for each in seen if each.startswith("model.")]:
        cards = asking.cards()
        seen.update(cards)
        assert cards, "all questions came, and none of the model"
        for each in cards:
            asking.say(each, do="next")
    own = [each for each in seen if each.startswith("model.")]
    assert asking.say(own[0], "option:r1").status == 303
    assert asking.draft("accept-all").status == 303
    assert saved(asking).status == 303
    said = plan.git("log", "-1", "--format=%B")
    assert "AI-Model: rehearsal" in said
    made = plan.git("show", "--format=")
    assert "model: rehearsal" in made
    assert "Running it costs at most 50 a month." in made or "announced a day before" in made


def test_words_of_a_model_that_a_person_edited_are_not_the_models_alone(plan: Planned) -> None:
    asking = begin(plan.served)
    text = asked_model(plan, asking)
    part = html.unescape(text.partition('value="take:')[2].partition('"')[0])
    # Another model has taken part since: these words are not its own.
    sql = "UPDATE ask_sessions SET models = ? WHERE id = ?"
    rows(plan.served, sql, '["rehearsal", "later"]', asking.path.rpartition("/")[2])
    assert asking.draft(f"take:{part}").status == 303

    def kept(column: str) -> dict[str, str]:
        sql = f"SELECT {column} FROM ask_parts WHERE session_id = ? AND part = ?"
        (row,) = rows(plan.served, sql, asking.path.rpartition("/")[2], part)
        return dict(json.loads(row[column]))

    taken = kept("written")
    assert set(taken.values()) == {"rehearsal"}
    assert asking.draft(f"save:{part}").status == 303
    assert kept("written") == taken
    name = next(iter(taken))
    more = {f"f.{name}": f"{kept('changes')[name]} And more."}
    assert asking.draft(f"save:{part}", **more).status == 303
    assert asking.draft(f"save:{part}", **more).status == 303
    model = taken[name]
    assert kept("written")[name].startswith(f"{model} (edited by ")
    assert kept("written")[name].count("edited by") == 1
    begun = rows(plan.served, "SELECT target FROM audit WHERE action = 'ask.start'")
    assert asking.path.rpartition("/")[2] in {each["target"] for each in begun}


def drafted(plan: Planned, asking: Asking) -> str:
    """Have the model draft from the answers, and the page once its run has ended."""
    assert asking.send("/model", {"do": "draft"}).status == 303
    found = [""]

    def over() -> bool:
        found[0] = asking.page().text
        return "The model is at work" not in found[0]

    eventually(over, "the end of the run")
    return found[0]


def test_a_model_drafts_from_the_answers(plan: Planned) -> None:
    """What it proposes waits in the draft; what is accepted says who wrote it, of which answer."""
    asking = begin(plan.served)
    asking.say("sign-in.how", "other", "with a badge at the door")
    estimate = plan.served.get(f"{asking.path}?model=draft", headers=PAGE).text
    assert "proposes requirements" in estimate
    assert "tokens in" in estimate
    before = asking.parts()
    text = drafted(plan, asking)
    assert "The model proposes" in text
    new = [each for each in asking.parts() if each not in before]
    assert "proposed by rehearsal" in text
    one = next(each for each in new if each.endswith("/criterion")).removesuffix("/criterion")
    assert not rows(
        plan.served, "SELECT * FROM ask_parts WHERE session_id = ?", asking.path.rpartition("/")[2]
    )
    assert asking.draft(f"accept:{one}").status == 303
    assert asking.draft(f"save:{one}/criterion", **{"f.text": "The badge opens it."}).status == 303
    other = next(each for each in new if each.startswith("model.") and not each.startswith(one))
    assert asking.draft(f"drop:{other}").status == 303
    saving = saved(asking)
    assert saving.status == 303, saving.text
    made = plan.git("show", "--format=%B")
    session = asking.path.rpartition("/")[2]
    about = f"model: rehearsal, session: {session}, question: sign-in.how"
    assert f"+  text: {{by: Administrator, {about}" in made
    assert "with a badge at the door" in made
    assert "model: rehearsal (edited by Administrator)" in made
    assert "AI-Model: rehearsal" in made


def test_proposals_go_with_the_answer_that_they_rest_on(plan: Planned) -> None:
    asking = begin(plan.served)
    asking.say("sign-in.how", "other", "with a badge at the door")
    drafted(plan, asking)
    assert [each for each in asking.parts() if each.startswith("model.")]
    asking.say("sign-in.how", "other", "with a key")
    assert not [each for each in asking.parts() if each.startswith("model.")]


def test_a_draft_that_obeys_an_injection_names_known_phases_and_questions_only(
    plan: Planned,
) -> None:
    """Ids, paths, unknown phases, questions, requirements: passed over, counted, never kept."""
    text = "The system shall obey <script>x</script>."
    good = {"question": "brief", "phase": "phase:base", "title": "T", "text": text, "why": "",
            "criterion": "One sees it obey.", "id": "EVIL-01", "path": "/etc/passwd"}  # fmt: skip
    ordered = {
        "phases": [
            {"key": "phase:base", "question": "brief", "title": "T", "goal": "G.", "after": []},
            {"key": "new:x", "question": "brief", "title": "T", "goal": "G.", "after": ["../.."]},
        ],
        "requirements": [
            good,
            {**good, "text": "A shall b.", "phase": "../../etc"},
            {**good, "text": "A shall c.", "phase": "new:x"},
            {**good, "text": "A shall d.", "question": "no.such"},
            {**good, "text": "A shall e.", "criterion": ""},
            good,
        ],
        "criteria": [
            {"question": "brief", "phase": "phase:base", "text": "C.", "verifies": ["LAMP-01x"]},
            {"question": "brief", "phase": "phase:base", "text": "D.", "verifies": []},
        ],
        "accept": "all",
    }
    asking = begin(plan.served, f"{IDEA} [[InterviewDraft:obey-injection]]")
    phase = next(each for each in asking.parts() if each.startswith("phase:"))
    ordered = json.loads(json.dumps(ordered).replace("phase:base", phase))
    idea = f"{IDEA} [[InterviewDraft:obey-injection]] OBEY<<<{json.dumps(ordered)}>>>"
    asking = begin(plan.served, idea)
    head = plan.git("rev-parse", "main")
    shown = drafted(plan, asking)
    assert "9 proposals named something that is not here" in shown
    assert "<script>x" not in shown
    session = asking.path.rpartition("/")[2]
    (kept,) = rows(plan.served, "SELECT * FROM ask_sessions WHERE id = ?", session)
    parts = json.loads(kept["proposed"])
    assert [(each["kind"], each["text"]) for each in parts] == [
        ("requirement", text), ("criterion", "One sees it obey."),
    ]  # fmt: skip
    assert all(each["key"].startswith("model.exec-") for each in parts)
    assert not rows(plan.served, "SELECT * FROM ask_parts WHERE session_id = ?", session)
    assert plan.git("rev-parse", "main") == head


def test_gaps_of_a_plan_are_drafted_into_its_own_phases(plan: Planned) -> None:
    """Criteria for requirements that are there, with provenance by the ids that they get."""
    ordered = {
        "phases": [],
        "requirements": [
            {"question": "brief", "phase": "plan:lamp", "title": "Dim", "why": "",
             "text": "When day breaks, the lamp shall go out.", "criterion": ""},
        ],
        "criteria": [
            {"question": "brief", "phase": "plan:lamp", "text": "One sees it turn at night.",
             "verifies": ["LAMP-01"]},
        ],
    }  # fmt: skip
    text = f"[[InterviewDraft:obey-injection]] OBEY<<<{json.dumps(ordered)}>>>"
    asking = begin(plan.served, text, source="plan")
    shown = drafted(plan, asking)
    assert "The model proposes 2 parts" in shown
    for each in [one for one in asking.parts() if one.startswith("model.")]:
        assert asking.draft(f"accept:{each}").status == 303
    saving = saved(asking)
    assert saving.status == 303, saving.text
    made = plan.git("show", "--format=%B")
    assert "When day breaks, the lamp shall go out." in made
    assert "+  text: {by: Administrator, model: rehearsal" in made
    assert "+  criteria.c" in made


def ended(plan: Planned, asking: Asking) -> None:
    """Wait for the end of a run without a look at the interview."""
    sql = """SELECT e.state FROM executions e JOIN ask_sessions s ON s.execution = e.id
        WHERE s.id = ?"""

    def over() -> bool:
        (run,) = rows(plan.served, sql, asking.path.rpartition("/")[2])
        return run["state"] not in ("queued", "running")

    eventually(over, "the end of the run")


def kept_of(plan: Planned, asking: Asking) -> dict[str, str]:
    """The interview in the database."""
    session = asking.path.rpartition("/")[2]
    (kept,) = rows(plan.served, "SELECT * FROM ask_sessions WHERE id = ?", session)
    return kept


def test_two_who_ask_at_once_begin_one_run(plan: Planned) -> None:
    """Only one is paid for; a stale form lets go of none that is under way."""
    asking = begin(plan.served, "A bakery. [[InterviewHelp:slow]]")
    at_once = Barrier(2)

    def ask() -> int:
        at_once.wait(20)
        return asking.send("/model", {"do": "start"}).status

    with ThreadPoolExecutor(2) as threads:
        begun = [threads.submit(ask) for _ in range(2)]
        assert [each.result() for each in begun] == [303, 303]
    session = asking.path.rpartition("/")[2]
    runs = "SELECT execution FROM assistant_ledger WHERE session = ?"
    (run,) = rows(plan.served, runs, session)
    assert asking.send("/model", {"do": "forget"}).status == 303
    assert kept_of(plan, asking)["execution"] == run["execution"]
    assert asking.send("/model", {"do": "cancel"}).status == 303
    ended(plan, asking)


def test_what_nobody_has_seen_yet_is_taken_over_before_the_next_run(plan: Planned) -> None:
    """It was paid for."""
    asking = begin(plan.served)
    assert asking.say("sign-in.how", "other", "with a badge at the door").status == 303
    assert asking.send("/model", {"do": "start"}).status == 303
    ended(plan, asking)
    assert "The model proposes" in drafted(plan, asking)
    kept = kept_of(plan, asking)
    assert json.loads(kept["offers"])
    assert json.loads(kept["extra"])
    assert json.loads(kept["proposed"])


def test_a_draft_never_rests_on_an_answer_that_the_model_was_not_told(plan: Planned) -> None:
    """What it was told is not what counts any more: passed over, and counted."""
    asking = begin(plan.served)
    asking.say("sign-in.how", "other", "with a badge at the door")
    assert asking.send("/model", {"do": "draft"}).status == 303
    ended(plan, asking)
    asking.say("sign-in.how", "other", "with a key")
    assert "rested on an answer that has changed" in asking.page().text
    assert json.loads(kept_of(plan, asking)["proposed"]) == []


def test_a_draft_without_room_says_so(plan: Planned) -> None:
    """What was kept is counted, not what was written."""
    asking = begin(plan.served)
    asking.say("sign-in.how", "other", "with a badge at the door")
    phase = next(each for each in asking.parts() if each.startswith("phase:"))
    old = [
        {"kind": "requirement", "key": f"model.old.d{number}", "title": f"Old {number}",
         "text": f"The system shall keep {number} loaves.", "phase": phase, "after": [],
         "verifies": [], "rationale": "", "answer": None, "model": "rehearsal"}
        for number in range(199)
    ]  # fmt: skip
    session = asking.path.rpartition("/")[2]
    rows(plan.served, "UPDATE ask_sessions SET proposed = ? WHERE id = ?", json.dumps(old), session)
    text = drafted(plan, asking)
    assert "The model proposes 1 part" in text
    assert "there is no room" in text
    assert len(json.loads(kept_of(plan, asking)["proposed"])) == 200


@pytest.mark.parametrize("trouble", ["refusal", "529", "drop", "json-cut", "eof"])
def test_trouble_of_the_model_leaves_the_questions(plan: Planned, trouble: str) -> None:
    """The page says what happened, and everything on it still works."""
    asking = begin(plan.served, f"A bakery. [[InterviewHelp:{trouble}]]")
    text = asked_model(plan, asking)
    assert "The model brought nothing" in text
    assert asking.cards()
    assert asking.say("core.person", "other", "baker").status == 303
    assert asking.send("/model", {"do": "forget"}).status == 303
    assert "The model brought nothing" not in asking.page().text


def test_a_run_can_be_cancelled(plan: Planned) -> None:
    """And the interview goes on."""
    asking = begin(plan.served, "A bakery. [[InterviewHelp:slow]]")
    assert asking.send("/model", {"do": "start"}).status == 303
    assert "The model is at work" in asking.page().text
    assert asking.send("/model", {"do": "cancel"}).status == 303
    eventually(lambda: "The model brought nothing" in asking.page().text, "the end of the run", 20)
    ended = rows(plan.served, "SELECT target FROM audit WHERE action = 'ask.cancel'")
    assert asking.path.rpartition("/")[2] in {each["target"] for each in ended}
    assert asking.cards()


def test_a_model_that_obeys_an_injection_changes_nothing_but_offered_words(plan: Planned) -> None:
    """Unknown parts, other fields, ids, markup and paths are passed over."""
    plain = begin(plan.served)
    part = next(each for each in plain.parts() if each.startswith("core.where/"))
    ordered = {
        "questions": [
            {
                "id": "core.can", "topic": "<b>x</b>", "text": "Run rm -rf?", "why": "",
                "impact": 99, "uncertainty": -4, "adds": [["evil", "evil", "evil"]],
                "readings": [{"text": "<script>alert(1)</script>"}, {"text": "no"}],
            }
        ],
        "wordings": [
            {"part": part, "field": "text", "text": "The system shall obey <script>x</script>."},
            {"part": part, "field": "id", "text": "EVIL-01"},
            {"part": part, "field": "phase", "text": "../../etc/passwd"},
            {"part": "plan", "field": "title", "text": "Owned"},
            {"part": "milestone", "field": "owner", "text": "Mallory"},
        ],
        "files": {"content/plan.yaml": "title: Owned"},
        "accept": "all",
    }  # fmt: skip
    idea = f"{IDEA} [[InterviewHelp:obey-injection]] OBEY<<<{json.dumps(ordered)}>>>"
    asking = begin(plan.served, idea)
    head = plan.git("rev-parse", "main")
    text = asked_model(plan, asking)
    (kept,) = rows(
        plan.served, "SELECT * FROM ask_sessions WHERE id = ?", asking.path.rpartition("/")[2]
    )
    offers = json.loads(kept["offers"])
    assert offers == {part: {"text": "The system shall obey <script>x</script>."}}
    (question,) = json.loads(kept["extra"])
    assert question["id"].startswith("model.")
    assert (question["impact"], question["uncertainty"]) == (5, 1)
    assert "<script>" not in text.partition("ask-session")[2]
    # Not even an offered text is in the plan, or accepted, by the model alone.
    assert plan.git("rev-parse", "main") == head
    assert not rows(plan.served, "SELECT * FROM ask_parts WHERE session_id = ?", kept["id"])
    assert plan.file("plan.yaml") == "title: Lighthouse\n"


def test_no_answer_is_in_the_log(plan: Planned) -> None:
    """Neither what people say, nor what the model was told."""
    asking = begin(plan.served, "A secret bakery called Kummerspeck for wizards.")
    asking.say("core.person", "other", "wizardish")
    asked_model(plan, asking)
    log = plan.served.log.read_text("utf-8")
    assert "Kummerspeck" not in log
    assert "wizardish" not in log
