"""Every kind of bad source is refused with words, and nothing outside the folder is read."""

import os

import pytest

from planner.errors import SourceError
from planner.exchange.source import MAX_FILE, read_files

ROADMAP = "### Phase 1: Keel\n"


def refusal(path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_files(path)
    assert caught.value.hint
    assert caught.value.exit_code == 2
    return caught.value


def test_a_folder_a_folder_around_it_and_a_single_file(tmp_path, write_files):
    """All three ways to name a plan."""
    plan = write_files(tmp_path / "repo" / ".planning", {"ROADMAP.md": ROADMAP, "notes.txt": "x"})
    assert read_files(plan)["ROADMAP.md"] == ROADMAP.encode()
    assert read_files(tmp_path / "repo")["ROADMAP.md"] == ROADMAP.encode()
    single = tmp_path / "my-roadmap.md"
    single.write_text(ROADMAP)
    assert read_files(single) == {"ROADMAP.md": ROADMAP.encode()}


def test_names_are_found_whatever_their_case(tmp_path, write_files):
    """Some people write roadmap.md."""
    write_files(tmp_path, {"roadmap.md": ROADMAP, "Requirements.md": "x"})
    assert set(read_files(tmp_path)) == {"ROADMAP.md", "REQUIREMENTS.md"}


def test_files_that_are_no_plan_are_named_without_content(tmp_path, write_files):
    """So that the import can say what it did not take."""
    write_files(
        tmp_path,
        {
            "ROADMAP.md": ROADMAP,
            "phases/01-keel/01-01-PLAN.md": "x",
            "research/STACK.md": "# Stack",
        },
    )
    files = read_files(tmp_path)
    assert files["phases/01-keel/01-01-PLAN.md"] == b""
    assert files["research/STACK.md"] == b"# Stack\n"[:7]


BAD = {
    "not there": (lambda path: None, "there is no such file or folder"),
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "blank": (lambda path: path.write_bytes(b" \n\n"), "is empty"),
    "binary": (lambda path: path.write_bytes(b"# R\n\0\1\2"), "is binary"),
    "too big": (lambda path: path.write_bytes(b"x\n" * (MAX_FILE // 2 + 1)), "larger than 4 MiB"),
    "folder without a roadmap": (lambda path: path.mkdir(), "holds no ROADMAP.md"),
    "a pipe": (lambda path: os.mkfifo(path), "neither a file nor a folder"),
    "a link to nothing": (lambda path: path.symlink_to("gone"), "there is no such file"),
    "a link in a circle": (lambda path: path.symlink_to(path.name), "cannot be read"),
}


@pytest.mark.parametrize(("make", "words"), BAD.values(), ids=BAD)
def test_a_bad_source_is_refused_with_words(tmp_path, make, words):
    """The message names the path and what is wrong with it."""
    path = tmp_path / "source"
    make(path)
    error = refusal(path)
    assert words in error.message
    assert str(path) in error.message


def test_names_that_no_system_has(tmp_path):
    """A NUL in the name, or a name too long."""
    for name in ("a\0b", "x" * 5000):
        assert "cannot be read" in refusal(tmp_path / name).message


def test_a_roadmap_of_megabytes_is_refused_before_it_is_read_whole(tmp_path):
    """10 MB in a folder, too."""
    (tmp_path / "ROADMAP.md").write_bytes(b"### Phase 1: x\n" * 700_000)
    assert "larger than" in refusal(tmp_path).message


def test_the_hint_names_an_archived_roadmap(tmp_path, write_files):
    """A folder whose milestone was closed has only archived ones."""
    write_files(tmp_path, {"milestones/v1.0-ROADMAP.md": ROADMAP})
    assert "milestones/v1.0-ROADMAP.md" in refusal(tmp_path).hint


def test_links_are_followed_inside_the_folder_only(tmp_path, write_files):
    """One plan in the wild keeps its files as links to dated ones."""
    plan = write_files(tmp_path / ".planning", {"2026-01-02-roadmap.md": ROADMAP})
    (plan / "ROADMAP.md").symlink_to("2026-01-02-roadmap.md")
    secret = tmp_path / "secret.md"
    secret.write_text("- [ ] **KEY-01**: secret\n")
    (plan / "REQUIREMENTS.md").symlink_to(secret)
    (plan / "research").mkdir()
    (plan / "research" / "STACK.md").symlink_to("/etc/hostname")
    (plan / "outside").symlink_to("/etc")
    files = read_files(plan)
    assert files["ROADMAP.md"] == ROADMAP.encode()
    assert "REQUIREMENTS.md" not in files
    assert b"secret" not in b"".join(files.values())
    left = [name for name, data in files.items() if not data]
    assert "REQUIREMENTS.md (a symbolic link that leaves the folder)" in left
    assert "research/STACK.md (a symbolic link that leaves the folder)" in left
    assert not any(name.startswith("outside/") for name in files)


def test_a_roadmap_that_links_out_of_the_folder_is_refused(tmp_path, write_files):
    """The one file without which there is no plan."""
    plan = write_files(tmp_path / ".planning", {"STATE.md": "x"})
    write_files(tmp_path, {"other.md": ROADMAP})
    (plan / "ROADMAP.md").symlink_to(tmp_path / "other.md")
    assert "leaves the folder" in refusal(plan).message


def test_folders_that_link_in_a_circle_end(tmp_path, write_files):
    """Folders behind links are named, never entered."""
    plan = write_files(tmp_path / ".planning", {"ROADMAP.md": ROADMAP})
    (plan / "phases").mkdir()
    (plan / "phases" / "again").symlink_to(plan)
    assert set(read_files(plan)) == {"ROADMAP.md", "phases/again"}


def test_binary_research_is_left_out_and_named(tmp_path, write_files):
    """The plan is read all the same."""
    plan = write_files(tmp_path, {"ROADMAP.md": ROADMAP, "research/PITFALLS.md": "x"})
    (plan / "research" / "STACK.md").write_bytes(b"\0\1")
    files = read_files(plan)
    assert files["research/STACK.md (it is binary)"] == b""
    assert files["research/PITFALLS.md"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_roadmap_is_refused(tmp_path, write_files):
    """Permission denied, in the words of the system."""
    plan = write_files(tmp_path, {"ROADMAP.md": ROADMAP})
    (plan / "ROADMAP.md").chmod(0)
    assert "permission denied" in refusal(plan).message
