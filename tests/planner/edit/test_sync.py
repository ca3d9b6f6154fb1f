"""Two copies of a plan and one remote: all that is made arrives, nothing is reset or forced."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.edit.creating import Create
from planner.edit.editor import Editor, Saved, Unsaved
from planner.edit.exchange import InStep, exchange
from planner.edit.fields import SetFields, settled_text
from planner.edit.proposals import Proposals
from planner.edit.sync import Sync
from planner.errors import RemoteError, StoreError
from planner.store.address import find_address
from planner.store.commits import Person
from planner.store.folder import open_plan_folder
from planner.store.remote import Remote

Desk = Any
EVE = Person("Eve Proposer", "eve@example.org")
SERVICE = Person("Agented", "agented@localhost")
SYNCER = Path(__file__).with_name("syncer.py")
KILLS = 40 if os.environ.get("SAVERS") == "full" else 6
LAMP = "requirements/LAMP-01.md"


class Copy:
    """A clone of the plan, and the exchange of it with the remote."""

    def __init__(self, root: Path, remote: Path, git: Callable[..., str]) -> None:
        self.root, self.remote, self._git = root, remote, git

    def git(self, *args: str) -> str:
        return self._git(self.root, *args).removesuffix("\n")

    @property
    def content(self) -> Path:
        return self.root / "content"

    def editor(self) -> Editor:
        return Editor(open_plan_folder(self.root if self.bare else self.content))

    @property
    def bare(self) -> bool:
        return not (self.root / "content").is_dir()

    def sync(self) -> InStep:
        """One exchange, as a new process would make it."""
        editor = self.editor()
        address = find_address(editor.repository, str(self.remote), cwd=self.root)
        return exchange(Sync(editor, address, SERVICE), Remote(editor.repository, address))

    def put(
        self, id: str, kind: str = "requirement", *, proposal: str = "", **changes: object
    ) -> str:
        """Save a change of an item, and return the commit."""
        outcome = self.editor().save(SetFields(id, kind, changes), EVE, proposal=proposal)
        assert isinstance(outcome, Saved)
        assert outcome.commit
        return outcome.commit

    def tip(self, ref: str = "main") -> str:
        """The commit of a ref, or empty."""
        done = subprocess.run(
            ["git", "-C", str(self.root), "rev-parse", "--verify", "--quiet", ref],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def shown(self, path: str, rev: str = "main") -> str:
        return self.git("show", f"{rev}:content/{path}")

    def clean(self) -> bool:
        return self.git("status", "--porcelain", "--untracked-files=all") == ""

    def write(self, path: str, old: str, new: str) -> None:
        """A person changes a file by hand."""
        file = self.content / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def commit(self, path: str, old: str, new: str) -> None:
        """A person changes a file by hand and commits it."""
        self.write(path, old, new)
        self.git("commit", "--quiet", "--all", "--message=by hand")


@pytest.fixture
def copies() -> Iterator[list[Copy]]:
    """All copies of the test, sound at its end."""
    made: list[Copy] = []
    yield made
    for copy in made:
        assert copy.git("fsck", "--strict", "--no-dangling") == ""
        assert not (copy.root / ".git" / "index.lock").exists()


@pytest.fixture
def remote(desk: Desk, tmp_path: Path, git: Callable[..., str], copies: list[Copy]) -> Copy:
    """A bare repository that holds the plan."""
    place = tmp_path / "remote.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(desk.root), str(place))
    copies.append(Copy(place, place, git))
    return copies[0]


@pytest.fixture
def clone(
    remote: Copy, tmp_path: Path, git: Callable[..., str], copies: list[Copy]
) -> Callable[..., Copy]:
    """Make another copy of the plan."""

    def make(name: str, *options: str) -> Copy:
        git(tmp_path, "clone", "--quiet", *options, str(remote.root), name)
        copies.append(Copy(tmp_path / name, remote.root, git))
        return copies[-1]

    return make


@pytest.fixture
def here(clone: Callable[..., Copy]) -> Copy:
    """The copy that is looked at."""
    return clone("here")


@pytest.fixture
def there(clone: Callable[..., Copy]) -> Copy:
    """Another one."""
    return clone("there")


def test_a_save_arrives_and_is_counted_until_then(remote: Copy, here: Copy) -> None:
    """On the main branch and on a proposal."""
    main = here.put("LAMP-01", owner="eve")
    proposed = here.put("LAMP-02", owner="eve", proposal="names")
    done = here.sync()
    assert (done.waiting, done.notes) == (0, ())
    assert done.sent == ("main", "plan/names")
    assert (remote.tip(), remote.tip("plan/names")) == (main, proposed)
    again = here.sync()
    assert (again.sent, again.came, again.notes) == ((), (), ())


def test_a_remote_that_is_down_holds_nothing_up(remote: Copy, here: Copy) -> None:
    """The saves wait, are counted, and arrive when it is up again."""
    here.sync()
    away = remote.root.with_name("away.git")
    remote.root.rename(away)
    commits = [here.put("LAMP-01", owner=name) for name in ("ada", "eve")]
    with pytest.raises(RemoteError, match="there is no repository at"):
        here.sync()
    editor = here.editor()
    address = find_address(editor.repository, str(here.remote), cwd=here.root)
    assert Sync(editor, address, SERVICE).waiting("main") == 2
    away.rename(remote.root)
    assert here.sync().waiting == 0
    assert remote.tip() == commits[-1]


def test_what_others_pushed_comes_by_fast_forward(remote: Copy, here: Copy, there: Copy) -> None:
    """Branch, index and files; a file that was added and one that was deleted, too."""
    there.put("LAMP-01", owner="eve")
    (there.content / "notes.txt").write_text("a file\n", "utf-8")
    (there.content / "requirements" / "TOW-02.md").unlink()
    there.git("add", "--all")
    there.git("commit", "--quiet", "--message=by hand")
    there.sync()
    done = here.sync()
    assert (done.came, done.sent, done.notes) == (("main",), (), ())
    assert here.tip() == there.tip()
    assert here.clean()
    assert (here.content / "notes.txt").read_text("utf-8") == "a file\n"
    assert not (here.content / "requirements" / "TOW-02.md").exists()


def test_a_bare_repository_is_brought_forward(
    remote: Copy, there: Copy, clone: Callable[..., Copy]
) -> None:
    """There is no file beside it: the branch alone moves."""
    bare = clone("bare.git", "--bare")
    assert bare.bare
    commit = there.put("LAMP-01", owner="eve")
    there.sync()
    assert bare.sync().came == ("main",)
    assert bare.tip() == commit


def test_a_persons_changes_stay_as_they_are(remote: Copy, here: Copy, there: Copy) -> None:
    """Staged and unstaged, in files that others did not change."""
    commit = there.put("LAMP-01", owner="eve")
    there.sync()
    here.write("plan.yaml", "Lighthouse", "Lighthouse II")
    here.write("requirements/TOW-01.md", "The tower", "The high tower")
    here.git("add", "content/plan.yaml")
    before = here.git("diff", "HEAD"), here.git("diff", "--cached")
    assert here.sync().came == ("main",)
    assert here.tip() == commit
    assert (here.git("diff", "HEAD"), here.git("diff", "--cached")) == before


@pytest.mark.parametrize("staged", [True, False])
def test_a_change_in_the_same_file_stops_the_fast_forward(
    remote: Copy, here: Copy, there: Copy, staged: bool
) -> None:
    """It is said; nothing of the person's is touched; and it goes on when they have committed."""
    there.put("LAMP-01", owner="eve")
    there.sync()
    here.write(LAMP, "every 10 s", "every 11 s")
    if staged:
        here.git("add", "--all")
    tip, text = here.tip(), (here.content / LAMP).read_text("utf-8")
    status = here.git("status", "--porcelain")
    (note,) = here.sync().notes
    assert (note.branch, note.state) == ("main", "behind")
    assert "LAMP-01.md has a change that is not committed" in note.reason
    assert (here.tip(), here.git("status", "--porcelain")) == (tip, status)
    assert (here.content / LAMP).read_text("utf-8") == text
    here.git("commit", "--quiet", "--all", "--message=mine")
    done = here.sync()
    assert (done.notes, done.waiting) == ((), 0)
    assert "every 11 s" in remote.shown(LAMP)
    assert "owner: eve" in remote.shown(LAMP)


