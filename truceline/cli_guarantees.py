"""The commands about the guarantees: who promised what, and what it costs.

Exit codes: 0 done, 2 bad input or usage.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from truceline.terminal import report_problems, say_progress

_PATH = click.Path(path_type=Path)


class Day(click.DateTime):
    """A calendar day, as the sources print it."""

    name = "day"

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own
        """Return the day as a datetime; fails with an example of what to write."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f'"{str(value)[:40]}" is no day: write it as 2025-03-15', param, ctx)


_DAY = Day()


@click.command()
@click.argument("case", type=_PATH)
@click.option("--as-of", type=_DAY, metavar="DAY", help="Know nothing that was said after DAY (YYYY-MM-DD).")
@click.option(
    "--without", multiple=True, metavar="CONTRIBUTOR", help="As if withdrawn, by code or name; may be repeated."
)
@click.option("--kiel", type=_PATH, metavar="DIR", help="Folder with the support tracker's tables, to show beside it.")
@click.option(
    "--ratio", nargs=2, type=float, default=(3, 3), show_default=True, help="Persons for one on station: LOW HIGH."
)
@click.option("--out", type=_PATH, help="Output folder; default: CASE/pledges.")
@click.option("--json", "as_json", is_flag=True, help="Print pledges.json instead of tables.")
@click.option("--brief", is_flag=True, help="Print the answers and where the files are, without the tables.")
@click.option("--quiet", is_flag=True, help="No progress on standard error.")
def pledges(
    case: Path,
    as_of: datetime | None,
    without: tuple[str, ...],
    kiel: Path | None,
    ratio: tuple[float, float],
    out: Path | None,
    as_json: bool,
    brief: bool,
    quiet: bool,
) -> None:
    """Say who promised what in the CASE, whether it is enough, what it waits for, and what breaks it."""
    from truceline.dossier.pledges import Request, write_dossier

    low, high = (Decimal(str(side)) for side in ratio)
    request = Request(as_of.date() if as_of else None, without, kiel, (low, high))
    progress = (lambda _: None) if quiet else say_progress
    dossier, files = report_problems(lambda: write_dossier(case, out or case / "pledges", request, progress))
    if as_json:
        click.echo(files[0].read_text("utf-8"), nl=False)
    else:
        from truceline.dossier.printing import print_dossier

        print_dossier(dossier, files, brief=brief)


@click.command()
@click.argument("case", type=_PATH)
@click.option("--state", "states", multiple=True, metavar="XXX", help="Only this state, by its code; may be repeated.")
@click.option("--scenario", metavar="NAME", help="Only this scenario beside the base.")
@click.option(
    "--target", type=float, metavar="PCT", help="Defence spending to reach, in % of GDP; default: the rule's."
)
@click.option("--requirement", type=float, metavar="EUR_BN", help="A sum to reach, shared by GDP.")
@click.option("--by", type=int, metavar="YEAR", help="The year of the target and of the requirement.")
@click.option("--draws", type=int, default=1000, show_default=True, metavar="N", help="Draws of each debt fan.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Seed of the draws.")
@click.option("--as-of", type=_DAY, metavar="DAY", help="Know nothing that was said after DAY (YYYY-MM-DD).")
@click.option("--out", type=_PATH, help="Output folder; default: CASE/funding.")
@click.option("--json", "as_json", is_flag=True, help="Print funding.json instead of tables.")
@click.option("--brief", is_flag=True, help="Print the answers, the first table and where the files are.")
@click.option("--quiet", is_flag=True, help="No progress on standard error.")
def fund(
    case: Path,
    states: tuple[str, ...],
    scenario: str | None,
    target: float | None,
    requirement: float | None,
    by: int | None,
    draws: int,
    seed: int,
    as_of: datetime | None,
    out: Path | None,
    as_json: bool,
    brief: bool,
    quiet: bool,
) -> None:
    """Plan what the guarantees of a CASE cost to 2035: defence, debt, loans, and what cannot hold."""
    from truceline.dossier.funding import Request, fund_case

    day = as_of.date() if as_of else None
    request = Request(states, scenario, target, requirement, by, draws, seed, day)
    progress = (lambda _: None) if quiet else say_progress
    plan, files = report_problems(lambda: fund_case(case, out or case / "funding", request, progress))
    if as_json:
        click.echo(next(path for path in files if path.suffix == ".json").read_text("utf-8"), nl=False)
    else:
        from truceline.dossier.funding_printing import print_funding

        print_funding(plan, files, brief=brief)
