"""API v1: the same services as JSON; described in ``openapi.yaml``."""
