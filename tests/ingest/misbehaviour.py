"""What a hostile file could make a worker do, as a `finish` function.

The first word of the text says what to do; a worker imports this module in its
fork server, where the warm-up text commands nothing.
"""

import ctypes
import os
import socket
import sys
import time
from pathlib import Path

from ingest.wire import send

calls = []


def obey(texts, language):
    calls.append(language)
    word, _, rest = texts[0].strip().partition(" ")
    action = globals().get(f"do_{word}")
    return action(rest.strip()) if action else ["seen", len(calls)]


def do_loop(rest):
    while True:
        pass


def do_sleep(rest):
    time.sleep(3600)


def do_allocate(rest):
    return len(bytearray(4 * 2**30))


def do_crash(rest):
    return ctypes.string_at(0)


def do_exit(rest):
    os._exit(3)


def do_forks(rest):
    started = 0
    for _ in range(500):
        try:
            pid = os.fork()
        except OSError:
            break
        if pid == 0:
            os.setsid()
            time.sleep(3600)
        started += 1
    return started


def attempt(action):
    try:
        return ["done", str(action())[:100]]
    except OSError as refused:
        return ["refused", refused.errno]


def do_files(rest):
    outside = Path(rest)
    inside = Path(os.environ["TMPDIR"], "mine")
    return {
        "write": attempt(lambda: (outside / "written").write_text("x")),
        "read": attempt((outside / "secret").read_text),
        "list": attempt(lambda: list(outside.iterdir())),
        "passwd": attempt(Path("/etc/passwd").read_text),
        "root": attempt(lambda: list(Path("/").iterdir())),
        "home": attempt(lambda: (Path.home() / "mine").write_text("x")),
        "inside": attempt(lambda: inside.write_text("x")),
        "kill": attempt(lambda: os.kill(int(outside.name), 0)),
    }


def do_network(port):
    def tcp():
        socket.create_connection(("127.0.0.1", int(port)), timeout=2).close()

    def udp():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.sendto(b"x", ("127.0.0.1", int(port)))

    def abstract():
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(f"\0recordsvc-test-{port}")

    return {"tcp": attempt(tcp), "udp": attempt(udp), "abstract": attempt(abstract)}


def do_writes(rest):
    path = Path(os.environ["TMPDIR"], "large")
    with path.open("wb") as file:
        return attempt(lambda: [file.write(bytes(2**24)) for _ in range(20)])


def _of_server():
    """Return the locals of the worker's loop, as taken-over code could."""
    frame = sys._getframe()
    while frame is not None:
        if {"channel", "files", "job"} <= frame.f_locals.keys():
            return frame.f_locals
        frame = frame.f_back
    raise LookupError("no worker")


def _answer(content, **changes):
    held = _of_server()
    os.pwrite(held["files"][1], content, 0)
    message = {"job": held["job"]["job"], "bytes": len(content), **changes}
    send(held["channel"], message)
    time.sleep(3600)


def do_lie(kind):
    if kind == "json":
        _answer(b"{no json")
    if kind == "long":
        _answer(b"{}", bytes=10**12)
    if kind == "short":
        _answer(b"{}", bytes=500)
    if kind == "length":
        _answer(b"{}", bytes="many")
    if kind == "types":
        _answer(b'{"extraction": {"mime": "text/plain", "pages": 7, "text": []}}')
    if kind == "deep":
        nested = b'{"a":' * 900 + b"1" + b"}" * 900
        _answer(b'{"extraction": {"mime": "x", "structure": %b}}' % nested)
    if kind == "list":
        _answer(b"[]")
    if kind == "job":
        _answer(b"{}", job="another")
    if kind == "message":
        _of_server()["channel"].sendall(b"\xff" * 100)
        time.sleep(3600)
    if kind == "noise":
        _of_server()["channel"].sendall(b"\x00\x00\x00\x05noise")
        time.sleep(3600)
    if kind == "close":
        _of_server()["channel"].close()
        time.sleep(3600)
