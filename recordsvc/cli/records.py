"""`ingest`, `search`, `show`, `text` and `edit`."""

import sys
from typing import Any

import click

from recordsvc.cli.door import (
    Door,
    emit,
    emit_line,
    printable,
    table,
)
from recordsvc.services.context import Context

REFERENCES = ("ris", "bibtex")
FORMS = ("table", "csv", "ids", *REFERENCES)


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True)
@click.option("--recursive", is_flag=True, help="Take in what is below folders.")
@click.option("--class", "class_code", help="Class of the file plan.")
@click.option("--type", "record_type", help="Type of paper, such as bill or report.")
@click.option("--collection", help="Collection the papers belong to.")
@click.option("--access", help="open, internal or closed.")
@click.option("--jurisdiction", help="ISO 3166-1 code in small letters, or eu.")
@click.option("--metadata", metavar="FILE", help="Values by file: .csv, .json or .xml.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, keep nothing.")
@click.option("--no-wait", is_flag=True, help="Do not wait until all is searchable.")
@click.option("--jsonl", is_flag=True, help="One JSON object a file, a summary last.")
@click.pass_obj
def ingest_command(door: Door, /, paths: tuple[str, ...], **options: Any) -> int:
    """Take papers in: keep their bytes, read them, make them searchable.

    Example: recordsvc ingest papers/ --recursive --class BUS.PQ --jsonl
    """
    from recordsvc.cli.intake import run_intake

    return run_intake(door, paths, options)


