"""Bags and E-ARK packages of others: judged, described in the words of a sidecar."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from exports.csip import ROOT_METS, examine_sip
from exports.descriptive import Descriptive, read_descriptive
from exports.examine import Examined
from exports.findings import Finding, FindingList
from exports.layout import RECORD_JSON
from exports.profile import own_profile
from exports.trees import READ_FAULTS, Tree
from exports.validate import judge
from exports.xmltext import parser
from recordsvc.jobs.receipts import Rule
from recordsvc.jobs.submitted import (
    Arrived,
    Copier,
    TreeFiles,
    Within,
    is_sidecar,
    read_sidecars,
)
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.sidecars import check_sidecar

PAYLOAD = "data/"
MAX_DESCRIPTION_BYTES = 4 << 20
MAX_TITLE_CHARS = 1_000
MAX_IDENTIFIERS = 20
# Where packers put what describes a bag as a whole.
_DESCRIPTION = re.compile(
    r"(?:data/)?(?:metadata/(?:descriptive/)?)?(?:oai_)?(?:dc|mods)\.xml\Z",
    re.IGNORECASE,
)
_UNREADABLE: tuple[type[Exception], ...] = (etree.XMLSyntaxError, *READ_FAULTS)
_ALGORITHMS = ("sha512", "sha256", "sha1", "md5")
_TYPE = re.compile(r"[a-z][a-z_-]{2,40}\Z")
_DCMI_TYPES = frozenset(
    "collection dataset event image interactiveresource movingimage physicalobject "
    "service software sound stillimage text".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package of others that was judged.

    Parameters
    ----------
    kind
        ``bag``, ``sip``, or ``package`` for one of our own.
    description
        What it says of itself as a whole.
    values
        What holds for every paper of it.
    """

    kind: str
    rules: tuple[Rule, ...]
    files: Iterable[Arrived] = ()
    description: Mapping[str, str]
    values: Mapping[str, str]


def examined(tree: Tree, findings: FindingList, copier: Copier) -> Package:
    """Judge an opened bag or E-ARK package and say what it holds."""
    if "bagit.txt" not in tree.files:
        return _sip("sip", tree, findings, copier)
    _, bag = judge(tree, findings, None)
    labels = dict(reversed(bag.bag_info))
    profile = labels.get("BagIt-Profile-Identifier", "")
    if RECORD_JSON in tree.files and profile == own_profile().identifier:
        return Package(
            kind="package", rules=_rules(findings), description={}, values={}
        )
    inside = Within(tree, PAYLOAD)
    if ROOT_METS in inside.files and any(
        path.startswith("representations/") for path in inside.files
    ):
        return _sip("bag", inside, findings, copier)
    return _bag(tree, bag, labels, findings, copier)


def _bag(
    tree: Tree,
    bag: Examined,
    labels: Mapping[str, str],
    findings: FindingList,
    copier: Copier,
) -> Package:
    stated = _bag_labels(labels)
    beside = {path for path in bag.payload if is_sidecar(path)}
    describing = sorted(path for path in tree.files if _DESCRIPTION.match(path))
    papers = tuple(sorted(bag.payload.keys() - beside - set(describing)))
    description = _descriptive(tree, describing)
    if description is not None:
        stated |= _summary(description)
    rows, wrong = read_sidecars(tree.walk(sorted(beside)))
    digests = {}
    for algorithm in reversed(_ALGORITHMS):
        listed = bag.digests(of_tags=False, algorithm=algorithm)
        digests.update({path: (algorithm, hexa) for path, hexa in listed.items()})
    files = TreeFiles(
        tree=tree,
        papers=papers,
        others=tuple(sorted(tree.files.keys() - set(papers))),
        digests=digests,
        copier=copier,
        rows=rows,
    )
    if not papers:
        findings.error("archive-empty", "data", "there is no paper in it")
    return Package(
        kind="bag",
        rules=(*_rules(findings), *wrong),
        files=files,
        description=stated,
        values=_of_all(description, stated, len(papers)),
    )


