"""Page images: drawn on demand in isolation, kept in a bounded cache."""

import threading
from pathlib import Path

from ingest.errors import IngestError
from ingest.page_images import PageDrawer
from recordsvc.services.errors import NotFound
from recordsvc.storage.durable import make_private_directory, replace_file

MAX_CACHED_BYTES = 256 * 2**20
_SWEEP_EVERY = 64


class PageImages:
    """Draw pages for any thread; the drawing process starts at the first page.

    Parameters
    ----------
    cache
        Folder of drawn pages; it may be deleted at any time.
    scratch
        Folder for the drawing process's own working folder.
    """

    def __init__(self, *, cache: Path, scratch: Path) -> None:
        self.cache = cache
        self.scratch = scratch
        self._guard = threading.Lock()
        self._drawer: PageDrawer | None = None
        self._written = 0

    def draw(self, sha256: str, path: Path, number: int, width_px: int) -> bytes:
        """Return a page as PNG.

        Parameters
        ----------
        sha256, path
            The file's digest and its place in the bitstream store.
        number
            The page, from 1.

        Raises
        ------
        NotFound
            If the page cannot be drawn; the text of the page is not touched by it.
        """
        kept = self.cache / f"{sha256}-{number}-{width_px}.png"
        try:
            return kept.read_bytes()
        except FileNotFoundError:
            pass
        try:
            content = self._running().draw(path, number, width_px)
        except IngestError as error:
            raise NotFound(f"page {number} cannot be drawn: {error}") from error
        make_private_directory(self.cache)
        replace_file(kept, content, durable=False)
        self._written += 1
        if self._written % _SWEEP_EVERY == 0:
            self._shrink()
        return content

    def _running(self) -> PageDrawer:
        with self._guard:
            if self._drawer is None:
                self._drawer = PageDrawer(scratch=self.scratch)
            return self._drawer

    def _shrink(self) -> None:
        """Delete the oldest images until the cache is small enough."""
        files = [(p.stat().st_mtime, p.stat().st_size, p) for p in self.cache.iterdir()]
        excess = sum(size for _, size, _ in files) - MAX_CACHED_BYTES
        for _, size, path in sorted(files):
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= size

    def close(self) -> None:
        """End the drawing process."""
        with self._guard:
            if self._drawer is not None:
                self._drawer.close()
                self._drawer = None
