"""What the last build shows already need not be built again."""

from collections.abc import Callable
from pathlib import Path

from planner.store.location import find_plan
from planner.workspace import Workspace


def test_only_what_is_as_it_was_built_is_passed_over(
    small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """By what the files hold, and by the commit; not by times, nor by what was told before."""
    git(small_plan, "init", "-q", "-b", "main")
    git(small_plan, "add", ".")
    git(small_plan, "commit", "-qm", "begin")
    lamp, plan = small_plan / "requirements/LAMP-01.md", small_plan / "plan.yaml"
    log, text = small_plan / ".git/logs/HEAD", lamp.read_text("utf-8")
    everything = (lamp, plan, log)
    workspace = Workspace(find_plan(str(small_plan), {}, small_plan), tmp_path / "caches")
    assert not workspace.has_built(everything), "nothing was built yet"
    workspace.build(tmp_path / "site")
    assert workspace.has_built(everything)
    assert not workspace.has_built(()), "nobody knows what changed"
    assert not workspace.has_built([lamp] * 51), "too many to look at each"
    lamp.write_text(text + "\nMore.\n", "utf-8")
    assert not workspace.has_built([lamp])
    assert workspace.has_built([plan])
    lamp.write_text(text, "utf-8")
    assert workspace.has_built([lamp]), "it says the same again"
    lamp.unlink()
    assert not workspace.has_built([lamp])
    lamp.symlink_to(plan)
    assert not workspace.has_built([lamp])
    lamp.unlink()
    lamp.write_text(text, "utf-8")
    new = small_plan / "requirements/NEW-01.md"
    new.write_text(text, "utf-8")
    assert not workspace.has_built([new])
    assert not workspace.has_built([small_plan / "requirements"])
    assert not workspace.has_built([tmp_path / "elsewhere.md"])
    new.unlink()
    git(small_plan, "commit", "-q", "--allow-empty", "-m", "more")
    assert not workspace.has_built([log])
    workspace.build(tmp_path / "site")
    assert workspace.has_built(everything)
    workspace.close()
    assert not workspace.has_built(everything)