def test_both_sides_went_on_and_are_merged_by_field(remote: Copy, here: Copy, there: Copy) -> None:
    """Different fields of one file, as a merge commit that both sides can follow."""
    theirs = there.put("LAMP-01", owner="eve")
    there.sync()
    ours = here.put("LAMP-01", tags=["night"])
    done = here.sync()
    assert (done.notes, done.waiting, done.sent) == ((), 0, ("main",))
    assert here.git("log", "-1", "--format=%P %an %s") == (
        f"{ours} {theirs} Agented Merge 1 commit of main at the remote"
    )
    assert here.clean()
    assert there.sync().came == ("main",)
    assert there.tip() == here.tip() == remote.tip()
    assert "owner: eve" in there.shown(LAMP)
    assert "night" in there.shown(LAMP)


def test_one_id_made_on_both_sides_is_two_items(remote: Copy, here: Copy, there: Copy) -> None:
    """What was published keeps its id; that of here gets another."""
    made = {}
    for copy, text in ((there, "The lamp shall turn."), (here, "The lamp shall hum.")):
        operation = Create("requirement", {"phases": ["lamp"], "text": text}, category="LAMP")
        outcome = copy.editor().save(operation, EVE)
        assert isinstance(outcome, Saved)
        made[text] = outcome.preview.draft.id
    assert len(set(made.values())) == 1
    (id,) = set(made.values())
    there.sync()
    assert here.sync().notes == ()
    assert "shall turn" in remote.shown(f"requirements/{id}.md")
    others = remote.git("grep", "-l", "shall hum", "main")
    assert others.endswith(".md")
    assert id not in others


