"""The errors of the retention library, and how they show a bad value."""

__all__ = [
    "CaseError",
    "MalformedError",
    "RetentionError",
    "ScheduleError",
    "shown",
]

MAX_SHOWN = 60
"""How many characters of a bad value a message repeats."""


class RetentionError(Exception):
    """Stand at the root of everything that retention can raise."""


class MalformedError(RetentionError):
    """Say that a value is not what it should be.

    Parameters
    ----------
    what
        The name of the value, such as ``"facts.closed"``.
    value
        What was found there.
    wanted
        What would have been right, such as ``"a date"``.

    Examples
    --------
    >>> print(MalformedError("on", "yesterday", "a date"))
    on is 'yesterday'; it must be a date
    """

    def __init__(self, what: str, value: object, wanted: str) -> None:
        super().__init__(f"{what} is {shown(value)}; it must be {wanted}")
        self.what = what
        self.value = value
        self.wanted = wanted


class CaseError(RetentionError):
    """Say that well-formed values together cannot be judged.

    Parameters
    ----------
    reason
        A sentence on what does not fit.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ScheduleError(RetentionError):
    """Say why a schedule file was refused, whole, with every error.

    Parameters
    ----------
    errors
        Line (from 1) and text of each error, ordered by line.

    Examples
    --------
    >>> print(ScheduleError(((2, "no title"), (9, "no code"))))
    line 2: no title; line 9: no code
    """

    def __init__(self, errors: tuple[tuple[int, str], ...]) -> None:
        super().__init__("; ".join(f"line {line}: {text}" for line, text in errors))
        self.errors = errors


def shown(value: object) -> str:
    """Return a value as a message shows it: short, on one line, never failing.

    Examples
    --------
    >>> shown("2020"), shown(None), shown({}), shown(True)
    ("'2020'", 'missing', 'an object', 'true')
    """
    match value:
        case None:
            return "missing"
        case str():
            return repr(value[:MAX_SHOWN]) + ("..." if len(value) > MAX_SHOWN else "")
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)[:MAX_SHOWN]
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
        case _:
            return str(value)[:MAX_SHOWN]
