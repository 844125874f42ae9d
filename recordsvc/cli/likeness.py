"""`likeness`, `join` and `unjoin`."""

import sys
import time
from typing import Any

import click

from recordsvc.cli.door import NOTHING, PARTLY, Door, counted, emit, printable, table
from recordsvc.services.context import Context

PLAIN_PROGRESS_S = 10.0
TITLE_CHARS = 60


@click.command("likeness")
@click.argument("record_id", metavar="[ID]", required=False)
@click.option("--all", "every", is_flag=True, help="Look at all records anew.")
@click.option("--kind", help="Only this kind, such as version or language.")
@click.option(
    "--accept", multiple=True, metavar="PAIR", help="They are what they seem."
)
@click.option("--reject", multiple=True, metavar="PAIR", help="They are not.")
@click.option("--accept-all", "count", type=int, metavar="N", help="All N of --kind.")
@click.option("--newer", metavar="ID", default="", help="Which version is the newer.")
@click.option("--apart", is_flag=True, help="Accept by a link, without joining.")
@click.option("--reason", default="", metavar="R", help="Why they are one paper.")
@click.option("--limit", default=100, type=click.IntRange(min=1), show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def likeness_command(door: Door, /, record_id: str | None, **options: Any) -> int:
    """Find papers that are alike, show what waits for a person, decide on it.

    Without ID: compare what is new, then list what waits.

    Example: recordsvc likeness --kind language --accept-all 12
    """
    if options["count"] is not None and not options["kind"]:
        raise click.UsageError("--accept-all N needs --kind")
    if options["accept"] or options["reject"] or options["count"] is not None:
        return _decide(door, options)
    if record_id:
        return _of_record(door, record_id, options)
    _look(door, every=options["every"])
    return _list(door, options)


def _look(door: Door, *, every: bool) -> None:
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.jobs.likening import Likener, Tally
    from recordsvc.jobs.sealer import Sealer
    from recordsvc.services.access import authorize

    progress = _Progress(door)
    with door.archive() as (service, actor):
        service.view(actor, lambda ctx: authorize(ctx, "record.join"))
        with Sealer(service) as sealer:
            sealer.drain()
        with Likener(service, progress.tick) as likener:
            tally: Tally = likener.look_at_all() if every else likener.catch_up()
        with Sealer(service) as sealer:
            sealer.drain()
        with Indexer(service) as indexer:
            indexer.catch_up()
    progress.end()
    if tally.looked_at:
        door.say(
            f"{counted(tally.looked_at, 'paper')} compared: {tally.suggested} "
            f"suggested, {tally.linked} linked, {tally.joined} joined"
        )


class _Progress:
    """One line on a terminal that is written over, else a line every ten seconds."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.started = self.told = time.monotonic()
        self.is_terminal = sys.stderr.isatty() and not door.quiet

    def tick(self, tally: Any) -> None:
        """Say how far it is, now and then."""
        now = time.monotonic()
        rate = tally.looked_at / max(now - self.started, 0.001)
        text = f"{tally.looked_at} papers compared, {rate:.1f}/s, {tally.left} left"
        if self.is_terminal:
            print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)
        elif now - self.told >= PLAIN_PROGRESS_S:
            self.told = now
            self.door.say(text)

    def end(self) -> None:
        """Leave the line."""
        if self.is_terminal:
            print(f"\r{'':<70}\r", end="", file=sys.stderr, flush=True)


def _list(door: Door, options: dict[str, Any]) -> int:
    from recordsvc.services.likeness.viewing import pairs_waiting

    kind = options["kind"] or ""
    found = door.view(lambda ctx: pairs_waiting(ctx, kind, limit=options["limit"]))
    if options["as_json"]:
        emit(found)
        return 0
    told = [f"{n} {kind}" for kind, n in found["counts"].items() if n]
    print(f"waiting: {', '.join(told) if told else 'nothing'}")
    for pair in found["pairs"]:
        _print_pair(pair)
    if found["next"]:
        print(f"more wait; --limit {2 * options['limit']} shows them")
    return 0


def _print_pair(pair: dict[str, Any]) -> None:
    made = "linked, to be confirmed" if pair["state"] == "automatic" else "waiting"
    why = ", ".join(pair["reasons"])
    print(f"{pair['id']}  {pair['kind']}  {pair['score']:.2f}  {made}  ({why})")
    for place in ("first", "second"):
        paper = pair[place]
        newer = "newer" if pair["newer"] == paper["id"] else ""
        parts = (paper["id"], paper["date"] or "no date", paper["language"] or "?")
        title = paper["title"][:TITLE_CHARS]
        print(printable("  " + "  ".join(filter(None, (*parts, title, newer)))))


def _of_record(door: Door, record_id: str, options: dict[str, Any]) -> int:
    from recordsvc.services.access import record_for
    from recordsvc.services.likeness.viewing import alike_of, joined_of

    def work(ctx: Context) -> dict[str, Any]:
        record = record_for(ctx, record_id)
        return {
            "id": record.id,
            "alike": alike_of(ctx, record),
            "joined": joined_of(ctx, record),
        }

    found = door.view(work)
    if options["as_json"]:
        emit(found)
        return 0
    print_alike(found["alike"], found["joined"])
    return 0


def print_alike(alike: list[dict[str, Any]], joined: list[dict[str, Any]]) -> None:
    """Print the papers that are like one, and those that became a part of it."""
    rows = []
    for one in alike:
        newer = {True: "newer", False: "older", None: ""}[one["newer"]]
        title = one["other"]["title"][:TITLE_CHARS]
        kind = f"{one['kind']} {newer}".strip()
        rows.append(
            (kind, one["state"], f"{one['score']:.2f}", one["other"]["id"], title)
        )
    table(rows)
    table((f"joined: {j['id']}", j["at"][:10], j["by"], j["reason"]) for j in joined)


def _decide(door: Door, options: dict[str, Any]) -> int:
    from recordsvc.services.likeness import deciding

    def work(ctx: Context) -> dict[str, Any]:
        rejected = deciding.reject(ctx, options["reject"])
        done = [
            deciding.accept(
                ctx,
                pair_id,
                reason=options["reason"],
                newer=options["newer"],
                keeps_apart=options["apart"],
            )
            for pair_id in dict.fromkeys(options["accept"])
        ]
        refused: list[tuple[str, str]] = []
        if options["count"] is not None:
            pairs = deciding.of_kind(ctx, options["kind"], options["count"])
            more, refused = deciding.accept_each(ctx, pairs, reason=options["reason"])
            done += more
        return {
            "accepted": [
                {"pair": d.pair, "record": d.record, "link": d.link} for d in done
            ],
            "rejected": rejected,
            "refused": [{"pair": pair, "reason": why} for pair, why in refused],
        }

    found = door.run_and_index(work)
    if options["as_json"]:
        emit(found)
    else:
        for one in found["accepted"]:
            told = f"record {one['record']}" if one["record"] else f"link {one['link']}"
            print(f"{one['pair']} accepted: {told}")
        for pair_id in found["rejected"]:
            print(f"{pair_id} rejected")
        for one in found["refused"]:
            print(printable(f"{one['pair']} refused: {one['reason']}"), file=sys.stderr)
    if found["refused"]:
        return PARTLY
    return 0 if found["accepted"] or found["rejected"] else NOTHING


@click.command("join")
@click.argument("record_id", metavar="A")
@click.argument("joined_id", metavar="B")
@click.option("--reason", default="", metavar="R", help="Why both are one paper.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def join_command(
    door: Door,
    record_id: str,
    joined_id: str,
    reason: str,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Make B a part of A: another language, or another format of one paper.

    A answers to both ids from then on; what the law asks of either holds.

    Example: recordsvc join 5f0c… 77ab… --reason "the French text of the bill"
    """
    from recordsvc.services.likeness.joining import join

    def work(ctx: Context) -> dict[str, Any]:
        record = join(ctx, record_id, joined_id, reason)
        return {"id": record.id, "joined": joined_id, "revision": record.revision}

    found = door.run_and_index(work)
    if as_json:
        emit(found)
    else:
        print(
            f"{joined_id} is a part of {found['id']}, at revision {found['revision']}"
        )
    return 0


@click.command("unjoin")
@click.argument("record_id", metavar="B")
@click.option("--reason", required=True, metavar="R")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def unjoin_command(door: Door, record_id: str, reason: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Make B a record of its own again, while nothing was handed out or disposed of.

    Example: recordsvc unjoin 77ab… --reason "it is the bill of the other House"
    """
    from recordsvc.services.likeness.parting import unjoin

    def work(ctx: Context) -> dict[str, Any]:
        record = unjoin(ctx, record_id, reason)
        return {"id": record.id, "revision": record.revision}

    found = door.run_and_index(work)
    if as_json:
        emit(found)
    else:
        print(f"{found['id']} is a record of its own, at revision {found['revision']}")
    return 0
