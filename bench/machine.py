"""On what it was measured: processor, memory, load, versions, commit."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import shapely

from truceline.kernels import backend

__all__ = ["PACKAGES", "describe", "processors", "read_status"]

PACKAGES = (
    "truceline", "numpy", "polars", "pyarrow", "shapely", "scipy", "pyais", "aiscat", "libais", "rs1090", "pyModeS",
    "geopandas", "pandas", "sedonadb", "duckdb", "duckdb-extension-spatial", "psycopg", "scikit-learn", "movingpandas",
)  # fmt: skip
"""What is measured or measured against; one that is absent is said to be."""


def describe(seed: int) -> dict[str, object]:
    """Return what stands at the head of the results."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "commit": _commit(),
        "processor": _processor(),
        "cores": processors(),
        "memory_gib": round(_memory() / 2**30, 1),
        "load_at_start": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "kernels": backend(),
        "geos": shapely.geos_version_string,
        "postgresql": _postgresql(),
        "postgis": _postgis(),
        "seed": seed,
        "versions": {name: _version(name) for name in PACKAGES},
    }


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_status(key: str) -> int:
    """Return a figure of this process in bytes (`VmRSS`, `VmHWM`); 0 where the system does not tell."""
    path = Path("/proc/self/status")
    if not path.exists():
        return 0
    line = next(line for line in path.read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) * 1024


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str:
    folder = Path(__file__).parent
    try:
        name = _output("git", "-C", str(folder), "rev-parse", "--short=12", "HEAD")
        changed = _output("git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"
    return f"{name} with changes" if changed else name


def _postgresql() -> str | None:
    try:
        return _output("postgres", "--version")
    except (OSError, subprocess.CalledProcessError):
        return None


def _postgis() -> str | None:
    """Its version stands in the file by which the server knows it."""
    for control in sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"), reverse=True):
        for line in control.read_text().splitlines():
            if line.startswith("default_version"):
                return line.partition("=")[2].strip(" '")
    return None


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    facts = dict(reversed([tuple(map(str.strip, line.split(":", 1))) for line in lines if ":" in line]))
    if "model name" not in facts:
        return platform.processor() or platform.machine()
    return f"{facts['model name']} (family {facts.get('cpu family')}, model {facts.get('model')})"


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if sys.platform != "win32" else 0
