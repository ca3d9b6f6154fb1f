"""Runs the rendered unit under a real systemd, and prints as JSON what became of it.

`unshare --mount python in_systemd.py ROOT PORT`, as root.  systemd need not be process 1: a user
manager runs the unit, in a mount namespace of its own where it finds what a booted machine has.
The unit is the one that `planner unit` prints, but for four lines: a user manager cannot change
users, and containers allow nobody to cover files of /proc.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT, PORT = Path(sys.argv[1]), int(sys.argv[2])
RUN, HOME, FOLDER, PLAN = (
    Path("/run/manager"),
    Path("/srv/home"),
    Path("/srv/agented"),
    Path("/srv/plan"),
)
LEFT_OUT = ("User=", "Group=", "ProtectKernelTunables=", "ProtectKernelLogs=")
PROGRAMS = Path(sys.executable).parent
NODE = "let s = 0; for (let i = 0; i < 3e6; i++) s += i % 7; process.exit(s > 0 ? 0 : 1)"
UNITS = RUN / "systemd" / "user"
LIMIT_S = 60.0


def shell(*words: str | Path, check: bool = True) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        sys.exit(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def prepare() -> None:
    """A machine as systemd expects it, and a deployment as the operations guide has it."""
    shell("mount", "-t", "tmpfs", "tmpfs", "/run")
    shell("mount", "-t", "tmpfs", "tmpfs", "/srv")
    for folder in (Path("/run/systemd/system"), UNITS, HOME, FOLDER):
        folder.mkdir(parents=True)
    RUN.chmod(0o700)
    shutil.copytree(ROOT / "content", PLAN)
    os.environ.update(
        XDG_RUNTIME_DIR=str(RUN), HOME=str(HOME), XDG_CONFIG_HOME=str(HOME),
        SYSTEMD_LOG_TARGET="null",
    )  # fmt: skip
    settings = {
        "GUNICORN_BIND": f"127.0.0.1:{PORT}",
        # Where a user manager puts StateDirectory=agented.
        "AGENTED_STATE_DIR": f"{HOME}/agented",
        "AGENTED_CONTENT_DIR": str(PLAN),
    }
    (FOLDER / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    unit = shell(PROGRAMS / "planner", "unit", "--folder", FOLDER, "--write", PLAN)
    lines = [line for line in unit.splitlines() if not line.startswith(LEFT_OUT)]
    at = lines.index("[Service]") + 1
    lines[at:at] = [f"StandardOutput=append:{HOME}/log", f"StandardError=append:{HOME}/log"]
    (UNITS / "agented.service").write_text("\n".join(lines))
    node = [
        line for line in lines if not line.startswith(("ExecStart", "Restart", "Type=", "Noti"))
    ]
    at = node.index("[Service]") + 1
    node[at:at] = ["Type=oneshot", f'ExecStart="{shutil.which("node")}" -e "{NODE}"']
    (UNITS / "node.service").write_text("\n".join(node))


def own_groups() -> list[Path]:
    """Move into control groups of our own: another run's manager would else end our processes."""
    made = []
    for top in (Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").glob("*")):
        with suppress(OSError):
            if (top / "cgroup.procs").exists() and not top.name.endswith((".slice", ".scope")):
                group = top / f"agented-test-{os.getpid()}"
                group.mkdir()
                made.append(group)
                (group / "cgroup.procs").write_text(str(os.getpid()))
    return made


def leave_groups(made: list[Path]) -> None:
    for group in made:
        with suppress(OSError):
            (group.parent / "cgroup.procs").write_text(str(os.getpid()))
        for inner in sorted(group.rglob("*"), reverse=True):
            if inner.is_dir():
                with suppress(OSError):
                    inner.rmdir()
        with suppress(OSError):
            group.rmdir()


def systemctl(*words: str, check: bool = True) -> str:
    return shell("systemctl", "--user", *words, check=check)


def shown(unit: str, name: str) -> str:
    return systemctl("show", "--property", name, "--value", unit)


def wait_ready(began: float) -> float:
    """Seconds since `began`, once it is ready."""
    while time.monotonic() - began < LIMIT_S:
        with suppress(OSError):
            address = f"http://127.0.0.1:{PORT}/health/readiness"
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return time.monotonic() - began
        time.sleep(0.05)
    sys.exit("never ready:\n" + (HOME / "log").read_text()[-3000:])


def gunicorns() -> list[int]:
    master = shown("agented", "MainPID")
    workers = shell("pgrep", "--parent", master, "gunicorn", check=False).split()
    return [int(master), *map(int, workers)]


def kill_all() -> float:
    """kill -9 of every gunicorn process; seconds until it is ready again."""
    killed = gunicorns()
    began = time.monotonic()
    for pid in killed:
        os.kill(pid, 9)
    took = wait_ready(began)
    if set(gunicorns()) & set(killed):
        sys.exit("a killed process still lives")
    return took


def can_write(path: Path) -> bool:
    """Whether the service sees a place as writable, and sees it at all."""
    inside = ("nsenter", "--target", shown("agented", "MainPID"), "--mount", "touch", str(path))
    return subprocess.run(inside, capture_output=True, check=False).returncode == 0


def protection() -> dict[str, str]:
    lines = Path(f"/proc/{shown('agented', 'MainPID')}/status").read_text().splitlines()
    fields = {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}
    return {name: fields[name] for name in ("NoNewPrivs", "Seccomp", "CapBnd")}


def look() -> dict[str, object]:
    began = time.monotonic()
    systemctl("start", "agented")
    found: dict[str, object] = {"start_s": wait_ready(began), "processes": len(gunicorns())}
    found["protection"] = protection()
    found["writes"] = {
        str(path): can_write(path / "probe")
        for path in (PLAN, HOME / "agented", FOLDER, ROOT, Path("/usr"))
    }
    found["again_s"] = [kill_all() for _ in range(3)]
    found["restarts"] = int(shown("agented", "NRestarts"))
    systemctl("stop", "agented")
    found["stopped"] = [shown("agented", each) for each in ("ActiveState", "ExecMainStatus")]
    if shutil.which("node"):
        systemctl("start", "node", check=False)
        found["node"] = shown("node", "Result")
    with (FOLDER / ".env").open("a") as dotenv:
        dotenv.write("HSTS=perhaps\n")
    systemctl("start", "agented", check=False)
    time.sleep(2)
    found["refused"] = [
        shown("agented", each) for each in ("ActiveState", "ExecMainStatus", "NRestarts")
    ]
    found["log"] = (HOME / "log").read_text()
    return found


def main() -> None:
    prepare()
    groups = own_groups()
    manager = subprocess.Popen(["/lib/systemd/systemd", "--user"], stdin=subprocess.DEVNULL)
    try:
        began = time.monotonic()
        while not (RUN / "systemd" / "private").exists():
            if manager.poll() is not None or time.monotonic() - began > 20:
                sys.exit("no systemd")
            time.sleep(0.05)
        print(json.dumps(look()))
    finally:
        manager.terminate()
        manager.wait(30)
        leave_groups(groups)


main()
