"""A real service on a plan in a real git repository, and what git says of it afterwards."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.service.served import KEY, Answer, Served, free_port
from tests.service.shared import FREE

FILES = {
    "plan.yaml": "title: Lighthouse\n",
    "milestones/v1.md": "---\ntitle: First light\n---\n",
    "phases/tower.md": (
        "---\ntitle: Tower\nnumber: 01\nmilestone: v1\n---\n\nThe tower stands.\n\n"
        "## Success criteria\n\n1. The lamp is lit. {#c1}\n   - verifies: LAMP-01\n"
    ),
    "phases/lamp.md": "---\ntitle: Lamp\nnumber: 02\nmilestone: v1\n---\n\nThe lamp shines.\n",
    "requirements/LAMP-01.md": (
        "---\nphase: tower\nstatus: approved\ntags: [light]\nowner: Ada\n---\n\n"
        "The lamp shall shine.\n"
    ),
    "requirements/LAMP-02.md": "---\nphase: lamp\n---\n\nThe lamp shall turn once a minute.\n",
    "research/survey/stack.md": "---\ntitle: Lamps\n---\n\nThere are lamps of many kinds.\n",
}
# What a process of git gets: nothing of the host's own configuration.
_ENV = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_NAME": "Grace" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "grace@example.org" for who in ("AUTHOR", "COMMITTER")},
}


def git(root: Path, *words: str, stdin: bytes | None = None) -> str:
    """What a command of git prints."""
    done = subprocess.run(
        ["git", *words], cwd=root, env=_ENV, check=True, capture_output=True, input=stdin
    )
    return done.stdout.decode("utf-8").strip()


def plan_repository(root: Path, files: Mapping[str, str] = FILES) -> Path:
    """Make a repository whose folder `content` holds the plan, committed; return its top."""
    for name, text in files.items():
        file = root / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    git(root, "init", "-qb", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Begin")
    return root


@dataclass(frozen=True, slots=True)
class Planned:
    """A running service and the repository of its plan."""

    served: Served
    root: Path

    def git(self, *words: str) -> str:
        """What a command of git prints in the repository."""
        return git(self.root, *words)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """One request with the key of the administrator; `If_Match` becomes `If-Match`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.served.request(method, path, json_body=body, headers=named)

    def key(self, *scopes: str, person: str = "Ada Lovelace", email: str = "") -> str:
        """The text of a new key."""
        asked: dict[str, Any] = {"label": "of a test", "person": person, "scopes": scopes}
        answer = self.call("POST", "/admin/keys", {**asked, "email": email})
        assert answer.status == 201, answer.text
        text: str = answer.json["text"]
        return text

    @property
    def first(self) -> str:
        """The first commit."""
        return self.git("rev-list", "--max-parents=0", "main")

    def begin_again(self) -> None:
        """Bring the repository back to its first commit, without proposals."""
        first = self.first
        for name in self.git("for-each-ref", "--format=%(refname)").split():
            if name != "refs/heads/main":
                self.git("update-ref", "-d", name)
        self.git("clean", "--quiet", "-fd")
        self.git("reset", "--quiet", "--hard", first)

    def shows_the_first(self) -> bool:
        """Whether the site is that of the first commit, and no build is under way.

        A page that is opened before reloads itself, whatever a test does with it meanwhile.
        """
        built = self.served.state / "site" / "data" / "v1" / "build.json"
        if json.loads(built.read_text("utf-8"))["revision"] != self.first:
            return False
        parts = self.call("GET", "/health/readiness").json["components"]
        return not parts["planner"]["figures"]["busy"]

    def file(self, name: str) -> str:
        """A file of the plan, in the work tree."""
        return (self.root / "content" / name).read_text("utf-8")


@contextmanager
def planned_service(
    folder: Path, files: Mapping[str, str] = FILES, **settings: str
) -> Iterator[Planned]:
    """Run a service on the plan `files` in a repository of its own, without limits of rate."""
    root = plan_repository(folder / "repository", files)
    port = free_port()
    env = {
        "AGENTED_STATE_DIR": str(folder / "state"),
        "AGENTED_CONTENT_DIR": str(root / "content"),
        "AGENTED_API_KEY": KEY,
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        **FREE,
        **settings,
    }
    served = Served(env, folder, port)
    try:
        served.start()
        yield Planned(served, root)
    finally:
        served.leave()
