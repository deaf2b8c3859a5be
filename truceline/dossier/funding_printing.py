"""The funding plan on a terminal: the same tables as on the page."""

import sys
from collections.abc import Iterable
from pathlib import Path

from truceline.dossier.funding_page import READING, list_answers
from truceline.dossier.funding_sheets import list_funding_sheets
from truceline.finance import FundingPlan
from truceline.reports.screen import draw_table

__all__ = ["print_funding"]


def print_funding(plan: FundingPlan, files: Iterable[Path], *, brief: bool = False) -> None:
    """Print how to read the plan, its tables (the first, to be brief), its notes, and where the files are."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False)
    console.print(f"Funding: {plan.title}", style="bold")
    console.print(READING)
    for answer in list_answers(plan):
        console.print(f"• {answer}".replace("\u202f", ","))
    for sheet in list_funding_sheets(plan)[: 1 if brief else None]:
        console.print(draw_table(sheet))
    for note in plan.notes:
        console.print(f"Note: {note}")
    for path in files:
        console.print(str(path), soft_wrap=True)
