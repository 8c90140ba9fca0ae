"""Fixtures of a control server."""

from tests.control.clients import control, table  # noqa: F401
