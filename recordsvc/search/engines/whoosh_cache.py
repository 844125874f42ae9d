"""A bounded cache: what was used longest ago goes first, by size and not by count."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class BoundedCache(Generic[T]):
    """Keep results whose sizes together stay below a bound.

    Parameters
    ----------
    most
        Sum of the sizes to keep, in the unit of `size`.
    size
        Tells the size of a result; at least 1 is counted.
    """

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self._most = most
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self.held = 0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result kept under a key, or make it."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept[0]
        made = make()
        size = max(self._size(made), 1)
        if size <= self._most:
            self._kept[key] = (made, size)
            self.held += size
            while self.held > self._most:
                _, (_, freed) = self._kept.popitem(last=False)
                self.held -= freed
        return made

    def __len__(self) -> int:
        return len(self._kept)
