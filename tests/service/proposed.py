"""What the tests of proposals share: making some, and a page to its end."""

from tests.service.planned import Planned
from tests.service.served import Answer


def put(
    planned: Planned,
    proposal: str,
    item: str = "LAMP-01",
    kind: str = "requirement",
    *,
    key: str | None = None,
    message: str = "",
    **changes: object,
) -> str:
    """Change an item on a proposal (empty: on the branch) through the API; the commit."""
    path = f"/api/plan/{kind}/{item}"
    query = f"?proposal={proposal}" if proposal else ""
    keys = {"key": key} if key else {}
    seen = planned.served.get(path + query, **keys)
    assert seen.status == 200, seen.text
    body = {"changes": changes, "proposal": proposal, "message": message}
    answer = planned.served.request(
        "PATCH", path, json_body=body, headers={"If-Match": seen.headers["ETag"]}, **keys
    )
    assert answer.status == 200, answer.text
    commit: str = answer.json["commit"]
    return commit


def page(planned: Planned, path: str, key: str | None = None) -> Answer:
    """A page as a browser asks for it."""
    keys = {"key": key} if key else {}
    return planned.served.get(path, headers={"Accept": "text/html"}, **keys)
