"""The house numbers, measured: length of functions and modules, docstrings, words that must not stand."""

import ast
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "truceline").rglob("*.py"))
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, FUNCTION)]


def test_functions_are_short():
    lengths = sorted(f.end_lineno - f.lineno + 1 for path in MODULES for f in functions(path))
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[int(len(lengths) * 0.95)] <= 45


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_short_and_documented(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 500
    tree = ast.parse(text)
    public = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (*FUNCTION, ast.ClassDef)) and not node.name.startswith("_") and node in tree.body
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []
    assert not tree.body or ast.get_docstring(tree)


def test_names_are_nouns_of_the_field():
    stems = {path.stem for path in MODULES} | {path.parent.name for path in MODULES}
    assert stems & {"utils", "helpers", "common", "core", "manager"} == set()


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.splitlines()]


def test_the_repository_speaks_of_the_product_alone():
    machine_path = re.compile(r"(?<![\w.])/(?:work|farm|root|home)/")
    found = []
    for path in tracked():
        if path.suffix in {".parquet", ".png", ".pdf", ".geojson", ".woff2", ".ttf"} or not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            if machine_path.search(line) and path != Path(__file__):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


def test_help_starts_quickly():
    def best(*command: str) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, *command], check=True, capture_output=True)
            times.append(time.perf_counter() - start)
        return min(times)

    # Twice is the promise; the tests of a busy machine get some room, bench/start.py measures it alone.
    assert best("-m", "truceline", "--help") <= 3 * best("-c", "import numpy")
