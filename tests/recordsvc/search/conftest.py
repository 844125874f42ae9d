import importlib

import pytest

from recordsvc.search.engines import ENGINES, open_index
from recordsvc.search.query import parse
from tests.recordsvc.search.made import LANGUAGES, STAFF

DURABLE = tuple(engine for engine in ENGINES if engine != "memory")


def _skip_absent(engine):
    try:
        importlib.import_module(f"recordsvc.search.engines.{engine}")
    except ModuleNotFoundError as error:
        pytest.skip(f"no engine {engine}: {error}")


@pytest.fixture(params=ENGINES)
def engine(request):
    _skip_absent(request.param)
    return request.param


@pytest.fixture(params=DURABLE)
def durable(request):
    _skip_absent(request.param)
    return request.param


@pytest.fixture
def opener(tmp_path):
    """Return a function that opens an engine on a folder, closed at the end."""
    opened = []

    def open_(engine, folder="index"):
        index = open_index(engine, tmp_path / folder, LANGUAGES)
        opened.append(index)
        return index

    yield open_
    for index in opened:
        index.close()


@pytest.fixture
def index(engine, opener):
    return opener(engine)


@pytest.fixture
def ids():
    """Return a function that searches and answers the ids, in order."""

    def search(index, query, *, access=STAFF, sort="relevance", limit=50):
        hits = index.search(parse(query), access=access, sort=sort, limit=limit)
        return [hit.record_id for hit in hits.hits]

    return search
