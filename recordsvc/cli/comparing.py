"""`compare`: two papers on the terminal, paragraph by paragraph."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from recordsvc.cli.door import Door, emit, printable

if TYPE_CHECKING:
    from recordsvc.services.likeness.laying import Laid

REMOVED, ADDED, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[0m"


@click.command("compare")
@click.argument("left_id", metavar="A")
@click.argument("right_id", metavar="B")
@click.option("--whole", is_flag=True, help="Show what is equal as well.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def compare_command(
    door: Door,
    left_id: str,
    right_id: str,
    whole: bool,  # noqa: FBT001 - click's
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Show what differs between the texts of two papers, the earlier one first.

    Removed words stand between [- and -], added ones between {+ and +}.

    Example: recordsvc compare 5f0c… 77ab…
    """
    from recordsvc.services.likeness.laying import lay
    from recordsvc.services.likeness.rows import laid_mapping

    if as_json:
        emit(
            door.view(
                lambda ctx: laid_mapping(lay(ctx, left_id, right_id, whole=whole))
            )
        )
        return 0
    laid = door.view(lambda ctx: lay(ctx, left_id, right_id, whole=whole))
    for line in lines_of(laid, coloured=_is_coloured()):
        print(line)
    return 0


def _is_coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def lines_of(laid: "Laid", *, coloured: bool) -> Iterator[str]:
    """Yield the lines of a comparison: a gap, or a paragraph with its page."""
    counts = ", ".join(f"{n} {change}" for change, n in laid.counts.items() if n)
    from recordsvc.services.likeness.rows import laid_mapping

    yield f"paragraphs: {counts or 'none'}"
    for row in laid_mapping(laid)["rows"]:
        yield from _lines_of_row(row, coloured=coloured)


def _lines_of_row(row: dict[str, Any], *, coloured: bool) -> Iterator[str]:
    if "gap" in row:
        pages = f"p. {row['left_page']} and {row['right_page']}"
        yield f"  … {row['gap']} equal, from {pages}"
        return
    left, right = row["left"], row["right"]
    if row["change"] == "equal":
        yield f"  p. {left['page']}  {_marked(left['spans'], '', '')}"
        return
    marks = (("[-", "-]"), ("{+", "+}"))
    if coloured:
        marks = ((f"{REMOVED}[-", f"-]{PLAIN}"), (f"{ADDED}{{+", f"+}}{PLAIN}"))
    for sign, side, (start, end) in zip("-+", (left, right), marks, strict=True):
        if side is not None:
            yield f"{sign} p. {side['page']}  {_marked(side['spans'], start, end)}"


def _marked(spans: Iterable[dict[str, Any]], start: str, end: str) -> str:
    return "".join(
        f"{start}{printable(span['text'])}{end}"
        if span["changed"]
        else printable(span["text"])
        for span in spans
    )
