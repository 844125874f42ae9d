"""Read papers: what format they are, their text by page, what they say they are.

A library of its own: it knows no framework, no store and no index. Files are met as
paths or bytes and answered as values (:class:`ingest.extraction.Extraction`).
"""
