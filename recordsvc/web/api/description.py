"""The description of the API, as it is served."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).with_name("openapi.yaml")


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """Return the OpenAPI 3.1 description as values; read once a process."""
    loaded: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return loaded


def openapi(request: Any) -> dict[str, Any]:  # noqa: ARG001 - Pyramid's signature
    """Return the description of the API."""
    return description()
