#!/usr/bin/env python3
"""Set-up and menu: makes ``.venv``, installs what is pinned, runs one command.

It needs Python's standard library alone, and after the first run no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
OLDEST = (3, 11)
SHOWN_LINES = 25
# Nothing is compiled; bagit, pure Python, is published as source alone.
FROM_WHEELS = ("--only-binary", ":all:", "--no-binary", "bagit")
USAGE = 2

# Code and samples speak six languages; the documents speak one.
ENGLISH = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs")
# Command to what it runs inside .venv; the arguments that follow are passed on.
COMMANDS = {
    "demo": [["-c", "from recordsvc.cli import main; main()", "demo"]],
    # Two processes, a module in one of them: half the time on two cores.
    "test": [["-m", "pytest", "-n", "2", "--dist", "loadfile"]],
    "lint": [
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
        ["-m", "mypy"],
        ["-m", "codespell_lib", *ENGLISH],
    ],
    "types": [["-m", "mypy"]],
    "bench": [["-m", "bench"]],
}
RUNTIME_ALONE = frozenset({"demo"})
MENU = """usage: python3 bootstrap.py COMMAND [ARGUMENT...]

  demo    load the sample papers, show search, retention and export, then serve
          (--no-serve ends after the tour, --port N chooses the port)
  test    run the tests; arguments go to pytest
  lint    check style, import contracts, types and spelling
  types   check types
  bench   measure ingest and search"""


class SetUpError(Exception):
    """Something is missing; the message says in one line what to do."""


def main(argv: list[str]) -> int:
    """Set up and run one command of the menu; return its exit code."""
    if not argv or argv[0] in {"-h", "--help"}:
        print(MENU)
        return 0 if argv else USAGE
    command, arguments = argv[0], argv[1:]
    if command not in COMMANDS:
        print(f"bootstrap.py: unknown command {command!r}\n\n{MENU}", file=sys.stderr)
        return USAGE
    try:
        require_python(sys.version_info[:2])
        make_environment()
        install("runtime" if command in RUNTIME_ALONE else "test")
    except (SetUpError, OSError) as error:
        print(f"bootstrap.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; repeat the command to go on", file=sys.stderr)
        return 130
    return run(COMMANDS[command], arguments)


def require_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that is too old."""
    if version < OLDEST:
        found, needed = (".".join(map(str, v)) for v in (version, OLDEST))
        raise SetUpError(
            f"this is Python {found}; Python {needed} or newer is needed "
            f"(apt install python{needed}, then: python{needed} bootstrap.py ...)"
        )


def make_environment() -> None:
    """Make ``.venv`` unless one that works is there."""
    python = python_of_environment()
    if python.exists() and not subprocess.call([str(python), "-c", ""]):
        return
    require_module("venv")
    require_module("ensurepip")
    print(f"making {VENV.name} ...", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        why = (made.stderr or made.stdout).strip() or "no reason given"
        raise SetUpError(f"{VENV} cannot be made: {why.splitlines()[-1]}")


def require_module(name: str) -> None:
    """Refuse a Python without a module that Debian packs apart."""
    try:
        __import__(name)
    except ImportError:
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetUpError(
            f"Python's {name} is missing; on Debian and Ubuntu: "
            f"apt install python{version}-venv"
        ) from None


def python_of_environment() -> Path:
    """Return the interpreter inside ``.venv``."""
    return VENV / "bin" / "python"


def lock_of(kind: str) -> Path:
    """Return the lock file of the ``runtime`` or the ``test`` set."""
    return ROOT / ("requirements-test.lock" if kind == "test" else "requirements.lock")


def install(kind: str) -> None:
    """Install what the lock pins, then this checkout, unless nothing changed."""
    wanted = digest_of(kind)
    stamp = read_stamp()
    if stamp.get(kind) == wanted:
        return
    lock = lock_of(kind)
    pins = pins_in(lock.read_text(encoding="utf-8"))
    print(f"installing {len(pins)} pinned packages ...", flush=True)
    STAMP.unlink(missing_ok=True)
    pip(*FROM_WHEELS, "--require-hashes", "-r", str(lock), total=len(pins))
    pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT), total=0)
    new = {kind: wanted}
    if kind == "test" and covers(pins, pins_in(lock_of("runtime").read_text("utf-8"))):
        new["runtime"] = digest_of("runtime")
    STAMP.write_text(json.dumps(new), encoding="utf-8")


def digest_of(kind: str) -> str:
    """Return what an installation of a set depends on, as one digest."""
    state = hashlib.sha256(repr((sys.version_info[:3], str(ROOT))).encode())
    for path in (lock_of(kind), ROOT / "pyproject.toml", ROOT / "setup.cfg"):
        state.update(path.read_bytes())
    return state.hexdigest()


def read_stamp() -> dict[str, str]:
    """Return what is installed: digests by set; empty when in doubt."""
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def pins_in(text: str) -> dict[str, str]:
    """Return the versions that a lock file pins, by package."""
    return dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text))


def covers(large: dict[str, str], small: dict[str, str]) -> bool:
    """Say whether a set of pins holds all of another."""
    return small.items() <= large.items()


def pip(*arguments: str, total: int) -> None:
    """Run pip in ``.venv`` and show how far it is."""
    command = [
        str(python_of_environment()),
        *("-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
        *("--progress-bar", "off", *arguments),
    ]
    lines: list[str] = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=clean_environment(os.environ),
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            show_progress(lines, total)
    end_progress(total)
    if process.returncode != 0:
        print("\n".join(lines[-SHOWN_LINES:]), file=sys.stderr)
        raise SetUpError(
            "the packages could not be installed (pip's last lines are above); "
            "with a network connection repeat the command"
        )


def show_progress(lines: list[str], total: int) -> None:
    """Say how many packages pip has come to: one live line, or one in twenty."""
    if total and lines[-1].startswith("Installing collected"):
        end_progress(total)
        print("  unpacking ...", flush=True)
    if not total or not lines[-1].startswith("Collecting "):
        return
    count = sum(line.startswith("Collecting ") for line in lines)
    if sys.stdout.isatty():
        print(f"\r  {count} of {total} packages ", end="", flush=True)
    elif count % 20 == 0:
        print(f"  {count} of {total} packages", flush=True)


def end_progress(total: int) -> None:
    """End the live line."""
    if total and sys.stdout.isatty():
        print(flush=True)


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what would bend another Python."""
    return {k: v for k, v in environ.items() if k not in {"PYTHONHOME", "PYTHONPATH"}}


def run(steps: list[list[str]], arguments: list[str]) -> int:
    """Run the steps of a command; a single one takes over this process."""
    os.chdir(ROOT)
    python = str(python_of_environment())
    environ = clean_environment(os.environ)
    if len(steps) > 1:
        return max(
            subprocess.call([python, *s, *arguments], env=environ) for s in steps
        )
    sys.stdout.flush()
    # The command takes over this process: signals and exit code are its own.
    return os.execve(python, [python, *steps[0], *arguments], environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
