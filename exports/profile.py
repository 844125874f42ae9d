"""BagIt profiles: what a community demands of a bag beyond RFC 8493."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from exports.errors import ProfileRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from exports.findings import FindingList

OWN_PROFILE = "parliamentary-record.json"
MAX_PROFILE_BYTES = 1 << 20
MEDIA_TYPES: dict[str, str] = {
    "tar": "application/x-tar",
    "tar.gz": "application/gzip",
    "zip": "application/zip",
}
_SAME_TYPE = {
    "application/tar": "application/x-tar",
    "application/x-gzip": "application/gzip",
    "application/x-tgz": "application/gzip",
    "application/x-gtar": "application/x-tar",
    "application/x-zip-compressed": "application/zip",
}
_LISTS = (
    "Manifests-Required",
    "Manifests-Allowed",
    "Tag-Manifests-Required",
    "Tag-Manifests-Allowed",
    "Tag-Files-Required",
    "Tag-Files-Allowed",
    "Accept-Serialization",
    "Accept-BagIt-Version",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """Say what a label of ``bag-info.txt`` must be."""

    label: str
    required: bool = False
    repeatable: bool = True
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Hold a BagIt profile (BagIt Profiles Specification 1.3.0).

    Attributes
    ----------
    content : bytes
        The profile byte for byte, for the copy in a package.
    allowed_manifests, allowed_tag_manifests, allowed_tag_files : tuple or None
        None when the profile does not limit them.
    serialization : str
        ``required``, ``optional`` or ``forbidden``.
    """

    identifier: str
    content: bytes
    labels: tuple[LabelRule, ...]
    required_manifests: tuple[str, ...] = ()
    allowed_manifests: tuple[str, ...] | None = None
    required_tag_manifests: tuple[str, ...] = ()
    allowed_tag_manifests: tuple[str, ...] | None = None
    required_tag_files: tuple[str, ...] = ()
    allowed_tag_files: tuple[str, ...] | None = None
    allows_fetch: bool = True
    serialization: str = "optional"
    serializations: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BagFacts:
    """Hold what a profile looks at in a bag.

    Attributes
    ----------
    form : str
        ``folder``, ``tar``, ``tar.gz`` or ``zip``.
    bag_info : sequence of (str, str)
        Labels with values, in order.
    tag_files : sequence of str
        Paths of every file outside the payload.
    """

    form: str
    version: str | None
    bag_info: Sequence[tuple[str, str]]
    manifests: Sequence[str]
    tag_manifests: Sequence[str]
    tag_files: Sequence[str]


def load_profile(path: Path) -> Profile:
    """Read a profile from a file.

    Raises
    ------
    ProfileRefused
        Saying what is wrong with it.
    """
    try:
        if path.stat().st_size > MAX_PROFILE_BYTES:
            raise ProfileRefused(path, "it is larger than 1 MiB")
        content = path.read_bytes()
    except OSError as error:
        raise ProfileRefused(path, f"it cannot be read: {error.strerror}") from None
    return parse_profile(content, origin=path)


@cache
def own_profile() -> Profile:
    """Return the profile that our own packages follow."""
    resource = files("exports") / "profiles" / OWN_PROFILE
    return parse_profile(resource.read_bytes(), origin=OWN_PROFILE)


