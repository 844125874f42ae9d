"""One module for each family of formats, and the registry that names them all."""
