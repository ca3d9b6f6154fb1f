"""Following files through renames, without git."""

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.store.lineage import RawChange, follow


def _added(path):
    return RawChange("A", path)


def _changed(path):
    return RawChange("M", path)


def _deleted(path):
    return RawChange("D", path)


def _renamed(old, new):
    return RawChange("R", new, old)


def _told(files, path):
    return [(row.commit, row.status, row.path) for row in files.get(path, ())]


def test_a_renamed_file_keeps_its_former_changes():
    files = follow([[_changed("c")], [_renamed("b", "c")], [_renamed("a", "b")], [_added("a")]])
    assert _told(files, "c") == [(0, "M", "c"), (1, "R", "c"), (2, "R", "b"), (3, "A", "a")]
    assert files["c"][1].old_path == "b"
    assert "a" not in files


def test_a_new_file_under_the_former_name_has_a_history_of_its_own():
    files = follow([[_changed("a")], [_added("a")], [_renamed("a", "b")], [_added("a")]])
    assert _told(files, "a") == [(0, "M", "a"), (1, "A", "a")]
    assert _told(files, "b") == [(2, "R", "b"), (3, "A", "a")]


def test_a_file_made_anew_in_the_commit_that_renamed_it_away():
    files = follow([[_added("a"), _renamed("a", "b")], [_added("a")]])
    assert _told(files, "a") == [(0, "A", "a")]
    assert _told(files, "b") == [(0, "R", "b"), (1, "A", "a")]


def test_two_files_that_swap_their_names_swap_their_histories():
    files = follow([[_renamed("a", "b"), _renamed("b", "a")], [_changed("a")], [_added("b")]])
    assert _told(files, "b") == [(0, "R", "b"), (1, "M", "a")]
    assert _told(files, "a") == [(0, "R", "a"), (2, "A", "b")]


def test_a_chain_of_renames_in_one_commit_in_any_order():
    rows = [_renamed("a", "b"), _renamed("b", "c")]
    for order in (rows, rows[::-1]):
        files = follow([order, [_changed("b")], [_changed("a")]])
        assert _told(files, "c") == [(0, "R", "c"), (1, "M", "b")]
        assert _told(files, "b") == [(0, "R", "b"), (2, "M", "a")]


def test_a_file_deleted_and_made_again_keeps_both_lives():
    files = follow([[_added("a")], [_deleted("a")], [_changed("a")], [_added("a")]])
    assert _told(files, "a") == [(0, "A", "a"), (1, "D", "a"), (2, "M", "a"), (3, "A", "a")]


def test_changes_on_a_branch_that_did_not_know_of_the_rename_are_kept():
    # By date the edit of the former name, on another branch, comes after the rename.
    files = follow([[_changed("b")], [_changed("a")], [_renamed("a", "b")], [_added("a")]])
    assert _told(files, "b") == [(0, "M", "b"), (1, "M", "a"), (2, "R", "b"), (3, "A", "a")]


def test_the_same_rename_on_two_branches():
    files = follow([[_renamed("a", "b")], [_renamed("a", "b")], [_added("a")]])
    assert _told(files, "b") == [(0, "R", "b"), (1, "R", "b"), (2, "A", "a")]


def test_a_file_renamed_to_two_names_on_two_branches_is_told_by_both():
    files = follow([[_renamed("a", "b")], [_renamed("a", "c")], [_changed("a")], [_added("a")]])
    older = [(2, "M", "a"), (3, "A", "a")]
    assert _told(files, "b") == [(0, "R", "b"), *older]
    assert _told(files, "c") == [(1, "R", "c"), *older]


def test_nothing_gives_nothing():
    assert follow([]) == {}
    assert follow([[]]) == {}


_NAMES = st.sampled_from("abcd")
_ROWS = st.one_of(
    st.builds(_added, _NAMES),
    st.builds(_changed, _NAMES),
    st.builds(_deleted, _NAMES),
    st.tuples(_NAMES, _NAMES).filter(lambda pair: pair[0] != pair[1]).map(lambda p: _renamed(*p)),
)


_COMMITS = st.lists(
    # One file cannot be renamed to two names by one commit.
    st.lists(_ROWS, max_size=3, unique_by=(lambda row: row.path, lambda row: row.old_path or row)),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(_COMMITS)
def test_whatever_the_changes_each_is_told_once_in_order_and_none_is_lost(commits):
    files = follow(commits)
    told = set()
    for rows in files.values():
        numbers = [row.commit for row in rows]
        assert numbers == sorted(numbers)
        assert len(set(rows)) == len(rows)
        told.update((row.commit, row.status, row.path, row.old_path) for row in rows)
    assert told == {
        (index, row.status, row.path, row.old_path)
        for index, commit in enumerate(commits)
        for row in commit
    }


class _Worlds:
    """Files with an identity that survives renames: the truth to compare with."""

    def __init__(self) -> None:
        self.alive: dict[str, list[int]] = {}
        self.commits: list[list[RawChange]] = []

    def act(self, action: str, name: str, other: str) -> None:
        index = len(self.commits)
        if action == "edit" and name in self.alive:
            row = _changed(name)
        elif action == "edit":
            self.alive[name] = []
            row = _added(name)
        elif action == "rename" and name in self.alive and other not in self.alive:
            self.alive[other] = self.alive.pop(name)
            name, row = other, _renamed(name, other)
        else:
            return
        self.alive[name].append(index)
        self.commits.append([row])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["edit", "rename"]), _NAMES, _NAMES), max_size=25))
def test_on_one_line_of_commits_each_file_has_exactly_its_own_changes(actions):
    worlds = _Worlds()
    for action in actions:
        worlds.act(*action)
    files = follow(worlds.commits[::-1])
    newest = len(worlds.commits) - 1
    for name, indexes in worlds.alive.items():
        assert [newest - row.commit for row in files[name]] == indexes[::-1]
