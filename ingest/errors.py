"""The errors of the ingest library; damage to a paper is a result, not an error."""

from __future__ import annotations

__all__ = [
    "AnswerError",
    "IngestError",
    "OCRMissingError",
    "PageImageError",
    "PoolClosedError",
    "ProfileError",
    "SignatureError",
    "TemplateError",
]


class IngestError(Exception):
    """Stand at the root of everything that ingest can raise."""


class AnswerError(IngestError):
    """Say that a child answered something that is no extraction.

    Parameters
    ----------
    where
        The part of the answer that was refused, such as ``"pages[3].text"``.
    what
        What was wrong with it.
    """

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"the answer of the extractor was refused: {where} {what}")
        self.where = where
        self.what = what


class TemplateError(IngestError):
    """Say that the process from which workers are forked does not start or answer.

    Parameters
    ----------
    reason
        What the operating system or the template said.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the extraction processes do not start: {reason}; "
            "run `recordsvc doctor` to see which layer fails"
        )
        self.reason = reason


class PoolClosedError(IngestError):
    """Say that work was given to a pool that has been closed."""

    def __init__(self) -> None:
        super().__init__("the extraction pool is closed; open a new one")


class ProfileError(IngestError):
    """Say that the profile of a parliament cannot be used.

    Parameters
    ----------
    profile
        The name of its file.
    where
        The entry at fault, such as ``"scheme lk.act"``.
    what
        What is wrong with it.
    """

    def __init__(self, profile: str, where: str, what: str) -> None:
        super().__init__(f"the profile {profile} cannot be used: {where}: {what}")
        self.profile = profile
        self.where = where
        self.what = what


class SignatureError(IngestError):
    """Say that the kept signature of a text cannot be read.

    Parameters
    ----------
    reason
        What is wrong with it, in words for people.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PageImageError(IngestError):
    """Say that a page cannot be drawn.

    Parameters
    ----------
    reason
        Why, in words for people.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OCRMissingError(IngestError):
    """Say that no text can be read from pictures on this machine.

    Parameters
    ----------
    reason
        Why, in words for people.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no OCR: {reason}")
        self.reason = reason
