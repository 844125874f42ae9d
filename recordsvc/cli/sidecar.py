"""A metadata file that a person names, read."""

from recordsvc.cli.door import read_text
from recordsvc.services.sidecarfiles import csv_rows, json_rows, parse_sidecar

__all__ = ["csv_rows", "json_rows", "parse_sidecar", "read_sidecar"]


def read_sidecar(name: str) -> dict[str, dict[str, str]]:
    """Read a metadata file of INTERFACE 7.8.

    Parameters
    ----------
    name
        A ``.csv`` with a header row or a ``.json`` list of objects, both with a
        column ``file``; or an ``.xml`` with one Dublin Core description a paper,
        which names its file in the attribute ``file`` or in ``dc:source``.

    Returns
    -------
    dict
        Values by file.

    Raises
    ------
    NotFound
        If there is no such file.
    InvalidRequest
        If it is none of these, names a file twice, or a value cannot be kept.
    """
    return parse_sidecar(name, read_text(name))
