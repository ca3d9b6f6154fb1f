"""Who may send an event, and which triggers hear it: decided on the raw bytes.  Pure.

A refused event costs no parsing and leaves no row.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from service.errors import BadRequestError, ForbiddenError
from service.events.matching import PLAN, Verdict, match, match_github, starts_something, wants
from service.events.signature import signed_by, standard_signed_by
from service.events.triggers import Rule, Rules
from service.setting import Secret

# A greater body is no question whether this address is ours.
_CHALLENGE_BYTES: Final = 4096
_CHALLENGE_LENGTH: Final = 1000
_NO_SECRET: Final = Secret("")
GITHUB: Final = "github"
# Stands for the secret of a door among the ids of triggers; no id is empty.
DOOR: Final = ""

Parse = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Door:
    """A way in: the source of its triggers, and how its events are signed.

    `secret` signs for triggers that have none of their own; with `always_signed` nothing unsigned
    is heard, whatever a trigger allows.
    """

    source: str
    always_signed: bool
    secret: Secret = _NO_SECRET

    def secret_of(self, rule: Rule) -> Secret:
        """The secret that must have signed what the rule hears; empty where none is asked for."""
        return rule.secret or self.secret


@dataclass(frozen=True, slots=True)
class Standard:
    """The headers of Standard Webhooks as bytes, empty where there are none."""

    id: bytes = b""
    sent_at: bytes = b""
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A webhook as it came.

    `signature` is the header's bytes, empty where there is none; `sender_id` what its sender calls
    it (empty: nothing), `headers` what is kept of its headers, without what is secret.
    """

    event: str
    raw: bytes
    signature: bytes
    address: str
    request_id: str
    standard: Standard = Standard()
    sender_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def signed(self) -> bool:
        """Whether it says that it is signed."""
        return bool(self.signature or self.standard.signature)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes: two events with the same one say the same."""
        return hashlib.sha256(self.raw).digest()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A genuine event: the rules of its door, the ids of the triggers that hear it.

    `read` are all rules as they were read; `signed_for` the ids of the triggers whose secret, or
    that of the door, signed it, with DOOR among them for the latter.
    """

    rules: tuple[Rule, ...]
    heard_by: frozenset[str]
    read: Rules
    signed_for: frozenset[str] = frozenset()

    @property
    def signers(self) -> frozenset[str]:
        """The same, where the door's own secret stands for all triggers that share it."""
        return frozenset((DOOR,)) if DOOR in self.signed_for else self.signed_for


def admit(incoming: Incoming, door: Door, rules: Rules) -> Admitted:
    """Which triggers of the door hear the event.

    Raises ForbiddenError for a signature of no known secret; for a missing one where the door or
    every trigger asks for it.  Where no secret is known at all, a signature says nothing.
    """
    own = rules.of(door.source)
    secrets = frozenset(filter(None, (door.secret, *map(door.secret_of, own))))
    signers = _signers(secrets, incoming)
    heard = frozenset(rule.criteria.trigger_id for rule in own if _hears(door, rule, signers))
    forged = bool(incoming.signed and secrets and not signers)
    missing = bool(not signers and (door.always_signed or (secrets and not heard)))
    if forged or missing:
        raise ForbiddenError(
            "the signature is missing or wrong",
            "sign the raw body with the shared secret: HMAC-SHA256, as sha256= and lower-case hex",
        )
    return Admitted(own, heard, rules, _signed_for(door, own, signers))


def readmit(signed_for: frozenset[str], source: str, rules: Rules) -> Admitted:
    """Which triggers hear an event that was admitted before, by the rules of now.

    One that asks for a signature hears what was signed for it then; for a door's secret, what was
    signed by the door's.
    """
    own = rules.of(source)
    door = Door(source, always_signed=source == GITHUB)

    def hears(rule: Rule) -> bool:
        if rule.secret:
            return rule.criteria.trigger_id in signed_for
        return DOOR in signed_for if door.always_signed else rule.allow_unsigned

    heard = frozenset(rule.criteria.trigger_id for rule in own if hears(rule))
    return Admitted(own, heard, rules, signed_for)


def judge(
    incoming: Incoming, door: Door, admitted: Admitted, payload: Any, *, of_plan: bool = False
) -> tuple[Verdict, ...]:
    """The verdict of each trigger of the door on the payload, in the order of their ids.

    `of_plan` tells whether the event is of the plan's own repository.
    """
    return tuple(
        _verdict(incoming, door, rule, payload, of_plan=of_plan)
        if rule.criteria.trigger_id in admitted.heard_by
        else Verdict(rule.criteria.trigger_id, "it is not signed with the trigger's secret")
        for rule in admitted.rules
    )


def awaited(event: str, payload: Any, admitted: Admitted, *, of_plan: bool = False) -> bool:
    """Whether an event of GitHub is one that can fire a trigger: another one is not even kept."""
    return starts_something(event, payload) or any(
        wants(event, payload, rule.criteria.events)
        for rule in admitted.rules
        if of_plan or rule.criteria.repository != PLAN
    )


def challenge_of(raw: bytes, parse: Parse) -> str:
    """The text by which a sender asks whether this address is ours; empty for any other body."""
    if len(raw) > _CHALLENGE_BYTES or b"url_verification" not in raw:
        return ""
    try:
        payload = json_object(raw, parse)
    except BadRequestError:
        return ""
    challenge = payload.get("challenge")
    if payload.get("type") != "url_verification" or not isinstance(challenge, str):
        return ""
    return challenge if len(challenge) <= _CHALLENGE_LENGTH else ""


def json_object(raw: bytes, parse: Parse) -> dict[str, Any]:
    """The payload.  Raises BadRequestError for what is no JSON object."""
    payload = parse(raw)
    if not isinstance(payload, dict):
        raise BadRequestError("the body is no JSON object", "send one object")
    return payload


def _verdict(incoming: Incoming, door: Door, rule: Rule, payload: Any, *, of_plan: bool) -> Verdict:
    if door.source == GITHUB:
        return match_github(incoming.event, payload, rule.criteria, of_plan=of_plan)
    return match(payload, rule.criteria)


def _signers(secrets: frozenset[Secret], incoming: Incoming) -> frozenset[Secret]:
    """The secrets that signed the event: all are tried, so the time tells nothing."""
    if not incoming.signed:
        return frozenset()
    return frozenset([each for each in secrets if _signed_by(each, incoming)])


def _signed_by(secret: str, incoming: Incoming) -> bool:
    standard = incoming.standard
    return signed_by(secret, incoming.raw, incoming.signature) or standard_signed_by(
        secret, incoming.raw, standard.id, standard.sent_at, standard.signature
    )


def _signed_for(door: Door, rules: tuple[Rule, ...], signers: frozenset[Secret]) -> frozenset[str]:
    found = {rule.criteria.trigger_id for rule in rules if door.secret_of(rule) in signers}
    return frozenset(found | {DOOR} if door.secret in signers else found)


def _hears(door: Door, rule: Rule, signers: frozenset[Secret]) -> bool:
    secret = door.secret_of(rule)
    return secret in signers if secret else rule.allow_unsigned and not door.always_signed
