"""Numbers that may be compared, and numbers that may not."""

ABSOLUTE = ("urn:", "http://", "https://", "/")


def is_ambiguous(normalised: str) -> bool:
    """Say whether a part that the number needs is unknown in it.

    Notes
    -----
    ``?`` stands for such a part: two numbers that look equal may then be of two
    papers, so that nothing is resolved by them. In a URN or an address it is an
    ordinary character.

    Examples
    --------
    >>> is_ambiguous("de.drucksache:?/4151"), is_ambiguous("de.drucksache:6/4151")
    (True, False)
    """
    return "?" in normalised and not normalised.startswith(ABSOLUTE)
