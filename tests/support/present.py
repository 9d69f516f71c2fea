"""Columns and answers that may be None, in tests where they must not be."""

from typing import TypeVar

Value = TypeVar("Value")


def present(value: Value | None) -> Value:
    """The value itself; the test fails when it is None."""
    assert value is not None
    return value
