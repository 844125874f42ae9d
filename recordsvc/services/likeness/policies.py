"""What is done of itself with papers that are alike: the choices of an installation."""

from collections.abc import Mapping

from recordsvc.settings import Settings

SAME_BYTES, SAME_TEXT, FORMAT = "same-bytes", "same-text", "format"
LANGUAGE, VERSION, NEAR_SAME = "language", "version", "near-same"
# In the order in which they are told: what is most certainly one paper first.
KINDS = (SAME_BYTES, SAME_TEXT, FORMAT, LANGUAGE, VERSION, NEAR_SAME)
# Two of these are one paper in two files; the others are two papers.
JOINABLE = frozenset({SAME_BYTES, SAME_TEXT, FORMAT, LANGUAGE})

AUTO, LINK, SUGGEST, NEVER = "auto", "link", "suggest", "never"

LINK_TYPES: Mapping[str, str] = {
    SAME_BYTES: "sameTextAs",
    SAME_TEXT: "sameTextAs",
    FORMAT: "formatOf",
    LANGUAGE: "languageVersionOf",
    VERSION: "versionOf",
    NEAR_SAME: "nearSameAs",
}


def policy_of(settings: Settings, kind: str) -> str:
    """Return what is done of itself with two papers that are alike in a way.

    Notes
    -----
    The same bytes are two records only where the second was captured by who may not
    know of the first; they are dealt with as the same text.
    """
    return {
        SAME_BYTES: settings.likeness_same_text,
        SAME_TEXT: settings.likeness_same_text,
        FORMAT: settings.likeness_format,
        LANGUAGE: settings.likeness_language,
        VERSION: settings.likeness_version,
        NEAR_SAME: settings.likeness_near_same,
    }[kind]