def _sip(kind: str, tree: Tree, findings: FindingList, copier: Copier) -> Package:
    found = examine_sip(tree, findings)
    beside = {path for path in found.content if is_sidecar(path)}
    papers = tuple(path for path in found.content if path not in beside)
    rows, wrong = read_sidecars(tree.walk(sorted(beside)))
    for path, description in found.described.items():
        rows[path] = {**values_of(description), **rows.get(path, {})}
    stated = {"identifier": found.identifier} if found.identifier else {}
    if found.description is not None:
        stated |= _summary(found.description)
    files = TreeFiles(
        tree=tree,
        papers=papers,
        others=(*found.other, *sorted(beside)),
        digests=found.digests,
        copier=copier,
        rows=rows,
    )
    return Package(
        kind=kind,
        rules=(*_rules(findings), *wrong),
        files=files,
        description=stated,
        values=_of_all(found.description, stated, len(papers)),
    )


def _rules(findings: FindingList) -> tuple[Rule, ...]:
    report = findings.report()
    return (
        *(_rule(finding, is_error=True) for finding in report.errors),
        *(_rule(finding, is_error=False) for finding in report.warnings),
    )


def _rule(finding: Finding, *, is_error: bool) -> Rule:
    return Rule(
        code=finding.code,
        place=finding.path,
        message=finding.message,
        is_error=is_error,
    )


def _bag_labels(labels: Mapping[str, str]) -> dict[str, str]:
    named = {
        "title": labels.get("External-Description", ""),
        "identifier": labels.get("External-Identifier", ""),
        "source": labels.get("Source-Organization", ""),
    }
    return {name: value[:MAX_TITLE_CHARS] for name, value in named.items() if value}


def _descriptive(tree: Tree, paths: Iterable[str]) -> Descriptive | None:
    """Read the first description that is one."""
    for path in paths:
        if tree.files[path] > MAX_DESCRIPTION_BYTES:
            continue
        try:
            content = b"".join(
                stream.read(MAX_DESCRIPTION_BYTES) for _, stream in tree.walk((path,))
            )
            found = read_descriptive(etree.fromstring(content, parser()))
        except _UNREADABLE:
            # It is listed as a file of the package, and describes nothing.
            continue
        if found is not None:
            return found
    return None


def _summary(description: Descriptive) -> dict[str, str]:
    named = {
        "title": description.first("title")[:MAX_TITLE_CHARS],
        "identifier": "|".join(description.all("identifier")[:MAX_IDENTIFIERS]),
        "date": description.first("date"),
        "language": description.language,
        "rights": description.first("rights")[:MAX_TITLE_CHARS],
        "source": (description.first("publisher") or description.first("creator")),
    }
    return {name: value for name, value in named.items() if value}


def values_of(description: Descriptive) -> dict[str, str]:
    """Return what a description says of one paper, as a sidecar would say it."""
    kind = description.first("type").strip().lower()
    named = {
        "title": description.first("title")[:MAX_TITLE_CHARS],
        "date": description.day,
        "identifier": "|".join(description.all("identifier")[:MAX_IDENTIFIERS]),
        "language": description.language,
        "type": kind if _TYPE.match(kind) and kind not in _DCMI_TYPES else "",
    }
    return {
        name: value for name, value in named.items() if value and _fits(name, value)
    }


def _fits(name: str, value: str) -> bool:
    try:
        check_sidecar({name: value})
    except InvalidRequest:
        return False
    return True


def _of_all(
    description: Descriptive | None, stated: Mapping[str, str], papers: int
) -> dict[str, str]:
    """Return what the description of a package says of each of its papers.

    The title of a package of several papers is the title of none of them.
    """
    if papers == 1 and description is not None:
        return values_of(description)
    values = {"collection": stated.get("title", "")}
    if description is not None:
        values["language"] = description.language
    return {k: v for k, v in values.items() if v and _fits(k, v)}
