"""Merkle trees as RFC 6962 has them: roots and proofs from stored nodes."""

import hashlib
from collections.abc import Mapping

EMPTY_ROOT = hashlib.sha256(b"").digest()

Frontier = tuple[bytes, ...]
Path = tuple[bytes, ...]
NO_PATH: Path = ()


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from those of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def number_of(level: int, index: int) -> int:
    """Return the number of a complete node, counted from left to right.

    Parameters
    ----------
    level
        0 for leaves; a node of level n has 2**n leaves.
    index
        Position among the nodes of its level, from 0.

    Notes
    -----
    A tree that grows at its right end writes nodes whose numbers lie side by
    side, so that a BTree keeps them in few buckets.

    >>> [number_of(0, 0), number_of(1, 0), number_of(0, 1), number_of(2, 0)]
    [0, 1, 2, 3]
    """
    return (index << (level + 1)) | ((1 << level) - 1)


def grow(
    frontier: Frontier, size: int, leaf: bytes
) -> tuple[Frontier, tuple[tuple[int, bytes], ...]]:
    """Add a leaf to a tree.

    Parameters
    ----------
    frontier
        Roots of the complete subtrees of the tree, the largest first.
    size
        Leaves in the tree before.
    leaf
        Hash of the new leaf.

    Returns
    -------
    frontier, nodes
        The new frontier; number and hash of every node that became complete.
    """
    stack, digest, index, level = list(frontier), leaf, size, 0
    nodes = [(number_of(0, size), leaf)]
    while index & 1:
        digest = node_hash(stack.pop(), digest)
        index, level = index >> 1, level + 1
        nodes.append((number_of(level, index), digest))
    return (*stack, digest), tuple(nodes)


def root_of(frontier: Frontier) -> bytes:
    """Return the root of a tree from its frontier."""
    if not frontier:
        return EMPTY_ROOT
    digest = frontier[-1]
    for left in reversed(frontier[:-1]):
        digest = node_hash(left, digest)
    return digest


def subtree(nodes: Mapping[int, bytes], start: int, end: int) -> bytes:
    """Return the hash over a range of leaves that begins at a multiple of its split.

    Parameters
    ----------
    start, end
        First leaf, and the one after the last; both as the recursion of RFC 6962
        makes them.

    Raises
    ------
    KeyError
        If a node that the range is made of is missing.
    """
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return nodes[number_of(level, start >> level)]
    split = start + _split(width)
    return node_hash(subtree(nodes, start, split), subtree(nodes, split, end))


def root_at(nodes: Mapping[int, bytes], size: int) -> bytes:
    """Return the root that the tree had when it had `size` leaves."""
    return subtree(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(nodes: Mapping[int, bytes], index: int, size: int) -> Path:
    """Return the audit path of a leaf (RFC 6962 section 2.1.1).

    Raises
    ------
    ValueError
        If the tree of that size has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            path.append(subtree(nodes, split, end))
            end = split
        else:
            path.append(subtree(nodes, start, split))
            start = split
    return tuple(reversed(path))


def consistency_proof(nodes: Mapping[int, bytes], old: int, size: int) -> Path:
    """Return the proof that a tree begins with an older one (section 2.1.2).

    Raises
    ------
    ValueError
        If the older tree is empty or larger.
    """
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} leaves does not begin with one of {old}")
    path: list[bytes] = []
    start, end, is_whole = 0, size, True
    while old != end:
        split = start + _split(end - start)
        if old <= split:
            path.append(subtree(nodes, split, end))
            end = split
        else:
            path.append(subtree(nodes, start, split))
            start, is_whole = split, False
    if not is_whole:
        path.append(subtree(nodes, start, end))
    return tuple(reversed(path))


def is_included(leaf: bytes, index: int, size: int, path: Path, root: bytes) -> bool:
    """Check an audit path (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, digest = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            digest = node_hash(sibling, digest)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and digest == root


def is_consistent(
    old: int, old_root: bytes, size: int, root: bytes, path: Path
) -> bool:
    """Check a consistency proof (RFC 9162 section 2.1.4.2).

    Notes
    -----
    Every tree begins with the empty one, and with itself; both need no path.
    """
    if old in {0, size}:
        return not path and old_root == (root if old else EMPTY_ROOT)
    if not 0 < old < size:
        return False
    steps = path if old & (old - 1) else (old_root, *path)
    if not steps:
        return False
    here, last = old - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            second = node_hash(second, step)
        here, last = here >> 1, last >> 1
    return last == 0 and first == old_root and second == root


def _split(width: int) -> int:
    """Return the largest power of two that is smaller than the width."""
    return 1 << (width - 1).bit_length() - 1
