"""What a use case may refuse; doors translate each class once."""


class ServiceError(Exception):
    """A use case could not be carried out; the message says what to do."""

    exit_code = 1
    http_status = 500


class InvalidRequest(ServiceError):
    """The request itself is wrong."""

    exit_code = 2
    http_status = 422


class TextTooLong(InvalidRequest):
    """What was said is longer than is kept.

    Parameters
    ----------
    name
        What it is, as the message names it.
    most, given
        Characters.
    """

    def __init__(self, name: str, most: int, given: int) -> None:
        super().__init__(f"{name} has {given} characters; at most {most} are kept")
        self.name = name
        self.most = most
        self.given = given


class NotFound(ServiceError):
    """Nothing answers to that name, or the actor may not know of it."""

    exit_code = 3
    http_status = 404


class NotAllowed(ServiceError):
    """The actor may not do this."""

    exit_code = 4
    http_status = 403


class Conflict(ServiceError):
    """The state of the archive forbids it, or it has moved on."""

    exit_code = 6
    http_status = 409


class Gone(Conflict):
    """The record was destroyed; its tombstone is left."""

    http_status = 410


class NothingToDo(ServiceError):
    """Everything asked for is already so."""

    exit_code = 7
    http_status = 409


class VerificationFailed(ServiceError):
    """A check found a fault."""

    exit_code = 8


class Temporary(ServiceError):
    """It may go through later."""

    exit_code = 9
    http_status = 503
