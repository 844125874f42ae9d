"""Background work: the intake pipeline, the indexer and the worker door."""
