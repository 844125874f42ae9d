"""The files of one submission on their way through an intake, into its receipt."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Self

from recordsvc.jobs.receipts import Outcome, Rule, file_entry, plain
from recordsvc.jobs.submitted import Arrived
from recordsvc.jobs.walk import Item


class Passage:
    """Hands files to an intake one by one, and takes their outcomes back.

    Leaving the block lets go of the bytes of what had no outcome.

    Parameters
    ----------
    origin
        Where every file came from.
    keep
        Called with what the receipt says of a file.
    must_stop
        Says whether no further file is to be begun.

    Attributes
    ----------
    rows, origins
        What sidecars say of the files on their way, and where each came from, by the
        path under which it is handed on; the intake reads them.
    """

    def __init__(
        self,
        files: Iterable[Arrived],
        origin: Mapping[str, str],
        *,
        keep: Callable[[dict[str, Any]], None],
        must_stop: Callable[[], bool],
    ) -> None:
        self._files = files
        self._origin = origin
        self._keep = keep
        self._must_stop = must_stop
        self.was_stopped = False
        self.rows: dict[str, Mapping[str, str]] = {}
        self.origins: dict[str, Mapping[str, str]] = {}
        self._waiting: dict[str, tuple[Arrived, int]] = {}
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for arrived, _size in self._waiting.values():
            _close(arrived.content)
        self._waiting.clear()

    def items(self) -> Iterator[Item]:
        """Yield what is to be taken in; note everything else in the receipt."""
        for arrived in self._files:
            if self._must_stop():
                self.was_stopped = True
                _close(arrived.content)
                return
            if arrived.content is None:
                self._note(arrived)
                continue
            yield self._item(arrived, arrived.content)

    def _note(self, arrived: Arrived) -> None:
        outcome, error = str(Outcome.METADATA), None
        if arrived.is_archive:
            outcome = str(Outcome.UNPACKED)
        elif arrived.rules:
            outcome, error = str(Outcome.NOT_TAKEN), arrived.rules[0].message
        self._keep(file_entry(arrived.path, outcome, arrived.rules, error=error))

    def _item(self, arrived: Arrived, content: IO[bytes]) -> Item:
        given, rules = self._given(arrived)
        size = content.seek(0, os.SEEK_END)
        if rules:
            arrived = replace(arrived, rules=(*arrived.rules, *rules))
        self._waiting[given] = (arrived, size)
        if arrived.row:
            self.rows[given] = arrived.row
        self.origins[given] = {
            "package_path": plain(arrived.stated),
            **self._origin,
        }
        return Item(given=given, path=Path(f"/proc/self/fd/{content.fileno()}"))

    def _given(self, arrived: Arrived) -> tuple[str, tuple[Rule, ...]]:
        """Return a path that no other file of the package has."""
        given = arrived.path
        if given not in self._seen:
            self._seen.add(given)
            return given, ()
        folder, slash, name = given.rpartition("/")
        number = 2
        while f"{folder}{slash}{number}-{name}" in self._seen:
            number += 1
        fresh = f"{folder}{slash}{number}-{name}"
        self._seen.add(fresh)
        message = f"another file of the package has its name too; this is {fresh}"
        rule = Rule(
            code="member-twice", place=arrived.path, message=message, is_error=False
        )
        return fresh, (rule,)

    def report(self, line: dict[str, Any]) -> None:
        """Take the outcome of a file, and let go of its bytes."""
        given = line["path"]
        rules = list[Rule]()
        size = None
        if "message" not in line:
            arrived, size = self._waiting.pop(given)
            self.rows.pop(given, None)
            self.origins.pop(given, None)
            rules += arrived.rules
            _close(arrived.content)
        if line["status"] in {"failed", "quarantined"}:
            message = line.get("error") or "it could not be read"
            code = f"file-{line['status']}"
            rules.append(Rule(code=code, place=given, message=message))
        self._keep(
            file_entry(
                given,
                line["status"],
                rules,
                id=line.get("id"),
                sha256=line.get("sha256"),
                bytes=size,
                error=line.get("error"),
                warnings=line.get("warnings", ()),
            )
        )


def _close(content: IO[bytes] | None) -> None:
    if content is not None:
        content.close()
