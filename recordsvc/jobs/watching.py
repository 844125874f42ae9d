"""Watch folders: what appears there and rests is taken in, again and again."""

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recordsvc.bootstrap import Service
from recordsvc.jobs.intakelines import IntakeOptions, Summary
from recordsvc.jobs.rounds import After, index_what_waits, take_batch
from recordsvc.jobs.walk import Item
from recordsvc.jobs.watched import DONE, FAILED, Look, Sighting, WatchedFolder
from recordsvc.services.capture import Status
from recordsvc.services.context import Actor
from recordsvc.services.errors import InvalidRequest
from recordsvc.storage.durable import make_private_directory, replace_file
from recordsvc.storage.errors import StorageFull

# So many files are open at a time, so that nobody can put others in their place.
BATCH_FILES = 100
SPARE_MEMORIES = 1_000
LONGEST_SIDECAR_BYTES = 64 * 2**20

Rows = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """How folders are watched.

    Parameters
    ----------
    common
        Values that hold for every file.
    rest_s
        Seconds for which size and time of a file have to stay the same.
    every_s
        Seconds between two looks.
    once
        Take what rests now, and end.
    """

    common: Mapping[str, str] = field(default_factory=dict)
    after: After = After.LEAVE
    rest_s: float = 10.0
    every_s: float = 5.0
    once: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class _Place:
    """One folder with what is known of it."""

    folder: WatchedFolder
    memory: Path
    files: dict[str, tuple[Sighting, float]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)
    is_away: bool = False


