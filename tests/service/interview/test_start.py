"""A service without a plan: it starts all the same, and offers to begin one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.service.forms_sent import form_in, send, send_form
from tests.service.interview.asked import PAGE, begin
from tests.service.planned import git
from tests.service.served import KEY, Served, free_port
from tests.service.shared import FREE, rows
from tests.service.watching import eventually


@contextmanager
def empty_service(folder: Path, **settings: str) -> Iterator[Served]:
    """Run a service whose project folder is not even there."""
    env = {
        "AGENTED_STATE_DIR": str(folder / "state"),
        "AGENTED_CONTENT_DIR": str(folder / "project" / "content"),
        "AGENTED_API_KEY": KEY,
        "GUNICORN_BIND": f"127.0.0.1:{free_port()}",
        **FREE,
        **settings,
    }
    served = Served(env, folder, int(env["GUNICORN_BIND"].rpartition(":")[2]))
    served.start(wait=False)
    try:
        eventually(lambda: "Begin a plan" in first_page(served), "the first page")
        yield served
    finally:
        served.leave()


def first_page(served: Served) -> str:
    try:
        return served.get("/", headers=PAGE).text
    except OSError:
        return ""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the tests that begin nothing, and the last one, which does."""
    with empty_service(tmp_path_factory.mktemp("empty")) as served:
        yield served


def test_the_first_page_offers_new_import_and_ask(empty: Served) -> None:
    """To people who may; programs are told 503 as before, and strangers nothing."""
    text = first_page(empty)
    for said in ("Begin an interview", "New plan", "Import", "git init"):
        assert said in text, said
    assert empty.get("/").status == 503
    stranger = empty.get("/", key=None, headers=PAGE)
    assert stranger.status in (303, 401)
    assert str(empty.folder) not in stranger.text


def test_without_a_plan_the_service_is_ready_and_says_so(empty: Served) -> None:
    """Every part works; a balancer may send people here, who begin one."""
    assert empty.get("/health/readiness", key=None).json["status"] == "ok"
    told = empty.get("/health/readiness")
    assert told.status == 200
    planner = told.json["components"]["planner"]
    assert (planner["ready"], planner["problem"], planner["note"]) == (True, "", "no plan yet")


def test_without_consent_nothing_is_made(empty: Served) -> None:
    """Neither from the first page nor from an interview."""
    made = send(empty, "/start", {"way": "example", "title": "Lamps"})
    assert made.status == 409
    assert "git repository" in made.text
    asking = begin(empty)
    assert asking.draft("accept-all").status == 303
    asked = asking.draft("review")
    assert asked.status == 409
    assert "git init" in asked.text
    assert asking.send("/begin", {"title": "Lamps"}).status == 422
    assert not (empty.folder / "project").exists()
    for fields in (
        {"way": "import", "name": "../../etc", "init": "yes"},
        {"way": "import", "text": "no plan", "init": "yes"},
        {"way": "delete", "init": "yes"},
    ):
        assert send(empty, "/start", fields).status in (400, 409), fields
    assert not (empty.folder / "project").exists()


def test_only_who_may_edit_begins(empty: Served) -> None:
    """Who may propose holds an interview, and asks somebody else to begin."""
    asked = {"label": "x", "person": "Ben", "scopes": ["read", "propose"]}
    key = empty.post("/admin/keys", json_body=asked).json["text"]
    assert send(empty, "/start", {"way": "example", "init": "yes"}, key).status == 403
    asking = begin(empty, key=key)
    asking.draft("accept-all")
    assert "scope edit" in asking.draft("review").text
    assert asking.send("/begin", {"agreed": "yes", "title": "x"}).status == 403


def test_ai_is_off_and_the_page_says_how_to_turn_it_on(empty: Served) -> None:
    """And a run of the model cannot be begun."""
    asking = begin(empty)
    text = asking.page().text
    assert "AI assistance is off" in text
    assert "ANTHROPIC_API_KEY" in text
    assert asking.send("/model", {"do": "start"}).status == 409
    assert asking.cards()


def test_from_nothing_to_a_committed_roadmap(empty: Served) -> None:
    """Without a script: an interview, the consent, the review, the plan."""
    asking = begin(empty)
    asking.say("core.can", "other", "orders bread\npays at the door")
    asking.draft("accept-all")
    consent = form_in(asking.draft("review"), f"{asking.path}/begin")
    review = send_form(empty, consent, title="Bakery", agreed="yes")
    assert review.status == 200, review.text
    answer = send_form(empty, form_in(review, "/edit/save"))
    assert answer.status == 303, answer.text
    root = empty.folder / "project"
    assert git(root, "log", "--format=%an: %s").splitlines()[1] == "Administrator: Begin the plan"
    assert git(root, "status", "--porcelain") == ""
    assert (root / "content" / "plan.yaml").read_text().startswith("title: Bakery\n")
    eventually(lambda: "Bakery" in first_page(empty), "the plan on the first page")
    problems = empty.get("/api/plan/problems?severity=error").json
    assert problems["total_count"] == 0, problems
    kinds = [each["action"] for each in rows(empty, "SELECT action FROM audit")]
    assert kinds.count("plan.begin") == 1
    assert "It is kept in git" in empty.get("/start", headers=PAGE).text


