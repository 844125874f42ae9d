import datetime as dt

import BTrees.OOBTree
import persistent.mapping
import pytest

from recordsvc.model import Record
from recordsvc.storage.classes import load_class
from recordsvc.storage.errors import AlienClass


@pytest.mark.parametrize(
    ("module", "name", "expected"),
    [
        ("recordsvc.model.record", "Record", Record),
        ("BTrees.OOBTree", "OOBTree", BTrees.OOBTree.OOBTree),
        (
            "persistent.mapping",
            "PersistentMapping",
            persistent.mapping.PersistentMapping,
        ),
        ("datetime", "datetime", dt.datetime),
        ("datetime", "timezone", dt.timezone),
        ("builtins", "frozenset", frozenset),
    ],
)
def test_our_own_and_plain_classes_load(module, name, expected):
    assert load_class(None, module, name) is expected


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("subprocess", "Popen"),
        ("recordsvc.storage.sqlite_store", "SQLiteStore"),
        ("recordsvc.modelling", "Record"),
        ("datetimes", "datetime"),
        # Names that an allowed module only imported, walks to, or defines as function.
        ("datetime", "sys"),
        ("recordsvc.model.record", "dataclass"),
        ("recordsvc.model.record", "dt.sys.modules"),
        ("recordsvc.model.root", "new_archive"),
        ("recordsvc.model.record", "__builtins__"),
    ],
)
def test_everything_else_is_refused(module, name):
    with pytest.raises(AlienClass, match="none of our classes"):
        load_class(None, module, name)
