"""The site in the foreground: waitress, and a worker process that dies with it."""

import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

from recordsvc.cli.door import Door
from recordsvc.services.context import SYSTEM
from recordsvc.services.errors import InvalidRequest, ServiceError

if TYPE_CHECKING:
    from recordsvc.bootstrap import Service

# INTERFACE 7.17 asks for 3 s.
LAST_RESORT_S = 2.5
# What is read from a connection at a time: an upload is mostly that.
RECEIVE_BYTES = 256 * 1024
LONGEST_PAUSE_S = 30.0
LIVED_WELL_S = 60.0


def serve(door: Door, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises
    ------
    InvalidRequest
        If a demo or test store were to be seen from other machines.
    ServiceError
        If the address cannot be taken.
    """
    from recordsvc.web import make_app

    with door.archive() as (service, _):
        _require_loopback(service, host)
        app = make_app(service)
        server = _listen(app, host, port)
        worker = WorkerProcess(door)

        def end(_number: int, _frame: FrameType | None) -> None:
            # Only once: a second signal must not break into the first one's exit.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            worker.ask_to_end()
            last_resort = threading.Timer(LAST_RESORT_S, _end_now, (worker,))
            last_resort.daemon = True
            last_resort.start()
            raise SystemExit(0)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        for address in _addresses(server):
            door.say(f"serving {address}")
        worker.start()
        try:
            # Returns after the signal: waitress takes SystemExit as its end.
            server.run()
        finally:
            worker.end()
            app.registry.pages.close()


def _require_loopback(service: "Service", host: str) -> None:
    if not service.view(SYSTEM, lambda ctx: ctx.root.is_test) or is_loopback(host):
        return
    raise InvalidRequest(
        f"this is a demo or test store, where people act without proof of who they "
        f"are; it is not served on {host}: leave out --host, or make a real store"
    )


def is_loopback(host: str) -> bool:
    """Say whether every address of a host name leads to this machine alone."""
    if not host:
        # waitress takes it for every address.
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise InvalidRequest(f"there is no host {host!r}: {exc}") from exc
    return all(
        ipaddress.ip_address(address[0].partition("%")[0]).is_loopback
        for *_, address in found
        if isinstance(address[0], str)
    )


def _listen(app: Any, host: str, port: int) -> Any:
    import waitress
    from waitress.server import BaseWSGIServer

    from recordsvc.cli.salvage import SalvagingChannel

    try:
        server = waitress.create_server(
            app, host=host, port=port, ident=None, recv_bytes=RECEIVE_BYTES
        )
    except OSError as exc:
        raise ServiceError(
            f"{host}:{port} cannot be served: {exc.strerror}; choose another --port"
        ) from exc
    # One object listens on each address.
    for listener in getattr(server, "map", {None: server}).values():
        if isinstance(listener, BaseWSGIServer):
            listener.channel_class = SalvagingChannel
    return server


def _addresses(server: Any) -> list[str]:
    pairs = getattr(server, "effective_listen", None) or [
        (server.effective_host, server.effective_port)
    ]
    return [
        f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        for host, port in pairs
    ]


def _end_now(worker: "WorkerProcess") -> None:
    # What a request in flight has not committed is not acknowledged either.
    worker.kill()
    os._exit(0)


class WorkerProcess:
    """`recordsvc worker` as a child: extraction and indexing slow no request.

    It is started again when it dies, and ends when its standard input does, so
    that it never outlives this process.
    """

    def __init__(self, door: Door) -> None:
        options = ["--config", door.config] if door.config else []
        if door.quiet:
            options.append("--quiet")
        self._command = [
            sys.executable,
            "-c",
            "from recordsvc.cli import main; main()",
            *options,
            "worker",
            "--until-stdin-ends",
        ]
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Start the child and watch over it."""
        self._watcher.start()

    def _watch(self) -> None:
        import logging
        import time

        pause = 1.0
        while not self._ending.is_set():
            began = time.monotonic()
            # A session of its own: Ctrl-C is ours to pass on.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, start_new_session=True
            )
            code = self._process.wait()
            if self._ending.is_set():
                return
            if time.monotonic() - began > LIVED_WELL_S:
                pause = 1.0
            logging.getLogger(__name__).error(
                "the worker has ended with code %d; it is started again in %.0f s",
                code,
                pause,
            )
            self._ending.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def ask_to_end(self) -> None:
        """Tell the child to end, without waiting."""
        self._ending.set()
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End the child at once."""
        self._ending.set()
        if self._process is not None:
            self._process.kill()

    def end(self) -> None:
        """Wait until the child has ended."""
        self.ask_to_end()
        self._watcher.join(LAST_RESORT_S)
        self.kill()
