"""Where the values of settings come from: the environment, `.env`, and files that hold secrets.

The shell wins over `.env`, and what is set to nothing counts as not set.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream

from service.setting import Setting

_SECRET_FILE_BYTES: Final = 64 * 1024
FILE_SUFFIX: Final = "_FILE"


def given_values(
    declared: Mapping[str, Setting],
    environ: Mapping[str, str],
    dotenv: Path | None,
    problems: list[str],
) -> dict[str, str]:
    """Attribute -> the text that is given for it.  What cannot be read goes into `problems`."""
    shell = {name: value for name, value in environ.items() if value.strip()}
    written = read_dotenv(dotenv, problems)
    found = {}
    for attribute, each in declared.items():
        # A secret in the shell wins over the file that .env names, and the other way round.
        source = shell if any(name in shell for name in _names(each)) else written
        text = _text(each, source, problems)
        if text:
            found[attribute] = text
    return found


def _names(declared: Setting) -> tuple[str, ...]:
    name = declared.name
    return (name, name + FILE_SUFFIX) if declared.secret else (name,)


def _text(declared: Setting, source: Mapping[str, str], problems: list[str]) -> str:
    """What a source gives for a setting; empty when nothing."""
    text = source.get(declared.name, "").strip()
    file_name = declared.name + FILE_SUFFIX
    file = source.get(file_name, "").strip() if declared.secret else ""
    if file and text:
        problems.append(f"both {declared.name} and {file_name} are set; leave one of them empty")
        return ""
    return _secret_in(file_name, file, problems) if file else text


def _secret_in(name: str, file: str, problems: list[str]) -> str:
    try:
        with Path(file).expanduser().open("rb") as opened:
            text = opened.read(_SECRET_FILE_BYTES).decode("utf-8").strip()
    except (OSError, RuntimeError, UnicodeDecodeError, ValueError) as error:
        problems.append(f"{name} is {file!r}, which cannot be read: {_why(error)}; mend the path")
        return ""
    if not text:
        problems.append(f"{name} is {file!r}, and that file is empty; write the secret into it")
    return text


def read_dotenv(path: Path | None, problems: list[str]) -> dict[str, str]:
    """The variables that a `.env` file sets to something; none where there is no file."""
    try:
        text = path.read_text("utf-8-sig") if path is not None else ""
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path} cannot be read: {_why(error)}; mend the file")
        return {}
    found: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line
        if binding.error or (binding.key is not None and binding.value is None):
            problems.append(f"{path}:{line} is not of the form NAME=VALUE; mend the line")
        elif binding.key in found:
            problems.append(f"{path}:{line} sets {binding.key} a second time; remove one of them")
        elif binding.key is not None and binding.value and binding.value.strip():
            found[binding.key] = binding.value
    return found


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else "it is no path"
