"""What storage refuses, and how to tell a full disk."""

import errno
import sqlite3
from pathlib import Path

_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})


class StorageError(Exception):
    """Storage cannot do what was asked; the message says what to do."""


class StoreMissing(StorageError):
    """There is no store at the place the settings name."""

    def __init__(self, place: str) -> None:
        super().__init__(f"there is no store at {place}; make one with: recordsvc init")
        self.place = place


class StoreExists(StorageError):
    """A store stands where a new one was to be made; nothing was changed."""

    def __init__(self, place: str) -> None:
        super().__init__(f"a store exists already at {place}; nothing was changed")
        self.place = place


class StoreOutdated(StorageError):
    """The store waits for schema steps that this program knows."""

    def __init__(self, steps: tuple[str, ...], command: str) -> None:
        super().__init__(
            f"the store waits for {len(steps)} schema step(s): {', '.join(steps)}; "
            f"take a backup, then run: {command}"
        )
        self.steps = steps
        self.command = command


class StoreTooNew(StorageError):
    """The store has finished schema steps that this program does not know."""

    def __init__(self, steps: tuple[str, ...]) -> None:
        super().__init__(
            "the store was written by a newer release, which finished the schema "
            f"step(s) {', '.join(steps)}; install that release or restore a backup"
        )
        self.steps = steps


class AlienClass(StorageError):
    """A pickle names a class that no store of ours holds."""

    def __init__(self, module: str, name: str) -> None:
        super().__init__(
            f"the store names {module}.{name}, which is none of our classes; it was "
            "not loaded: restore the store from a backup that you trust"
        )
        self.module = module
        self.name = name


class StorageFull(StorageError):
    """There is no room left; nothing was kept of what was being written."""

    def __init__(self, place: Path) -> None:
        super().__init__(f"no space left at {place}; make room, then try again")
        self.place = place


class NotAFile(StorageError):
    """The source is a folder, pipe, device, socket or broken link."""

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(f"{str(path)!r} is a {kind}, not a plain file")
        self.path = path
        self.kind = kind


class BitstreamMissing(StorageError):
    """The bytes of a digest are not in the bitstream store."""

    def __init__(self, sha256: str) -> None:
        super().__init__(
            f"the bitstream store has no bytes for {sha256}; restore them from a "
            "replica or a backup"
        )
        self.sha256 = sha256


class LeaseHeld(StorageError):
    """Somebody else holds the lease."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(f"{path.name} is held by {holder}; wait for it to end")
        self.path = path
        self.holder = holder


class LedgerDamaged(StorageError):
    """A line of the destruction ledger is not as it was written."""

    CURE = (
        "Put back the copy of the ledger that is kept elsewhere, and find out who "
        "changed this one"
    )

    def __init__(self, path: Path, line: int, why: str, cure: str = CURE) -> None:
        super().__init__(f"{path}, line {line}: {why}; nothing was appended. {cure}")
        self.path = path
        self.line = line


class LedgerForged(LedgerDamaged):
    """A line of the ledger is not signed by this installation; nothing obeys it."""

    def __init__(self, path: Path, line: int, key_id: str | None = None) -> None:
        if key_id is None:
            super().__init__(path, line, "its signature is not true")
        else:
            super().__init__(
                path,
                line,
                f"it is signed with key {key_id}, which is none of this installation",
                f"If it once was, put that public key into keys/{key_id}.pem of the "
                f"data folder: every certificate signed with it holds it. Else: "
                f"{self.CURE}",
            )
        self.key_id = key_id


class LedgerUnsigned(LedgerDamaged):
    """Lines of the ledger have no signature; nothing obeys them."""

    def __init__(self, path: Path, line: int, lines: int | None = None) -> None:
        if lines is None:
            super().__init__(path, line, "it has no signature")
        else:
            super().__init__(
                path,
                line,
                f"this and all {lines} lines were written before ledgers were signed",
                "Compare the ledger with the copy that is kept elsewhere, then sign "
                "it: recordsvc audit adopt-ledger (or restore with --adopt-ledger)",
            )
        self.lines = lines


class LedgerShortened(LedgerDamaged):
    """Lines that this store has seen are gone from the end of the ledger."""

    def __init__(
        self, path: Path, line: int, found_bytes: int, seen_bytes: int
    ) -> None:
        super().__init__(
            path,
            line,
            f"it ends here, after {found_bytes} bytes of the {seen_bytes} that this "
            "store has seen",
            "Put back the copy of the ledger that is kept elsewhere, and find out who "
            "changed this one; if no copy is left, have what the store knows written "
            "anew: recordsvc audit adopt-ledger",
        )


class LedgerMissing(StorageError):
    """Nothing says what was destroyed since the backup; nothing was restored."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"there is no destruction ledger at {folder}: a restore could bring back "
            "what was destroyed. Put the installation's ledger there; if it is lost, "
            "or nothing ever was destroyed: --without-ledger --reason R"
        )
        self.folder = folder


class SigningKeyUnusable(StorageError):
    """The key file holds no key of ours, or others may read it."""

    def __init__(self, path: Path, why: str, cure: str) -> None:
        super().__init__(f"{path} {why}; {cure}")
        self.path = path


class ErasureBlocked(StorageError):
    """Others still look at what has to go; nothing is lost by trying again."""

    def __init__(self, place: str, holders: tuple[str, ...]) -> None:
        named = f" ({'; '.join(holders)})" if holders else ""
        super().__init__(
            f"an open transaction still needs deleted content of {place}{named}; end "
            "it, or restart that process, then run the disposal again: it goes on "
            "where it stopped"
        )
        self.place = place
        self.holders = holders


class BackupDamaged(StorageError):
    """A backup is not as it was made; nothing was written from it."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"{folder}: {why}; nothing was restored, use another backup")
        self.folder = folder


class RestoreUnfinished(StorageError):
    """A restore was interrupted before destroyed records were taken out again."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"a restore into {place} was interrupted and may show what was destroyed; "
            "give the same restore command again, it goes on where it stopped"
        )
        self.place = place


def is_disk_full(exc: BaseException) -> bool:
    """Tell whether an error, or what it came from, says that no room is left.

    Notes
    -----
    SQLite tells a full disk by a bare ``OperationalError`` in the second phase of
    the commit; the same process commits again once there is room.
    """
    seen: set[int] = set()
    link: BaseException | None = exc
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if isinstance(link, StorageFull):
            return True
        if isinstance(link, OSError) and link.errno in _FULL_ERRNOS:
            return True
        if isinstance(link, sqlite3.Error) and _sqlite_says_full(link):
            return True
        link = link.__cause__ or link.__context__
    return False


def _sqlite_says_full(exc: sqlite3.Error) -> bool:
    code = getattr(exc, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or "disk is full" in str(exc)
