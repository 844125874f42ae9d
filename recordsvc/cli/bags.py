"""`export` and `bag`."""

import sys
from pathlib import Path
from typing import Any

import click

from recordsvc.cli.door import (
    NOTHING,
    PARTLY,
    UNVERIFIED,
    Door,
    emit,
    printable,
)
from recordsvc.services.errors import NothingToDo


@click.command("export")
@click.argument("query", required=False)
@click.option("--id", "ids", multiple=True, metavar="ID", help="A record; repeatable.")
@click.option("--all", "everything", is_flag=True, help="Every record you may read.")
@click.option("-o", "into", required=True, metavar="DIR", help="Where to put them.")
@click.option(
    "--profile",
    default="parliamentary-record",
    show_default=True,
    help="The BagIt profile the packages meet.",
)
@click.option(
    "--serialize",
    "serialization",
    type=click.Choice(["none", "tar", "zip", "tar.gz"]),
    default="none",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def export_command(door: Door, /, query: str | None, **options: Any) -> int:
    """Write records as BagIt packages, one package a record.

    Example: recordsvc export 'type:bill date:2019' -o packages --serialize tar
    """
    from recordsvc.jobs.export_job import export_records

    chosen = [bool(query), bool(options["ids"]), options["everything"]]
    if chosen.count(True) != 1:
        raise click.UsageError("name the records by one of: QUERY, --id ID, --all")

    def tell(made: dict[str, Any]) -> None:
        if not options["as_json"]:
            verdict = "valid" if made["valid"] else "NOT VALID"
            line = f"{made['id']}  {made['path']}  {made['bytes']} bytes  {verdict}"
            print(printable(line), flush=True)

    with door.archive() as (service, actor):
        ids = options["ids"] or _chosen(service, actor, query)
        report = export_records(
            service,
            actor,
            ids,
            Path(options["into"]),
            serialization=options["serialization"],
            profile=options["profile"],
            report=tell,
        )
    if options["as_json"]:
        emit(report.mapping())
    for refused in report.refused:
        _complain(refused.id, refused.reason)
    if not all(made["valid"] for made in report.packages):
        return UNVERIFIED
    return _code(bool(report.packages), [r.exit_code for r in report.refused])


def _chosen(service: Any, actor: Any, query: str | None) -> tuple[str, ...]:
    from recordsvc.search.query import QuerySyntaxError
    from recordsvc.services.packaging import exportable_ids
    from recordsvc.services.selecting import ids_of_query

    if query is None:
        ids: tuple[str, ...] = service.view(actor, exportable_ids)
    else:
        try:
            ids = service.view(actor, lambda ctx: ids_of_query(ctx, query))
        except QuerySyntaxError as error:
            message = f"{error.message} (column {error.column})"
            raise click.UsageError(message) from None
    if not ids:
        raise NothingToDo("no record matches; nothing was exported")
    return ids


def _complain(what: str, why: str) -> None:
    print(f"recordsvc: {printable(what)}: {printable(why)}", file=sys.stderr)


def _code(did_some: bool, refusals: list[int]) -> int:  # noqa: FBT001 - two facts
    if not refusals:
        return 0
    return PARTLY if did_some else refusals[0]


@click.group("bag")
def bag_command() -> None:
    """BagIt packages: check them, take them in, compare them."""


@bag_command.command("validate")
@click.argument("path", metavar="PATH")
@click.option("--profile", metavar="FILE", help="A BagIt profile (JSON).")
@click.option("--json", "as_json", is_flag=True)
def validate_command(path: str, profile: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Check a bag: a folder, or a .tar, .tar.gz or .zip; nothing is unpacked.

    Example: recordsvc bag validate packages/5f0c….tar --json
    """
    from recordsvc.jobs.bag_check import validate_bag

    found = validate_bag(Path(path), Path(profile) if profile else None)
    if as_json:
        emit(found)
    else:
        for kind in ("errors", "warnings"):
            for finding in found[kind]:
                place = finding["path"] or "."
                text = f"{place}: {finding['message']} ({finding['code']})"
                print(printable(f"{kind[:-1]}: {text}"))
        verdict = "valid" if found["valid"] else "NOT VALID"
        size = f"{found['files']} files, {found['bytes']} bytes"
        print(f"{verdict}: BagIt {found['version'] or 'unknown'}, {size}")
    return 0 if found["valid"] else UNVERIFIED


@bag_command.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def import_command(door: Door, paths: tuple[str, ...], as_json: bool) -> int:  # noqa: FBT001 - click's
    """Take packages of our own back in, with their ids, values and history.

    Example: recordsvc bag import packages/*.tar
    """
    from recordsvc.cli.ocr import read_pictures
    from recordsvc.jobs.bag_import import BagImport
    from recordsvc.jobs.indexer import Indexer

    def tell(line: dict[str, Any]) -> None:
        if not as_json:
            print(printable(f"{line['status']}  {line['id']}  {line['path']}"))

    with door.archive() as (service, actor):
        with Indexer(service) as indexer:
            report = BagImport(service, actor, tell).run(Path(path) for path in paths)
            if report.added:
                indexer.catch_up()
        if report.added:
            read_pictures(door, service)
    here = {line["id"] for line in report.lines}
    for line in report.lines:
        absent = [i for i in line["absent"] if i not in here]
        if absent:
            door.say(
                f"{line['id']} is linked to records that are not here: "
                f"{', '.join(absent)}; import them to have the links"
            )
        if line["lifted"]:
            door.say(
                f"{line['id']} was on holds that were lifted here and stay lifted: "
                f"{', '.join(line['lifted'])}"
            )
    if as_json:
        emit(report.mapping())
    for refused in report.refused:
        _complain(refused.path, refused.reason)
    if not report.added and not report.refused:
        return NOTHING
    return _code(bool(report.lines), [r.exit_code for r in report.refused])


@bag_command.command("diff")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--json", "as_json", is_flag=True)
def diff_command(a: str, b: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Compare two bags of any form; exit 0 when they hold the same, else 8.

    Example: recordsvc bag diff old/5f0c…_v0003 new/5f0c…_v0004
    """
    from recordsvc.jobs.bag_check import compare_bags

    found = compare_bags(Path(a), Path(b))
    if as_json:
        emit(found)
    else:
        _print_difference(found)
    return 0 if found["equal"] else UNVERIFIED


def _print_difference(found: dict[str, Any]) -> None:
    for kind, sign in (("removed", "-"), ("added", "+"), ("changed", "!")):
        for path in found[kind]:
            print(printable(f"{sign} {path}"))
    for move in found["moved"]:
        print(printable(f"> {move['from']} -> {move['to']}"))
    for label in found["labels"]:
        before, after = ("; ".join(label[side]) for side in ("a", "b"))
        print(printable(f"~ {label['label']}: {before} -> {after}"))
    print("equal" if found["equal"] else f"different; {found['same']} files are equal")
