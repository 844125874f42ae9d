"""`profile`."""

import sys
from pathlib import Path
from typing import Any

import click

from recordsvc.cli.door import FAILED, Door, emit, printable, table

MAX_MISSES = 40


@click.group("profile")
def profile_command() -> None:
    """Profiles: what is known of a parliament's papers."""


@profile_command.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--papers",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of papers on which it is tried.",
)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What is stated of them; default manifest.csv in the folder.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def profile_check(
    door: Door,
    file: Path,
    papers: Path | None,
    manifest: Path | None,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Check a profile whole; with papers, tell recall and precision of each field.

    Nothing is written. A manifest is a CSV with a column file and columns of a
    sidecar; an empty cell states nothing.

    Example: recordsvc profile check zz.toml --papers papers
    """
    from recordsvc.jobs.profiling import check_file

    faults = check_file(file)
    answer: dict[str, Any] = {
        "faults": [{"line": f.line, "where": f.where, "what": f.what} for f in faults],
    }
    if papers is not None and not faults:
        answer |= _measured(door, file, papers, manifest)
    if as_json:
        emit(answer)
    else:
        _tell(file, answer)
    return FAILED if faults else 0


def _measured(
    door: Door, file: Path, papers: Path, manifest: Path | None
) -> dict[str, Any]:
    from recordsvc.jobs.profiling import Trial, measure, read_manifest

    stated = read_manifest(manifest or papers / "manifest.csv")
    with door.archive() as (service, _):
        trial = Trial(
            folder=papers,
            manifest=stated,
            workers=service.settings.workers,
            scratch=service.scratch_dir(),
        )
        found = measure(file, trial)
    return {
        "papers": len(stated),
        "fields": [
            {
                "field": name,
                "stated": score.stated,
                "recall": round(score.recall, 3),
                "precision": round(score.precision, 3),
            }
            for name, score in sorted(found.scores.items())
        ],
        "misses": [
            {"file": path, "field": name, "stated": stated, "found": given}
            for path, name, stated, given in found.misses
        ],
    }


def _tell(file: Path, answer: dict[str, Any]) -> None:
    for fault in answer["faults"]:
        place = f"{printable(str(file))}:{fault['line']}"
        print(f"{place}: {printable(fault['where'])}: {printable(fault['what'])}")
    if not answer["faults"]:
        print(f"{printable(str(file))} can be used")
    if "fields" not in answer:
        return
    print(f"tried on {answer['papers']} papers")
    table(
        [("field", "stated", "recall", "precision")]
        + [
            (
                f["field"],
                str(f["stated"]),
                f"{f['recall']:.3f}",
                f"{f['precision']:.3f}",
            )
            for f in answer["fields"]
        ]
    )
    for miss in answer["misses"][:MAX_MISSES]:
        words = (
            miss["file"],
            miss["field"],
            miss["stated"],
            miss["found"] or "nothing",
        )
        print(
            "missed in {}: {} «{}», found {}".format(*map(printable, words)),
            file=sys.stderr,
        )
