"""Where everything is kept: the object store, the bitstreams, leases, progress.

Nothing is imported here, so that a command which needs only the bitstreams or a
lease does not pay for the object database.
"""