def test_a_clash_becomes_a_proposal_and_its_merge_ends_it(
    remote: Copy, here: Copy, there: Copy
) -> None:
    """Nothing is reset on either side; the commits of here wait, and arrive after the merge."""
    theirs = there.put("LAMP-01", owner="eve")
    there.sync()
    ours = here.put("LAMP-01", owner="ada")
    done = here.sync()
    (note,) = done.notes
    assert (note.branch, note.state, done.waiting) == ("main", "diverged", 1)
    assert "a person must choose for LAMP-01" in note.reason
    assert note.proposal.startswith("diverged-")
    assert note.proposal in note.hint
    parked = f"plan/{note.proposal}"
    assert (here.tip(), here.tip(parked), remote.tip()) == (ours, theirs, theirs)
    # More on both sides meanwhile.
    more = there.put("TOW-01", owner="eve")
    there.sync()
    here.put("TOW-02", owner="ada")
    (note,) = here.sync().notes
    assert here.tip(parked) == more
    assert remote.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"

    desk = Proposals(here.editor())
    (listed,) = desk.list()
    assert (listed.slug, listed.tip) == (note.proposal, more)
    asked = desk.merge(note.proposal, EVE)
    assert isinstance(asked, Unsaved)
    (clash,) = asked.preview.draft.clashes
    text = settled_text(clash, {"owner": "both"})
    merged = desk.merge(note.proposal, EVE, settled={clash.path: text}, reviewed=True)
    assert isinstance(merged, Saved)
    done = here.sync()
    assert (done.notes, done.waiting) == ((), 0)
    assert remote.tip() == merged.commit
    assert "owner: both" in remote.shown(LAMP)
    assert here.tip(parked) == ""
    assert there.sync().came == ("main",)


def test_a_clash_that_a_person_merges_by_git_takes_the_proposal_away(
    remote: Copy, here: Copy, there: Copy
) -> None:
    """The way of git itself is open, too."""
    there.put("LAMP-01", owner="eve")
    there.sync()
    here.put("LAMP-01", owner="ada")
    (note,) = here.sync().notes
    here.git("merge", "--quiet", "--strategy=ours", "refs/remotes/agented/main")
    assert here.sync().notes == ()
    assert remote.tip() == here.tip()
    assert here.tip(f"plan/{note.proposal}") == ""


def test_a_branch_that_was_rewritten_there_is_not_followed(
    remote: Copy, here: Copy, there: Copy
) -> None:
    """Nor is what was taken out there sent again; the way out that is told works."""
    here.put("LAMP-01", owner="eve")
    here.sync()
    there.sync()
    there.git("reset", "--quiet", "--hard", "HEAD~1")
    there.commit(LAMP, "every 10 s", "every 12 s")
    there.git("push", "--quiet", "--force", "origin", "main")
    ours = here.put("LAMP-02", owner="eve")
    rewritten = remote.tip()
    for _ in range(2):
        done = here.sync()
        (note,) = done.notes
        assert (note.branch, note.state, done.waiting) == ("main", "rewritten", 2)
        assert "git reset --keep refs/remotes/agented/main" in note.hint
        assert (here.tip(), remote.tip()) == (ours, rewritten)
    for command in note.hint.partition("follow it here: ")[2].split("; "):
        here.git(*command.split()[1:])
    assert here.sync().notes == ()
    assert here.tip() == rewritten
    assert here.clean()
    here.put("LAMP-02", owner="ada")
    assert here.sync().sent == ("main",)