class Watcher:
    """Looks at folders and takes in what rests there.

    Parameters
    ----------
    report
        Called with the outcome line of a file when its group is committed.
    say
        Tells a person what is no outcome, once.
    rows_of
        Reads a sidecar: its name and text to values by file name.
    """

    def __init__(
        self,
        service: Service,
        actor: Actor,
        folders: Sequence[Path],
        options: WatchOptions,
        *,
        report: Callable[[dict[str, Any]], None],
        say: Callable[[str], None],
        rows_of: Callable[[str, str], Rows],
        stop: threading.Event,
    ) -> None:
        self.service = service
        self.actor = actor
        self.options = options
        self.report = report
        self.say = say
        self.rows_of = rows_of
        self.stop = stop
        self.summary = Summary()
        self.waits = False
        self._places = [self._place(folder) for folder in folders]

    def _place(self, folder: Path) -> _Place:
        named = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:32]
        memory = self.service.settings.data_dir / "watch" / named
        place = _Place(folder=WatchedFolder(folder), memory=memory)
        if self.options.after == After.LEAVE:
            with contextlib.suppress(FileNotFoundError):
                place.taken = set(memory.read_text("ascii").split())
        return place

    def run(self) -> Summary:
        """Watch until told to stop; with `once`, until what rests is taken."""
        with contextlib.ExitStack() as leases:
            for place in self._places:
                lease = self.service.lease(f"watch-{place.memory.name}")
                leases.enter_context(lease.held())
            self._turn()
            if self.options.once:
                self.stop.wait(self.options.rest_s)
                self._turn()
                return self.summary
            while not self.stop.wait(self.options.every_s):
                self._turn()
        return self.summary

    def _turn(self) -> None:
        for place in self._places:
            look = self._look(place)
            if look is None:
                continue
            resting = self._resting(place, look)
            try:
                while resting and not self.stop.is_set():
                    batch, resting = resting[:BATCH_FILES], resting[BATCH_FILES:]
                    self._take(place, look, batch)
            except StorageFull as error:
                if self.options.once:
                    raise
                self._say_once(place, "", f"{error}; what is there waits")
        if not self.options.dry_run:
            index_what_waits(self.service, wait=self.options.once)

    def _look(self, place: _Place) -> Look | None:
        path = str(place.folder.path)
        try:
            look = place.folder.look()
        except OSError as error:
            self.waits = True
            if not place.is_away:
                self.say(f"{path} cannot be read: {error.strerror}; waiting for it")
            place.is_away = True
            return None
        if place.is_away:
            self.say(f"{path} is back")
        place.is_away = False
        if len(place.taken) > 2 * len(look.files) + SPARE_MEMORIES:
            self._forget_gone(place, look)
        for relative, why in look.oddities.items():
            self._say_once(place, relative, why)
        return look

    def _forget_gone(self, place: _Place, look: Look) -> None:
        """Forget the files that are not there any more."""
        place.taken &= {seen.key for seen in look.files.values()}
        if self.options.after == After.LEAVE and not self.options.dry_run:
            make_private_directory(place.memory.parent)
            text = "".join(f"{key}\n" for key in sorted(place.taken))
            replace_file(place.memory, text.encode("ascii"))

    def _say_once(self, place: _Place, relative: str, why: str) -> None:
        if (relative, why) not in place.told:
            place.told.add((relative, why))
            self.say(f"{_joined(place, relative)}: {why}")

    def _resting(self, place: _Place, look: Look) -> list[Sighting]:
        """Return the papers that have been still for long enough, in order."""
        now = time.monotonic()
        known, place.files = place.files, {}
        resting = []
        restless: set[str] = set()
        for relative, seen in look.files.items():
            before = known.get(relative)
            since = before[1] if before and before[0] == seen else now
            place.files[relative] = (seen, since)
            if now - since < self.options.rest_s:
                restless.update({seen.folder} if seen.is_sidecar else ())
            elif not seen.is_sidecar and seen.key not in place.taken:
                resting.append(seen)
        # What a sidecar that is still being written will say, wins.
        return [seen for seen in resting if seen.folder not in restless]

    def _take(self, place: _Place, look: Look, batch: list[Sighting]) -> None:
        rows, unread = self._rows(place, look, {seen.folder for seen in batch})
        by_path: dict[str, Sighting] = {}
        with contextlib.ExitStack() as open_files:

            def items() -> Iterator[Item]:
                for seen in batch:
                    if self.stop.is_set():
                        return
                    if seen.folder not in unread:
                        item = self._item(place, seen, open_files)
                        if item is not None:
                            by_path[item.given] = seen
                            yield item

            def report(line: dict[str, Any]) -> None:
                self.report(line)
                seen = by_path.get(line["path"])
                if seen is not None:
                    self._close(place, look, seen, line)

            options = IntakeOptions(
                common=self.options.common,
                rows=rows,
                wait=False,
                dry_run=self.options.dry_run,
            )
            take_batch(
                self.service,
                self.actor,
                options,
                items(),
                report=report,
                total=self.summary,
            )

    def _item(
        self, place: _Place, seen: Sighting, open_files: contextlib.ExitStack
    ) -> Item | None:
        given = _joined(place, seen.relative)
        try:
            descriptor = place.folder.open(seen)
        except OSError as error:
            why = f"cannot be read: {error.strerror}"
            return Item(given=given, path=Path(given), error=why)
        if descriptor is None:
            return None
        open_files.callback(os.close, descriptor)
        # The very file that was looked at, whatever its name leads to by now.
        return Item(given=given, path=Path(f"/proc/self/fd/{descriptor}"))

    def _rows(
        self, place: _Place, look: Look, folders: set[str]
    ) -> tuple[dict[str, Mapping[str, str]], set[str]]:
        """Return what the sidecars say by path, and the folders of unread ones."""
        rows: dict[str, Mapping[str, str]] = {}
        unread = set()
        sidecars = (s for s in look.files.values() if s.is_sidecar)
        # That of one paper comes after that of its folder, and wins.
        for sidecar in sorted(sidecars, key=lambda s: (len(s.name), s.name)):
            if sidecar.folder not in folders:
                continue
            try:
                found = self.rows_of(sidecar.name, _text_of(place.folder, sidecar))
            except (InvalidRequest, OSError, UnicodeDecodeError) as error:
                why = f"{error}; the papers beside it wait"
                self._say_once(place, sidecar.relative, why)
                self.waits = True
                unread.add(sidecar.folder)
                continue
            below = f"{sidecar.folder}/" if sidecar.folder else ""
            for name, values in found.items():
                path = _joined(place, below + name)
                rows[path] = {**rows.get(path, {}), **values}
        return rows, unread

    def _close(
        self, place: _Place, look: Look, seen: Sighting, line: Mapping[str, Any]
    ) -> None:
        """Do with a file what is to be done, now that its outcome is durable."""
        has_failed = line["status"] == Status.FAILED
        if has_failed and not _is_there(place.folder, seen):
            # The share went away, or the file was replaced: it is seen anew.
            place.files.pop(seen.relative, None)
            return
        place.taken.add(seen.key)
        if self.options.dry_run:
            return
        if self.options.after == After.LEAVE:
            if not has_failed:
                _remember(place.memory, seen.key)
            return
        own = [s for s in look.files.values() if _belongs_to(s, seen)]
        for file in (seen, *own):
            try:
                if has_failed:
                    reason = str(line["error"]) if file is seen else ""
                    place.folder.move(file, FAILED, reason)
                elif self.options.after == After.MOVE:
                    place.folder.move(file, DONE)
                else:
                    place.folder.delete(file)
            except OSError as error:
                why = f"cannot be moved away: {error.strerror}"
                self._say_once(place, file.relative, why)
            else:
                # A file of the same name, size and time may come again.
                place.taken.discard(file.key)


def _belongs_to(sidecar: Sighting, paper: Sighting) -> bool:
    return sidecar.is_sidecar and sidecar.relative.startswith(
        f"{paper.relative}.metadata."
    )


def _text_of(folder: WatchedFolder, sidecar: Sighting) -> str:
    descriptor = folder.open(sidecar)
    if descriptor is None:
        raise InvalidRequest("it has just changed")
    with os.fdopen(descriptor, "rb") as stream:
        content = stream.read(LONGEST_SIDECAR_BYTES + 1)
    if len(content) > LONGEST_SIDECAR_BYTES:
        raise InvalidRequest(f"it is larger than {LONGEST_SIDECAR_BYTES} bytes")
    return content.decode("utf-8-sig")


def _is_there(folder: WatchedFolder, seen: Sighting) -> bool:
    try:
        return folder.is_unchanged(seen)
    except OSError:
        return False


def _remember(memory: Path, key: str) -> None:
    # Losing the last lines costs a second reading: the file is a duplicate then.
    make_private_directory(memory.parent)
    with memory.open("a", encoding="ascii") as stream:
        stream.write(f"{key}\n")


def _joined(place: _Place, relative: str) -> str:
    root = str(place.folder.path)
    return os.path.join(root, relative) if relative else root  # noqa: PTH118 - surrogates
