"""Schedule files to start from: templates, to be edited and approved before use."""

from functools import lru_cache
from importlib.resources import files

from retention.errors import CaseError

__all__ = ["template", "template_names"]

_ENDING = ".toml"


@lru_cache(maxsize=1)
def template_names() -> tuple[str, ...]:
    """Return the names of the templates, in order.

    Examples
    --------
    >>> template_names()
    ('parliament',)
    """
    found = (entry.name for entry in files("retention.templates").iterdir())
    names = (name.removesuffix(_ENDING) for name in found if name.endswith(_ENDING))
    return tuple(sorted(names))


def template(name: str) -> str:
    """Return the text of a template: a schedule file that loads as it is.

    Raises
    ------
    CaseError
        If there is no template of that name.

    Examples
    --------
    >>> template("parliament").splitlines()[0]
    '# TEMPLATE: a retention schedule of a parliament, to be edited before use.'
    """
    if name not in template_names():
        known = ", ".join(template_names())
        raise CaseError(f"there is no template {name}; there are {known}")
    place = files("retention.templates").joinpath(name + _ENDING)
    return place.read_text(encoding="utf-8")
