"""`demo`: a store of sample papers, a printed tour, the site."""

import os
import socket

import click

from recordsvc.cli.door import Door

DEFAULT_PORT = 6543


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="End after the tour.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the site.")
@click.pass_obj
def demo_command(door: Door, no_serve: bool, port: int | None) -> int:  # noqa: FBT001 - click's
    """Load the sample papers of a fictional parliament, show what is done with them.

    The store is made anew at every run, in a folder of its own.

    Example: recordsvc demo --no-serve
    """
    from recordsvc.bootstrap import opened
    from recordsvc.cli import samplestore
    from recordsvc.cli.tour import Tour

    settings = door.settings
    chosen = port or (DEFAULT_PORT if no_serve else free_port(DEFAULT_PORT))
    folder = samplestore.demo_folder(settings, os.environ)
    with samplestore.claimed(folder):
        demo = samplestore.demo_door(folder, chosen, settings.engine, quiet=door.quiet)
        filled = samplestore.Filled()
        print(f"making a demo store in {folder}", flush=True)
        samplestore.make_store(demo, filled)
        with opened(demo.settings, os.environ) as service:
            samplestore.fill(demo, service, filled)
            Tour(service, filled).run(folder)
        if no_serve:
            return 0
        serve_until_stopped(demo, chosen)
    return 0


def free_port(wanted: int) -> int:
    """Return a port of this machine that nothing listens on, if possible `wanted`."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted


def serve_until_stopped(demo: Door, port: int) -> None:
    """Serve the demo as `recordsvc serve` does."""
    from recordsvc.cli.server import serve
    from recordsvc.cli.serving import log_to_stderr

    log_to_stderr(quiet=demo.quiet)
    print("starting the site; end it with Ctrl-C", flush=True)
    serve(demo, "127.0.0.1", port)
