"""What the command line says of a query that cannot be read."""

from recordsvc.cli.door import emit, exit_code_of
from recordsvc.search.query import QuerySyntaxError


def query_refused(error: QuerySyntaxError, *, as_json: bool) -> int:
    """Say where a query is wrong (INTERFACE 7.11) and return the exit code.

    Parameters
    ----------
    as_json
        Also print the error as one document on stdout.
    """
    if as_json:
        emit({"error": {"message": error.message, "column": error.column}})
    return exit_code_of(error)
