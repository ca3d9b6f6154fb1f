"""Leads half of the generated requests about the plan to items and proposals that are there.

Generated ids and bases are those of nothing, so that hardly any request would get behind 404.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit, urlunsplit

import requests
from requests import PreparedRequest

# No longer than the document allows: what does not fit must still be refused.
_ITEM = re.compile(
    r"/api/plan/(?:plan|milestone|phase|requirement|research)/.{1,210}?(/history|/rename|/restore)?"
)
_PROPOSAL = re.compile(r"/api/plan/proposals/.{1,200}?(/merge|/close)?")
_RECEIPT = re.compile(r"/api/plan/saved/[0-9A-Za-z_-]{16,64}")
_NONCE = "generated-nonce-of-a-form"
# A body of a restoration that fits.
_OLD = re.compile(rb'\{"old_blob": ?"([0-9a-f]{40}|[0-9a-f]{64})"\}')
_PROPOSED = {
    "edit": {"op": "create", "kind": "requirement", "fields": {"text": "It shall glow."},
             "category": "GLOW"},
    "proposal": "generated",
}  # fmt: skip


def lead_to_what_is_there(request: PreparedRequest) -> None:
    """Give every second request, told by its length, an item, a base or a proposal that is."""
    address = urlsplit(str(request.url))
    key = request.headers.get("X-API-Key")
    body = request.body if isinstance(request.body, bytes) else b""
    length = len(str(request.url)) + len(body)
    odd = length % 2 and not _OLD.fullmatch(body)
    if not address.path.startswith("/api/plan/") or not key or odd or length > 600:
        return
    ask = _Asking(f"{address.scheme}://{address.netloc}", str(key))
    path = unquote(address.path)
    if (found := _ITEM.fullmatch(path)) is not None:
        _lead_to_item(request, ask, found[1] or "", length)
    elif (found := _PROPOSAL.fullmatch(path)) is not None:
        ask.post("/api/plan/save", _PROPOSED)
        _go(request, f"/api/plan/proposals/generated{found[1] or ''}")
    elif _RECEIPT.fullmatch(path):
        ask.post("/api/plan/save", _PROPOSED, **{"Idempotency-Key": _NONCE})
        _go(request, f"/api/plan/saved/{_NONCE}")
    elif address.path == "/api/plan/diff" and set(parse_qs(address.query)) == {"from"}:
        _go(request, address.path, "from=HEAD")


class _Asking:
    """Asks the service itself, beside the generated requests."""

    def __init__(self, base: str, key: str) -> None:
        self._base = base
        self._headers = {"X-API-Key": key}

    def get(self, path: str) -> Any:
        """What an address answers."""
        answer = requests.get(self._base + path, headers=self._headers, timeout=60)
        return answer.json()

    def post(self, path: str, body: object, **headers: str) -> None:
        """Send something."""
        headers |= self._headers
        requests.post(self._base + path, json=body, headers=headers, timeout=60)


def _lead_to_item(request: PreparedRequest, ask: _Asking, suffix: str, length: int) -> None:
    listed = ask.get("/api/plan/items?limit=500").get("items", [])
    if not listed:
        return
    item = listed[length % len(listed)]
    # A wrong query or body stays as it is.
    query = urlsplit(str(request.url)).query
    if request.method == "DELETE" and not query:
        query = "references=keep"
    _go(request, f"/api/plan/{item['kind']}/{quote(item['id'], safe='')}{suffix}", query)
    if "If-Match" in request.headers or suffix == "/restore":
        request.headers["If-Match"] = f'"{item["blob"]}"'
    if suffix == "/restore" and _OLD.fullmatch(request.body or b""):
        request.prepare_body(json.dumps({"old_blob": item["blob"]}), None)
        request.headers["Content-Type"] = "application/json"


def _go(request: PreparedRequest, path: str, query: str = "") -> None:
    address = urlsplit(str(request.url))
    request.url = urlunsplit((address.scheme, address.netloc, path, query, ""))
