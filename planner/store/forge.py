"""Where a pull request is opened in the browser, for the forges that people use.

Pure: an address in, an address out.  A forge is known by the name of its host; of another one
nothing is guessed, for a link that leads nowhere is worse than none.
"""

from urllib.parse import quote, urlencode

from planner.store.address import Address


def pull_request_url(remote: Address, branch: str, into: str) -> str:
    """The page on which a pull request of `branch` is opened; empty for an unknown forge.

    It never holds what signs in.
    """
    kind = _forge(remote.host)
    if not kind or remote.path.count("/") < 1:
        return ""
    here = f"{_origin(remote)}/{quote(remote.path)}"
    if kind == "github":
        return f"{here}/compare/{quote(into, safe='/')}...{quote(branch, safe='/')}?expand=1"
    if kind == "gitea":
        return f"{here}/compare/{quote(into, safe='/')}...{quote(branch, safe='/')}"
    if kind == "gitlab":
        asked = {"merge_request[source_branch]": branch, "merge_request[target_branch]": into}
        return f"{here}/-/merge_requests/new?{urlencode(asked)}"
    return f"{here}/pull-requests/new?{urlencode({'source': branch, 'dest': into})}"


def _forge(host: str) -> str:
    labels = host.lower().split(".")
    if host.lower() in {"bitbucket.org", "altssh.bitbucket.org"}:
        return "bitbucket"
    if "codeberg" in labels or "gitea" in labels or "forgejo" in labels:
        return "gitea"
    return next((each for each in ("github", "gitlab") if each in labels), "")


def _origin(remote: Address) -> str:
    """The forge's own pages: over https, unless git itself reaches them over http."""
    # ssh over the port of https has a host of its own.
    host = remote.host.lower()
    host = {
        "ssh.github.com": "github.com",
        "altssh.gitlab.com": "gitlab.com",
        "altssh.bitbucket.org": "bitbucket.org",
    }.get(host, host)
    if remote.protocol not in {"http", "https"}:
        return f"https://{host}"
    port = f":{remote.port}" if remote.port is not None else ""
    return f"{remote.protocol}://{host}{port}"
