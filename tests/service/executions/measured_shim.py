"""The shim under coverage: started in its place, with `-I -S` and an empty environment.

What the forked process did is written down before it becomes the command or ends.
"""

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
_VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
_PACKAGES = Path(sys.executable).parent.parent / "lib" / _VERSION / "site-packages"
sys.path += [str(ROOT), str(_PACKAGES)]

import coverage  # noqa: E402

measured = coverage.Coverage(
    data_file=str(ROOT / ".coverage"), data_suffix=True, config_file=str(ROOT / "pyproject.toml")
)


def saving(ending: Any) -> Any:
    """What ends this program, after its figures were saved."""

    def end(*args: Any) -> Any:
        measured.save()
        return ending(*args)

    return end


os.execvpe = saving(os.execvpe)
os._exit = saving(os._exit)
measured.start()

from service.executions import shim  # noqa: E402

code = shim.main()
measured.stop()
measured.save()
sys.exit(code)
