"""Which kernels serve: the compiled extension, or the slow reference in Python that it must equal."""

import logging
import os
from functools import cache
from types import ModuleType
from typing import Literal

__all__ = ["VARIABLE", "backend", "find_compiled", "processors"]

VARIABLE = "TRUCELINE_KERNELS"
"""Environment variable; `reference` makes the Python reference serve even where the extension is built."""

_LOG = logging.getLogger("truceline.kernels")


@cache
def backend() -> Literal["compiled", "reference"]:
    """Return which kernels serve in this process; findings are the same with both.

    The answer is settled at the first call. Where the extension is missing though nobody asked for
    the reference, that is said once, on the log `truceline.kernels`.
    """
    return "reference" if find_compiled() is None else "compiled"


@cache
def find_compiled() -> ModuleType | None:
    """Return the extension module, or None when the reference is to serve."""
    if os.environ.get(VARIABLE, "") == "reference":
        return None
    try:
        from truceline.kernels import _compiled
    except ImportError:
        _LOG.warning(
            "the compiled kernels are not built; the Python reference serves, slower, with the same findings "
            "(install a C compiler and truceline again, or set %s=reference)",
            VARIABLE,
        )
        return None
    return _compiled


def processors() -> int:
    """Return how many processors this process may use: the number of threads where none is given."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
