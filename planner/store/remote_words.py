"""What git says about a remote, in words for people, and cut of everything that signs in."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from planner.store.address import Address

_USERINFO = re.compile(r"(://)[^\s/@]{1,400}@")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|\x1b\[[0-9;]*[A-Za-z]")
_LONGEST = 300
# The first that is found in what git said is told.
_KNOWN = (
    (("Could not resolve host", "Name or service not known", "Temporary failure in name"),
     "the host of {remote} is not known here", "check the address, and the name service"),
    (("Connection refused", "Failed to connect", "Couldn't connect", "Connection timed out",
      "No route to host", "Network is unreachable", "Operation timed out", "Connection reset",
      "Could not connect", "unable to connect"),
     "{remote} cannot be reached", "is it up, and may this machine reach it?"),
    (("Host key verification failed",),
     "the host key of {remote} is not known to the service's user",
     "connect once as that user (ssh -T HOST) and compare the key, or add it to known_hosts"),
    (("Permission denied (publickey", "Permission denied, please try again"),
     "{remote} takes no ssh key of the service's user",
     "add the user's public key there, with the right to write, or give it an agent"),
    (("could not read Username", "could not read Password", "terminal prompts disabled"),
     "{remote} asks for a password, and none is set",
     "put user and password (a token) into GIT_REMOTE, or set up a credential helper"),
    (("Authentication failed", "error: 401", "Invalid username or", "HTTP Basic: Access denied"),
     "{remote} refuses the user or the password", "a token may have ended: put in a new one"),
    (("error: 403", "Permission to ", "Write access to repository not granted",
      "not allowed to push"),
     "{remote} does not allow this user to do that", "give it the right to write there"),
    (("error: 429", "error: 500", "error: 502", "error: 503", "error: 504"),
     "{remote} has trouble of its own just now", "it is tried again"),
    (("certificate", "SSL", "TLS"),
     "the certificate of {remote} is not trusted", "see GIT_SSL_CAINFO, or http.sslCAInfo of git"),
    (("dubious ownership",),
     "git refuses to use {remote}: the repository belongs to another user",
     "if you trust it: git config --global --add safe.directory PATH"),
    (("transport '",), "{remote} is not reached in a way that is allowed",
     "use https, ssh, or a path"),
    (("does not appear to be a git repository", "Repository not found", "not found",
      "does not exist", "No such file or directory"),
     "there is no repository at {remote}, or this user may not see it",
     "check the address; make the repository there first, empty"),
    (("No space left",), "the disk is full, here or at {remote}", "free disk space"),
)  # fmt: skip
_LEASE = (
    "stale info",
    "non-fast-forward",
    "fetch first",
    "cannot lock ref",
    "failed to update ref",
    "incorrect old value",
    "failed to lock",
    "reference already exists",
)


def cut(text: str, secrets: Iterable[str]) -> str:
    """`text` without these secrets, and without users and passwords of addresses."""
    for secret in sorted(secrets, key=len, reverse=True):
        for form in (secret, quote(secret, safe=""), quote(secret)):
            text = text.replace(form, "***")
    return _CONTROL.sub("", _USERINFO.sub(r"\1***@", text))


def explain(messages: str, remote: Address, secrets: Iterable[str]) -> tuple[str, str]:
    """Why the remote could not be used, and how to mend it."""
    said = cut(messages, secrets)
    for signs, reason, hint in _KNOWN:
        if any(sign in said for sign in signs):
            return reason.format(remote=remote), hint
    lines = [each for each in said.splitlines() if each.strip() and not each.startswith("remote: ")]
    fatal = [each for each in lines if each.startswith(("fatal:", "error:"))]
    short = (
        "".join((fatal or lines)[-1:]).removeprefix("fatal: ").removeprefix("error: ")[:_LONGEST]
    )
    return f"git could not use {remote}: {short or 'it did not say why'}", ""


def refusal(
    branch: str, summary: str, messages: str, secrets: Iterable[str]
) -> tuple[str, str, bool]:
    """Why a branch was not taken, how to mend it, and whether it had only moved meanwhile."""
    said = cut(summary, secrets)
    if any(sign in said for sign in _LEASE):
        return f"{branch} moved at the remote meanwhile", "", True
    told = [
        line.removeprefix("remote: ").strip()
        for line in cut(messages, secrets).splitlines()
        if line.startswith("remote: ") and line.removeprefix("remote: ").strip(" -*=")
    ]
    why = said.partition("(")[2].rstrip(")") or said
    reason = f"the remote refuses {branch}: {'; '.join([why, *told[:3]])}"[: 2 * _LONGEST]
    if "denyCurrentBranch" in messages or "checked out" in said:
        return reason, "the remote is a checkout: make it a bare repository", False
    hint = "let the service's user push to it, or save to proposals and merge them at the remote"
    return reason, hint, False
