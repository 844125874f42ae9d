"""The bounds within which one file is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Hold what one file and one worker process may use.

    Parameters
    ----------
    wall_s
        Seconds of clock time for one file, then its worker is killed.
    cpu_s
        Seconds of processor time for one file. A limit of the kernel is one of a
        process: a worker retires after four times as much and is killed after five.
    address_space_bytes
        Address space of a worker (``RLIMIT_AS``).
    file_bytes
        Largest file a worker may write (``RLIMIT_FSIZE``); its answer is one.
    open_files
        Open descriptors of a worker (``RLIMIT_NOFILE``).
    processes
        Processes a worker's user may have (``RLIMIT_NPROC``).
    attempts
        Failing attempts after which a file is quarantined.
    files_per_worker
        Files after which a worker is replaced by a fresh one.
    ahead
        Files handed to one worker before it has answered the first.
    answer_bytes
        Longest answer that the parent reads.
    pronom_s
        Seconds of clock time for one batch of format identifications.
    """

    wall_s: float = 20.0
    cpu_s: int = 15
    address_space_bytes: int = 768 * 1024 * 1024
    file_bytes: int = 128 * 1024 * 1024
    open_files: int = 64
    processes: int = 64
    attempts: int = 2
    files_per_worker: int = 200
    ahead: int = 8
    answer_bytes: int = 128 * 1024 * 1024
    pronom_s: float = 15.0

    def as_mapping(self) -> dict[str, Any]:
        """Return the limits as JSON-able values."""
        return {name: getattr(self, name) for name in self.__slots__}