def parse_profile(content: bytes, *, origin: Path | str) -> Profile:
    """Read a profile from its bytes; raises as `load_profile`."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ProfileRefused(origin, f"it is no JSON ({error})") from None
    if not isinstance(whole, dict):
        raise ProfileRefused(origin, "it is no JSON object")
    about = whole.get("BagIt-Profile-Info")
    if not isinstance(about, dict) or not isinstance(
        about.get("BagIt-Profile-Identifier"), str
    ):
        raise ProfileRefused(
            origin, "it has no BagIt-Profile-Info with a BagIt-Profile-Identifier"
        )
    lists = {name: _texts(whole, name, origin) for name in _LISTS}
    serialization = whole.get("Serialization", "optional")
    if serialization not in ("required", "optional", "forbidden"):
        raise ProfileRefused(origin, "Serialization is no known word")
    return Profile(
        identifier=about["BagIt-Profile-Identifier"],
        content=content,
        labels=tuple(_label_rules(whole.get("Bag-Info", {}), origin)),
        required_manifests=lists["Manifests-Required"] or (),
        allowed_manifests=lists["Manifests-Allowed"],
        required_tag_manifests=lists["Tag-Manifests-Required"] or (),
        allowed_tag_manifests=lists["Tag-Manifests-Allowed"],
        required_tag_files=lists["Tag-Files-Required"] or (),
        allowed_tag_files=lists["Tag-Files-Allowed"],
        allows_fetch=whole.get("Allow-Fetch.txt", True) is not False,
        serialization=serialization,
        serializations=lists["Accept-Serialization"] or (),
        versions=lists["Accept-BagIt-Version"] or (),
    )


def _texts(
    whole: dict[str, Any], name: str, origin: Path | str
) -> tuple[str, ...] | None:
    value = whole.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ProfileRefused(origin, f"{name} is no list of texts")
    return tuple(value)


def _label_rules(rules: object, origin: Path | str) -> Iterator[LabelRule]:
    if not isinstance(rules, dict):
        raise ProfileRefused(origin, "Bag-Info is no object")
    for label, rule in rules.items():
        if not isinstance(rule, dict):
            raise ProfileRefused(origin, f"the rule for {label!r} is no object")
        yield LabelRule(
            label=label,
            required=rule.get("required") is True,
            repeatable=rule.get("repeatable", True) is not False,
            values=_texts(rule, "values", origin) or (),
        )


def check_profile(profile: Profile, bag: BagFacts, findings: FindingList) -> None:
    """Add an error for every demand of the profile that the bag does not meet."""
    _check_labels(profile, bag, findings)
    _check_sets(
        bag.manifests,
        "manifest",
        profile.required_manifests,
        profile.allowed_manifests,
        findings,
    )
    _check_sets(
        bag.tag_manifests,
        "tagmanifest",
        profile.required_tag_manifests,
        profile.allowed_tag_manifests,
        findings,
    )
    _check_tag_files(profile, bag, findings)
    _check_form(profile, bag, findings)


def _check_labels(profile: Profile, bag: BagFacts, findings: FindingList) -> None:
    found: dict[str, list[str]] = {}
    for label, value in bag.bag_info:
        found.setdefault(label.casefold(), []).append(value)
    # The specification demands this one of every bag that follows a profile.
    if profile.identifier not in found.get("bagit-profile-identifier", []):
        findings.error(
            "profile-identifier",
            "bag-info.txt",
            f"BagIt-Profile-Identifier does not name {profile.identifier}",
        )
    for rule in profile.labels:
        values = found.get(rule.label.casefold(), [])
        if rule.required and not any(value.strip() for value in values):
            message = f"{rule.label} is required by the profile and missing"
            findings.error("profile-label-missing", "bag-info.txt", message)
        if not rule.repeatable and len(values) > 1:
            message = f"{rule.label} may stand once only"
            findings.error("profile-label-repeated", "bag-info.txt", message)
        for value in values:
            if rule.values and value not in rule.values:
                message = f"{rule.label} is {value!r}, which the profile does not allow"
                findings.error("profile-label-value", "bag-info.txt", message)


def _check_sets(
    found: Sequence[str],
    stem: str,
    required: Sequence[str],
    allowed: Sequence[str] | None,
    findings: FindingList,
) -> None:
    for name in required:
        if name not in found:
            message = f"the profile requires {stem}-{name}.txt"
            findings.error("profile-manifest-missing", f"{stem}-{name}.txt", message)
    for name in found:
        if allowed is not None and name not in allowed:
            message = f"the profile does not allow {stem}-{name}.txt"
            findings.error("profile-manifest-forbidden", f"{stem}-{name}.txt", message)


def _check_tag_files(profile: Profile, bag: BagFacts, findings: FindingList) -> None:
    present = set(bag.tag_files)
    for path in profile.required_tag_files:
        if path not in present:
            message = "the profile requires this tag file"
            findings.error("profile-tag-file-missing", path, message)
    if "fetch.txt" in present and not profile.allows_fetch:
        message = "the profile does not allow fetch.txt"
        findings.error("profile-fetch-forbidden", "fetch.txt", message)
    if profile.allowed_tag_files is None:
        return
    for path in sorted(present):
        if not any(fnmatch.fnmatchcase(path, p) for p in profile.allowed_tag_files):
            message = "the profile does not allow this tag file"
            findings.error("profile-tag-file-forbidden", path, message)


def _check_form(profile: Profile, bag: BagFacts, findings: FindingList) -> None:
    if profile.versions and bag.version not in profile.versions:
        message = f"the profile accepts BagIt {', '.join(profile.versions)} only"
        findings.error("profile-version", "bagit.txt", message)
    if bag.form == "folder":
        if profile.serialization == "required":
            message = "the profile requires a serialised bag, this is a folder"
            findings.error("profile-serialization", "", message)
        return
    accepted = {_SAME_TYPE.get(name, name) for name in profile.serializations}
    if profile.serialization == "forbidden":
        findings.error(
            "profile-serialization", "", "the profile forbids a serialised bag"
        )
    elif accepted and MEDIA_TYPES[bag.form] not in accepted:
        message = f"the profile does not accept {MEDIA_TYPES[bag.form]}"
        findings.error("profile-serialization", "", message)
