"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import retention

MODULES = [module.name for module in pkgutil.iter_modules(retention.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    found = importlib.import_module(f"retention.{name}")
    assert doctest.testmod(found).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_there_and_documented(name):
    found = importlib.import_module(f"retention.{name}")
    for public in found.__all__:
        value = getattr(found, public)
        assert not callable(value) or value.__doc__
