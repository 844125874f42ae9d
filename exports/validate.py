"""Our own strict validator, for bags of any origin.

It writes nothing, fetches nothing and follows no link.

Codes of errors: ``absolute-path`` ``home-path`` ``windows-path`` ``traversal``
``bad-path`` (see `exports.names.path_fault`), ``link`` ``special-file``
``unreadable``, ``missing-bagit-txt`` ``bagit-txt-syntax`` ``unsupported-version``
``unsupported-encoding`` ``tag-file-encoding`` ``tag-file-limit``, ``missing-data``
``missing-manifest`` ``manifest-syntax`` ``wrong-manifest`` ``duplicate-entry``
``manifest-incomplete`` ``missing-file`` ``unlisted-file`` ``incomplete``
``digest-mismatch``, ``fetch-syntax`` ``fetch-unlisted`` ``fetch-length``,
``bag-info-syntax`` ``oxum-syntax`` ``oxum-mismatch``, ``archive-unknown``
``archive-damaged`` ``archive-limit`` ``archive-layout`` ``archive-encrypted``
``archive-method`` ``duplicate-member``, and ``profile-...`` of a profile.

Codes of warnings: ``percent-encoding-legacy`` ``binary-star`` ``dot-slash``
``unicode-normalization`` ``name-clash`` ``system-file`` ``duplicate-entry`` (before
1.0) ``weak-algorithm`` ``unknown-algorithm`` ``unprotected-tag-file``
``fetch-address`` ``oxum-mismatch`` (lost system files) ``archive-name``.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from exports.archivetrees import open_archive
from exports.errors import ArchiveRefused, BagNotFound
from exports.examine import Examined, examine
from exports.findings import FindingList, Report
from exports.profile import BagFacts, Profile, check_profile
from exports.trees import FolderTree, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exports.trees import Tree

DEFAULT_LIMITS = Limits()


def validate(
    path: Path, *, profile: Profile | None = None, limits: Limits = DEFAULT_LIMITS
) -> Report:
    """Judge a bag: a folder, or a tar, tar.gz or zip that holds one folder.

    Parameters
    ----------
    profile : Profile or None
        A profile that the bag must meet too.

    Returns
    -------
    Report
        Valid when there is no error; whatever is wrong with the bag is in it.

    Raises
    ------
    BagNotFound
        If nothing stands at the path.

    Notes
    -----
    RFC 8493 and its drafts 0.93 to 0.97. Every file is read whole and digested
    by every algorithm listed, whatever else is wrong: there is no quick mode.
    """
    findings = FindingList()
    try:
        with opened_tree(path, findings, limits) as tree:
            return judge(tree, findings, profile)[0]
    except ArchiveRefused as error:
        findings.error(error.code, error.member, error.message)
        return findings.report()


@contextmanager
def opened_tree(
    path: Path, findings: FindingList, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Tree]:
    """Open a bag for the length of a block.

    Raises
    ------
    BagNotFound, ArchiveRefused
        If there is none, or none that can be listed.
    """
    if not os.path.lexists(path):
        raise BagNotFound(path)
    tree: Tree
    try:
        if path.is_dir():
            tree = FolderTree(path, findings, limits)
        else:
            tree = open_archive(path, findings, limits)
    except OSError as error:
        raise ArchiveRefused("unreadable", "", str(error)) from None
    try:
        yield tree
    finally:
        tree.close()


def judge(
    tree: Tree, findings: FindingList, profile: Profile | None
) -> tuple[Report, Examined]:
    """Examine an opened bag and close its findings into a report."""
    bag = examine(tree, findings)
    if profile is not None:
        facts = BagFacts(
            form=tree.form,
            version=bag.version,
            bag_info=bag.bag_info,
            manifests=bag.algorithms(of_tags=False),
            tag_manifests=bag.algorithms(of_tags=True),
            tag_files=sorted(bag.tag_files),
        )
        check_profile(profile, facts, findings)
    report = findings.report(
        version=bag.version,
        payload_files=len(bag.payload),
        payload_bytes=sum(bag.payload.values()),
    )
    return report, bag
