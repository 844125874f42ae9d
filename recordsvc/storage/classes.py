"""Which classes a pickle of the store may name."""

from functools import lru_cache
from typing import Any

from ZODB.broken import find_global

from recordsvc.storage.errors import AlienClass

# The dotted names below these packages are our storage format (DESIGN 3).
PACKAGES = ("recordsvc.model", "BTrees", "persistent", "datetime")
# Pickle protocol 3 writes these plain values by name.
PLAIN = frozenset({("builtins", "set"), ("builtins", "frozenset")})


def is_ours(module: str, name: str) -> bool:
    """Tell whether the store may hold what a pickle names."""
    # A dotted name would walk from an allowed module into what it imports.
    if "." in name or name.startswith("__"):
        return False
    if (module, name) in PLAIN:
        return True
    return any(module == p or module.startswith(p + ".") for p in PACKAGES)


def load_class(_connection: Any, module: str, name: str) -> Any:
    """Return the class that a pickle names (``class_factory`` of ``ZODB.DB``).

    Raises
    ------
    AlienClass
        If the name is none of ours: loading it could run anything.
    """
    return _class_of(module, name)


@lru_cache(maxsize=1024)
def _class_of(module: str, name: str) -> Any:
    # Asked a dozen times for every record that is loaded; a refusal is not kept.
    if not is_ours(module, name):
        raise AlienClass(module, name)
    found = find_global(module, name)
    # A module of ours also holds what it imported, and functions: neither is a
    # class that one of our objects can have.
    home = getattr(found, "__module__", "")
    if not isinstance(found, type) or not is_ours(home, found.__name__):
        raise AlienClass(module, name)
    return found