def test_a_branch_that_was_set_back_there_is_not_filled_again(
    remote: Copy, here: Copy, there: Copy
) -> None:
    """A plain push would undo what somebody did on purpose."""
    here.put("LAMP-01", owner="eve")
    here.sync()
    remote.git("update-ref", "refs/heads/main", "main~1")
    (note,) = here.sync().notes
    assert note.state == "rewritten"
    assert remote.tip() == here.tip("main~1")


def test_a_branch_that_was_rewritten_here_is_not_forced(remote: Copy, here: Copy) -> None:
    """A person amended what had been sent."""
    here.put("LAMP-01", owner="eve")
    here.sync()
    sent = remote.tip()
    here.git("commit", "--quiet", "--amend", "--message=other words")
    (note,) = here.sync().notes
    assert (note.state, remote.tip()) == ("rewritten", sent)


def test_a_main_branch_that_is_gone_stops_everything(remote: Copy, here: Copy) -> None:
    """A remote that was emptied must not take the proposals away here."""
    here.put("LAMP-01", owner="eve", proposal="one")
    here.sync()
    for ref in ("refs/heads/main", "refs/heads/plan/one"):
        remote.git("update-ref", "-d", ref)
    (note,) = here.sync().notes
    assert note.state == "gone"
    assert here.tip("plan/one")


def test_an_empty_remote_gets_everything(
    desk: Desk, here: Copy, tmp_path: Path, git: Callable[..., str]
) -> None:
    """And one that holds something else gets nothing."""
    for name in ("empty", "other"):
        git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", f"{name}.git")
    other = Copy(tmp_path / "other.git", tmp_path / "other.git", git)
    tree = other.git("hash-object", "-t", "tree", "-w", "/dev/null")
    other.git("update-ref", "refs/heads/main", other.git("commit-tree", tree, "-m", "other"))
    here.sync()  # with the first one: what is known of it must not count for the others
    here.put("LAMP-01", owner="eve", proposal="one")
    here.remote = tmp_path / "empty.git"
    assert here.sync().sent == ("main", "plan/one")
    here.remote = tmp_path / "other.git"
    here.git("branch", "-D", "--quiet", "plan/one")
    (note,) = here.sync().notes
    assert "no commit in common" in note.reason


def test_a_proposal_made_elsewhere_appears_and_goes_on_here(
    remote: Copy, here: Copy, there: Copy
) -> None:
    """Both add to it; what is merged here is taken away there."""
    there.put("LAMP-01", owner="eve", proposal="names")
    there.sync()
    assert here.sync().came == ("plan/names",)
    (listed,) = Proposals(here.editor()).list()
    assert (listed.slug, listed.commits) == ("names", 1)
    here.put("LAMP-02", owner="eve", proposal="names")
    here.sync()
    assert there.sync().came == ("plan/names",)
    assert there.tip("plan/names") == here.tip("plan/names")
    assert isinstance(Proposals(here.editor()).merge("names", EVE), Saved)
    here.sync()
    assert remote.tip("plan/names") == ""
    assert set(there.sync().came) == {"main", "plan/names"}
    assert there.tip("plan/names") == ""
    assert there.tip() == here.tip() == remote.tip()
    assert there.git("for-each-ref", "refs/agented/closed") == "", "it is in the branch"


def test_a_proposal_that_both_added_to_is_merged(remote: Copy, here: Copy, there: Copy) -> None:
    """By field, as the main branch is."""
    there.put("LAMP-01", owner="eve", proposal="names")
    there.sync()
    here.sync()
    there.put("LAMP-01", tags=["night"], proposal="names")
    here.put("LAMP-02", owner="eve", proposal="names")
    there.sync()
    done = here.sync()
    assert (done.notes, done.waiting) == ((), 0)
    assert "night" in remote.shown(LAMP, "plan/names")
    assert "owner: eve" in remote.shown("requirements/LAMP-02.md", "plan/names")


