"""The funding plan as files: a page, a paper, JSON, and tables for a spreadsheet or a database."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from truceline.dossier.funding_page import compose_funding
from truceline.dossier.rows import write_csv
from truceline.finance import Economy, Fan, FundingPlan, Loan, StatePath, YearOfPath
from truceline.guarantees.funding import SUMMED
from truceline.reports.page import write_page
from truceline.reports.paper import write_paper
from truceline.reports.standing import dump, number

__all__ = ["MARK", "SCHEMA", "as_document", "list_path_rows", "write_funding"]

MARK = "funding.json"
"""The file by which we know a folder of ours."""

SCHEMA = "truceline/funding/1"
"""The form of funding.json, described in docs/funding.md."""

PATH_COLUMNS = ("state", "scenario", *(field.name for field in fields(YearOfPath)))
"""Columns of paths.csv and paths.parquet: a row a state, scenario and year."""
TOTAL_COLUMNS = (
    "group",
    "scenario",
    "year",
    "states",
    "gdp_eur_bn",
    *(f"{n}_eur_bn" for n in SUMMED),
    "saving_unknown",
)
"""Columns of totals.csv: a row a group, scenario and year."""
LOAN_COLUMNS = ("state", "programme", "final", "year", "drawn_eur", "interest_eur", "principal_eur", "owed_eur")
"""Columns of loans.csv: a row a loan and year, in EUR to the cent."""
_CENT = Decimal("0.01")
Row = Mapping[str, object]


def write_funding(plan: FundingPlan, folder: Path) -> list[Path]:
    """Write all files into `folder` and return their paths; the same plan gives the same bytes."""
    report = compose_funding(plan)
    contents = {
        "funding.html": write_page(report),
        "funding.pdf": write_paper(report),
        MARK: dump(as_document(plan)),
        "paths.csv": write_csv(PATH_COLUMNS, map(_plain, list_path_rows(plan))),
        "totals.csv": write_csv(TOTAL_COLUMNS, map(_plain, plan.totals)),
        "loans.csv": write_csv(LOAN_COLUMNS, map(_plain, list_loan_rows(plan))),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    write_parquet(plan, folder / "paths.parquet")
    return [*(folder / name for name in contents), folder / "paths.parquet"]


def list_path_rows(plan: FundingPlan) -> list[dict[str, object]]:
    """Return one row a state, scenario and year."""
    names = [field.name for field in fields(YearOfPath)]
    return [
        {
            "state": path.state,
            "scenario": path.scenario,
            **{name: getattr(year, name) for name in names},
        }
        for path in plan.paths
        for year in path.years
    ]


def list_loan_rows(plan: FundingPlan) -> list[dict[str, object]]:
    """Return one row a state and year of its loan, in EUR to the cent."""
    return [
        {
            "state": loan.state,
            "programme": loan.programme,
            "final": loan.final,
            "year": year.year,
            **{
                f"{name}_eur": str(getattr(year, name).quantize(_CENT))
                for name in ("drawn", "interest", "principal", "owed")
            },
        }
        for loan in plan.loans
        for year in loan.years
    ]


def write_parquet(plan: FundingPlan, path: Path) -> None:
    """Write the rows of all paths as Parquet."""
    import polars as pl

    kinds: dict[str, Any] = {"state": pl.String, "scenario": pl.String, "year": pl.Int32, "computed": pl.Boolean}
    schema = kinds | {field.name: pl.Float64 for field in fields(YearOfPath) if field.name not in kinds}
    pl.DataFrame(list_path_rows(plan), schema=schema).write_parquet(path, statistics=False)


def as_document(plan: FundingPlan) -> dict[str, Any]:
    """Return a plan as JSON knows it: what is not known is null; shares are % of GDP, money EUR bn or EUR."""
    return {
        "schema": SCHEMA,
        "case": plan.case,
        "title": plan.title,
        "as_of": plan.as_of,
        "version": plan.version,
        "digest": plan.digest,
        "headline": plan.headline,
        "notes": list(plan.notes),
        "known": plan.known.isoformat(),
        "disagreements": [dict(one) for one in plan.disagreements],
        "groups": {name: list(members) for name, members in plan.groups.items()},
        "scenarios": [_plain(asdict(scenario)) for scenario in plan.scenarios],
        "states": [_state(economy, plan) for economy in plan.economies.values()],
        "totals": [_plain(row) for row in plan.totals],
        "paths": [_path(path) for path in plan.paths],
        "fans": [_fan(fan) for fan in plan.fans],
        "tradeoffs": [_plain(asdict(point)) for point in plan.tradeoffs],
        "requirements": [_plain(asdict(one)) | {"holds": one.holds} for one in plan.requirements],
        "loans": [_loan(loan) for loan in plan.loans],
        "cliffs": [_plain(asdict(cliff)) for cliff in plan.cliffs],
        "net_expenditure": [_plain(asdict(one)) | {"above_pct": number(one.above_pct)} for one in plan.ceilings],
        "joint_buying": [
            {"source": source, "low_eur_bn": number(low), "central_eur_bn": number(mid), "high_eur_bn": number(high)}
            for source, low, mid, high in plan.gains
        ],
    }


def _plain(row: Row) -> dict[str, Any]:
    """Return a row with numbers that JSON can hold."""
    return {key: _tell(value) for key, value in row.items()}


def _tell(value: object) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Decimal):
        return str(value.quantize(_CENT))
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, tuple | list):
        return [_tell(item) for item in value]
    return value


def _state(economy: Economy, plan: FundingPlan) -> dict[str, Any]:
    path = plan.path(economy.state, plan.scenarios[0].name)
    social = economy.social
    return {
        "state": economy.state,
        "name": economy.name,
        "framework": economy.framework,
        "rules": economy.rules,
        "social": None if social is None else _plain(asdict(social)),
        "sources": {"economy": economy.macro_source, "defence": economy.defence_source},
        "notes": list(path.notes if path else economy.notes),
    }


def _path(path: StatePath) -> dict[str, Any]:
    return {
        "state": path.state,
        "scenario": path.scenario,
        "years": [_plain(asdict(year)) for year in path.years],
        "notes": list(path.notes),
    }


def _fan(fan: Fan) -> dict[str, Any]:
    return {
        "state": fan.state,
        "scenario": fan.scenario,
        "years": list(fan.years),
        "percentiles": {str(name): _numbers(values) for name, values in fan.percentiles.items()},
        "draws": fan.draws,
        "seed": fan.seed,
    }


def _loan(loan: Loan) -> dict[str, Any]:
    return {
        "state": loan.state,
        "programme": loan.programme,
        "amount_eur": str(loan.amount.quantize(_CENT)),
        "advance_eur": str(loan.advance.quantize(_CENT)),
        "final": loan.final,
        "status": loan.status,
        "source": loan.source,
        "years": [_plain(asdict(year)) for year in loan.years],
    }


def _numbers(values: Iterable[float]) -> list[float | int | None]:
    return [number(value) for value in values]
