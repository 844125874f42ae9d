"""A served archive in processes of its own, and a client that speaks raw HTTP."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-c", "from recordsvc.cli import main; main()"]
PASSWORD = "a-long-password"


class Archive:
    """A store of its own, driven by real processes."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.config = folder / "archive.ini"
        self.configure()
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("RECORDSVC_")},
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
            "RECORDSVC_CONFIG": str(self.config),
        }
        self.run("init", "--test")

    def configure(self, **settings: str) -> None:
        lines = {
            "recordsvc.data_dir": str(self.data),
            "recordsvc.default_access": "open",
            "recordsvc.workers": "1",
            **settings,
        }
        text = "\n".join(f"{key} = {value}" for key, value in lines.items())
        self.config.write_text(f"[app:main]\n{text}\n")

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environ,
        )

    def run(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        assert process.returncode in codes, (words, process.returncode, out, err)
        return out

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def ids(self, query: str = "") -> list[str]:
        hits = self.run("search", query, "--format", "ids", "--limit", "200")
        return hits.split()

    def token(self, login: str, role: str = "librarian") -> str:
        secret = self.temporary.parent / "password"
        secret.write_text(PASSWORD)
        self.run("user", "add", login, "--role", role, "--password-file", str(secret))
        made = self.run("user", "token", login, "--password-file", str(secret))
        found = re.search(r"rsvc_\S+", made)
        assert found
        return found[0].strip('",')


class Server:
    """`recordsvc serve`, which can be killed and started again."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.log: list[str] = []
        self.start()

    def start(self) -> None:
        self.process = self.archive.start("serve", "--port", "0")
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(r"serving http://127.0.0.1:(\d+)/", line):
                self.port = int(found[1])
                break
        else:
            pytest.fail("".join(self.log))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        stderr = self.process.stderr
        assert stderr is not None
        self.log.extend(stderr)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Tus:
    """A client of one person, over a socket each request."""

    server: Server
    token: str
    headers: dict[str, str] = field(default_factory=lambda: {"Tus-Resumable": "1.0.0"})

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        cut_after: int | None = None,
        **more: str,
    ) -> Answer | None:
        """Send a request; cut the connection after so many bytes of it, if asked."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
        lines.append(f"Authorization: Bearer {self.token}")
        lines.append(f"Content-Length: {len(body)}")
        named = {key.replace("_", "-"): value for key, value in more.items()}
        lines += [f"{k}: {v}" for k, v in {**self.headers, **named}.items() if v]
        message = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        with socket.create_connection(("127.0.0.1", self.server.port), 30) as link:
            if cut_after is not None:
                link.sendall(message[:cut_after])
                return None
            link.sendall(message)
            received = b""
            while block := link.recv(65536):
                received += block
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *fields = head.decode().split("\r\n")
        pairs = (line.partition(": ") for line in fields)
        found = {key.lower(): value for key, _, value in pairs}
        return Answer(int(first.split()[1]), found, rest)

    def begin(self, length: int, name: str = "paper.txt", **said: str) -> Answer:
        pairs = {"filename": name, **said}
        coded = ",".join(
            f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items()
        )
        answer = self(
            "POST",
            "/api/v1/uploads",
            Upload_Length=str(length),
            Upload_Metadata=coded,
        )
        assert answer is not None
        return answer

    def offset(self, path: str) -> int:
        answer = self("HEAD", path)
        assert answer is not None
        assert answer.status == 200, answer
        return int(answer.headers["upload-offset"])

    def part(self, path: str, offset: int, body: bytes, **more: Any) -> Answer | None:
        return self(
            "PATCH",
            path,
            body,
            Content_Type="application/offset+octet-stream",
            Upload_Offset=str(offset),
            **more,
        )

    def receipt(self, path: str, *, patience_s: float = 20.0) -> Any:
        """Return the receipt, once its job has ended."""
        deadline = time.monotonic() + patience_s
        while True:
            answer = self("GET", f"{path}/receipt")
            assert answer is not None
            assert answer.status == 200, answer
            if answer.json["state"] in {"done", "parked"}:
                return answer.json
            assert time.monotonic() < deadline, answer.json
            time.sleep(0.1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def server(archive: Archive):
    server = Server(archive)
    yield server
    server.end()


@pytest.fixture(scope="module")
def tus(archive: Archive, server: Server) -> Tus:
    return Tus(server, archive.token("sender"))
