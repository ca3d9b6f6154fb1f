"""`planner serve`: the service itself, on this machine, for the person at this terminal."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.service.planned import git
from tests.service.served import Answer
from tests.service.watching import eventually

ROOT = Path(__file__).parent.parent.parent.parent
PLANNER = (sys.executable, "-m", "planner")
_ADDRESS = re.compile(r"at http://127\.0\.0\.1:(\d+)/  ")
_LINK = re.compile(r"/login\?link=(\S+)  ")


@dataclass(slots=True)
class Serving:
    """A running `planner serve` and what it has printed so far."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    cookie: str = ""

    def said(self, pattern: re.Pattern[str]) -> str | None:
        """What a pattern finds in the lines printed on standard output."""
        found = pattern.search("".join(self.lines))
        return found[1] if found else None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.said(_ADDRESS) or 0)

    def request(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        """One request with the session's cookie, if there is one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Cookie": self.cookie} if self.cookie else {}
        try:
            connection.request(method, path, body=body or None, headers={**sent, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def sign_in(self) -> Answer:
        """Press the button behind the printed link."""
        answer = self.request(
            "POST", "/login", f"link={self.said(_LINK)}",
            {"Content-Type": "application/x-www-form-urlencoded",
             "Origin": f"http://127.0.0.1:{self.port}"},
        )  # fmt: skip
        if answer.status == 303:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer

    def shows(self, text: str) -> bool:
        """Whether a page of the plan holds a text."""
        return text in self.request("GET", "/r/LAMP-01/").text

    def end(self) -> int:
        """Press Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


Start = Callable[..., Serving]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Run `planner serve ARGS` until it serves; the cache is the test's own."""
    running: list[Serving] = []

    def run(*args: str | Path, by: Sequence[str] = PLANNER, **env: str) -> Serving:
        process = subprocess.Popen(
            [*by, "serve", *map(str, args)],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache"),
                 **env},
        )  # fmt: skip
        serving = Serving(process)
        running.append(serving)
        for stream, lines in ((process.stdout, serving.lines), (process.stderr, serving.errors)):
            threading.Thread(target=_keep, args=(stream, lines), daemon=True).start()
        eventually(lambda: serving.said(_LINK) or process.poll() is not None, "the address")
        assert serving.said(_LINK), serving.errors
        return serving

    yield run
    for serving in running:
        serving.end()
        for stream in (serving.process.stdout, serving.process.stderr):
            assert stream is not None
            stream.close()


