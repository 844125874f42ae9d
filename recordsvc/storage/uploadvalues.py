"""What is known of an upload and its intake, and what they refuse."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ID = re.compile(r"([0-9a-f]{32})-([0-9a-f]{16})")


class UploadMissing(Exception):
    """There is no such upload, or not any more."""


class UploadBusy(Exception):
    """Another part of the same upload is being written."""


class OffsetMoved(Exception):
    """The part does not begin where the upload ends."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload has {offset} bytes; go on there")
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for every file of an intake.

    Parameters
    ----------
    owner
        Login of whoever sends it.
    values
        Class, type, collection and access.
    files
        How many files were announced.
    is_trial
        Say what would become of the files, keep nothing.
    unpack
        Take archives and packages apart.
    given_up
        How many of the announced files will not come.
    is_handed_over
        The bytes are in the spool.
    """

    owner: str
    values: Mapping[str, str] = field(default_factory=dict)
    files: int = 1
    is_trial: bool = False
    given_up: int = 0
    is_handed_over: bool = False
    unpack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file on its way in.

    Parameters
    ----------
    number
        Its place in the intake, from 0, in the order of arrival of the first word.
    offset
        So many bytes are durable.
    length
        So many there will be.
    metadata
        As it was sent; empty, as the name is, once the bytes are handed over.
    touched_s
        Seconds since 1970 UTC: when the last part came.
    """

    id: str
    number: int
    offset: int
    length: int
    name: str = ""
    metadata: str = ""
    touched_s: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Say whether every byte has arrived."""
        return self.offset == self.length


def intake_of(upload_id: str) -> str:
    """Return the intake that an upload belongs to.

    Raises
    ------
    UploadMissing
        If it is no id that an upload was given.
    """
    found = _ID.fullmatch(upload_id)
    if found is None:
        raise UploadMissing(upload_id)
    return found[1]
