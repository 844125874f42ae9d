"""The form under which official numbers are compared."""

import re
import unicodedata

from recordsvc.search.words import with_ascii_digits

_BETWEEN = re.compile(r"[\W_]+")
_MARK = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0640\u200b-\u200f]")


def identifier_key(text: str) -> str:
    """Return letters and digits of an official number, parted by single hyphens.

    Schemes are the citation library's affair: it gives the normalised form,
    and this only folds what nobody means when typing one.

    Examples
    --------
    >>> identifier_key("Act, No. 24/1999"), identifier_key(" E‑000123/2020 ")
    ('act-no-24-1999', 'e-000123-2020')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not plain.isascii():
        plain = _MARK.sub("", unicodedata.normalize("NFKD", with_ascii_digits(plain)))
        plain = unicodedata.normalize("NFKC", plain).casefold()
    return _BETWEEN.sub("-", plain).strip("-")
