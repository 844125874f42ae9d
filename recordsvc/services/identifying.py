"""Official numbers: the key under which the archive knows a typed number."""

from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of


def key_of(ctx: Context, scheme: str, value: str) -> str:
    """Return the normalised form of a number that is known to be of a scheme.

    Parameters
    ----------
    scheme
        Such as ``lk.act``; its jurisdiction decides how the value is read.
    value
        The number as people write it, or its normalised form.
    """
    jurisdiction = scheme.partition(".")[0] or ctx.settings.jurisdiction or None
    found = identifier_of(value, jurisdiction)
    return found.normalised
