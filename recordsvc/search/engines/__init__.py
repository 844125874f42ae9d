"""The engines: one line in the settings chooses, nothing else knows which."""

from collections.abc import Sequence
from pathlib import Path

from recordsvc.search.index import SearchError, SearchIndex

ENGINES = ("whoosh", "tantivy", "memory")

__all__ = ["ENGINES", "open_index"]


def open_index(engine: str, folder: Path, languages: Sequence[str]) -> SearchIndex:
    """Open the index of an installation, or make a new one.

    Parameters
    ----------
    engine
        One of `ENGINES`.
    folder
        Where its files are; made when it is not there.
    languages
        The languages in which query words are tried.

    Raises
    ------
    IndexDamaged
        If there is an index that cannot be read.
    SearchError
        If there is no such engine.
    """
    if engine == "memory":
        from recordsvc.search.engines.memory import MemoryIndex

        return MemoryIndex(folder, languages)
    if engine == "tantivy":
        from recordsvc.search.engines.tantivy import TantivyIndex

        return TantivyIndex(folder, languages)
    if engine == "whoosh":
        from recordsvc.search.engines.whoosh import WhooshIndex

        return WhooshIndex(folder, languages)
    raise SearchError(
        f"unknown search engine {engine!r}; it may be {', '.join(ENGINES)}"
    )
