"""`submit`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from recordsvc.cli.door import FAILED, PARTLY, UNVERIFIED, Door, emit, printable
from recordsvc.cli.intake import OPTION_FIELDS, require_class


@click.command("submit")
@click.argument("path", metavar="PATH")
@click.option("--class", "class_code", help="Class of the file plan.")
@click.option("--type", "record_type", help="Type of paper.")
@click.option("--collection", help="Collection the papers belong to.")
@click.option("--access", help="open, internal or closed.")
@click.option("--dry-run", is_flag=True, help="Say what would happen.")
@click.option("--receipt", metavar="FILE", help="Write the receipt (JSON) there too.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt.")
@click.pass_obj
def submit_command(door: Door, /, path: str, **options: Any) -> int:
    """Take a package of many papers in: a ZIP, a tar, a bag or an E-ARK SIP.

    Every paper in it becomes a record; metadata.csv, Dublin Core, MODS and METS in the
    package describe them. A package that breaks a rule of its form is refused whole,
    with every rule that failed and what can be done. A bag of our own comes back as the
    record it was.

    Example: recordsvc submit deposit-2024.zip --receipt deposit-2024.json
    """
    from recordsvc.jobs.submission import Submission, SubmissionOptions
    from recordsvc.services.sidecars import check_sidecar

    common = {
        f: options[name] for name, f in OPTION_FIELDS.items() if options.get(name)
    }
    check_sidecar(common)

    def tell(file: Mapping[str, Any]) -> None:
        if not options["as_json"]:
            parts = (file["outcome"], file["id"] or "", file["path"])
            error = f"({file['error']})" if file["error"] else ""
            print(printable("  ".join(filter(None, (*parts, error)))), flush=True)

    with door.archive() as (service, actor):
        if common.get("class"):
            require_class(service, actor, common["class"])
        chosen = SubmissionOptions(common=common, dry_run=options["dry_run"])
        receipt = Submission(service, actor, chosen, report=tell).run(Path(path))
    said = receipt.mapping()
    if options["receipt"]:
        text = json.dumps(said, ensure_ascii=False, indent=1)
        Path(options["receipt"]).write_text(text + "\n", encoding="utf-8")
    if options["as_json"]:
        emit(said)
    else:
        _print_verdict(said)
    if said["state"] == "refused":
        return UNVERIFIED
    kept = {"added", "new_version", "duplicate", "metadata", "unpacked"}
    bad = [file for file in said["files"] if file["outcome"] not in kept]
    if not bad:
        return 0
    papers = [f for f in said["files"] if f["outcome"] not in {"metadata", "unpacked"}]
    return FAILED if len(bad) == len(papers) else PARTLY


def _print_verdict(said: Mapping[str, Any]) -> None:
    for rule in said["rules"]:
        place = rule["place"] or "the package"
        text = f"{rule['severity']}: {place}: {rule['message']} ({rule['code']})"
        print(printable(text))
        if rule["severity"] == "error":
            print(printable(f"       what to do: {rule['remedy']}"))
    counts = ", ".join(f"{n} {outcome}" for outcome, n in said["summary"].items())
    state = "would be " if said["dry_run"] else ""
    digest = said["package"]["sha256"]
    print(f"{state}{said['state']}: {counts or 'nothing'}; {said['kind']} {digest}")
