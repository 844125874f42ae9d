"""One module for each family of formats, and the registry that names them all."""

__all__ = ["VERSION"]

VERSION = "1"
"""Of reading and describing; raised when the same bytes may give another answer."""
