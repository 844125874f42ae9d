"""Decide how long a record is kept: schedule and facts in, a decision with reasons out.

A library of its own: it knows no framework, no store and no clock. The day for which
is asked comes in with the case (:class:`retention.decide.Case`), so that the same case
has the same answer for ever.
"""
