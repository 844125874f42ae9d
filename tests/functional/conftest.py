"""The command line as a program calls it: arguments in; code, stdout, stderr out."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recordsvc.cli import main
from recordsvc.settings import EMBEDDED_DEFAULT

# Another engine's tests are the same tests with another .ini.
CONFIG = os.environ.get("RECORDSVC_FUNCTIONAL_CONFIG", str(EMBEDDED_DEFAULT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the one document on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return the objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(slots=True, kw_only=True)
class Cli:
    """The command line on one store."""

    data_dir: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *argv: str, stdin: bytes = b"", **environ: str) -> Called:
        """Run a command in this process; keywords are environment variables."""
        with _streams(stdin) as (out, err), self._environment(environ):
            try:
                main([str(word) for word in argv])
            except SystemExit as stop:
                code = stop.code
        assert isinstance(code, int)
        return Called(code=code, out=_text(out), err=_text(err))

    def ok(self, *argv: str, stdin: bytes = b"", **environ: str) -> Called:
        """Run a command that must succeed."""
        called = self(*argv, stdin=stdin, **environ)
        assert called.code == 0, (argv, called)
        return called

    def ingest(self, *argv: str) -> list[dict[str, Any]]:
        """Take papers in and return the lines without the summary."""
        return self.ok("ingest", *argv, "--jsonl").lines[:-1]

    @contextmanager
    def _environment(self, more: dict[str, str]) -> Iterator[None]:
        before = dict(os.environ)
        for name in before:
            if name.startswith("RECORDSVC_"):
                del os.environ[name]
        os.environ |= {
            "RECORDSVC_DATA_DIR": str(self.data_dir),
            "RECORDSVC_CONFIG": CONFIG,
            **self.environ,
            **more,
        }
        umask = os.umask(0o022)
        try:
            yield
        finally:
            os.umask(umask)
            for name in set(os.environ) - set(before):
                del os.environ[name]
            os.environ.update(before)


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    kept = sys.stdin, sys.stdout, sys.stderr
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    sys.stdout, sys.stderr = out, err
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")


@pytest.fixture(scope="module")
def make_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Cli]:
    """Return a maker of stores: test stores, or real ones."""

    def make(*, is_test: bool = True, **environ: str) -> Cli:
        cli = Cli(data_dir=tmp_path_factory.mktemp("store"), environ=environ)
        cli.ok("init", *(["--test"] if is_test else []))
        return cli

    return make


@pytest.fixture(scope="module")
def cli(make_store: Callable[..., Cli]) -> Cli:
    """Return the command line on an empty test store of this module."""
    return make_store()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], str]:
    """Return a writer of small papers; it answers with the path."""

    def paper(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    return paper
