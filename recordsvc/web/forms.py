"""What a form sent, as text."""

from typing import Any

from recordsvc.services.errors import InvalidRequest


def text_of(request: Any, name: str, default: str = "") -> str:
    """Return a field of a form.

    Raises
    ------
    InvalidRequest
        If a file was sent in its place: only a forged form does that.
    """
    value = request.POST.get(name, default)
    if not isinstance(value, str):
        raise InvalidRequest(f"the field {name} takes text, not a file")
    return value
