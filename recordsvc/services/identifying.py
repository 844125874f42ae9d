"""Official numbers: the keys under which the archive knows a typed number."""

from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of


def keys_of(ctx: Context, scheme: str, value: str) -> tuple[str, ...]:
    """Return the normalised forms of a number that is known to be of a scheme.

    Parameters
    ----------
    scheme
        Such as ``lk.act``; its jurisdiction decides how the value is read.
    value
        The number as people write it, or its normalised form.
    """
    jurisdiction = scheme.partition(".")[0] or ctx.settings.jurisdiction or None
    read = identifier_of(value, jurisdiction)
    stated = f"{scheme}:{value}".casefold()
    return (stated, read.normalised) if read.scheme == scheme else (stated,)
