"""Stores to test against: SQLite folders, and a private PostgreSQL if there is one."""

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from recordsvc.storage.bitstreams import DirectoryBitstreams
from recordsvc.storage.database import Database, open_database

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = Path(__file__).with_name("processes")


@pytest.fixture
def bitstreams(tmp_path: Path) -> DirectoryBitstreams:
    return DirectoryBitstreams(tmp_path / "bitstreams")


@pytest.fixture
def sqlite_uri(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'store'}"


def _program(name: str) -> str:
    found = shutil.which(name) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))),
        None,
    )
    if found is None:
        pytest.skip(f"{name} is not here; install the Debian package postgresql")
    return found


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """Run a private server in a temporary folder; return its socket's folder."""
    pytest.importorskip(
        "psycopg2", reason="no driver; install the package psycopg2-binary"
    )
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="recordsvc-pg-", dir="/tmp"))
    who = {}
    if os.geteuid() == 0:
        # The server refuses to run as root.
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("no user postgres; install the Debian package postgresql")
        shutil.chown(folder, "postgres", "postgres")
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def call(*command: str) -> None:
        subprocess.run(
            command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **who
        )

    place = str(folder / "cluster")
    try:
        call(initdb, "-D", place, "-U", "records", "-A", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c deadlock_timeout=100ms"
        call(
            pg_ctl, "-D", place, "-w", "-l", str(folder / "log"), "-o", options, "start"
        )
        try:
            yield folder
        finally:
            call(pg_ctl, "-D", place, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_numbers = itertools.count(1)


@pytest.fixture
def postgres_uri(postgres_server: Path) -> str:
    import psycopg2

    name = f"records{next(_numbers)}"
    base = f"?host={quote(str(postgres_server), safe='')}"
    connection = psycopg2.connect(f"postgresql://records@/postgres{base}")
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    return f"postgresql://records@/{name}{base}"


@pytest.fixture(params=["sqlite", "postgres"])
def store_uri(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_uri")


@pytest.fixture
def made(store_uri: str) -> Iterator[Callable[..., Database]]:
    """Return a function that makes the store and opens it; all are closed."""
    with contextlib.ExitStack() as stack:

        def make(populate=None) -> Database:
            database = open_database(store_uri, create=True, populate=populate)
            return stack.enter_context(database)

        yield make


class Process:
    """A child that is spoken to by lines."""

    def __init__(self, script: str, *args: str, **env: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, str(SCRIPTS / script), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": _path(), **env},
        )

    def say(self, word: str) -> None:
        self.popen.stdin.write(word + "\n")
        self.popen.stdin.flush()

    def hear(self) -> str:
        line = self.popen.stdout.readline()
        assert line, f"the process has ended with {self.popen.wait(10)}"
        return line.strip()

    def rest(self) -> list[str]:
        """Return every complete line until the end of the process."""
        text = self.popen.stdout.read()
        return text.split("\n")[:-1]

    def kill(self) -> None:
        self.popen.kill()

    def close(self) -> None:
        self.popen.kill()
        self.popen.wait()
        self.popen.stdin.close()
        self.popen.stdout.close()


def _path() -> str:
    return os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


@pytest.fixture
def started() -> Iterator[Callable[..., Process]]:
    """Return a function that starts a script of the folder `processes`."""
    running: list[Process] = []

    def start(script: str, *args: str, **env: str) -> Process:
        running.append(Process(script, *args, **env))
        return running[-1]

    yield start
    for process in running:
        process.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 6 MB, or skip."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine refuses mounts")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
