"""The one process that loads pygfried: PRONOM identification of open files.

Loading pygfried starts the Go runtime: a process that forks afterwards has children
that hang, and an address space limit aborts it. It therefore runs alone, started
fresh, with ``RLIMIT_DATA`` in place of ``RLIMIT_AS``.
"""

import os
import resource
import signal
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from ingest import confine
from ingest.wire import receive, send

__all__ = ["main"]

_MAX_DATA_BYTES = 256 * 1024 * 1024
_MAX_FILES = 64


def main(descriptor: int) -> None:
    """Identify the files that come over a socket until it closes.

    Parameters
    ----------
    descriptor
        Our end of the socket. A message ``{"seconds"}`` with open files is answered
        by ``{"formats": [[puid, name, mime] or null, ...], "signatures"}``.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=descriptor)
    _shut_in()
    from pygfried import identify_many

    while (request := receive(channel, _MAX_FILES)) is not None:
        message, files = request
        # Ends the process also where the Go code never returns.
        signal.alarm(int(message["seconds"]))
        # /proc reaches the file that is open, whatever became of its name; nothing
        # is learnt from the name of a bitstream, which has no extension.
        places = [f"/proc/self/fd/{file}" for file in files]
        answer = identify_many(places)
        found = answer["files"]
        for file in files:
            os.close(file)
        formats = {entry["filename"]: _format(entry["matches"]) for entry in found}
        signatures = "; ".join(one["details"] for one in answer["identifiers"])
        send(
            channel,
            {
                "formats": [formats.get(place) for place in places],
                "signatures": signatures,
            },
        )
        signal.alarm(0)


def _shut_in() -> None:
    """Leave the network and give up writing; what comes is read by open descriptors.

    The user stays the same: opening ``/proc/self/fd`` asks for the right to read the
    file anew.
    """
    confine.enter_namespaces(as_user=os.geteuid() != 0, processes=False)
    for kind, bound in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_DATA, _MAX_DATA_BYTES),
    ):
        resource.setrlimit(kind, (bound, bound))
    confine.forbid_new_privileges()
    confine.restrict_files(("/",), None)


def _format(matches: Sequence[Mapping[str, Any]]) -> tuple[str, str, str] | None:
    match = matches[0] if matches else None
    if match is None or not match["id"] or match["id"] == "UNKNOWN":
        return None
    name = f"{match['format']} {match['version']}".strip()
    return match["id"], name, match["mime"]
