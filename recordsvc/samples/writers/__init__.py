"""One writer a file format; each gives the same bytes for the same paper."""
