"""The virus scanner's protocol, spoken with one that answers as clamd does."""

import io
import socket
import struct
import threading

import pytest

from ingest.clamd import Clamd, ScannerAbsentError, Verdict, VerdictKind

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    """Reads INSTREAM as clamd(8) describes it; finds EICAR."""

    def __init__(self, path, *, most=1 << 30, answer=None):
        self.seen = []
        self.most = most
        self.answer = answer
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            with line:
                self.talk(line, line.makefile("rb"))

    def talk(self, line, stream):
        command = b""
        while not command.endswith(b"\0"):
            command += stream.read(1)
        if command == b"zPING\0":
            line.sendall(b"PONG\0")
            return
        content = b""
        while size := struct.unpack("!L", stream.read(4))[0]:
            content += stream.read(size)
            if len(content) > self.most:
                line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.seen.append(content)
        if self.answer is not None:
            line.sendall(self.answer)
        elif EICAR in content:
            line.sendall(b"stream: Eicar-Test-Signature FOUND\0")
        else:
            line.sendall(b"stream: OK\0")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


@pytest.fixture
def clamd(tmp_path):
    served = []

    def made(**more):
        path = tmp_path / "clamd.ctl"
        served.append(FakeClamd(path, **more))
        return Clamd(str(path), timeout_s=5), served[-1]

    yield made
    for one in served:
        one.close()


def test_a_clean_file_is_clean_and_arrived_whole(clamd):
    client, server = clamd()
    content = bytes(range(256)) * 3_000
    assert client.ping()
    assert client.scan(io.BytesIO(content)) == Verdict(kind=VerdictKind.CLEAN)
    assert server.seen == [content]


def test_a_virus_is_named(clamd):
    client, _ = clamd()
    verdict = client.scan(io.BytesIO(b"so " + EICAR))
    assert verdict.kind == VerdictKind.INFECTED
    assert verdict.detail == "Eicar-Test-Signature"


def test_a_file_longer_than_the_scanner_takes_is_not_scanned(clamd):
    client, _ = clamd(most=1_000)
    verdict = client.scan(io.BytesIO(b"x" * 5_000_000))
    assert verdict.kind == VerdictKind.NOT_SCANNED


@pytest.mark.parametrize("answer", [b"", b"what? ERROR\0", b"\xff\xfe\0"])
def test_an_odd_answer_is_never_taken_for_clean(clamd, answer):
    client, _ = clamd(answer=answer)
    with pytest.raises(ScannerAbsentError):
        client.scan(io.BytesIO(b"x"))


@pytest.mark.parametrize("address", ["/nowhere/clamd.ctl", "127.0.0.1:1"])
def test_a_scanner_that_is_not_there_says_so(address):
    client = Clamd(address, timeout_s=1)
    assert not client.ping()
    with pytest.raises(ScannerAbsentError):
        client.scan(io.BytesIO(b"x"))
