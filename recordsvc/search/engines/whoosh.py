"""The Whoosh engine: pure Python, for holdings up to some 20,000 records.

Whoosh gives the files: segments, dictionaries, lists, atomic commits. What is
slow in it, walking lists posting by posting at every query, is done on bitmaps
and kept between queries instead. Its files hold pickles, so the folder is
readable to its owner only and never restored from outside.
"""

from collections.abc import Sequence
from pathlib import Path

from recordsvc.search.engines.embedded import EmbeddedIndex
from recordsvc.search.engines.whoosh_form import FORM
from recordsvc.search.engines.whoosh_partition import WhooshPartition, create_partition


class WhooshIndex(EmbeddedIndex):
    """The port `recordsvc.search.index.SearchIndex` on Whoosh."""

    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        super().__init__(
            folder,
            languages,
            engine="whoosh",
            form=FORM,
            open_partition=WhooshPartition,
            create_partition=create_partition,
        )
