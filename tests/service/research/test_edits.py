"""What a run that is saved once more makes of claims that people have looked at meanwhile."""

import pytest

from service.research.edits import _onto

FOUND = {"id": "c1", "text": "It is lit.", "confidence": "low", "status": "verified",
         "valid_until": "2027-01-05", "sources": []}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "present", "becomes"),
    [
        ("verified", "overturned", None),
        ("unverified", "verified", None),
        ("disputed", "disputed", None),
        ("disputed", "overturned", None),
        ("disputed", "verified", "disputed"),
        ("overturned", "disputed", "overturned"),
    ],
)
def test_only_a_stronger_doubt_changes_what_the_plan_says(
    found: str, present: str, becomes: str | None
) -> None:
    made = _onto({**FOUND, "status": found}, {"id": "c1", "status": present})
    wanted = {"id": "c1"} if becomes is None else {"id": "c1", "status": becomes}
    assert {name: text for name, text in made.items() if name != "confidence"} == wanted


def test_a_new_claim_comes_whole() -> None:
    assert _onto(dict(FOUND), None) == FOUND
