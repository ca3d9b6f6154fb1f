"""What a person asks a research for: the decision it serves, its scope, who looks, the cost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from service.research.parts import RESEARCHERS

API: Final = "api"
GREENFIELD: Final = "greenfield"
SUBSEQUENT: Final = "subsequent"
MOST_DOMAINS: Final = 20
MOST_MINUTES: Final = 120
MOST_USD: Final = Decimal(500)
LONGEST_TEXT: Final = 8_000
_DOMAIN: Final = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_ITEM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is asked for.

    `name` is that of the run, a folder of the plan's research.  `usd` is the ceiling of all that it
    costs, `minutes` that of the time from its beginning; `backend` is `api`, or an agent of
    `service.executions.commands`.  `about` is the item that it was asked from (empty: the plan).
    """

    name: str
    decision: str
    scope: str = ""
    kinds: tuple[str, ...] = tuple(RESEARCHERS)
    stage: str = SUBSEQUENT
    domains: tuple[str, ...] = ()
    backend: str = API
    usd: Decimal = Decimal(2)
    minutes: int = 15
    about: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A form as it was filled in: the texts by field, the kinds, and what is wrong by field.

    `brief` is there when nothing is wrong.
    """

    texts: Mapping[str, str]
    kinds: tuple[str, ...]
    wrong: Mapping[str, str] = field(default_factory=dict)
    brief: Brief | None = None


def asked_of(texts: Mapping[str, str], kinds: tuple[str, ...], backends: tuple[str, ...]) -> Asked:
    """What a form asks for; `backends` are those that can be chosen."""
    said = {name: text.replace("\r\n", "\n").strip() for name, text in texts.items()}
    chosen = tuple(name for name in RESEARCHERS if name in kinds)
    wrong = dict(_wrong(said, chosen, backends))
    usd, minutes = _money(said.get("usd", "")), _minutes(said.get("minutes", ""))
    domains, strange = _domains(said.get("domains", ""))
    if usd is None:
        wrong["usd"] = f"a sum in dollars above 0 and up to {MOST_USD}, such as 2.50"
    if minutes is None:
        wrong["minutes"] = f"a whole number of minutes from 1 to {MOST_MINUTES}"
    if strange:
        wrong["domains"] = f"{strange} is no domain: write such as docs.python.org, a line each"
    elif len(domains) > MOST_DOMAINS:
        wrong["domains"] = f"at most {MOST_DOMAINS} domains"
    if wrong or usd is None or minutes is None:
        return Asked(said, chosen, wrong)
    return Asked(
        said,
        chosen,
        brief=Brief(
            name=said["name"],
            decision=said["decision"],
            scope=said.get("scope", ""),
            kinds=chosen,
            stage=said["stage"],
            domains=domains,
            backend=said["backend"],
            usd=usd,
            minutes=minutes,
            about=said.get("about", ""),
        ),
    )


def _wrong(
    said: Mapping[str, str], kinds: tuple[str, ...], backends: tuple[str, ...]
) -> list[tuple[str, str]]:
    found = []
    if said.get("name") == "new":
        found.append(("name", "this is the name of a page here; take another one"))
    elif not _NAME.fullmatch(said.get("name", "")):
        found.append(("name", "small letters, digits and - between them, such as login-options"))
    if not said.get("decision"):
        found.append(("decision", "say which decision it serves: without one nobody reads it"))
    found += [
        (name, f"at most {LONGEST_TEXT:,} characters")
        for name in ("decision", "scope")
        if len(said.get(name, "")) > LONGEST_TEXT
    ]
    if not kinds:
        found.append(("kinds", "choose at least one"))
    if said.get("stage") not in (GREENFIELD, SUBSEQUENT):
        found.append(("stage", "choose one"))
    if said.get("backend") not in backends:
        found.append(("backend", "choose one of those that are offered"))
    if said.get("about") and not _ITEM.fullmatch(said["about"]):
        found.append(("about", "the id of an item of the plan, or nothing"))
    return found


def _money(text: str) -> Decimal | None:
    try:
        usd = Decimal(text)
    except InvalidOperation:
        return None
    return usd if usd.is_finite() and 0 < usd <= MOST_USD else None


def _minutes(text: str) -> int | None:
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    return minutes if 1 <= minutes <= MOST_MINUTES else None


def _domains(text: str) -> tuple[tuple[str, ...], str]:
    """The domains, and the first word that is none."""
    words = dict.fromkeys(text.lower().replace(",", " ").split())
    strange = next((each for each in words if not _DOMAIN.fullmatch(each)), "")
    return tuple(words), strange[:100]
