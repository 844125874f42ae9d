"""The class tree, what is put into it, and the files that are closed together."""
