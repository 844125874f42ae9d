import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.services.audit import merkle

# RFC 6962 has no vectors; these are of the Certificate Transparency project.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 200)


def grown(size):
    """Return the leaves of a tree, its nodes and every root it ever had."""
    leaves = [merkle.leaf_hash(str(n).encode()) for n in range(size)]
    frontier, nodes, roots = (), {}, [merkle.EMPTY_ROOT]
    for n, leaf in enumerate(leaves):
        frontier, fresh = merkle.grow(frontier, n, leaf)
        nodes.update(fresh)
        roots.append(merkle.root_of(frontier))
    return leaves, nodes, roots


def naive_root(leaves):
    """Return the root as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = naive_split(len(leaves))
    return merkle.node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def naive_path(m, leaves):
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m, leaves, *, whole):
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


def test_the_roots_are_those_of_certificate_transparency():
    frontier, found = (), []
    for n, content in enumerate(INPUTS):
        frontier, _ = merkle.grow(frontier, n, merkle.leaf_hash(content))
        found.append(merkle.root_of(frontier).hex())
    assert found == ROOTS


@given(SIZES)
def test_every_root_is_the_naive_one(size):
    leaves, nodes, roots = grown(size)
    assert roots[-1] == naive_root(leaves)
    assert [merkle.root_at(nodes, n) for n in range(size + 1)] == roots
    assert len(nodes) == 2 * size - size.bit_count()


@given(st.data())
def test_an_inclusion_proof_is_the_naive_one_and_proves(data):
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    leaves, nodes, roots = grown(size)
    path = merkle.inclusion_proof(nodes, index, size)
    assert list(path) == naive_path(index, leaves)
    assert merkle.is_included(leaves[index], index, size, path, roots[-1])


@given(st.data())
def test_an_inclusion_proof_proves_nothing_else(data):
    size = data.draw(SIZES)
    index, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    leaves, nodes, roots = grown(size)
    path = merkle.inclusion_proof(nodes, index, size)
    strange = merkle.leaf_hash(b"strange")
    assert not merkle.is_included(strange, index, size, path, roots[-1])
    assert not merkle.is_included(leaves[index], size, size, path, roots[-1])
    assert not merkle.is_included(
        leaves[index], index, size, (*path, strange), roots[-1]
    )
    assert not merkle.is_included(leaves[index], index, size, path, strange)
    if other != index:
        assert not merkle.is_included(leaves[index], other, size, path, roots[-1])
    if path:
        assert not merkle.is_included(leaves[index], index, size, path[1:], roots[-1])


@given(st.data())
def test_a_consistency_proof_is_the_naive_one_and_proves(data):
    size = data.draw(SIZES)
    old = data.draw(st.integers(1, size))
    leaves, nodes, roots = grown(size)
    path = merkle.consistency_proof(nodes, old, size)
    assert list(path) == naive_subproof(old, leaves, whole=True)
    assert merkle.is_consistent(old, roots[old], size, roots[size], path)


@given(st.data())
def test_a_consistency_proof_proves_nothing_else(data):
    size = data.draw(SIZES)
    old = data.draw(st.integers(1, size))
    _, nodes, roots = grown(size)
    path = merkle.consistency_proof(nodes, old, size)
    strange = merkle.leaf_hash(b"strange")
    assert not merkle.is_consistent(old, strange, size, roots[size], path)
    assert not merkle.is_consistent(old, roots[old], size, strange, path)
    assert not merkle.is_consistent(
        old, roots[old], size, roots[size], (*path, strange)
    )
    assert not merkle.is_consistent(size + 1, roots[old], size, roots[size], path)
    if path:
        assert not merkle.is_consistent(old, roots[old], size, roots[size], path[:-1])


def test_every_tree_begins_with_the_empty_one():
    _, _, roots = grown(5)
    assert merkle.is_consistent(0, merkle.EMPTY_ROOT, 5, roots[5], ())
    assert not merkle.is_consistent(0, roots[5], 5, roots[5], ())


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index, size):
    _, nodes, _ = grown(5)
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion_proof(nodes, index, size)


@pytest.mark.parametrize("old", [0, 6])
def test_there_is_no_proof_from_a_tree_that_is_no_beginning(old):
    _, nodes, _ = grown(5)
    with pytest.raises(ValueError, match="does not begin"):
        merkle.consistency_proof(nodes, old, 5)
