"""What the store holds: which classes, how many objects, how many bytes."""

import contextlib
import inspect
import io
import pickletools
import pkgutil
import sqlite3
from collections import Counter
from importlib import import_module

import pytest
from persistent import Persistent

import recordsvc.model
from recordsvc.model.root import ROOT_KEY
from recordsvc.storage.classes import is_ours
from recordsvc.storage.database import open_database, run, view
from recordsvc.storage.sqlite_store import MAIN

RECORDS = 200
MAX_OBJECTS = 4
MAX_BYTES = 6 * 1024


@pytest.fixture
def store(tmp_path, sample):
    folder = tmp_path / "store"
    open_database(
        f"sqlite://{folder}",
        create=True,
        populate=lambda root: root.update({ROOT_KEY: sample}),
    ).close()
    return folder


def states(folder) -> dict[int, bytes]:
    with contextlib.closing(sqlite3.connect(folder / MAIN)) as connection:
        return dict(connection.execute("SELECT zoid, state FROM object_state"))


def globals_of(state: bytes):
    """Yield (module, name) of every class that the two pickles of a state name."""
    stream = io.BytesIO(state)
    for _ in range(2):
        for opcode, argument, _ in pickletools.genops(stream):
            assert opcode.name != "STACK_GLOBAL", "names must stand in the open"
            if opcode.name == "GLOBAL":
                yield tuple(argument.split(" "))


def test_pickles_name_our_own_and_plain_classes_alone(store):
    named = Counter(n for state in states(store).values() for n in globals_of(state))
    assert [name for name in named if not is_ours(*name)] == []
    tops = {module.split(".")[0] for module, _ in named}
    assert tops == {"recordsvc", "BTrees", "persistent", "datetime"}


def test_the_sample_holds_one_of_every_class_that_can_be_stored(store):
    named = {n for state in states(store).values() for n in globals_of(state)}
    ours = set()
    for module in pkgutil.iter_modules(recordsvc.model.__path__, "recordsvc.model."):
        for name, kind in inspect.getmembers(
            import_module(module.name), inspect.isclass
        ):
            stored = issubclass(kind, Persistent) or hasattr(
                kind, "__dataclass_fields__"
            )
            if kind.__module__ == module.name and stored:
                ours.add((module.name, name))
    assert ours - named == set(), "the walk above has not seen these"


def test_everything_in_the_sample_loads_again(store):
    with open_database(f"sqlite://{store}") as database:

        def load(root):
            connection = root._p_jar
            for zoid in states(store):
                connection.get(zoid.to_bytes(8, "big"))._p_activate()
            return len(root[ROOT_KEY].records)

        assert view(database, load) == 1


def test_a_usual_record_keeps_to_its_budget(store, kept):
    before = states(store)
    with open_database(f"sqlite://{store}") as database:
        run(database, lambda root: [kept(root[ROOT_KEY]) for _ in range(RECORDS)])
    after = states(store)
    kinds = Counter(
        next(globals_of(after[zoid])) for zoid in after.keys() - before.keys()
    )
    objects = sum(n for (module, _), n in kinds.items() if module != "BTrees.OOBTree")
    grown = sum(map(len, after.values())) - sum(map(len, before.values()))
    print(f"{objects / RECORDS:.2f} objects, {grown / RECORDS:.0f} bytes a record")
    assert objects <= MAX_OBJECTS * RECORDS
    # With its share of every index, which no list of objects shows.
    assert grown <= MAX_BYTES * RECORDS
