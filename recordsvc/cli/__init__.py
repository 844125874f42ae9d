"""The command line: results on stdout, everything else on stderr."""

import importlib
import io
import sys
from collections.abc import Sequence
from typing import Any

import click

__all__ = ["main"]

# Command to the module that holds it; a module is imported only when its
# command is called, so that every command starts fast.
COMMANDS = {
    "init": "store",
    "doctor": "store",
    "serve": "serving",
    "worker": "serving",
    "demo": "demo",
    "ingest": "records",
    "watch": "watch",
    "mailbox": "mailbox",
    "ocr": "ocr",
    "search": "records",
    "show": "records",
    "text": "records",
    "edit": "records",
    "question": "questions",
    "agent": "agents",
    "profile": "profiles",
    "sidecar": "sidecars",
    "link": "questions",
    "likeness": "likeness",
    "join": "likeness",
    "unjoin": "likeness",
    "compare": "comparing",
    "class": "fileplan",
    "capture": "capture",
    "classify": "filing",
    "triage": "triage",
    "quarantine": "quarantine",
    "bulk": "bulk",
    "aggregation": "aggregations",
    "schedule": "schedules",
    "retention": "retention",
    "event": "events",
    "hold": "holds",
    "disposal": "disposal",
    "export": "bags",
    "bag": "bags",
    "submit": "submit",
    "harvest": "harvest",
    "adopt": "harvest",
    "identify": "identify",
    "index": "index",
    "jobs": "index",
    "audit": "audit",
    "user": "accounts",
    "mail": "mail",
    "backup": "backup",
    "restore": "backup",
}

EXIT_CODES = """
\b
Exit codes: 0 done; 1 failed; 2 usage; 3 not found; 4 not allowed; 5 partly
done; 6 conflict; 7 nothing to do; 8 verification failed; 9 temporary, try
again; 130 stopped.
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of every command."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Return a command by its name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        found = importlib.import_module(f"recordsvc.cli.{module}")
        command: click.Command = getattr(found, f"{cmd_name}_command")
        return command


@click.group(
    cls=LazyGroup,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--config",
    metavar="FILE.ini",
    help="Configuration; default RECORDSVC_CONFIG, else development.ini here.",
)
@click.option("--token-file", metavar="FILE", help="A file that holds an API token.")
@click.option("--as", "as_login", metavar="LOGIN", help="Act as LOGIN (test stores).")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.version_option(package_name="recordsvc", prog_name="recordsvc")
@click.pass_context
def cli(
    ctx: click.Context,
    config: str | None,
    token_file: str | None,
    as_login: str | None,
    quiet: bool,  # noqa: FBT001 - click passes by name
) -> None:
    """Keep, find, decide on and hand over the papers of a parliament."""
    from recordsvc.cli.door import Door

    ctx.obj = Door(config=config, token_file=token_file, as_login=as_login, quiet=quiet)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with a code of INTERFACE section 3."""
    from recordsvc.cli.door import exit_code_of

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot write a letter shows its number instead.
            stream.reconfigure(errors="backslashreplace")
    try:
        result: Any = cli.main(
            args=list(argv) if argv is not None else None,
            prog_name="recordsvc",
            standalone_mode=False,
        )
    except (click.exceptions.Abort, KeyboardInterrupt):
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last door: every error has a code
        sys.exit(exit_code_of(error))
    sys.exit(result if isinstance(result, int) else 0)
