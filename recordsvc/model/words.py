"""Words of a fixed set as the store keeps them."""

from enum import StrEnum
from typing import Any


class StoredWord(StrEnum):
    """A word of a fixed set that may stand in a persistent object.

    Notes
    -----
    Python 3.11.0 to 3.11.3 pickle an enumeration's member through ``getattr``, which
    the store never loads: anything could be reached by it. So a member is pickled as
    its class and value, as later releases do.
    """

    def __reduce_ex__(self, _protocol: Any) -> tuple[type, tuple[str]]:
        return self.__class__, (self.value,)
