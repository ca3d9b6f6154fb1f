"""From what a researcher claims to what is kept: how sure it may be, by the pages read.  Pure.

A model can only propose.  A page that was neither found nor opened in the run is no source; a claim
without a source is memory, and memory is LOW whatever the model says of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from service.research.answers import Cited, Confidence, FoundClaim, Verdict

LEVELS: Final[Sequence[Confidence]] = ("LOW", "MEDIUM", "HIGH")
_MOST_SHOWN: Final = 200
# Anybody writes there: whatever a page of theirs says, it is no official word.
_PEOPLE: Final = frozenset(
    {"medium.com", "reddit.com", "stackoverflow.com", "stackexchange.com", "quora.com", "dev.to",
     "substack.com", "wikipedia.org", "youtube.com", "x.com", "twitter.com", "ycombinator.com",
     "wordpress.com", "blogspot.com"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A page that was read; `fetched_at` is a stamp, `quote` its words as they were reported."""

    url: str
    quote: str
    fetched_at: str
    official: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A statement of a run.

    `id` is ours; `status` is `unverified`, `verified`, `disputed` or `overturned`; `valid_until` a
    day; `why` says in words what lowered it (empty: nothing).
    """

    id: str
    topic: str
    text: str
    confidence: Confidence
    status: str
    sources: tuple[Source, ...]
    valid_until: str
    load_bearing: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The claims of one report, by the keys that its rows name them with; `refused` in words."""

    claims: tuple[Claim, ...]
    ids: Mapping[str, str]
    refused: tuple[str, ...]


def judged(
    topic: str,
    found: Iterable[FoundClaim],
    seen: Mapping[str, str],
    today: date,
    first: int = 1,
) -> Judged:
    """The claims of a report with ids from `first` on.

    `seen` are the pages of the run: address -> when it was read.
    """
    claims: list[Claim] = []
    ids: dict[str, str] = {}
    refused: list[str] = []
    for each in found:
        if each.key in ids:
            refused.append(f"a second claim called {each.key} was left out")
            continue
        sources, unseen = _sources(each.sources, seen)
        refused += [
            f"{_cut(url)} was not read in this run, so it is no source of {each.key}"
            for url in unseen
        ]
        claim_id = f"c{first + len(claims)}"
        ids[each.key] = claim_id
        claims.append(_claim(claim_id, topic, each, sources, today))
    return Judged(tuple(claims), ids, tuple(refused))


def after_verdicts(
    claims: Iterable[Claim], verdicts: Iterable[Verdict], seen: Mapping[str, str]
) -> tuple[Claim, ...]:
    """The claims after the attempts to refute them.  A verdict can lower one, and never lift it.

    One that names no page which was read makes a claim disputed at most.
    """
    by_id = {each.claim: each for each in verdicts}
    return tuple(_with(each, by_id.get(each.id), seen) for each in claims)


def host_of(url: str) -> str:
    """Whose page it is: the last two parts of the host's name; empty for no page of the web."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or any(each in url for each in " \n\r\t"):
        return ""
    return ".".join(host.split(".")[-2:])


def _claim(
    claim_id: str, topic: str, found: FoundClaim, sources: tuple[Source, ...], today: date
) -> Claim:
    most, why = _most_sure(sources)
    confidence = min(found.confidence, most, key=LEVELS.index)
    needed = 2 if found.load_bearing else 1
    hosts = len({host_of(each.url) for each in sources})
    is_verified = hosts >= needed and confidence != "LOW"
    if found.load_bearing and hosts == 1:
        why = f"{why + '; ' if why else ''}the decision hangs on it, and only one source says it"
    return Claim(
        id=claim_id,
        topic=topic,
        text=" ".join(found.text.split()),
        confidence=confidence,
        status="verified" if is_verified else "unverified",
        sources=sources,
        valid_until=(today + timedelta(days=found.good_for_days)).isoformat(),
        load_bearing=found.load_bearing,
        why=why if confidence != found.confidence or not is_verified else "",
    )


def _most_sure(sources: Sequence[Source]) -> tuple[Confidence, str]:
    """How sure a claim with these sources may be at most, and why not more."""
    if not sources:
        return "LOW", "no page that was read says it: it is from memory"
    if any(each.official for each in sources):
        return "HIGH", ""
    if len({host_of(each.url) for each in sources}) > 1:
        return "MEDIUM", "no official source says it"
    return "LOW", "one source only, and not an official one"


def _sources(
    cited: Iterable[Cited], seen: Mapping[str, str]
) -> tuple[tuple[Source, ...], list[str]]:
    """The pages among `cited` that were read, and the addresses of the others."""
    known = {_plain(url): (url, at) for url, at in seen.items()}
    found: dict[str, Source] = {}
    unseen: list[str] = []
    for each in cited:
        host = host_of(each.url)
        read = known.get(_plain(each.url)) if host else None
        if read is None:
            unseen.append(each.url)
            continue
        url, at = read
        official = each.official and host not in _PEOPLE
        found.setdefault(url, Source(url, " ".join(each.quote.split()), at, official))
    return tuple(found.values()), unseen


def _plain(url: str) -> str:
    return url.partition("#")[0].rstrip("/")


def _with(claim: Claim, verdict: Verdict | None, seen: Mapping[str, str]) -> Claim:
    if verdict is None or verdict.outcome == "stands":
        return claim
    sources, _ = _sources(verdict.sources, seen)
    status = verdict.outcome if sources else "disputed"
    why = " ".join(verdict.why.split()) or "the attempt to refute it succeeded"
    return replace(claim, status=status, confidence="LOW", why=why, sources=(*claim.sources, *(
        each for each in sources if each.url not in {one.url for one in claim.sources}
    )))  # fmt: skip


def _cut(url: str) -> str:
    return url if len(url) <= _MOST_SHOWN else f"{url[:_MOST_SHOWN]}…"
