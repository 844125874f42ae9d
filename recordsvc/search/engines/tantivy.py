"""The tantivy engine: embedded, for large holdings.

tantivy cannot be told to merge, so a deleted word may stay in a dictionary
until it happens to be merged away: a destruction run rebuilds the index.
"""

from collections.abc import Sequence
from pathlib import Path

from recordsvc.search.engines.embedded import EmbeddedIndex
from recordsvc.search.engines.tantivy_form import FORM
from recordsvc.search.engines.tantivy_partition import (
    TantivyPartition,
    create_partition,
)


class TantivyIndex(EmbeddedIndex):
    """The port `recordsvc.search.index.SearchIndex` on tantivy."""

    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        super().__init__(
            folder,
            languages,
            engine="tantivy",
            form=FORM,
            open_partition=TantivyPartition,
            create_partition=create_partition,
        )
