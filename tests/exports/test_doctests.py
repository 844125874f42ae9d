import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["canonical", "layout", "xmltext"])
def test_examples_in_the_documentation_are_true(name):
    found = doctest.testmod(importlib.import_module(f"exports.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
