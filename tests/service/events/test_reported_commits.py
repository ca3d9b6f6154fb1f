"""Which commit of an event gets a status."""

from typing import Any

import pytest

from service.events.reported_commits import Commit, reported_commit

COMMIT, TAG = "ab" * 20, "cd" * 20


def push(ref: str, **more: Any) -> dict[str, Any]:
    """A push that brings a tag object, or a commit."""
    return {"ref": ref, "repository": {"full_name": "mona_acme/x"}, "after": TAG, **more}


@pytest.mark.parametrize(
    ("ref", "head", "found"),
    [
        ("refs/heads/main", {"id": COMMIT}, TAG),
        ("refs/tags/v1", {"id": COMMIT}, COMMIT),
        ("refs/tags/v1", None, ""),
        ("refs/tags/v1", {"id": "0" * 40}, ""),
    ],
)
def test_a_tag_stands_for_the_commit_that_it_names(ref: str, head: object, found: str) -> None:
    """`after` of an annotated one is an object of its own, which has no statuses."""
    commit = reported_commit("push", push(ref, head_commit=head), "mona_acme/*")
    assert commit == (Commit("mona_acme/x", found) if found else None)


@pytest.mark.parametrize("name", ["_mona/x", "mona acme/x", "mona/acme/x", "mona_acme/../x"])
def test_what_is_no_owner_and_name_is_none(name: str) -> None:
    event = {**push("refs/heads/main"), "repository": {"full_name": name}}
    assert reported_commit("push", event, name) is None
