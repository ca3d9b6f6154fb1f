"""Addresses that a build is given."""

from urllib.parse import urlsplit

from planner.errors import UsageError


def check_address(name: str, url: str) -> None:
    """Addresses become links on every page: only those of the web may.  Raises UsageError."""
    try:
        parts = urlsplit(url)
        good = not url or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        good = False
    if not good:
        raise UsageError(
            f"the {name} URL {url!r} is no web address",
            "give an absolute one, such as https://plan.example.org/",
        )