def test_a_proposal_in_which_both_clash_is_told_and_kept(
    remote: Copy, here: Copy, there: Copy
) -> None:
    """Once ours is closed, theirs comes."""
    there.put("LAMP-01", owner="x", proposal="names")
    there.sync()
    here.sync()
    theirs = there.put("LAMP-01", owner="eve", proposal="names")
    ours = here.put("LAMP-01", owner="ada", proposal="names")
    there.sync()
    (note,) = here.sync().notes
    assert (note.branch, note.state) == ("plan/names", "diverged")
    assert (here.tip("plan/names"), remote.tip("plan/names")) == (ours, theirs)
    Proposals(here.editor()).close("names")
    assert here.sync().notes == ()
    assert here.tip("plan/names") == theirs == remote.tip("plan/names")


def test_a_closed_proposal_goes_there_only_if_nobody_added_to_it(
    remote: Copy, here: Copy, there: Copy
) -> None:
    """The lease is the exact commit that was closed."""
    here.put("LAMP-01", owner="eve", proposal="one")
    here.put("LAMP-01", owner="ada", proposal="two")
    here.sync()
    there.sync()
    Proposals(here.editor()).close("one")
    Proposals(here.editor()).close("two")
    added = there.put("LAMP-02", owner="eve", proposal="two")
    there.sync()
    here.sync()
    assert remote.tip("plan/one") == ""
    assert remote.tip("plan/two") == here.tip("plan/two") == added
    there.sync()
    assert there.tip("plan/one") == ""
    assert "closed/one" in there.git("for-each-ref", "refs/agented/closed"), "it is kept"


def test_a_proposal_merged_on_the_forge_is_closed_here(
    remote: Copy, here: Copy, there: Copy
) -> None:
    """Merged there and deleted there, as a pull request is."""
    here.put("LAMP-01", owner="eve", proposal="one")
    here.sync()
    there.git("fetch", "--quiet")
    there.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #1", "origin/plan/one")
    there.git("push", "--quiet", "origin", "main", ":plan/one")
    done = here.sync()
    assert set(done.came) == {"main", "plan/one"}
    assert here.tip("plan/one") == ""
    assert here.tip() == there.tip()
    assert here.clean()


def test_a_proposal_that_is_checked_out_is_not_taken_away(
    remote: Copy, here: Copy, clone: Callable[..., Copy], tmp_path: Path
) -> None:
    """In another work tree of the repository."""
    here.put("LAMP-01", owner="eve", proposal="one")
    here.sync()
    here.git("worktree", "add", "--quiet", str(tmp_path / "second"), "plan/one")
    remote.git("update-ref", "-d", "refs/heads/plan/one")
    (note,) = here.sync().notes
    assert "is checked out in another work tree" in note.reason
    assert here.tip("plan/one")


def test_a_refused_branch_is_told_in_the_words_of_the_remote(remote: Copy, here: Copy) -> None:
    """A protected branch; the other one arrives."""
    hook = remote.root / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        '#!/bin/sh\n[ "$1" = refs/heads/main ] || exit 0\necho "main is protected"\nexit 1\n'
    )
    hook.chmod(0o755)
    proposed = here.put("LAMP-02", owner="eve", proposal="names")
    here.put("LAMP-01", owner="eve")
    done = here.sync()
    (note,) = done.notes
    assert (note.branch, note.state) == ("main", "refused")
    assert "main is protected" in note.reason
    assert done.waiting == 1
    assert remote.tip("plan/names") == proposed


def test_a_detached_head_is_told(here: Copy) -> None:
    here.git("checkout", "--quiet", "--detach")
    with pytest.raises(StoreError, match="no branch is checked out"):
        here.sync()


def test_a_merge_under_way_is_left_alone(remote: Copy, here: Copy, there: Copy) -> None:
    """It is brought forward when the person is done."""
    there.put("LAMP-01", owner="eve")
    there.sync()
    here.git("branch", "side")
    here.commit("plan.yaml", "Lighthouse", "Lighthouse II")
    here.git("switch", "--quiet", "side")
    here.commit("plan.yaml", "Lighthouse", "Lighthouse III")
    here.git("switch", "--quiet", "main")
    done = subprocess.run(["git", "-C", str(here.root), "merge", "side"], capture_output=True)
    assert done.returncode == 1
    before = here.git("status", "--porcelain"), here.tip()
    (note,) = here.sync().notes
    assert "in the middle of a merge" in note.reason
    assert (here.git("status", "--porcelain"), here.tip()) == before


