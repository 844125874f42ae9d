# ruff: noqa: INP001 - a script beside the pages it writes
"""Write ``docs/reference/cli.md`` from the help texts of the commands.

Run it with the interpreter of the installation:
``.venv/bin/python docs/generate_cli.py``
"""

from collections.abc import Iterator
from pathlib import Path

import click

from recordsvc.cli import cli

TARGET = Path(__file__).parent / "reference" / "cli.md"
WIDTH = 80
HEAD = """\
# Command line

Made from the help texts by `docs/generate_cli.py`; do not edit it by hand.

Results go to standard output, everything else to standard error. `--json` prints
one document, `--jsonl` one object a line. Exit codes: [errors](errors.md).
Options of `recordsvc` itself stand before the command:
`recordsvc --config FILE.ini search water`.
"""


def page() -> str:
    """Return the whole page."""
    root = _context(cli, "recordsvc", None)
    return "\n".join([HEAD, *_sections(root)])


def _context(
    command: click.Command, name: str, parent: click.Context | None
) -> click.Context:
    # A fixed width: the page must not depend on whose terminal made it.
    settings = {**command.context_settings, "terminal_width": WIDTH}
    return click.Context(command, info_name=name, parent=parent, **settings)


def _sections(ctx: click.Context) -> Iterator[str]:
    yield f"## {ctx.command_path}\n\n```text\n{ctx.get_help()}\n```\n"
    if not isinstance(ctx.command, click.Group):
        return
    for name in ctx.command.list_commands(ctx):
        command = ctx.command.get_command(ctx, name)
        if command is not None and not command.hidden:
            yield from _sections(_context(command, name, ctx))


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
