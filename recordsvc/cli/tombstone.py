"""A destroyed record as a person reads it: what it was, why it went, who decided."""

from datetime import UTC, datetime
from typing import Any

from recordsvc.cli.door import printable, table

NAMED = (
    "class_code",
    "class_title",
    "originator",
    "aggregation",
    "created",
    "declared_on",
    "closed_on",
    "schedule",
    "schedule_version",
    "trigger",
    "trigger_date",
    "due_on",
    "authority",
    "reason",
    "executor",
    "method",
    "verification",
    "certificate",
)

# What was not destroyed under a schedule, by the authority it went by.
FATES = {
    "returned-to-owner": "was given back to its owner",
    "capture-undone": "was taken back by whoever captured it",
    "discarded-unread": "could not be read and was discarded",
}


def show_tombstone(found: dict[str, Any]) -> None:
    """Print what stays of a destroyed record.

    Parameters
    ----------
    found
        The record as `show --json` gives it.
    """
    stone = found["tombstone"]
    fate = FATES.get(stone["authority"], "was destroyed")
    kept = ", which keeps only the proof" if stone["is_bare"] else ""
    print(f"{found['id']} {fate}; this is its tombstone{kept}")
    rows = []
    if not stone["is_bare"]:
        rows += [("title", stone["title"] or "(not kept)"), ("type", found["type"])]
    rows += [
        (name.replace("_", " "), str(stone[name]))
        for name in NAMED
        if stone[name] not in {None, ""}
    ]
    rows += [(name.replace("_", " "), value) for name, value in stone["described"]]
    rows += [
        (name.replace("_at", ""), _instant(stone[name]))
        for name in ("started_at", "finished_at")
        if stone[name]
    ]
    rows += [("citation", text) for text in stone["citation"]]
    rows += [
        ("file", f"{size} bytes  {sha256}") for sha256, size in stone["components"]
    ]
    rows += [
        ("hold", f"{hold}  from {placed}" + (f" to {lifted}" if lifted else ""))
        for hold, placed, lifted in stone["holds"]
    ]
    if stone["transferred"]:
        archive, receipt = stone["transferred"]
        rows.append(("transferred", f"to {archive}, receipt {receipt}"))
    table(rows)
    for text in stone["trace"]:
        print(printable(f"  - {text}"))
    for kind, login, _, at, comment in stone["decisions"]:
        words = f": {comment}" if comment else ""
        print(printable(f"  {_instant(at)} {kind} by {login}{words}"))


def _instant(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
