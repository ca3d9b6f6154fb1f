"""The grade that Mozilla's HTTP Observatory gives for an answer's headers, by its published rules.

Everybody starts at 100.  Each test takes points, and some give a few; those count only for who has
90 without them.  Two tests are left out, since the service alone decides neither: whether http
leads to https (the proxy's part), and subresource integrity (worth 0 where all scripts are one's
own).  Where the published table gives points for *not* sending a header, none are given here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SIX_MONTHS_S = 15_768_000
_BONUS_FROM = 90
_GRADES = (
    (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"),
    (45, "C-"), (40, "D+"), (30, "D"), (25, "D-"),
)  # fmt: skip
_PRIVATE_REFERRERS = {
    "no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin",
}  # fmt: skip
_WIDE = {"*", "http:", "https:", "data:", "blob:", "http://*", "https://*"}

Policy = Mapping[str, set[str]]


@dataclass(frozen=True, slots=True)
class Score:
    """Points, the letter for them, and the points of each test that was not neutral."""

    points: int
    grade: str
    parts: Mapping[str, int]


def score(headers: Mapping[str, str], cookies: Sequence[str] = ()) -> Score:
    """Grade an answer; `headers` have lower-case names, `cookies` are its Set-Cookie lines."""
    policy = parse_policy(headers.get("content-security-policy", ""))
    parts = {
        "content-security-policy": _policy(policy),
        "cookies": min(map(_cookie, cookies), default=0),
        "cross-origin-resource-sharing": -50 * (headers.get("access-control-allow-origin") == "*"),
        "strict-transport-security": _transport(headers.get("strict-transport-security", "")),
        "referrer-policy": _referrer(headers.get("referrer-policy", "")),
        "x-content-type-options": -5 * (headers.get("x-content-type-options") != "nosniff"),
        "x-frame-options": _framing(headers.get("x-frame-options", ""), policy),
        "cross-origin-resource-policy": _resource(headers.get("cross-origin-resource-policy", "")),
    }
    without_bonus = 100 + sum(points for points in parts.values() if points < 0)
    bonus = sum(points for points in parts.values() if points > 0)
    total = max(0, without_bonus + (bonus if without_bonus >= _BONUS_FROM else 0))
    grade = next((letter for least, letter in _GRADES if total >= least), "F")
    return Score(total, grade, {name: points for name, points in parts.items() if points})


def parse_policy(text: str) -> dict[str, set[str]]:
    """Directive -> its sources; of a directive that stands twice browsers take the first."""
    found: dict[str, set[str]] = {}
    for part in text.lower().split(";"):
        name, *sources = part.split() or [""]
        if name:
            found.setdefault(name, set(sources))
    return found


def _policy(policy: Policy) -> int:
    if not policy:
        return -25
    default = policy.get("default-src", {"*"})
    scripts, objects, styles = (
        policy.get(name, default) for name in ("script-src", "object-src", "style-src")
    )
    if "'unsafe-inline'" in scripts or _WIDE & (scripts | objects):
        return -20
    if any(source.startswith("http:") for sources in policy.values() for source in sources):
        return -20
    if "'unsafe-eval'" in scripts:
        return -10
    if "'unsafe-inline'" in styles or _WIDE & styles:
        return 0
    return 10 if default == {"'none'"} else 5


def _cookie(line: str) -> int:
    """Every cookie of ours is a session's, for which the rules are the strictest."""
    parts = [part.strip().lower().partition("=") for part in line.split(";")[1:]]
    marks = {name: value for name, _, value in parts}
    if "secure" not in marks:
        return -40
    if "httponly" not in marks:
        return -30
    if "samesite" not in marks:
        return 0
    return 5 if marks["samesite"] in ("lax", "strict") else -20


def _transport(text: str) -> int:
    ages = [part.strip() for part in text.lower().split(";") if "max-age" in part]
    if not ages:
        return -20
    return 0 if int(ages[0].partition("=")[2]) >= SIX_MONTHS_S else -10


def _referrer(text: str) -> int:
    if not text:
        return 0
    return 5 if text.lower() in _PRIVATE_REFERRERS else -5


def _framing(text: str, policy: Policy) -> int:
    if "frame-ancestors" in policy:
        return 5
    return 0 if text.upper() in ("DENY", "SAMEORIGIN") else -20


def _resource(text: str) -> int:
    return 0 if text in ("", "same-origin", "same-site") else -20
