"""Derive the inputs of the case of Ukraine's guarantees from the open tables that its README names.

    python scripts/funding_inputs.py FACTS DSA OUT

FACTS holds countries.csv and safe_allocation.csv, DSA deterministic_2025_10.csv and its LICENSE. What
is empty there stays empty; nothing is filled in. Run by hand; the results are part of the case.
"""

import csv
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

STATES = {
    "state": "iso3",
    "name": "name",
    "gdp_2025_eur_bn": "gdp_2025_eur_bn",
    "real_growth_2025_pct": "real_growth_2025_pct",
    "real_growth_2026_pct": "real_growth_2026_pct",
    "nominal_growth_2026_pct": "nominal_lc_growth_2026_pct",
    "debt_2024_pct_gdp": "debt_2024_pct_gdp",
    "debt_2025_pct_gdp": "debt_2025_pct_gdp",
    "debt_2026_pct_gdp": "debt_2026_pct_gdp",
    "debt_2030_pct_gdp": "debt_2030_pct_gdp",
    "balance_2025_pct_gdp": "balance_2025_pct_gdp",
    "balance_2026_pct_gdp": "balance_2026_pct_gdp",
    "primary_balance_2025_pct_gdp": "primary_balance_2025_pct_gdp",
    "debt_2025_eurostat_pct_gdp": "debt_2025_eurostat_pct_gdp",
    "defence_pct_gdp": "defence_pct_gdp",
    "defence_source": "defence_source",
    "social_pct_gdp": "social_pct_gdp",
    "social_year": "social_year",
    "social_concept": "social_concept",
    "social_source": "social_source",
    "macro_source": "macro_source",
}
TENTATIVE_DAY = "2025-09-09"
COUNCIL = "Council of the EU, January 2025, as reported by pubaffairsbruxelles.eu"
NET_EXPENDITURE = (
    ("FRA", 2025, (0.8, 1.2, 1.2, 1.2, 1.1), COUNCIL),
    ("ITA", 2025, (1.3, 1.6), COUNCIL),
    ("BEL", 2025, (2.4, 1.9, 2.0), COUNCIL),
    ("MLT", 2025, (6.0, 5.8, 5.8), COUNCIL),
    ("GRC", 2025, (3.0, 3.2, 3.1, 3.0), "keeptalkinggreece.com, 21 January 2025"),
)
"""The highest growth of net expenditure, in per cent, from a year on."""
WEO = "IMF World Economic Outlook, October 2025, in EUR at 1.1295"
UNION_GDP = {
    2023: (17264.2, "Eurostat"),
    2024: (17984, WEO),
    2025: (18677, WEO),
    2026: (19291, WEO),
    2027: (20007, WEO),
    2028: (20732, WEO),
}
"""GDP of the 27 states of the Union, in EUR bn."""
DSA_SOURCE = "lennardwelslau/eu-debt-sustainability-analysis, inputs of October 2025 (MIT)"
NATIONAL_RULES = {
    "GBR": "Charter for Budget Responsibility",
    "NOR": "Fiscal rule of 2001 on the use of the fund's return",
}
YEARLY = {
    "DEBT_RATIO": "debt_pct_gdp",
    "DEBT_TOTAL": "debt_bn_nc",
    "NOMINAL_GDP": "gdp_bn_nc",
    "REAL_GDP": "real_gdp_bn_nc",
    "POTENTIAL_GDP": "potential_gdp_bn_nc",
    "REAL_GDP_GROWTH": "real_growth_pct",
    "POTENTIAL_GDP_GROWTH": "potential_growth_pct",
    "GDP_DEFLATOR_PCH": "deflator_pct",
    "EA_GDP_DEFLATOR_PCH": "euro_area_deflator_pct",
    "PRIMARY_BALANCE": "primary_balance_pct_gdp",
    "STRUCTURAL_PRIMARY_BALANCE": "structural_primary_balance_pct_gdp",
    "FISCAL_BALANCE": "balance_pct_gdp",
    "STOCK_FLOW": "stock_flow_bn_nc",
    "PRIMARY_EXPENDITURE_SHARE": "primary_expenditure_pct_gdp",
    "AGEING_COST": "ageing_pct_gdp",
    "TAX_AND_PROPERTY_INCOME": "tax_property_change_pct_gdp",
    "IMPLICIT_INTEREST_RATE": "implicit_rate_pct",
    "INTEREST_RATE_ST": "market_rate_short_pct",
    "INTEREST_RATE_LT": "market_rate_long_pct",
    "EXR_EUR": "eur_per_nc",
    "BOND_REPAYMENT": "bond_repayment_bn_nc",
    "ESM_REPAYMENT": "esm_repayment_bn_nc",
}
STATIC = {
    "DEBT_ST_SHARE": "short_term_share",
    "DEBT_LT_MATURING_SHARE": "maturing_share",
    "DEBT_LT_MATURING_AVG_SHARE": "maturing_share_later",
    "DEBT_DOMESTIC_SHARE": "domestic_share",
    "DEBT_EUR_SHARE": "euro_share",
    "FWD_RATE_3M10Y": "forward_short_pct",
    "FWD_RATE_10Y10Y": "forward_long_pct",
    "FWD_INFL_5Y5Y": "forward_inflation_pct",
    "BUDGET_BALANCE_ELASTICITY": "balance_elasticity",
}


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows with these columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(columns), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def list_states(facts: Path) -> list[dict[str, str]]:
    """Return one row a state, with the framework of fiscal rules that is known."""
    rows = []
    for row in read(facts / "countries.csv"):
        rules = "EU rules" if row["eu"] == "1" else "national rules" if row["iso3"] in NATIONAL_RULES else "none known"
        named = "Regulation (EU) 2024/1263" if row["eu"] == "1" else NATIONAL_RULES.get(row["iso3"], "")
        path = DSA_SOURCE if row["eu"] == "1" else row["macro_source"]
        kept = {ours: row[theirs] for ours, theirs in STATES.items()}
        rows.append({**kept, "framework": rules, "rules": named, "path_source": path})
    return rows