def _keep(stream: Iterator[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line)  # each as soon as it is there


def edit(plan: Path, old: str, new: str) -> None:
    path = plan / "requirements" / "LAMP-01.md"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_the_printed_link_signs_in_once_and_nothing_else_opens(
    start: Start, small_plan: Path
) -> None:
    """A person's own machine has other users, and their browser shows pages of strangers."""
    serving = start("--plan", small_plan, "--port", "0")
    for path in ("/", "/r/LAMP-01/", "/api/events", "/admin/triggers", "/metrics"):
        assert serving.request("GET", path).status == 401, path
    assert serving.sign_in().status == 303
    assert serving.shows("once every 10 s")
    cookie, serving.cookie = serving.cookie, ""
    assert serving.sign_in().status == 401, "the link is used up"
    serving.cookie = cookie
    answer = serving.request("GET", "/", headers={"Host": "evil.example.com"})
    assert answer.status == 400, "a name of someone else that points here (DNS rebinding)"


def test_a_rehearsal_asks_a_scripted_model_and_says_so(start: Start, small_plan: Path) -> None:
    """Without a key, and also where one is set: it must not be used."""
    serving = start(
        "--plan", small_plan, "--port", "0", "--rehearsal",
        ANTHROPIC_API_KEY="sk-test-8f3c1d7a9b5e2046", ANTHROPIC_BASE_URL="http://127.0.0.1:9/",
    )  # fmt: skip
    assert any("scripted" in line for line in serving.lines)
    assert serving.sign_in().status == 303
    page = serving.request("GET", "/ops/assistant").text
    assert "Rehearsal: answers are scripted." in page
    asked = serving.request(
        "POST", "/ops/assistant/ask", "question=What+is+a+lamp%3F",
        {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"},
    )  # fmt: skip
    assert asked.status == 303, asked.text
    run = asked.headers["Location"]
    eventually(lambda: "it answered" in serving.request("GET", run).text, "the scripted answer")
    assert "rehearsal is asked" in serving.request("GET", run).text


def test_code_of_the_folder_that_one_stands_in_is_not_run(
    start: Start, small_plan: Path, tmp_path: Path
) -> None:
    """A project may have a `service/` of its own, and a cloned plan may be a stranger's."""
    for name in ("service", "planner", "gunicorn", "flask", "setproctitle"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not ours')\n", "utf-8")
    serving = start("--plan", small_plan, "--port", "0", by=(sys.executable, "-P", "-m", "planner"))
    assert serving.sign_in().status == 303
    assert serving.shows("once every 10 s")


def test_an_edit_is_shown_and_told_on_the_terminal(start: Start, small_plan: Path) -> None:
    """And a plan that has gone leaves the last good site, with the reason."""
    serving = start("--plan", small_plan, "--port", "0")
    serving.sign_in()
    edit(small_plan, "every 10 s", "every 12 s")
    eventually(lambda: serving.shows("once every 12 s"), "the edit")
    eventually(lambda: "".join(serving.lines).count("built ") == 2, "a second line `built`")
    kept = small_plan.rename(small_plan.with_name("kept"))
    eventually(lambda: "the last good site stays" in "".join(serving.errors), "the reason")
    assert serving.shows("once every 12 s")
    edit(kept, "every 12 s", "every 14 s")
    kept.rename(small_plan)
    eventually(lambda: serving.shows("once every 14 s"), "the plan that came back")
    assert serving.end() == 0


def test_the_rule_of_approval_holds_here_too(start: Start, small_plan: Path) -> None:
    """The pages say that the branch takes no save, so it takes none by another way either."""
    git(small_plan, "init", "-qb", "main")
    git(small_plan, "add", "-A")
    git(small_plan, "commit", "-qm", "Begin")
    serving = start("--plan", small_plan, "--port", "0", PLAN_APPROVAL="other")
    serving.sign_in()
    origin = {"Origin": f"http://127.0.0.1:{serving.port}"}
    token = serving.request("POST", "/session/token", headers=origin).json["token"]
    serving.cookie = ""
    edit = {"op": "set", "kind": "requirement", "id": "LAMP-01", "changes": {"owner": "ada"}}
    sent = {"X-API-Key": token, "Content-Type": "application/json"}
    eventually(
        lambda: serving.request("GET", "/api/plan/outline", headers=sent).status == 200,
        "the planner",
    )
    answer = serving.request("POST", "/api/plan/save", json.dumps({"edit": edit}), sent)
    assert answer.json["error"]["code"] == "needs_approval"
    assert git(small_plan, "rev-list", "--count", "HEAD") == "1"
    proposed = json.dumps({"edit": edit, "proposal": "own"})
    assert serving.request("POST", "/api/plan/save", proposed, sent).status == 200


def test_it_keeps_in_step_with_a_remote_too(start: Start, small_plan: Path, tmp_path: Path) -> None:
    """As the service does; the address is on no command line."""
    git(tmp_path, "init", "-q", "--bare", "--initial-branch=main", "remote.git")
    git(small_plan, "init", "-qb", "main")
    git(small_plan, "add", "-A")
    git(small_plan, "commit", "-qm", "Begin")
    remote = tmp_path / "remote.git"
    serving = start("--plan", small_plan, "--port", "0", GIT_REMOTE=str(remote))
    serving.sign_in()
    tip = git(small_plan, "rev-parse", "main")
    eventually(lambda: git(remote, "for-each-ref", "--format=%(objectname)") == tip, "the push")
    eventually(lambda: "in step" in serving.request("GET", "/ops/remote").text, "the page")
    command = Path(f"/proc/{serving.process.pid}/cmdline").read_bytes()
    assert str(remote).encode() not in command


def test_the_next_free_port_is_taken_unless_one_is_named(
    start: Start, small_plan: Path, run_planner: Run, tmp_path: Path
) -> None:
    """Two services of one plan do not get into each other's way."""
    first = start("--plan", small_plan)
    second = start("--plan", small_plan)
    assert first.port != second.port
    for serving in (first, second):
        serving.sign_in()
        assert serving.shows("once every 10 s")
    edit(small_plan, "every 10 s", "every 17 s")
    for serving in (first, second):
        eventually(lambda serving=serving: serving.shows("once every 17 s"), "the edit")  # type: ignore[misc]
    refused = run_planner(
        "serve", "--plan", small_plan, "--port", str(first.port),
        env={"XDG_CACHE_HOME": str(tmp_path / "cache")},
    )  # fmt: skip
    assert refused.returncode == 2
    assert "in use" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_revision_is_served_as_it_was(
    start: Start, small_plan: Path, git: Callable[..., str], tmp_path: Path
) -> None:
    """Into a folder of the person's own, without a look at the files."""
    git(small_plan.parent, "init", "-q")
    git(small_plan.parent, "add", "content")
    git(small_plan.parent, "commit", "-qm", "Plan")
    edit(small_plan, "every 10 s", "every 99 s")
    serving = start("--plan", small_plan, "--port", "0", "--rev", "HEAD", "--out", tmp_path / "out")
    serving.sign_in()
    assert serving.shows("once every 10 s")
    assert not serving.shows("once every 99 s")
    assert (tmp_path / "out" / "r" / "LAMP-01" / "index.html").is_file()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--plan", "nowhere"), "no such folder"),
        (("--plan", "{plan}", "--rev", "no-such-revision"), "no-such-revision"),
        (("--plan", "{plan}", "--out", "{plan}"), "overlaps"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_runs(
    run_planner: Run, small_plan: Path, git: Callable[..., str], args: tuple[str, ...], message: str
) -> None:
    """With exit code 2 and without a traceback."""
    git(small_plan.parent, "init", "-q")
    done = run_planner("serve", "--port", "0", *(each.format(plan=small_plan) for each in args))
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_planning_folder_is_served(
    start: Start, write_files: Callable[..., Path], tmp_path: Path
) -> None:
    """Thousands of repositories keep such plans: they are read as they are."""
    plan = write_files(
        tmp_path / "repo" / ".planning",
        {
            "ROADMAP.md": "# Roadmap: Lamp\n\n## Phases\n\n- [ ] **Phase 1: Tower** - It stands\n\n"
            "## Phase Details\n\n### Phase 1: Tower\n**Goal**: It stands\n"
        },
    )
    serving = start("--plan", plan, "--port", "0")
    serving.sign_in()
    assert "Tower" in serving.request("GET", "/roadmap/").text


def test_a_folder_without_a_plan_is_where_one_begins(start: Start, tmp_path: Path) -> None:
    """`/` offers it, and shows it once it is there, whoever made it."""
    serving = start("--port", "0")
    serving.sign_in()
    html = {"Accept": "text/html"}
    offered = "Begin a plan"
    eventually(lambda: offered in serving.request("GET", "/", headers=html).text, "the first page")
    assert str(tmp_path / "content") in serving.request("GET", "/", headers=html).text
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "plan.yaml").write_text("title: Lighthouse\n", "utf-8")
    eventually(lambda: "Lighthouse" in serving.request("GET", "/").text, "the plan")


def test_an_interrupt_leaves_no_process(start: Start, small_plan: Path) -> None:
    """The port is free again at once."""
    serving = start("--plan", small_plan, "--port", "0")
    serving.sign_in()
    port = serving.port
    assert serving.end() == 0
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert not [
        each
        for each in Path("/proc").iterdir()
        if each.name.isdigit() and str(small_plan).encode() in _command(each)
    ]


def test_the_recipe_ends_with_what_it_runs(start: Start, small_plan: Path) -> None:
    """A service that outlived `just serve` would hold the port, and be found by nobody."""
    just = (str(Path(sys.executable).with_name("just")), "--justfile", str(ROOT / "justfile"))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    serving = start("--plan", small_plan, "--port", "0", by=just, PATH=path)
    serving.process.send_signal(signal.SIGTERM)
    serving.process.wait(30)

    def is_over() -> bool:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", serving.port), timeout=5).close()
            return False
        return True

    eventually(is_over, "its end")


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""
