"""A disposal list as a person reads it: items, who judges them, what was decided."""

from typing import Any

from recordsvc.cli.door import counted, emit, printable, table

NO_TITLE = "(title not kept)"


def show_list(found: dict[str, Any], *, as_json: bool) -> None:
    """Print a list with its items, units and decisions.

    Parameters
    ----------
    found
        The list as ``disposal show --json`` gives it.
    """
    if as_json:
        emit(found)
        return
    print(
        f"list {found['id']}: {found['state']}, "
        f"{len(found['approvals'])} of {found['approvals_needed']} approvals"
    )
    show_items(found)
    for unit in found.get("units", ()):
        if unit["now"] or unit["later"]:
            print(f"  {_unit_words(unit)}")
    for act in found["acts"]:
        words = "the items as digested in " if act["kind"] == "approve" else ""
        reason = f": {words}{act['reason']}" if act.get("reason") else ""
        print(
            printable(
                f"  {act['at']:%Y-%m-%d %H:%M} {act['kind']} by {act['login']}{reason}"
            )
        )


def _unit_words(unit: dict[str, Any]) -> str:
    """Return what waits for a unit, and who judges for it."""
    who = f"judged by {unit['reviewer']}" if unit["reviewer"] else "any reviewer"
    later = f", {unit['later']} after other units" if unit["later"] else ""
    name = printable(unit["unit"] or "no unit")
    return f"{name} ({who}): {unit['now']} to be judged now{later}"


def _verdict_words(item: dict[str, Any]) -> str:
    if item["waits_for"] and len(item["route"]) > 1:
        return printable(f"waits for {item['waits_for']}")
    return item["verdict"] or "no verdict"


def show_items(found: dict[str, Any]) -> None:
    """Print the items of a list, and what it leaves of their dossiers."""
    table(
        (
            i["id"],
            i["state"],
            i["action"],
            i["due_on"],
            _verdict_words(i),
            i["title"] or NO_TITLE,
        )
        for i in found["items"]
    )
    for file in found["dossiers"]:
        _print_dossier(file)


def _print_dossier(file: dict[str, Any]) -> None:
    """Print whether a list takes all of a dossier, and what it leaves."""
    title = printable(file["title"] or NO_TITLE)
    start = f"{file['kind']} {file['id']} ({file['state']}), {title}"
    if file["takes_all"]:
        print(f"{start}: all its records are on this list, or gone")
        return
    print(f"{start}: {counted(file['left'], 'record')} of it not on this list")
    table(
        (
            f"  {one['id']}",
            one["state"] or "",
            f"due on {one['due_on']}" if one["due_on"] else "no certain day",
            one["title"],
        )
        for one in file["stays"]
    )
    unnamed = file["left"] - len(file["stays"])
    if file["stays"] and unnamed:
        print(f"  and {unnamed} more")