def list_activations(facts: Path) -> list[dict[str, str]]:
    """Return who activated the escape clause, on which day where it is known, else by when, and from which year."""
    rows = []
    for row in read(facts / "countries.csv"):
        status = row["nec_status"]
        if not status.startswith("activated"):
            continue
        day = re.fullmatch(r"activated (\d{4}-\d{2}-\d{2})", status)
        before = re.search(r"before (\d{4}-\d{2}-\d{2})", status)
        year = re.match(r"activated (\d{4})", status)
        activated, known_by = (day[1] if day else ""), (before[1] if before else "")
        first = (activated or known_by)[:4] or (year[1] if year else "")
        rows.append(
            {
                "state": row["iso3"],
                "activated": activated,
                "known_by": known_by,
                "first_year": first,
                "note": "" if day else status,
            }
        )
    return rows


def list_loans(facts: Path) -> list[dict[str, str]]:
    """Return the tentative and the final loan of each state, in EUR; they are two columns because they differ."""
    codes = {row["name"]: row["iso3"] for row in read(facts / "countries.csv")}
    rows = []
    for row in read(facts / "safe_allocation.csv"):
        tentative = f"{float(row['tentative_eur_bn']) * 1e9:.0f}"
        final = f"{float(row['final_max_loan_eur']):.0f}" if row["final_max_loan_eur"] else ""
        kept = {name: row[name] for name in ("council_decision_date", "status", "tentative_source", "final_source")}
        advance = row["prefinancing_eur"]
        rows.append(
            {
                "state": codes[row["country"]],
                "tentative_eur": tentative,
                "tentative_day": TENTATIVE_DAY,
                "final_eur": final,
                "advance_eur": advance,
                **kept,
            }
        )
    return rows


def list_limits() -> list[dict[str, str]]:
    """Return the highest growth of net expenditure of each state and year for which it was found."""
    return [
        {"state": state, "year": str(first + place), "max_growth_pct": str(growth), "source": source}
        for state, first, rates, source in NET_EXPENDITURE
        for place, growth in enumerate(rates)
    ]


def list_economy(dsa: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return (yearly rows, static rows) in the wide form."""
    yearly: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    static: dict[str, dict[str, str]] = defaultdict(dict)
    for row in read(dsa / "deterministic_2025_10.csv"):
        if row["variable"] in STATIC:
            static[row["iso3"]][STATIC[row["variable"]]] = row["value"]
        elif row["variable"] in YEARLY:
            yearly[row["iso3"], row["year"]][YEARLY[row["variable"]]] = row["value"]
    return (
        [{"state": state, "year": year, **yearly[state, year]} for state, year in sorted(yearly)],
        [{"state": state, **static[state]} for state in sorted(static)],
    )


def main(facts: Path, dsa: Path, out: Path) -> None:
    """Write the inputs."""
    out.mkdir(parents=True, exist_ok=True)
    write(out / "states.csv", [*STATES, "framework", "rules", "path_source"], list_states(facts))
    write(out / "escape_clause.csv", ["state", "activated", "known_by", "first_year", "note"], list_activations(facts))
    loans = list_loans(facts)
    write(out / "safe_allocation.csv", list(loans[0]), loans)
    write(out / "net_expenditure.csv", ["state", "year", "max_growth_pct", "source"], list_limits())
    union = [{"year": str(y), "gdp_eur_bn": str(gdp), "source": source} for y, (gdp, source) in UNION_GDP.items()]
    write(out / "union_gdp.csv", ["year", "gdp_eur_bn", "source"], union)
    yearly, static = list_economy(dsa)
    write(out / "economy.csv", ["state", "year", *YEARLY.values()], yearly)
    write(out / "debt_structure.csv", ["state", *STATIC.values()], static)
    shutil.copyfile(dsa / "LICENSE", out / "LICENSE-economy.txt")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