@click.command("search")
@click.argument("query")
@click.option(
    "--limit", default=10, type=click.IntRange(min=0), help="Hits, at most 200."
)
@click.option("--cursor", help="The `next` of the page before.")
@click.option("--facet", "facets", multiple=True, help="Count values of a field.")
@click.option("--sort", default="relevance", show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.option("--jsonl", "as_jsonl", is_flag=True)
@click.option("--format", "form", type=click.Choice(FORMS))
@click.pass_obj
def search_command(door: Door, /, query: str, **options: Any) -> int:
    """Find papers.

    Example: recordsvc search '"água potável" type:bill date:2019..2024'
    """
    from recordsvc.cli.querying import query_refused
    from recordsvc.search.query import QuerySyntaxError
    from recordsvc.services.searching import FACET_FIELDS, SORTS, search

    if options["sort"] not in SORTS:
        raise click.UsageError(f"--sort may be {', '.join(SORTS)}")
    for facet in options["facets"]:
        if facet not in FACET_FIELDS:
            raise click.UsageError(f"--facet may be {', '.join(FACET_FIELDS)}")

    def work(ctx: Context) -> int:
        answer = search(
            ctx,
            query,
            limit=options["limit"],
            cursor=options["cursor"],
            facets=options["facets"] or ("type", "year", "language"),
            sort=options["sort"],
        )
        _print_answer(ctx, answer, options)
        return 0

    try:
        return door.view(work)
    except QuerySyntaxError as error:
        return query_refused(error, as_json=options["as_json"])


def _print_answer(ctx: Context, answer: Any, options: dict[str, Any]) -> None:
    from recordsvc.services.searching import answer_mapping

    found = answer_mapping(ctx, answer)
    if options["as_json"]:
        emit(found)
    elif options["as_jsonl"]:
        for hit in found["hits"]:
            emit_line(hit)
    elif options["form"] == "ids":
        for hit in found["hits"]:
            print(hit["id"])
    elif options["form"] == "csv":
        _print_csv(found["hits"])
    elif options["form"] in REFERENCES:
        _print_references(found["hits"], options["form"])
    else:
        _print_table(found)


def _print_references(hits: list[dict[str, Any]], form: str) -> None:
    from recordsvc.services import references

    entry = references.ris_of if form == "ris" else references.bibtex_of
    for hit in hits:
        print(entry(hit).encode("utf-8", "replace").decode())


def _print_csv(hits: list[dict[str, Any]]) -> None:
    import csv

    writer = csv.writer(sys.stdout)
    writer.writerow(["id", "identifiers", "title", "type", "date", "language"])
    for hit in hits:
        numbers = " | ".join(i["value"] for i in hit["identifiers"])
        texts = (
            numbers,
            *(hit[name] for name in ("title", "type", "date", "language")),
        )
        writer.writerow([hit["id"], *(_no_formula(text or "") for text in texts)])


def _no_formula(text: str) -> str:
    """Return a cell that no spreadsheet computes: a paper's title may be hostile."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _print_table(found: dict[str, Any]) -> None:
    floor = "" if found["total_is_exact"] else "at least "
    print(f"{floor}{found['total']} hits")
    for hit in found["hits"]:
        numbers = ", ".join(i["value"] for i in hit["identifiers"][:2])
        state = "destroyed" if hit["state"] == "destroyed" else ""
        parts = [hit["id"], hit["date"] or "no date", hit["type"], numbers, state]
        print(printable("  ".join(p for p in parts if p)))
        print(printable(f"  {hit['title']}"))
        for snippet in hit["snippets"]:
            place = f"p. {snippet['page']}"
            if snippet["attachment"]:
                place += f" of {snippet['attachment']['name']}"
            print(printable(f"    {place}  {snippet['text']}"))
    if found["did_you_mean"]:
        print(printable(f"did you mean: {found['did_you_mean']}"))
    if found["next"]:
        print(f"more: --cursor {found['next']}")


@click.command("show")
@click.argument("record_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show_command(door: Door, record_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show everything known of a record.

    Example: recordsvc show 5f0c… --json
    """
    from recordsvc.services.access import record_for
    from recordsvc.services.likeness.viewing import shown_mapping

    found = door.view(lambda ctx: shown_mapping(ctx, record_for(ctx, record_id)))
    if found["id"] != record_id:
        door.say(f"record {record_id} was joined to {found['id']}")
    if as_json:
        emit(found)
        return 0
    if found["state"] == "destroyed":
        from recordsvc.cli.tombstone import show_tombstone

        show_tombstone(found)
        return 0
    rows = [
        (key, str(value))
        for key, value in found.items()
        if isinstance(value, str | int) and value != ""
    ]
    # Whoever may not look at holds is told their ids alone.
    rows += [
        ("hold", f"{h['id']}  {h['title']}" if isinstance(h, dict) else h)
        for h in found["holds"]
    ]
    if found["list"] is not None:
        rows.append(("list", f"{found['list']['id']} ({found['list']['state']})"))
    rows += [("identifier", i["value"]) for i in found.get("identifiers", [])]
    rows += [
        (
            f"attachment {c['position']}" if c["position"] else "file",
            f"{c['name']}  {c['mime']}  {c['bytes']} bytes  {c['sha256']}",
        )
        for c in found.get("components", [])
    ]
    table(rows)
    from recordsvc.cli.likeness import print_alike

    print_alike(found["alike"], found["joined"])
    return 0


@click.command("text")
@click.argument("record_id", metavar="ID")
@click.option("--page", type=int, help="Only this page, from 1.")
@click.option(
    "--attachment", "position", metavar="N", help="Only of this one, such as 2 or 2.1."
)
@click.pass_obj
def text_command(
    door: Door, record_id: str, page: int | None, position: str | None
) -> int:
    """Print the text of a record, its attachments after it.

    Example: recordsvc text 5f0c… --page 3 --attachment 2
    """
    from recordsvc.services.reading import pages_of

    pages = door.view(lambda ctx: pages_of(ctx, record_id, page, position))
    sys.stdout.buffer.write("\n\f".join(pages).encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.write(b"\n")
    return 0


@click.command("edit")
@click.argument("record_id", metavar="ID")
@click.argument("values", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option(
    "--if-match",
    "revision",
    type=int,
    required=True,
    metavar="REV",
    help="The revision that you have seen, as show tells it.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def edit_command(
    door: Door,
    record_id: str,
    values: tuple[str, ...],
    revision: int,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Change what is said of a record.

    Example: recordsvc edit 5f0c… title@fr="Loi sur l’eau" --if-match 3
    """
    from recordsvc.services.description import edit
    from recordsvc.services.display import record_mapping

    pairs = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"{text!r} is not FIELD=VALUE")
        pairs[name] = value

    def work(ctx: Context) -> dict[str, Any]:
        return record_mapping(ctx, edit(ctx, record_id, pairs, if_revision=revision))

    found = door.run_and_index(work)
    if as_json:
        emit(found)
    else:
        print(f"{record_id} is at revision {found['revision']}")
    return 0
