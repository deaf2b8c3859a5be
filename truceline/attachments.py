"""The files that the documents of a case name beside its evidence: outlines of zones and areas, lists of ships.

They decide what is found as the documents do, so the record keeps them as it keeps those.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truceline.agreement.blocks import read_blocks
from truceline.agreement.page import read_page, read_text
from truceline.agreement.problems import Problems, TooManyProblemsError
from truceline.evidence.listing import read_listing

__all__ = ["list_attached"]


def list_attached(agreement_file: Path, evidence_file: Path) -> dict[str, str]:
    """Return the files in the folders of two documents that these name, each with the name of the one that does.

    A file that both name is the list of evidence's. What cannot be read or lies outside is left out: whoever reads
    the documents says so.
    """
    named = [*((name, agreement_file) for name in _read_agreement(agreement_file))]
    named += [(name, evidence_file) for name in _read_evidence(evidence_file)]
    return {name: document.name for name, document in named if _is_inside(document.parent, name)}


def _read_agreement(path: Path) -> Iterator[str]:
    """Yield the files of features ("zones.geojson#bank") that any block names."""
    text, trouble = read_text(path)
    problems = Problems(str(path), text.count("\n") + 1)
    try:
        blocks = [] if trouble else read_blocks(read_page(text, problems), problems)
    except TooManyProblemsError:
        return
    for block in blocks:
        yield from _find_features(block.values)


def _read_evidence(path: Path) -> Iterator[str]:
    """Yield the files of the areas and of the lists of platforms."""
    listing, _ = read_listing(path, ("area", "list"))
    if listing is None:
        return
    for entry in listing.entries["area"]:
        yield from _find_features(entry.values)
    for entry in listing.entries["list"]:
        if isinstance(name := entry.values.get("path"), str):
            yield name


def _find_features(values: Any) -> Iterator[str]:  # noqa: ANN401 - whatever TOML holds
    """Yield what stands before the # of each key `file`, at any depth: readings may differ in their shapes."""
    if isinstance(values, list):
        for item in values:
            yield from _find_features(item)
    elif hasattr(values, "items"):
        for key, value in values.items():
            if key == "file" and isinstance(value, str):
                yield value.partition("#")[0]
            else:
                yield from _find_features(value)


def _is_inside(folder: Path, name: str) -> bool:
    try:
        path = (folder / name).resolve()
        return path.is_file() and path.is_relative_to(folder.resolve()) and not Path(name).is_absolute()
    except (OSError, ValueError, RuntimeError):
        return False
