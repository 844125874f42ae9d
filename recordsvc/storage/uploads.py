"""Uploads that come in parts: what has arrived of each is durable at every moment.

An intake is a folder with what holds for all its files, and a folder each of them:
the bytes, how many of them are durable, and what was said of the file.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from recordsvc.storage.copying import room_at
from recordsvc.storage.durable import (
    PRIVATE_FILE,
    make_private_directory,
    replace_file,
    sync_directory,
)
from recordsvc.storage.spool import Spool
from recordsvc.storage.uploadparts import OFFSET, Checksum, Part
from recordsvc.storage.uploadvalues import (
    OffsetMoved,
    Terms,
    Upload,
    UploadBusy,
    UploadMissing,
    intake_of,
)

PATIENCE_S = 2.0
_INTAKE = re.compile(r"[0-9a-f]{32}")
_FILE = re.compile(r"[0-9a-f]{16}")
TERMS, ABOUT, BYTES, LOCK = "intake.json", "about.json", "bytes", "lock"


def _file_id(key: str) -> str:
    if not key:
        return secrets.token_hex(8)
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]


class Uploads:
    """Every upload that has not been taken in.

    Parameters
    ----------
    root
        The folder; on the same file system as the spool.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def intakes(self) -> tuple[str, ...]:
        """Return every intake, in no order."""
        if not self.root.is_dir():
            return ()
        with os.scandir(self.root) as found:
            return tuple(e.name for e in found if _INTAKE.fullmatch(e.name))

    def create(
        self,
        intake: str,
        terms: Terms,
        *,
        name: str,
        length: int,
        metadata: str,
        key: str = "",
    ) -> Upload:
        """Begin a file; the first of an intake says what holds for all.

        Parameters
        ----------
        key
            The sender's own for this file: beginning it again finds it. Empty for
            none.

        Raises
        ------
        OffsetMoved
            If the intake has all the files that were announced.
        ValueError
            If the intake was begun with other terms.
        StorageFull
            If there is no room.
        """
        folder = self.root / intake
        own = folder / _file_id(key)
        make_private_directory(folder)
        with room_at(folder), self._held(intake):
            known = self._begin(intake, terms)
            if own.is_dir():
                return self.read(f"{intake}-{own.name}")
            number = len(self._folders(intake)) + known.given_up
            if number >= known.files or known.is_handed_over:
                raise OffsetMoved(known.files)
            beside = own.with_suffix(".partial")
            beside.mkdir(mode=0o700)
            (beside / BYTES).touch(mode=PRIVATE_FILE)
            replace_file(beside / OFFSET, b"0")
            about = {"number": number, "length": length, "name": name}
            replace_file(beside / ABOUT, _json(about | {"metadata": metadata}))
            beside.rename(own)
            sync_directory(folder)
            sync_directory(self.root)
        return self.read(f"{intake}-{own.name}")

    def _begin(self, intake: str, terms: Terms) -> Terms:
        try:
            known = self.terms(intake)
        except UploadMissing:
            replace_file(self.root / intake / TERMS, _json(asdict(terms)))
            return terms
        if _asked(terms) != _asked(known):
            raise ValueError("the intake was begun with other values")
        return known

    def has_key(self, intake: str, key: str) -> bool:
        """Say whether an intake has a file of this key of its sender."""
        return (self.root / intake / _file_id(key)).is_dir()

    def terms(self, intake: str) -> Terms:
        """Return what holds for an intake.

        Raises
        ------
        UploadMissing
            If there is none.
        """
        try:
            return Terms(**json.loads((self.root / intake / TERMS).read_bytes()))
        except FileNotFoundError:
            raise UploadMissing(intake) from None

    def read(self, upload_id: str) -> Upload:
        """Return how far an upload is.

        Raises
        ------
        UploadMissing
            If there is none.
        """
        folder = self._folder(upload_id)
        try:
            about = json.loads((folder / ABOUT).read_bytes())
            offset = folder / OFFSET
            return Upload(
                id=upload_id,
                offset=int(offset.read_bytes()),
                touched_s=offset.stat().st_mtime,
                **about,
            )
        except FileNotFoundError:
            raise UploadMissing(upload_id) from None

    def files(self, intake: str) -> tuple[Upload, ...]:
        """Return the files of an intake that were not given up, in order."""
        found = []
        for name in self._folders(intake):
            with contextlib.suppress(UploadMissing):
                found.append(self.read(f"{intake}-{name}"))
        return tuple(sorted(found, key=lambda upload: upload.number))

    def append(
        self,
        upload_id: str,
        offset: int,
        stream: BinaryIO,
        size: int,
        checksum: Checksum | None = None,
    ) -> int:
        """Add a part; return how many bytes are durable then.

        Parameters
        ----------
        offset
            Where the part begins.
        size
            Bytes to read from the stream; it may turn out to hold fewer.
        checksum
            A part that was summed up is kept as a whole or not at all; of another
            what arrived is kept, however its sending ends.

        Raises
        ------
        OffsetMoved, UploadBusy, ChecksumWrong, StorageFull
            Nothing was added.
        ValueError
            If the upload would become longer than was announced.
        """
        folder = self._folder(upload_id)
        with self._writing(folder) as descriptor:
            upload = self.read(upload_id)
            if offset != upload.offset:
                raise OffsetMoved(upload.offset)
            if size > upload.length - offset:
                raise ValueError(f"the upload was announced with {upload.length} bytes")
            # A part that a kill has broken off leaves bytes that are not durable.
            os.ftruncate(descriptor, offset)
            os.lseek(descriptor, offset, os.SEEK_SET)
            part = Part(folder, descriptor, offset)
            with room_at(folder):
                if checksum is None:
                    part.write_and_keep(stream, size)
                else:
                    part.write_checked(stream, size, checksum)
            return part.kept

    def give_up(self, upload_id: str) -> None:
        """Delete a file; its intake does not wait for it any more.

        Raises
        ------
        UploadMissing
            If there is none, or its bytes are handed over.
        """
        intake, folder = intake_of(upload_id), self._folder(upload_id)
        with self._held(intake):
            terms = self.terms(intake)
            if not folder.is_dir() or terms.is_handed_over:
                raise UploadMissing(upload_id)
            self._replace_terms(intake, terms, given_up=terms.given_up + 1)
            shutil.rmtree(folder, ignore_errors=True)

    def has_all(self, intake: str) -> bool:
        """Say whether every file announced has arrived or was given up."""
        terms, files = self.terms(intake), self.files(intake)
        announced = len(files) + terms.given_up >= terms.files
        return announced and bool(files) and all(upload.is_whole for upload in files)

    def close(self, intake: str) -> None:
        """Give up what was announced and never begun."""
        with self._held(intake):
            terms = self.terms(intake)
            missing = terms.files - len(self._folders(intake))
            self._replace_terms(intake, terms, given_up=missing)

    def hand_over(self, intake: str, spool_root: Path) -> None:
        """Move the files of an intake into the spool of its name, and seal that.

        May be repeated after a death at any point. Nothing that names a file stays.
        """
        with self._held(intake):
            files = self.files(intake)
            spool = Spool(spool_root, intake)
            paths = [(u.name, self._folder(u.id) / BYTES) for u in files]
            if not self.terms(intake).is_handed_over:
                spool.take_over(paths)
                self._replace_terms(intake, self.terms(intake), is_handed_over=True)
            for upload in files:
                about = {"number": upload.number, "length": upload.length}
                if upload.name or upload.metadata:
                    replace_file(self._folder(upload.id) / ABOUT, _json(about))

    def remove(self, intake: str) -> None:
        """Delete an intake and all that is left of it here."""
        shutil.rmtree(self.root / intake, ignore_errors=True)

    def _replace_terms(self, intake: str, terms: Terms, **new: object) -> None:
        replace_file(self.root / intake / TERMS, _json(asdict(terms) | new))

    def _folders(self, intake: str) -> list[str]:
        with (
            contextlib.suppress(FileNotFoundError),
            os.scandir(self.root / intake) as e,
        ):
            return [entry.name for entry in e if _FILE.fullmatch(entry.name)]
        return []

    def _folder(self, upload_id: str) -> Path:
        intake = intake_of(upload_id)
        return self.root / intake / upload_id.removeprefix(f"{intake}-")

    @contextlib.contextmanager
    def _held(self, intake: str) -> Iterator[None]:
        """Hold the intake as a whole: files begin, end and move under it."""
        place = self.root / intake / LOCK
        try:
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            raise UploadMissing(intake) from None
        try:
            _lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _writing(self, folder: Path) -> Iterator[int]:
        try:
            descriptor = os.open(folder / BYTES, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            raise UploadMissing(folder.name) from None
        try:
            _lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UploadBusy(
                    "another part of this upload is being written; try again soon"
                ) from None
            time.sleep(0.02)
        else:
            return


def _json(value: object) -> bytes:
    # ASCII escapes keep the lone surrogates of names that are not UTF-8.
    return json.dumps(value).encode("ascii")


def _asked(terms: Terms) -> tuple[object, ...]:
    """Return what every file of an intake has to say alike."""
    return (
        terms.owner,
        dict(terms.values),
        terms.files,
        terms.is_trial,
        terms.unpack,
    )
