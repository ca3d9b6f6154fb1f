"""The built wheel works in a clean environment, far from the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.service.served import Served, free_port

ROOT = Path(__file__).parent.parent
# Set by the machine or the user: where packages come from and where they are cached.
_INSTALLER = ("UV_", "PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http", "no_proxy")
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name.startswith(_INSTALLER)}
_HOME = os.environ.get("HOME", "")

pytestmark = pytest.mark.slow


def run(*argv: str | Path, cwd: Path, env: Mapping[str, str]) -> str:
    done = subprocess.run(
        [str(word) for word in argv], cwd=cwd, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The wheel, and the bin folder of an environment in which only it is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    env = {**os.environ, **_ENVIRONMENT, "HOME": _HOME}
    env.pop("PYTHONPATH", None)
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{env['PATH']}")
    assert uv is not None, "uv is one of the locked tools"
    copy = folder / "source"
    shutil.copytree(
        ROOT,
        copy,
        ignore=shutil.ignore_patterns(".venv", ".git", "site", ".*_cache", ".hypothesis", "dist"),
    )
    run(
        uv, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir",
        folder, copy, cwd=folder, env=env,
    )  # fmt: skip
    shutil.rmtree(copy)
    (wheel,) = folder.glob("*.whl")
    run(uv, "venv", "--python", sys.executable, folder / "venv", cwd=folder, env=env)
    python = folder / "venv" / "bin" / "python"
    run(
        uv, "pip", "install", "--python", python, "--constraint", _constraints(folder), wheel,
        cwd=folder, env=env,
    )  # fmt: skip
    yield wheel, python.parent
    shutil.rmtree(folder)


def _constraints(folder: Path) -> Path:
    """The locked versions, without hashes: the environment holds what the lock says."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    path = folder / "constraints.txt"
    names = [line.removesuffix(" \\") for line in lines if line[:1].isalnum()]
    path.write_text("\n".join(names) + "\n")
    return path


def test_the_wheel_holds_packages_and_their_data_only(installed: tuple[Path, Path]) -> None:
    """Nothing at the root of site-packages but our two packages."""
    wheel, _ = installed
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"planner", "service"}
    assert any(name.startswith("planner/_data/templates/") for name in names)
    for name in ("gunicorn.conf.py", ".env.example", "deploy/agented.service", "deploy/nginx.conf"):
        assert f"service/_data/{name}" in names


def test_an_installed_planner_builds_a_site(
    installed: tuple[Path, Path], small_plan: Path, tmp_path: Path
) -> None:
    """Templates, styles and scripts come with it."""
    _, programs = installed
    env = {**os.environ, "PYTHONPATH": ""}
    run(programs / "planner", "build", "--plan", small_plan, "--out", tmp_path / "site",
        cwd=tmp_path, env=env)  # fmt: skip
    page = (tmp_path / "site" / "r" / "TOW-01" / "index.html").read_text()
    assert "The tower shall carry a load" in page
    assert list((tmp_path / "site" / "assets").glob("site.*.css"))
    assert "Carry the lamp" in run(
        programs / "planner", "export", "--format", "json", "--plan", small_plan,
        cwd=tmp_path, env=env,
    )  # fmt: skip


def test_an_installed_service_starts_and_prints_its_unit(
    installed: tuple[Path, Path], small_plan: Path, tmp_path: Path
) -> None:
    """With the gunicorn.conf.py that the wheel carries, as the printed unit calls it."""
    _, programs = installed
    env = {**os.environ, "PYTHONPATH": ""}
    unit = run(programs / "planner", "unit", cwd=tmp_path, env=env)
    (command,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    program, option, config = command.removeprefix("ExecStart=").split()
    assert program == str(programs / "gunicorn")
    assert "/site-packages/service/_data/" in config
    (tmp_path / ".env").write_text(run(programs / "planner", "settings", cwd=tmp_path, env=env))
    port = free_port()
    env |= {"GUNICORN_BIND": f"127.0.0.1:{port}", "AGENTED_CONTENT_DIR": str(small_plan)}
    with (tmp_path / "log").open("wb") as log:
        started = subprocess.Popen(
            [program, option, config], cwd=tmp_path, env=env, stdout=log, stderr=log
        )
    try:
        Served(env, tmp_path, port, started).wait_ready(60)
    finally:
        started.terminate()
        assert started.wait(30) == 0
