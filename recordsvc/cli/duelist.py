"""What is due, page after page, and the rows of the forecast."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any

from recordsvc.cli.door import Door, counted, table
from recordsvc.services.context import Context


class DueList:
    """The list of what is due on a day, each page a transaction of its own.

    Parameters
    ----------
    on
        None for the legal day.
    limit
        Items a page.
    cursor
        Where the page before ended, empty for the first.
    only_exceptions
        List what something is wrong with, and nothing else.
    """

    def __init__(
        self,
        door: Door,
        on: date | None,
        *,
        limit: int,
        cursor: str,
        only_exceptions: bool = False,
    ) -> None:
        self.door = door
        self.on = on
        self.limit = limit
        self.cursor = cursor
        self.only_exceptions = only_exceptions

    def page(self) -> dict[str, Any]:
        """Return the page at the cursor."""
        with self.door.settled() as (service, actor):
            return service.view(
                actor, partial(self._read, self.only_exceptions, self.cursor)
            )

    def _read(
        self,
        only_exceptions: bool,  # noqa: FBT001 - a partial gives it
        cursor: str,
        ctx: Context,
    ) -> dict[str, Any]:
        from recordsvc.services.retention.exceptions import exceptions
        from recordsvc.services.retention.retaining import due

        if only_exceptions:
            return exceptions(ctx, limit=self.limit, cursor=cursor)
        return due(ctx, self.on, limit=self.limit, cursor=cursor)

    def show(self) -> None:
        """Print every page as it comes."""
        with self.door.settled() as (service, actor):

            def pages(only_exceptions: bool, cursor: str) -> Iterator[dict[str, Any]]:  # noqa: FBT001
                while True:
                    page = service.view(
                        actor, partial(self._read, only_exceptions, cursor)
                    )
                    yield page
                    cursor = page.get("cursor", "")
                    if not cursor:
                        return

            more = self.cursor
            if not self.only_exceptions:
                more = self._show_items(pages(False, self.cursor))  # noqa: FBT003
                if not more:
                    return
            for page in pages(True, more):  # noqa: FBT003
                _show_exceptions(page["exceptions"])

    @staticmethod
    def _show_items(pages: Iterator[dict[str, Any]]) -> str:
        """Print what is due; return where its exceptions go on, if they do."""
        count, more, is_first = 0, "", True
        for page in pages:
            items = page["items"]
            if is_first and "cursor" not in page:
                print(f"due on {page['on']}: {counted(len(items), 'record')}")
            table(_rows(items))
            _show_exceptions(page["exceptions"])
            count += len(items)
            more = page.get("exceptions_cursor", more)
            if "cursor" not in page:
                if not is_first:
                    print(f"due on {page['on']}: {counted(count, 'record')}")
                if page["next"]:
                    print(f"next: {page['next']}")
            is_first = False
        return more


def _rows(items: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield due records; where any is on a disposal list, each says on which."""
    is_any_listed = any(item["list"] for item in items)
    for item in items:
        found = item["list"]
        where = f"on list {found['id']} ({found['state']})" if found else ""
        listed = (where,) if is_any_listed else ()
        yield (item["due_on"], item["action"], item["id"], *listed, item["title"])


def _show_exceptions(found: list[dict[str, Any]]) -> None:
    if found:
        print(f"{counted(len(found), 'exception')}:")
        table((e["state"], e["id"], e["reason"]) for e in found)


def forecast_rows(found: dict[str, Any]) -> Iterable[tuple[str, ...]]:
    """Return the forecast as rows: period, records, each action, megabytes."""
    yield ("period", "records", "actions", "MB")
    if found["overdue"]["records"]:
        yield _row("overdue", found["overdue"])
    for period in found["periods"]:
        yield _row(period["period"], period)
    for period in found["provisional"]:
        yield _row(f"{period['period']} provisional", period)


def _row(name: str, counts: dict[str, Any]) -> tuple[str, ...]:
    actions = ", ".join(f"{n} {action}" for action, n in counts["actions"].items())
    megabytes = f"{counts['bytes'] / 1e6:.1f}"
    return (name, str(counts["records"]), actions, megabytes)