def test_a_plan_of_a_title_alone_still_offers_to_begin(tmp_path: Path) -> None:
    """New, import, ask at `/`; what is added leaves the title and its comment alone."""
    content = tmp_path / "project" / "content"
    content.mkdir(parents=True)
    (content / "plan.yaml").write_text("title: Bakery  # ours\n")
    git(tmp_path / "project", "init", "--quiet", "-b", "main")
    git(tmp_path / "project", "add", ".")
    git(tmp_path / "project", "commit", "--quiet", "-m", "Title")
    with empty_service(tmp_path) as served:
        text = first_page(served)
        for said in ("nothing in the plan", "Begin an interview", "First items", "Import"):
            assert said in text, said
        assert served.get("/", key=KEY).status == 200
        assert "Add the first items" not in served.get("/roadmap/", headers=PAGE).text
        # What is there already is no first item.
        assert send(served, "/start", {"way": "empty"}).status in (409, 422)
        roadmap = "# Roadmap\n\n### Phase 1: Oven\n\n**Goal**: It bakes.\n"
        answer = send(served, "/start", {"way": "import", "text": roadmap})
        assert answer.status == 303, answer.text
        assert (content / "plan.yaml").read_text() == "title: Bakery  # ours\n"
        assert list((content / "phases").glob("*.md"))
        eventually(lambda: "Begin an interview" not in first_page(served), "the plan's page")
        assert git(tmp_path / "project", "status", "--porcelain") == ""
        # Now there is a plan: nothing is begun a second time.
        assert send(served, "/start", {"way": "example"}).status in (409, 422)


def test_a_plan_without_git_is_taken_into_it(tmp_path: Path) -> None:
    """It is shown meanwhile; the interview leads to the consent as well."""
    content = tmp_path / "project" / "content"
    content.mkdir(parents=True)
    (content / "plan.yaml").write_text("title: Lighthouse\n")
    env = {"AGENTED_CONTENT_DIR": str(content)}
    port = free_port()
    served = Served(
        {
            "AGENTED_STATE_DIR": str(tmp_path / "state"),
            "AGENTED_API_KEY": KEY,
            "GUNICORN_BIND": f"127.0.0.1:{port}",
            **FREE,
            **env,
        },
        tmp_path,
        port,
    )
    served.start()
    try:
        assert "Lighthouse" in served.get("/roadmap/", headers=PAGE).text
        assert "Commit the plan" in first_page(served)
        page = served.get("/start", headers=PAGE)
        assert "git does not have this plan" in page.text
        assert send(served, "/start", {"way": "adopt"}).status == 409
        assert not (tmp_path / "project" / ".git").exists()
        assert send(served, "/start", {"way": "adopt", "init": "yes"}).status == 303
        assert git(tmp_path / "project", "status", "--porcelain") == ""
        asking = begin(served)
        asking.draft("accept-all")
        assert asking.draft("review").status == 200
    finally:
        served.stop()


def test_a_planning_folder_is_imported(tmp_path: Path) -> None:
    """From the first page, in a repository that has commits already."""
    root = tmp_path / "project"
    (root / ".planning").mkdir(parents=True)
    (root / "README.md").write_text("# Lamps\n\nLamps that sailors can rely on, in every storm.\n")
    git(root, "init", "-qb", "main")
    git(root, "commit", "-qm", "Code", "--allow-empty")
    (root / ".planning" / "ROADMAP.md").write_text(
        "# Roadmap: Lamps\n\n### Phase 1: Tower\n**Goal**: The tower stands.\n"
    )
    with empty_service(tmp_path) as served:
        page = served.get("/", headers=PAGE).text
        assert ".planning" in page
        assert "From README.md" in page
        asking = begin(served, "", source="readme-file")
        assert "Lamps" in asking.page().text
        assert send(served, "/start", {"way": "import", "name": ".planning"}).status == 303
        assert git(root, "log", "--format=%s").splitlines()[0] == "Import the plan"
        assert (root / "content" / "phases").is_dir()
        assert [each.name for each in (root / ".planning").iterdir()] == ["ROADMAP.md"]
