"""Make the name of a carried file one that can be shown and saved anywhere."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["MAX_NAME_CHARS", "safe_name"]

MAX_NAME_CHARS = 200
_MAX_SUFFIX_CHARS = 20
# Control characters, what some systems reserve, half characters, and the marks that
# let `gpj.exe` read `exe.jpg`.
_UNSAFE = re.compile(
    '[\x00-\x1f\x7f-\x9f<>:"|?*\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]'
)


def safe_name(stated: str) -> str:
    r"""Return the name under which a carried file is shown and saved.

    Parameters
    ----------
    stated
        The name that its carrier gives it; a hostile one may be a path.

    Returns
    -------
    str
        The last part of the path in NFC, at most 200 characters with its extension
        kept, never hidden; empty when nothing is left of it.

    Examples
    --------
    >>> safe_name("../../etc/passwd"), safe_name("C:\\a\\Answer 12.pdf")
    ('passwd', 'Answer 12.pdf')
    >>> safe_name(".."), safe_name("a\u202efdp.exe"), safe_name(".profile")
    ('', 'a_fdp.exe', '_.profile')
    """
    last = stated.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    name = unicodedata.normalize("NFC", _UNSAFE.sub("_", last)).strip().rstrip(". ")
    if name.startswith("."):
        name = f"_{name}"
    if len(name) <= MAX_NAME_CHARS:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _MAX_SUFFIX_CHARS:
        return name[:MAX_NAME_CHARS]
    return stem[: MAX_NAME_CHARS - len(suffix) - 1] + dot + suffix
