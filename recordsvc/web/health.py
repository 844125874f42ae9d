"""Whether the service lives, and whether it can serve."""

from typing import Any


def live(request: Any) -> dict[str, str]:  # noqa: ARG001 - Pyramid's signature
    """Say that the process answers."""
    return {"status": "alive"}


def ready(request: Any) -> dict[str, str]:
    """Say that store and index answer; a fault of theirs becomes the answer."""
    request.archive.record_count()
    request.service.search().stat()
    return {"status": "ready"}
