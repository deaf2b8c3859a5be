"""Which kernels serve, and how that is said."""

import builtins
import importlib
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from truceline import kernels
from truceline.kernels.ranges import over_ranges, split

module = importlib.import_module("truceline.kernels.backend")  # the package holds the function of that name


@pytest.fixture
def fresh(monkeypatch):
    """Nothing settled yet; what a test settles is forgotten."""
    monkeypatch.delenv(module.VARIABLE, raising=False)
    for function in (module.backend, module.find_compiled):
        function.cache_clear()
    yield
    for function in (module.backend, module.find_compiled):
        function.cache_clear()


def test_the_answer_is_settled_at_the_first_call(fresh, monkeypatch):
    first = kernels.backend()
    monkeypatch.setenv(module.VARIABLE, "reference")
    assert kernels.backend() == first


def test_the_variable_forces_the_reference(fresh, monkeypatch, caplog):
    monkeypatch.setenv(module.VARIABLE, "reference")
    assert kernels.backend() == "reference"
    assert caplog.text == ""


def test_a_missing_extension_is_said_once(fresh, monkeypatch, caplog):
    real = builtins.__import__

    def without(name, globals=None, locals=None, fromlist=(), level=0):  # noqa: A002
        if "_compiled" in (fromlist or ()):
            raise ImportError(name)
        return real(name, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", without)
    with caplog.at_level(logging.WARNING):
        assert [kernels.backend() for _ in range(3)] == ["reference"] * 3
    assert caplog.text.count("the compiled kernels are not built") == 1


def test_another_process_is_told_by_the_variable():
    code = "from truceline import kernels; print(kernels.backend())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {module.VARIABLE: "reference"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "reference"


@pytest.mark.parametrize(("count", "threads"), [(0, None), (1, 5), (10, 3), (1_000_000, None), (7, 7)])
def test_ranges_cover_all_rows_once(count, threads):
    spans = split(count, threads)
    rows = over_ranges(lambda first, end: list(range(first, end)), spans)
    assert [row for part in rows for row in part] == list(range(count))


def test_an_error_on_a_thread_is_raised():
    def fail(first, end):
        raise OSError(f"{first} to {end}")

    with pytest.raises(OSError, match="0 to 5"):
        over_ranges(fail, [(0, 5), (5, 10)])


def test_where_there_is_a_compiler_the_extension_is_built():
    """Otherwise every test of it would be skipped in silence."""
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    if not (shutil.which("cc") and headers.exists()):
        pytest.skip("no C compiler, or no headers of Python")
    assert importlib.util.find_spec("truceline.kernels._compiled") is not None


def test_the_public_face():
    assert sorted(kernels.__all__) == sorted(name for name in kernels.__all__ if hasattr(kernels, name))
