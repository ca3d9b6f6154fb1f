"""Commit objects: who, when, why, in the form that git gives them."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from planner.errors import UsageError
from planner.store.objects import GitObject, new_object

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_TRAILER_KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
# Git drops these at the ends of a name, and can hold `<`, `>` and a line end nowhere in it.
_CRUD = " .,:;<>\"\\'"
_LONGEST_MESSAGE = 20_000


@dataclass(frozen=True, slots=True)
class Person:
    """An author or a committer."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who makes a commit and how it is told: trailers are lines `Key: value` at its end."""

    author: Person
    committer: Person
    message: str
    trailers: tuple[tuple[str, str], ...] = ()


def signed_by(person: Person) -> bytes:
    """A person as a commit holds one, without the time.

    Raises UsageError for a name or an e-mail that holds control characters or is empty.
    """
    parts = []
    for what, text in (("name", person.name), ("e-mail", person.email)):
        if _CONTROL.search(text):
            raise UsageError(
                f"the {what} {text!r} holds a control character", "give it in one line of text"
            )
        parts.append(text.translate({ord("<"): None, ord(">"): None}).strip(_CRUD))
    if not parts[0]:
        raise UsageError(
            f"{person.name!r} is no name of an author",
            "give a name, or set one: git config user.name 'Ada Lovelace'",
        )
    return f"{parts[0]} <{parts[1]}>".encode()


def message_text(signature: Signature) -> str:
    """The whole message.  Raises UsageError when it is empty or cannot be held by a commit."""
    lines = [line.rstrip() for line in signature.message.replace("\r\n", "\n").split("\n")]
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        raise UsageError("the message of the commit is empty", "say in a line what changed and why")
    if len(text) > _LONGEST_MESSAGE:
        raise UsageError(f"the message has {len(text):,} characters", "shorten it")
    if _CONTROL_IN_TEXT.search(text):
        raise UsageError("the message holds a control character", "delete it")
    for key, value in signature.trailers:
        if not _TRAILER_KEY.fullmatch(key) or not value.strip() or _CONTROL.search(value):
            raise UsageError(
                f"{key!r}: {value!r} is no trailer", "write a key and one line of text"
            )
    rows = [f"{key}: {value.strip()}" for key, value in signature.trailers]
    return "\n\n".join([text, "\n".join(rows)] if rows else [text]) + "\n"


def new_commit(
    tree: str, parents: Sequence[str], signature: Signature, object_format: str
) -> GitObject:
    """The commit object, made now.  Raises UsageError as above."""
    seconds = int(time.time())
    lines = [f"tree {tree}".encode(), *(f"parent {parent}".encode() for parent in parents)]
    lines += [
        b"author %s %d +0000" % (signed_by(signature.author), seconds),
        b"committer %s %d +0000" % (signed_by(signature.committer), seconds),
    ]
    data = b"\n".join(lines) + b"\n\n" + message_text(signature).encode()
    return new_object("commit", data, object_format)
