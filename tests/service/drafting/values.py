"""Values of items, as the planner process tells them."""

from typing import Any


def criterion(id: str, text: str, **more: Any) -> dict[str, Any]:
    """A success criterion."""
    blank = {"verifies": [], "check": "", "level": "", "status": "open", "proof": [], "waive": {}}
    return {**blank, "id": id, "text": text, **more}
