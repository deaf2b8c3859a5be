"""There is one way out of the record. Read as syntax, so that a new door is seen when somebody makes it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "truceline"

# Who may open what stands behind the leaves, and why none of them hands it on.
OPENING = {
    "record/openings.py": "reads and writes the files of openings",
    "record/sealing.py": "writes them",
    "record/recovery.py": "learns from them what the queue lost",
    "record/history.py": "tells the next run what was found and decided before",
    "record/verification.py": "checks them, and names leaves and digests, no contents",
    "record/receipts.py": "puts a statement into a receipt: only release.py asks for that",
    "record/release.py": "the door",
}
OPENERS = {"read_opening", "read_all", "read_lines", "split_lines"}

PACKING = {"record/packing.py", "record/export.py"}
"""Who may pack files of the record: the package, of what release.py gave."""
PACKERS = {
    "zipfile",
    "tarfile",
    "make_archive",
    "copyfile",
    "copyfileobj",
    "copytree",
    "copy2",
    "copy_part",
    "write_zip",
}


def sources(package: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package).as_posix(), ast.parse(path.read_text("utf-8"))


def names(tree: ast.AST) -> set[str]:
    """Every name that is used, imported or reached as an attribute."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.name.rpartition(".")[2])
    return found


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name in {getattr(node.func, "id", None), getattr(node.func, "attr", None)}
    ]


def find_doors(package: Path) -> list[str]:
    """Name each place where something could leave the record without being asked for whom."""
    found = []
    for path, tree in sources(package):
        used = names(tree)
        if path.startswith(("record/", "cli", "case", "reports/", "console/")) or "record" in used:
            found += [f"{path} opens leaves: {name}" for name in sorted(used & OPENERS) if path not in OPENING]
        if path != "record/release.py":
            found += [f"{path} decides by itself" for _ in calls(tree, "may_read")]
            found += [f"{path} makes what only a release makes" for _ in calls(tree, "Released")]
            found += [f"{path} makes what only a release makes" for _ in calls(tree, "Told")]
            found += [
                f"{path} opens a statement in a receipt"
                for call in calls(tree, "prove")
                if len(call.args) > 2 or any(word.arg in {"opened", None} for word in call.keywords)
            ]
        if path.startswith("record/") and used & PACKERS and path not in PACKING:
            found.append(f"{path} packs files")
    return found


def test_there_is_one_way_out():
    assert find_doors(PACKAGE) == []


def test_every_exception_is_still_needed():
    used = {path: names(tree) for path, tree in sources(PACKAGE)}
    assert [path for path in OPENING if path in used and not used[path] & OPENERS] == []


def test_the_door_asks_for_every_statement():
    """In release.py: what is told went through `may_read`, and what may go along was told."""
    tree = ast.parse((PACKAGE / "record" / "release.py").read_text("utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert [name for name, node in functions.items() if calls(node, "may_read")] == ["release", "_find_files"]
    assert [name for name, node in functions.items() if calls(node, "Told")] == ["_tell"]
    assert [name for name, node in functions.items() if calls(node, "_tell")] == ["release"]
    assert [name for name, node in functions.items() if calls(node, "Released")] == ["release"]
    (proving,) = [name for name, node in functions.items() if calls(node, "prove")]
    assert calls(functions[proving], "release")


def test_what_is_written_is_made_of_what_was_released():
    """The writers of `released/` take the release alone, and open no file."""
    for path in ("reports/released.py", "reports/cot.py"):
        tree = ast.parse((PACKAGE / path).read_text("utf-8"))
        assert names(tree) & {"open", "Path", "read_bytes", "read_text", "glob", "os", "now", "environ"} == set()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("record/feed.py", "from truceline.record.openings import read_all\n"),
        ("record/feed.py", "def f(reader, marking):\n    return release.may_read(reader, marking)\n"),
        ("console/page.py", "from truceline.record import prove\nprove(home, 3, opened=True)\n"),
        ("console/page.py", "from truceline.record import prove\nprove(home, 3, **options)\n"),
        ("record/bundle.py", "import zipfile\n"),
        ("cli.py", "Released(reader, out, note, 1, (), {}, 0, frozenset())\n"),
    ],
)
def test_a_new_door_is_seen(tmp_path, path, code):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(code)
    assert len(find_doors(tmp_path)) == 1
