"""What every test may ask for; the one place that finds the shared material."""

import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("RECORDSVC_SHARED", ROOT.parent / "shared"))

# A shell that runs the tests in the background has them, and every program they
# start, ignore Ctrl-C, which some tests are about.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _shared(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared material has no {'/'.join(parts)} here")
    return path


@pytest.fixture(scope="session")
def papers() -> Path:
    """Return the folder of the real papers, or skip."""
    return _shared("data", "papers")


@pytest.fixture(scope="session")
def hard_files() -> Path:
    """Return the folder of the hard files, or skip."""
    return _shared("data", "hard")


@pytest.fixture(scope="session")
def ground_truth() -> Path:
    """Return the folder of the ground truth, or skip."""
    return _shared("data", "ground-truth")


@pytest.fixture(scope="session")
def conformance_suite() -> Path:
    """Return the Library of Congress BagIt conformance suite, or skip."""
    return _shared("suites", "bagit-conformance")


@pytest.fixture(scope="session")
def schemas() -> Path:
    """Return the folder of the published XML schemas, or skip."""
    return _shared("schemas")
