"""Files that come with the service, in a checkout and in an installed wheel alike."""

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent


def shipped(name: str) -> Path:
    """The path of a file such as `gunicorn.conf.py` or `deploy/agented.service`.

    Raises FileNotFoundError where the installation is incomplete.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (path := root / name).is_file():
            return path
    raise FileNotFoundError(name)
