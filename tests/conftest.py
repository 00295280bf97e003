"""Hooks of the whole test tree: the literate suites of tests/semantics are collected beside the Python tests."""

from runner.collect import pytest_addoption, pytest_collect_file, pytest_sessionfinish, pytest_terminal_summary

__all__ = ["pytest_addoption", "pytest_collect_file", "pytest_sessionfinish", "pytest_terminal_summary"]
