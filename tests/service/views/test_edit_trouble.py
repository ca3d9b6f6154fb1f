"""What stops a save is a page that says what to do, holds the edit, and can be sent again."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from service.planning.edits import CreateEdit, SetEdit
from tests.service.forms_sent import Form, form_in, review, send_form
from tests.service.planned import Planned, planned_service
from tests.service.served import Answer, Serve
from tests.service.watching import children, eventually

SAVE, REVIEW = "/edit/save", "/edit/review"
FILE = "content/requirements/LAMP-01.md"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make it so")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("planned")) as found:
        yield found


@pytest.fixture
def planned(shared: Planned) -> Planned:
    """The service on the plan as it was at first."""
    shared.begin_again()
    return shared


def edit(name: str = "Mary", **more: object) -> SetEdit:
    values = {"kind": "requirement", "id": "LAMP-01", "changes": {"owner": name, **more}}
    return SetEdit.model_validate(values)


def ready(planned: Planned, name: str = "Mary") -> Form:
    """The form of a review that was fine."""
    return form_in(review(planned.served, edit(name, text="Typed with care.")), SAVE)


def stopped(page: Answer, sent: Form, *words: str) -> Form:
    """The form of a page that says why it was not saved: all that was typed is in it."""
    for each in ("Not saved", "Typed with care.", *words):
        assert each in page.text, page.text
    again = form_in(page, sent.action)
    assert again.fields["operation"] == sent.fields["operation"]
    assert again.fields["message"] == sent.fields["message"]
    return again


def saved(planned: Planned, form: Form) -> None:
    answer = send_form(planned.served, form)
    assert answer.status == 303, answer.text
    assert "Typed with care." in (planned.root / FILE).read_text("utf-8")
    assert planned.git("status", "--porcelain") == ""


def test_an_uncommitted_change_is_shown_beside_the_committed_text(planned: Planned) -> None:
    """Once it is committed, both come together."""
    form = ready(planned)
    file = planned.root / FILE
    file.write_text(file.read_text("utf-8").replace("[light]", "[light, by-hand]"), "utf-8")
    page = send_form(planned.served, form, message="Mine")
    assert page.status == 409
    again = stopped(page, Form(SAVE, {**form.fields, "message": "Mine"}), "by-hand", "Committed")
    assert "by-hand" in file.read_text("utf-8")
    planned.git("commit", "-qam", "By hand")
    saved(planned, again)
    assert "by-hand" in file.read_text("utf-8")
    assert planned.git("log", "-1", "--format=%s") == "Mine"


def test_a_file_deleted_by_hand_is_told(planned: Planned) -> None:
    """The deletion was not committed; nobody brings the file back."""
    form = ready(planned)
    (planned.root / FILE).unlink()
    page = send_form(planned.served, form)
    assert page.status == 409
    again = stopped(page, form, "was deleted")
    planned.git("checkout", "--", FILE)
    saved(planned, again)


def test_a_lock_that_git_left_behind_is_told(planned: Planned) -> None:
    """A stale index.lock: the save waits for a while, then says which file to look at."""
    form = ready(planned)
    lock = planned.root / ".git/index.lock"
    lock.touch()
    page = send_form(planned.served, form)
    assert page.status == 503
    assert int(page.headers["Retry-After"]) > 0
    again = stopped(page, form, "index.lock")
    assert lock.exists()
    lock.unlink()
    saved(planned, again)


def test_a_merge_under_way_is_told(planned: Planned) -> None:
    """As `git merge` leaves it until it is committed."""
    form = ready(planned)
    head = planned.git("rev-parse", "HEAD")
    (planned.root / ".git/MERGE_HEAD").write_text(head + "\n", "ascii")
    page = send_form(planned.served, form)
    assert page.status == 409
    again = stopped(page, form, "in the middle of a merge", "git merge --abort")
    (planned.root / ".git/MERGE_HEAD").unlink()
    saved(planned, again)


def test_a_detached_head_is_told_and_the_form_saves_to_its_branch(planned: Planned) -> None:
    """A new look needs a branch; what was looked at goes to the branch that was shown."""
    form = ready(planned)
    planned.git("checkout", "-q", "--detach")
    page = review(planned.served, edit(text="Typed with care."))
    assert page.status == 409
    stopped(page, Form(REVIEW, form_in(page, REVIEW).fields), "detached", "git switch")
    answer = send_form(planned.served, form)
    assert answer.status == 303
    assert planned.git("log", "-1", "--format=%H", "main") != planned.git("rev-parse", "HEAD")
    planned.git("checkout", "-q", "main")
    assert "Typed with care." in (planned.root / FILE).read_text("utf-8")


def test_a_branch_that_vanished_offers_another_place(planned: Planned) -> None:
    """Somebody renamed it: the edit goes to what is checked out now."""
    form = ready(planned)
    planned.git("branch", "-m", "main", "trunk")
    try:
        page = send_form(planned.served, form)
        assert page.status == 404
        assert "Typed with care." in page.text
        looked = send_form(planned.served, form_in(page, REVIEW))
        assert "<code>trunk</code>" in looked.text
        saved(planned, form_in(looked, SAVE))
    finally:
        planned.git("branch", "-m", "trunk", "main")


def test_a_planner_that_restarts_is_told_and_the_form_is_saved_once(planned: Planned) -> None:
    """503 with the edit in the page, sent again until it is there."""
    new = CreateEdit(kind="requirement", fields={"text": "Typed with care.", "phases": ["lamp"]})
    form = form_in(review(planned.served, new), SAVE)
    before = int(planned.git("rev-list", "--count", "HEAD"))
    os.kill(planner_of(planned), signal.SIGKILL)
    page = send_form(planned.served, form)
    assert page.status in (303, 503)
    if page.status == 503:
        form = stopped(page, form, "Try again")

    def done() -> bool:
        return send_form(planned.served, form).status == 303

    eventually(done, "saved after the planner came back")
    assert int(planned.git("rev-list", "--count", "HEAD")) == before + 1


def planner_of(planned: Planned) -> int:
    """The planner process: the child of the worker."""
    assert planned.served.process is not None
    (worker,) = children(planned.served.process.pid)
    return children(worker)[0]


def test_hand_edits_and_pulls_appear_without_a_restart(planned: Planned) -> None:
    """A file that somebody changes, and a commit that comes from elsewhere."""

    def shown(words: str) -> bool:
        return words in planned.served.get("/r/LAMP-02/").text

    file = planned.root / "content/requirements/LAMP-02.md"
    file.write_text(file.read_text("utf-8").replace("once", "seven times"), "utf-8")
    eventually(lambda: shown("seven times a minute"), "the page has the edit by hand")
    planned.git("commit", "-qam", "By hand")
    clone = planned.root.parent / "clone"
    if not clone.exists():
        planned.git("clone", "-q", ".", str(clone))
    other = clone / "content/requirements/LAMP-02.md"
    other.write_text(other.read_text("utf-8").replace("seven", "eight"), "utf-8")
    subprocess.run(
        ["git", "-c", "user.name=G", "-c", "user.email=g@example.org", "commit", "-qam", "Eight"],
        cwd=clone, check=True,
    )  # fmt: skip
    planned.git("pull", "-q", "--ff-only", str(clone), "main")
    eventually(lambda: shown("eight times a minute"), "the page has what was pulled")


# -- services of their own ------------------------------------------------------------------------


def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own; skips where none can be mounted."""
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options.encode()):
        pytest.skip(f"no file system can be mounted here: {os.strerror(ctypes.get_errno())}")
    yield folder
    assert libc.umount2(os.fsencode(folder), 2) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that can be filled."""
    yield from mounted(tmp_path / "disk", "size=24m")


@needs_root
def test_a_full_disk_is_told_and_nothing_is_half_done(small_disk: Path, tmp_path: Path) -> None:
    """Once there is room the same page saves."""
    folder = small_disk / "plan"
    folder.mkdir()
    state = str(tmp_path / "state")
    with planned_service(folder, AGENTED_STATE_DIR=state) as planned:
        form = ready(planned)
        filler = small_disk / "filler"
        for size in (1024 * 1024, 4096, 1):
            with suppress(OSError), filler.open("ab", buffering=0) as file:
                while True:
                    file.write(b"\0" * size)
        before = planned.git("rev-parse", "main")
        page = send_form(planned.served, form)
        assert page.status in (409, 503), page.text
        again = stopped(page, form, "disk is full")
        assert planned.git("rev-parse", "main") == before
        filler.unlink()
        saved(planned, again)
        planned.git("fsck", "--strict", "--no-dangling")


@needs_root
def test_a_read_only_repository_is_told(planned: Planned) -> None:
    """As on a disk that turned read-only after an error."""
    form = ready(planned)
    with read_only(planned.root):
        page = send_form(planned.served, form)
    again = stopped(page, form, "read-only")
    saved(planned, again)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Lay the folder over itself, so that nothing can be written through it."""
    place = str(folder)
    for command in (["mount", "--bind", place, place], ["mount", "-o", "remount,bind,ro", place]):
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@needs_root
def test_a_repository_of_another_user_is_explained(tmp_path: Path) -> None:
    """With the command that trusts it."""
    with planned_service(tmp_path) as planned:
        form = ready(planned)
        subprocess.run(["chown", "-R", "12345:12345", str(planned.root)], check=True)
        page = send_form(planned.served, form)
        again = stopped(page, form, "another user", "safe.directory")
        subprocess.run(["chown", "-R", "0:0", str(planned.root)], check=True)
        saved(planned, again)


def test_without_git_the_page_says_how_to_begin(serve: Serve, tmp_path: Path) -> None:
    """A plan in a plain folder is shown; every save is a commit, so there is none."""
    served = serve(PATH=str(tmp_path))
    page = review(served, edit(text="Typed with care."))
    assert page.status == 409
    assert "git" in page.text
    assert form_in(page, REVIEW).fields["operation"]
    assert "Typed with care." in page.text


def test_a_branch_that_asks_for_approval_takes_proposals_only(tmp_path: Path) -> None:
    """The choice is not there, the reason is; sending it all the same is refused."""
    with planned_service(tmp_path, PLAN_APPROVAL="other") as planned:
        page = review(planned.served, edit())
        assert "another person" in page.text
        assert 'value="branch"' not in page.text
        form = form_in(page, SAVE)
        assert form.fields["where"] == "new"
        before = planned.git("rev-parse", "main")
        assert send_form(planned.served, form, where="branch").status == 400
        assert planned.git("rev-parse", "main") == before
        assert send_form(planned.served, form, title="Please").status == 303
        assert planned.git("rev-parse", "main") == before
