"""What holds an extraction in: asked of the pool itself, not assumed."""

from pathlib import Path

from ingest.isolate import ExtractionPool


def layers_in_force(scratch: Path) -> tuple[str, ...]:
    """Return the names of the layers a worker has on this machine.

    Parameters
    ----------
    scratch
        Folder for the working folder of the worker that is tried.
    """
    with ExtractionPool(1, scratch=scratch) as pool:
        return tuple(pool.layers)