def test_hooks_and_settings_of_the_repository_start_nothing(remote: Copy, here: Copy) -> None:
    """They may be a stranger's."""
    mark = here.root / "mark"
    for name in ("pre-push", "reference-transaction", "post-merge", "post-checkout"):
        hook = here.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >> {mark}\n")
        hook.chmod(0o755)
    evil = f"sh -c 'echo $0 >> {mark}'"
    for key in ("core.sshCommand", "credential.helper", "remote.agented.receivepack",
                "remote.agented.uploadpack", "core.fsmonitor"):  # fmt: skip
        here.git("config", key, evil)
    here.git("config", f"url.ext::sh -c 'echo >> {mark}'.insteadOf", str(remote.root))
    here.put("LAMP-01", owner="eve")
    assert here.sync().sent == ("main",)
    assert remote.tip() == here.tip()
    assert not mark.exists()


def start(copy: Copy, root: Path, name: str, saves: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SYNCER), str(copy.content), str(copy.remote), name, str(saves)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def tags(copy: Copy) -> list[str]:
    """The tags of the two items that are saved to, as the branch has them."""
    tree = copy.editor().plan().tree
    return [tag for each in tree.requirements if each.id in {"LAMP-01", "LAMP-02"}
            for tag in each.tags]  # fmt: skip


def test_two_services_on_two_clones_lose_nothing(
    remote: Copy, here: Copy, there: Copy, root: Path
) -> None:
    """Both save to the same items and exchange after each save, beside a person who commits."""
    before = tags(here)
    running = [start(copy, root, name, 6) for copy, name in ((here, "a"), (there, "b"))]
    by_hand = 0
    while any(each.poll() is None for each in running):
        (here.root / "notes.txt").write_text(f"{by_hand}\n")
        done = subprocess.run(
            "git add notes.txt && git commit --quiet --message=hand notes.txt",
            shell=True, cwd=here.root, capture_output=True, check=False,
        )  # fmt: skip
        by_hand += done.returncode == 0
        time.sleep(0.1)
    lines = []
    for each in running:
        out, err = each.communicate()
        assert not err, err
        lines += out.splitlines()
    saved = [line.split()[1] for line in lines if line.startswith("saved ")]
    assert len(saved) == 12
    for copy in (here, there, here):
        done = copy.sync()
        assert (done.notes, done.waiting) == ((), 0), lines
    assert here.tip() == there.tip() == remote.tip()
    assert sorted(tags(here)) == sorted([*before, *saved])
    subjects = here.git("log", "--format=%s").split("\n")
    assert subjects.count("hand") == by_hand > 0
    assert all(subjects.count(each) == 1 for each in saved)
    assert here.git("status", "--porcelain") in {"", " M notes.txt", "M  notes.txt"}
    assert there.clean()


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_process_killed_in_an_exchange_is_made_good_by_the_next(
    remote: Copy, here: Copy, there: Copy, root: Path, seed: int
) -> None:
    """While others push: a push, a fetch, a fast-forward or a merge may be under way."""
    chance = random.Random(seed)
    before = tags(here)
    there.put("TOW-01", owner=f"eve-{seed}")
    there.sync()
    running = start(here, root, "a", 50)
    assert running.stdout is not None
    lines = [running.stdout.readline()]
    theirs = there.put("TOW-02", owner=f"eve-{seed}")
    there.sync()
    time.sleep(chance.random() * 0.6)
    running.kill()
    lines += running.communicate()[0].splitlines()
    saved = [line.split()[1] for line in lines if line.startswith("saved ")]
    for copy in (here, there):
        done = copy.sync()
        assert (done.notes, done.waiting) == ((), 0)
    assert here.clean()
    assert there.clean()
    assert here.tip() == there.tip() == remote.tip()
    now = tags(here)
    # A save that was killed before it could be told may have counted.
    assert set(now) >= {*before, *saved}
    assert len(now) <= len(before) + len(saved) + 1
    assert there.git("merge-base", "--is-ancestor", theirs, "main") == ""
