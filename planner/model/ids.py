"""The grammar of ids and numbers, and where an item of each kind lives."""

import re
import unicodedata

# Letters, digits, dot, dash, underscore; starts and ends with a letter or digit (Unicode letters
# are allowed: people name things in their own language).  No separators, no control characters,
# no leading dash: an id becomes a file name, an address and an argument of git.
_ID = re.compile(r"[^\W_](?:[\w.\-]{0,98}[^\W_])?", re.UNICODE)
_PHASE_NUMBER = re.compile(r"\d+[A-Za-z]?(?:\.\d+[A-Za-z]?)*|[A-Za-z]+(?:[.\-]\d+[A-Za-z]?)*")
_NUMBER_LENGTH = 40
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)}

FOLDERS = {"milestones": "milestone", "phases": "phase", "requirements": "requirement"}
FOLDER_OF = {kind: folder for folder, kind in FOLDERS.items()}
ITEM_FOLDERS = frozenset((*FOLDERS, "research"))


def is_id(text: str) -> bool:
    """Whether `text` may be the id of an item (and so a file name on every system)."""
    return _ID.fullmatch(text) is not None and ".." not in text and not is_reserved(text)


def is_reserved(name: str) -> bool:
    """Whether some system takes a file of this name for a device."""
    return name.split(".")[0].casefold() in _RESERVED


def is_phase_number(text: str) -> bool:
    """Whether `text` may be the number of a phase: 02, 2.1, 12A, 2.4.1, F.1, CK-01."""
    return len(text) <= _NUMBER_LENGTH and _PHASE_NUMBER.fullmatch(text) is not None


def id_key(text: str) -> str:
    """The form under which ids are compared: ids are unique ignoring case."""
    return unicodedata.normalize("NFC", text).casefold()


def number_key(number: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key for phase numbers: 2 < 2.1 < 02.10 < 3 < 12A < F.1; words come last."""
    parts = []
    for part in re.split(r"[.\-]", number):
        match = re.fullmatch(r"(\d+)([A-Za-z]*)", part)
        if match:
            parts.append((0, int(match[1]), match[2].casefold()))
        else:
            parts.append((1, 0, part.casefold()))
    return tuple(parts)


def slug(text: str) -> str:
    """An ASCII slug of a title (`Environment and WSGI` -> `environment-and-wsgi`); may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")


def path_of(kind: str, item_id: str) -> str:
    """The file of an item, relative to the plan folder."""
    if kind == "plan":
        return "plan.yaml"
    if kind == "research":
        # The claims of a run are data, see `planner.model.claims`.
        suffix = "yaml" if item_id.endswith("/claims") else "md"
        return f"research/{item_id}.{suffix}"
    return f"{FOLDER_OF[kind]}/{item_id}.md"
