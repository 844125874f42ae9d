"""`serve` and `worker`."""

import os
import signal
import threading

import click

from recordsvc.cli.door import Door


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address.")
@click.option(
    "--port",
    default=6543,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port; 0 takes a free one and says which.",
)
@click.pass_obj
def serve_command(door: Door, host: str, port: int) -> int:
    """Serve pages and API, with a worker beside, until SIGTERM or Ctrl-C.

    Example: recordsvc serve --port 8080
    """
    from recordsvc.cli.server import serve

    log_to_stderr(quiet=door.quiet)
    serve(door, host, port)
    return 0


@click.command("worker")
@click.option("--until-stdin-ends", is_flag=True, hidden=True)
@click.pass_obj
def worker_command(door: Door, until_stdin_ends: bool) -> int:  # noqa: FBT001 - click's
    """Work off the queue and keep the index fresh, until SIGTERM or Ctrl-C.

    `serve` starts one of its own; more of them, on this machine or others of a
    cluster, share the work.

    Example: recordsvc worker
    """
    from recordsvc.jobs.handlers import HANDLERS
    from recordsvc.jobs.worker import Worker

    log_to_stderr(quiet=door.quiet)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_ends:
        # However the parent dies, its end of the pipe is closed.
        threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    with door.archive() as (service, _):
        door.say("worker is running")
        if not Worker(service, stop, HANDLERS).run():
            # A thread is inside something long; a kill loses nothing, waiting does.
            os._exit(0)
    return 0


def _wait_for_end(stop: threading.Event) -> None:
    while os.read(0, 1):
        pass
    stop.set()


def log_to_stderr(*, quiet: bool) -> None:
    """Send what the program logs to stderr, one line each."""
    import logging

    logging.basicConfig(
        level=logging.WARNING if quiet else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
