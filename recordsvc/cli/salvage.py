"""A cut connection loses nothing of an upload's part that has come through it.

waitress calls the application when a request is complete. A part of a resumable
upload whose sender went away is served all the same, with the bytes that came: the
application keeps them, and its answer goes nowhere (tus 1.0: the server should always
attempt to store as much of the received data as possible).
"""

import logging
from contextlib import suppress
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import WSGITask

ADDRESS = "/api/v1/uploads/"
log = logging.getLogger(__name__)


class SeekableTask(WSGITask):  # type: ignore[misc]
    """Tells the application that it may seek in a body, which waitress has collected.

    Otherwise WebOb would copy it once more, so that a try can be repeated.
    """

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environment of the request."""
        environ: dict[str, Any] = super().get_environment()
        environ["webob.is_body_seekable"] = True
        return environ


class SalvagingChannel(HTTPChannel):  # type: ignore[misc]
    """A connection that hands on what a broken part of an upload has brought."""

    task_class = SeekableTask
    is_salvaged = False

    def handle_close(self) -> None:
        """Close, and serve the part that was cut off."""
        super().handle_close()
        request = self.request
        if self.is_salvaged or request is None or not _is_part(request):
            return
        self.is_salvaged = True
        # No more will come: it is as long as what came.
        request.headers["CONTENT_LENGTH"] = str(len(request.body_rcv))
        request.connection_close = True
        self.server.add_task(_Salvage(self, request))


def _is_part(request: Any) -> bool:
    return bool(
        request.headers_finished
        and not request.error
        and not request.chunked
        and request.command == "PATCH"
        and request.path.startswith(ADDRESS)
        and request.body_rcv is not None
        and len(request.body_rcv)
    )


class _Salvage:
    """What a thread of the server does with the part."""

    def __init__(self, channel: SalvagingChannel, request: Any) -> None:
        self.channel = channel
        self.request = request

    def service(self) -> None:
        try:
            # The answer finds nobody, after the application has done its work.
            with suppress(ClientDisconnected):
                self.channel.task_class(self.channel, self.request).service()
        except Exception:
            log.exception("a part that was cut off could not be kept")
        finally:
            self.request.close()

    def cancel(self) -> None:
        self.request.close()
