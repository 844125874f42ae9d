"""`triage`: the papers that wait for a person, and what was found in them."""

from collections.abc import Callable
from typing import Any

import click

from recordsvc.cli.door import Door, counted, emit, printable, table
from recordsvc.services.context import Context


@click.group("triage")
def triage_command() -> None:
    """Work through the papers whose values are uncertain."""


@triage_command.command("list")
@click.option("--reason", default="", help="Only what waits for this reason.")
@click.option("--intake", default="", metavar="ID", help="Only of this intake.")
@click.option("--legislature", default="", metavar="CODE", help="Such as za or eu.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100)
@click.option("--cursor", default="")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_command(door: Door, /, as_json: bool, **options: Any) -> int:  # noqa: FBT001 - click's
    """Show the papers that wait, and why.

    Example: recordsvc triage list --reason missing-date --legislature za
    """
    from recordsvc.services.triage.inbox import Sieve, inbox

    names = ("reason", "intake", "legislature")
    sieve = Sieve(**{name: options[name] for name in names})
    found = door.view(
        lambda ctx: inbox(ctx, sieve, limit=options["limit"], cursor=options["cursor"])
    )
    if as_json:
        emit(found)
        return 0
    table(
        (item["id"], " ".join(item["reasons"]), item["title"])
        for item in found["items"]
    )
    if not found["items"]:
        print("nothing waits")
    if found["stale"]:
        door.say("the setting has changed since; file anew: recordsvc triage refile")
    if "cursor" in found:
        print(f"more: --cursor {found['cursor']}")
    return 0


@triage_command.command("show")
@click.argument("record_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show_command(door: Door, record_id: str, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Show the values of a paper that nobody has confirmed, with their evidence.

    Example: recordsvc triage show 5f0c…
    """
    from recordsvc.services.triage.suggestions import suggestions

    found = door.view(lambda ctx: suggestions(ctx, record_id))
    if as_json:
        emit(found)
        return 0
    print(printable(found["title"]))
    print(f"waits for: {' '.join(found['reasons']) or 'nothing'}")
    for value in found["values"]:
        page = f", page {value['page']}" if value["page"] else ""
        doubt = f"  ({value['doubt']})" if value["doubt"] else ""
        print(printable(f"{value['field']} = {value['value']}{doubt}"))
        print(
            printable(
                f"  {value['how']} by {value['rule'] or 'no rule'}{page}, "
                f"confidence {value['confidence']:.2f}"
            )
        )
        if quote := value["quote"]:
            words = f"{quote['before']}[{quote['match']}]{quote['after']}"
            print(printable(f"  …{words}…"))
        _print_candidates(value["candidates"])
    for missing in found["missing"]:
        print(f"{missing['field']} is missing")
        _print_candidates(missing["candidates"])
    return 0


def _print_candidates(candidates: list[dict[str, Any]]) -> None:
    for candidate in candidates:
        print(printable(f"  or: {candidate['value']}"))


@triage_command.command("accept")
@click.argument("record_id", metavar="[ID]", required=False)
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE...]")
@click.option("--rule", default="", help="Instead of ID: every value of this rule …")
@click.option("--field", "field_name", default="", help="… and of this field …")
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="… found with at least this confidence.",
)
@click.option("--if-match", "revision", type=int, metavar="REV")
@click.option("--dry-run", is_flag=True, help="Only show what --rule would confirm.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def accept_command(door: Door, /, record_id: str | None, **options: Any) -> int:
    """Confirm values as they were found: those of a paper, or all of one rule.

    Without FIELD=VALUE every open value of the paper is confirmed.

    Example: recordsvc triage accept 5f0c… date=2020-05-12

    Example: recordsvc triage accept --rule za:heading --field date --confidence 0.9
    """
    if options["rule"]:
        if record_id is not None:
            raise click.UsageError("name a paper or a rule, not both")
        return _accept_rule(door, options)
    if record_id is None:
        raise click.UsageError("name a paper, or a rule with --rule and --field")
    from recordsvc.services.display import record_mapping
    from recordsvc.services.triage.confirming import confirm

    pairs = [_pair(text) for text in options["values"]] or None

    def work(ctx: Context) -> dict[str, Any]:
        record = confirm(ctx, record_id, pairs, if_revision=options["revision"])
        return record_mapping(ctx, record)

    found = door.run_and_index(work)
    if options["as_json"]:
        emit(found)
    else:
        print(f"{record_id} is at revision {found['revision']}")
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{text!r} is not FIELD=VALUE")
    return name, value


def _accept_rule(door: Door, options: dict[str, Any]) -> int:
    from recordsvc.cli.bulk import carry_order, show_preview
    from recordsvc.model.bulk import Rule
    from recordsvc.services.bulk.orders import Choice, Order

    rule = Rule(
        field=options["field_name"],
        rule=options["rule"],
        confidence=options["confidence"],
    )
    order = Order(choice=Choice(every=True), rule=rule)
    act: Callable[..., int] = show_preview if options["dry_run"] else carry_order
    return act(door, order, as_json=options["as_json"])


@triage_command.command("refile")
@click.pass_obj
def refile_command(door: Door) -> int:
    """File every record anew, after recordsvc.triage_confidence was changed.

    Example: recordsvc triage refile
    """
    from recordsvc.jobs.doing import finish
    from recordsvc.jobs.inbox import file_anew
    from recordsvc.services.access import authorize
    from recordsvc.services.triage.filing import request

    def work(ctx: Context) -> str:
        authorize(ctx, "job.change")
        return str(request(ctx).id)

    with door.archive() as (service, actor):
        outcome = finish(service, service.run(actor, work), file_anew)
    print(f"{counted(int(outcome['done']), 'record')} looked at")
    return 0
