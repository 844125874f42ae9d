"""Step 0005: a book for what is alike, filled by the worker from the audit trail."""

import secrets
from typing import Any

from recordsvc.model.likeness import LikenessBook
from recordsvc.model.root import ROOT_KEY


def plant_likeness(root: Any) -> None:
    """Give an older archive the book, which is filled after the step."""
    archive = root[ROOT_KEY]
    if not hasattr(archive, "likeness"):
        archive.likeness = LikenessBook(secrets.token_bytes(16))
