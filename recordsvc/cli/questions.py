"""`question` and `link`."""

from pathlib import Path
from typing import Any

import click

from recordsvc.cli.door import (
    FAILED,
    NOTHING,
    PARTLY,
    Door,
    emit,
    printable,
    read_text,
    table,
)
from recordsvc.cli.sidecar import csv_rows, json_rows
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest


@click.group("question")
def question_command() -> None:
    """Parliamentary questions and their answers."""


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    text, name = read_text(path), printable(str(path))
    kind = path.suffix.lower()
    if kind == ".csv":
        return csv_rows(text, name)
    if kind == ".json":
        return json_rows(text, name)
    raise InvalidRequest(f"{name}: questions come as .csv or .json")


@question_command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def question_import(door: Door, file: Path, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Import questions and answers, one row a document and language.

    Example: recordsvc question import questions.csv
    """
    from recordsvc.services.questions import import_rows

    rows = _rows(file)
    report = door.run_and_index(lambda ctx: import_rows(ctx, rows))
    summary = {
        "added": report.added,
        "updated": report.updated,
        "failed": report.failed,
    }
    if as_json:
        emit({"summary": summary, "errors": report.errors})
    else:
        print(", ".join(f"{count} {what}" for what, count in summary.items()))
        table((f"line {e['line']}", str(e["message"])) for e in report.errors)
    if report.failed:
        return PARTLY if report.added or report.updated else FAILED
    return 0 if report.added or report.updated else NOTHING


@question_command.command("extract")
@click.argument("record_id", metavar="ID")
@click.option("--dry-run", is_flag=True, help="Show the questions; write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def question_extract(door: Door, record_id: str, dry_run: bool, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Make records of the questions that a question paper lists.

    Each is linked to the paper with its page; those that are there already are
    linked only. The layout comes from the profile of the paper's parliament.

    Example: recordsvc question extract 5f0c… --dry-run
    """
    from recordsvc.services.listedquestions import keep_listing, listing_of

    listing = door.view(lambda ctx: listing_of(ctx, record_id))
    if dry_run:
        lines = door.view(lambda ctx: keep_listing(ctx, listing, is_trial=True))
    else:
        lines = door.run_and_index(lambda ctx: keep_listing(ctx, listing))
    if as_json:
        emit({"paper": listing.paper, "questions": lines})
    else:
        table(
            (
                line["status"],
                line["reference"] or line["number"] or "",
                f"p. {line['page']}",
                f"{line['asker'] or '?'} to {line['addressee'] or '?'}",
            )
            for line in lines
        )
    return 0 if any(line["status"] != "known" for line in lines) else NOTHING


@question_command.command("show")
@click.argument("record_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def question_show(door: Door, record_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show a question with its answers and other linked papers.

    Example: recordsvc question show 5f0c…
    """
    from recordsvc.services.access import record_for
    from recordsvc.services.display import record_mapping

    found = door.view(lambda ctx: record_mapping(ctx, record_for(ctx, record_id)))
    if as_json:
        emit(found)
        return 0
    print(printable(found["title"]))
    for link in found["links"]:
        arrow = "->" if link["direction"] == "out" else "<-"
        other = printable(link["other"]["title"])
        print(f"  {arrow} {link['type']} ({link['certainty']}): {other}")
        for evidence in link["evidence"]:
            print(f"       {evidence['rule']}: «{printable(evidence['text'])}»")
    return 0


@question_command.command("list")
@click.option("--unanswered", is_flag=True, help="Only questions without an answer.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def question_list(door: Door, unanswered: bool, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List questions.

    Example: recordsvc question list --unanswered
    """
    from recordsvc.services.questions import register

    found = door.view(lambda ctx: register(ctx, unanswered=unanswered))
    if as_json:
        emit({"questions": found})
    else:
        table(
            (
                q["reference"],
                q["tabled"] or "",
                f"{len(q['answers'])} answers",
                q["title"],
            )
            for q in found
        )
    return 0


@click.group("link")
def link_command() -> None:
    """Links between papers, with their evidence."""


@link_command.command("suggest")
@click.argument("record_id", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def link_suggest(door: Door, record_id: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Suggest links that the papers speak for; nothing is written.

    Example: recordsvc link suggest --json
    """
    from recordsvc.services.display import edge_mapping
    from recordsvc.services.linking import suggest

    def work(ctx: Context) -> list[dict[str, Any]]:
        return [edge_mapping(s, s.source, s.target) for s in suggest(ctx, record_id)]

    found = door.view(work)
    if as_json:
        emit({"suggestions": found})
    else:
        table(_link_row(s) for s in found)
    return 0


def _link_row(link: dict[str, Any]) -> tuple[str, ...]:
    return (
        link["id"],
        link["certainty"],
        f"{link['source']['title'][:50]} {link['type']} {link['target']['title'][:50]}",
    )


@link_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def link_list(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the links.

    Example: recordsvc link list --json
    """
    from recordsvc.services.display import edge_mapping
    from recordsvc.services.linking import every_link

    def work(ctx: Context) -> list[dict[str, Any]]:
        records = ctx.root.records
        return [
            edge_mapping(link, records[link.source], records[link.target])
            for link in every_link(ctx)
        ]

    found = door.view(work)
    if as_json:
        emit({"links": found})
    else:
        table(_link_row(s) for s in found)
    return 0


@link_command.command("accept")
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--certain", is_flag=True, help="Every suggestion that is certain.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def link_accept(door: Door, ids: tuple[str, ...], certain: bool, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Accept suggested links.

    Example: recordsvc link accept --certain
    """
    from recordsvc.services import linking

    if not ids and not certain:
        raise click.UsageError("name the suggestions, or give --certain")

    def work(ctx: Context) -> list[str]:
        chosen = list(ids)
        if certain:
            chosen += [s.id for s in linking.suggest(ctx) if s.certainty == "certain"]
        return linking.accept_all(ctx, dict.fromkeys(chosen))

    accepted = door.run_and_index(work)
    if as_json:
        emit({"accepted": accepted})
    else:
        print(f"{len(accepted)} links accepted")
    return 0 if accepted else NOTHING


@link_command.command("reject")
@click.argument("link_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def link_reject(door: Door, link_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Say that a link is wrong; it is not proposed again.

    Example: recordsvc link reject 4af0…
    """
    from recordsvc.services.linking import reject

    door.run_and_index(lambda ctx: reject(ctx, link_id))
    emit({"rejected": link_id}) if as_json else print(f"rejected {link_id}")
    return 0


@link_command.command("add")
@click.argument("kind", metavar="TYPE")
@click.argument("source")
@click.argument("target")
@click.option("--reason", required=True, help="Why the two belong together.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def link_add(
    door: Door,
    kind: str,
    source: str,
    target: str,
    reason: str,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Add a link that a person knows of.

    Example: recordsvc link add relatesTo 5f0c… 77ab… --reason "same inquiry"
    """
    from recordsvc.services.linking import add

    link_id = door.run_and_index(lambda ctx: add(ctx, kind, source, target, reason).id)
    emit({"id": link_id}) if as_json else print(link_id)
    return 0
