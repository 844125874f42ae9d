"""Versions, formats, languages and duplicates of papers: found, decided, joined."""
