"""A module may import only from floors strictly below its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "truceline"
FLOORS = [
    {"errors"},
    {"spacetime"},
    {"model", "commitment", "finance", "gazetteer", "identity", "kernels", "marking", "tlog"},
    {"agreement", "evidence", "tracks", "record", "scenario"},
    {"attachments", "clauses", "assessment", "guarantees", "reports"},
    {"casefile"},
    {"case"},
    {"watch", "archive", "rehearsal", "terminal", "dossier"},
    {"console", "cli_guarantees", "cli_record"},
    {"cli_deciding"},
    {"cli"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
DOORS = {"__init__", "__main__"}  # may import anything


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield (module, line) for each of our modules that a syntax tree imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            head, _, rest = (node.module or "").partition(".")
            if node.level:
                yield "a relative import", node.lineno
            elif head == "truceline" and rest:
                yield rest.split(".")[0], node.lineno
            elif head == "truceline":
                yield from ((alias.name, node.lineno) for alias in node.names if alias.name != "__version__")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                head, _, rest = alias.name.partition(".")
                if head == "truceline":
                    yield rest.split(".")[0] or "the whole package", node.lineno


def climbs(package: Path) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        here = path.relative_to(package).with_suffix("").parts[0]
        if here in DOORS:
            continue
        for name, line in imports(ast.parse(path.read_text("utf-8"))):
            if name != here and FLOOR.get(name, 99) >= FLOOR[here]:
                found.append(f"{path.relative_to(package)}:{line}: {here} imports {name}")
    return found


def test_imports_go_down():
    assert climbs(PACKAGE) == []


def test_a_climb_is_seen(tmp_path):
    (tmp_path / "model.py").write_text("from truceline.evidence import tables\n")
    (tmp_path / "spacetime").mkdir()
    (tmp_path / "spacetime" / "units.py").write_text("import truceline.case\nfrom . import shapes\n")
    assert climbs(tmp_path) == [
        "model.py:1: model imports evidence",
        "spacetime/units.py:1: spacetime imports case",
        "spacetime/units.py:2: spacetime imports a relative import",
    ]


def test_every_module_has_a_floor():
    names = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert names - DOORS - {"__pycache__"} <= set(FLOOR)
