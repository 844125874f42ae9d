"""Two bags compared by what their verified manifests say."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exports.errors import ArchiveRefused, BagRefused
from exports.findings import FindingList
from exports.validate import judge, opened_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exports.examine import Examined
    from exports.trees import Tree

_STRENGTH = (
    "sha512",
    "sha3512",
    "blake2b512",
    "sha384",
    "sha3384",
    "sha256",
    "sha3256",
    "sha224",
    "sha3224",
    "sha1",
    "md5",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Say where bag B differs from bag A.

    Attributes
    ----------
    added, removed, changed : tuple of str
        Paths, of payload and tag files; manifests are left out, they follow.
    moved : tuple of (str, str)
        Files with the same digest under another path.
    labels : tuple of (str, tuple, tuple)
        Labels of ``bag-info.txt`` with their values in A and in B.
    same : int
        How many files are equal.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    same: int

    @property
    def is_empty(self) -> bool:
        """Say whether the two bags hold the same."""
        return not (
            self.added or self.removed or self.changed or self.moved or self.labels
        )


def diff_bags(a: Path, b: Path) -> Difference:
    """Compare two valid bags of any form.

    Raises
    ------
    BagNotFound, BagRefused
        If there is none, or it is not valid: what a broken bag says is no base
        for a comparison.
    """
    with _examined(a) as (left_tree, ours), _examined(b) as (right_tree, theirs):
        left: dict[str, str] = {}
        right: dict[str, str] = {}
        for of_tags in (False, True):
            algorithm = _common(ours, theirs, of_tags=of_tags)
            left |= _digests(left_tree, ours, algorithm, of_tags=of_tags)
            right |= _digests(right_tree, theirs, algorithm, of_tags=of_tags)
    removed, added = left.keys() - right.keys(), right.keys() - left.keys()
    moved = _moved(
        {path: left[path] for path in removed}, {path: right[path] for path in added}
    )
    both = left.keys() & right.keys()
    changed = {path for path in both if left[path] != right[path]}
    return Difference(
        added=tuple(sorted(added - {new for _, new in moved})),
        removed=tuple(sorted(removed - {old for old, _ in moved})),
        changed=tuple(sorted(changed)),
        moved=moved,
        labels=_labels(ours, theirs),
        same=len(both) - len(changed),
    )


@contextmanager
def _examined(path: Path) -> Iterator[tuple[Tree, Examined]]:
    findings = FindingList()
    try:
        with opened_tree(path, findings) as tree:
            report, bag = judge(tree, findings, None)
            if not report.valid:
                raise BagRefused(path, report)
            yield tree, bag
    except ArchiveRefused as error:
        findings.error(error.code, error.member, error.message)
        raise BagRefused(path, findings.report()) from None


def _common(a: Examined, b: Examined, *, of_tags: bool) -> str:
    shared = set(a.algorithms(of_tags=of_tags)) & set(b.algorithms(of_tags=of_tags))
    return next((name for name in _STRENGTH if name in shared), _STRENGTH[0])


def _digests(
    tree: Tree, bag: Examined, algorithm: str, *, of_tags: bool
) -> dict[str, str]:
    """Return digests by one algorithm, computed where no manifest lists them."""
    files = {p for p in (bag.tag_files if of_tags else bag.payload) if not _follows(p)}
    listed = bag.digests(of_tags=of_tags, algorithm=algorithm)
    found = {path: listed[path] for path in files & listed.keys()}
    for digested in tree.digest(dict.fromkeys(files - found.keys(), (algorithm,))):
        found[digested.path] = digested.digests.get(algorithm, "unreadable")
    return found


def _follows(path: str) -> bool:
    # These change with any file, or are compared label by label.
    return path.startswith(("manifest-", "tagmanifest-")) or path == "bag-info.txt"


def _moved(
    removed: dict[str, str], added: dict[str, str]
) -> tuple[tuple[str, str], ...]:
    places: dict[str, list[str]] = {}
    for path in sorted(added, reverse=True):
        places.setdefault(added[path], []).append(path)
    found = []
    for path in sorted(removed):
        waiting = places.get(removed[path])
        if waiting:
            found.append((path, waiting.pop()))
    return tuple(found)


def _labels(
    a: Examined, b: Examined
) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    left, right = _by_label(a), _by_label(b)
    names = dict.fromkeys((*left, *right))
    return tuple(
        (name, left.get(name, ()), right.get(name, ()))
        for name in names
        if left.get(name, ()) != right.get(name, ())
    )


def _by_label(bag: Examined) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for label, value in bag.bag_info:
        found[label] = (*found.get(label, ()), value)
    return found
