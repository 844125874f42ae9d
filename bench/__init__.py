"""Measurements beside a reference in the same run; never asserted in a test."""
