"""The register on a terminal: the same tables as on the page, widest first cut to the screen."""

import sys
from collections.abc import Iterable
from pathlib import Path

from truceline.dossier.composition import READING, list_answers
from truceline.dossier.result import Dossier
from truceline.dossier.sheets import list_sheets
from truceline.reports.screen import draw_table

__all__ = ["print_dossier"]


def print_dossier(dossier: Dossier, files: Iterable[Path], *, brief: bool = False) -> None:
    """Print the answers, the tables (unless it is to be brief), the notes, and where the files are."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False, markup=False)
    console.print(f"Guarantees: {dossier.register.title}", style="bold")
    console.print(READING)
    for answer in list_answers(dossier):
        console.print(f"• {answer}".replace("\u202f", ","))
    for sheet in () if brief else list_sheets(dossier):
        console.print(draw_table(sheet))
    for note in dossier.notes:
        console.print(f"Note: {note}")
    for path in files:
        console.print(str(path), soft_wrap=True)
