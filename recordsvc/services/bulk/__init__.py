"""One act on many records: shown before it is done, and undone as one."""
