"""How the page of the audit log words the details of a row."""

import pytest

from service.guard.audit_log import Detail
from service.views.ops_audit import told


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({}, ""),
        (
            {"expires_at": None, "holder": "Ada", "label": "CI", "scopes": "read edit"},
            "“CI”, for Ada, may read edit",
        ),
        ({"label": "CI", "expires_at": "2027-02-25T23:24:29.749Z"}, "“CI”, ends 2027-02-25"),
        (
            {"label": "CI", "overlap_s": 86400, "successor": "kzpw44sq"},
            "“CI”, replaced by kzpw44sq, works on for 24 h",
        ),
        ({"overlap_s": 90}, "works on for 90 s"),
        ({"how": "link"}, "with a link"),
        ({"exit_code": 0, "note": ""}, "exit code: 0"),
    ],
)
def test_details_are_told_in_words(details: dict[str, Detail], words: str) -> None:
    assert told(details) == words
