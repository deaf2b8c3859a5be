"""The register on a terminal: the same tables as on the page, widest first cut to the screen."""

import sys
from collections.abc import Iterable
from pathlib import Path

from truceline.dossier.composition import READING, list_answers
from truceline.dossier.giving import tabulate_gap, tabulate_years
from truceline.dossier.outlook import (
    tabulate_deadlines,
    tabulate_horizon,
    tabulate_levels,
    tabulate_losses,
    tabulate_withdrawals,
)
from truceline.dossier.result import Dossier
from truceline.dossier.sheets import (
    Sources,
    list_capabilities,
    tabulate_adequacy,
    tabulate_blocks,
    tabulate_contradictions,
    tabulate_pledges,
    tabulate_rotation,
    tabulate_unnumbered,
)
from truceline.reports.content import Table
from truceline.reports.screen import draw_table

__all__ = ["list_sheets", "print_dossier"]


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


def list_sheets(dossier: Dossier) -> tuple[Table, ...]:
    """Return the tables that the terminal shows, those without rows left out."""
    sources, donors = Sources(dossier), dossier.donors
    contributors = sorted({pledge.by for pledge in dossier.register.pledges}, key=dossier.name)
    found = [
        *(tabulate_pledges(dossier, sources, code) for code in contributors),
        tabulate_contradictions(dossier, sources),
        tabulate_unnumbered(dossier, sources),
        tabulate_blocks(dossier),
        *(tabulate_adequacy(dossier, sources, *each) for each in list_capabilities(dossier)),
        *(tabulate_horizon(dossier, name) for name in dict.fromkeys(level.capability for level in dossier.horizon)),
        tabulate_withdrawals(dossier),
        tabulate_losses(dossier),
        *(tabulate_rotation(dossier, presence) for presence in dossier.presences if presence.rotations),
        *(tabulate_levels(dossier, name) for name in dict.fromkeys(level.capability for level in dossier.levels)),
        tabulate_deadlines(dossier),
        *([tabulate_years(donors), *([tabulate_gap(donors.gap)] if donors.gap else [])] if donors else []),
    ]
    return tuple(each for each in found if each.rows)
