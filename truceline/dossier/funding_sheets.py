"""The tables of a funding plan, for the page and the terminal alike. Every figure leads to its source."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from truceline.finance import Ceiling, Economy, FundingPlan, Loan, SmallestPath, StatePath, YearOfPath
from truceline.guarantees.choices import compare_floors
from truceline.guarantees.funding import LAST_YEAR
from truceline.guarantees.spending import INVESTMENT_GAIN, PROGRESS, price_after
from truceline.reports.content import Cell, Column, Run, Table, cell
from truceline.reports.wording import UNKNOWN

__all__ = ["References", "list_funding_sheets", "say_money", "say_share", "tabulate_state"]

_BN = Decimal(10) ** 9
NOT_COMPUTABLE = "not computable"


class References:
    """Numbers the sources of a plan in the order in which they are met, each once; its rows are their anchors."""

    def __init__(self, plan: FundingPlan) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}
        for text in _list_texts(plan):
            if text and text not in self._numbers:
                self.texts.append(text)
                self._numbers[text] = len(self.texts)

    def to(self, text: str) -> str:
        """Return the anchor of a source, empty for one that is not there."""
        return f"source-{self._numbers[text]}" if text in self._numbers else ""

    def tabulate(self) -> Table:
        """Return the table of sources."""
        rows = tuple(
            (Cell((Run(str(place)),), anchor=f"source-{place}"), cell(text)) for place, text in enumerate(self.texts, 1)
        )
        return Table("Sources of the figures", (Column("no.", share=0.1), Column("source")), rows, "dense")


def _list_texts(plan: FundingPlan) -> Iterator[str]:
    for economy in plan.economies.values():
        yield economy.macro_source
    for economy in plan.economies.values():
        yield economy.defence_source
        yield economy.social.source if economy.social else ""
    yield from (loan.source for loan in plan.loans)
    yield from (ceiling.source for ceiling in plan.ceilings)
    yield from (gain[0] for gain in plan.gains)
    yield from (one["source"] for one in plan.disagreements)


def say_share(value: float | None, places: int = 1) -> str:
    """Return a share of GDP without its sign, or "unknown"."""
    return UNKNOWN if value is None else f"{value:.{places}f}".replace("-", "−")


def say_money(value: float | None) -> str:
    """Return EUR bn, whole ones from 100 on, or "unknown"."""
    if value is None:
        return UNKNOWN
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}").replace(",", "\u202f").replace("-", "−")


def list_funding_sheets(plan: FundingPlan, refs: References | None = None) -> tuple[Table, ...]:
    """Return all tables that have rows, in order; the tables of single states are not among them."""
    refs = refs or References(plan)
    found = (
        tabulate_groups(plan),
        tabulate_states(plan, refs),
        tabulate_requirements(plan),
        tabulate_cliffs(plan),
        tabulate_ceilings(plan, refs),
        tabulate_loans(plan, refs),
        tabulate_disagreements(plan, refs),
        tabulate_gains(plan, refs),
        tabulate_social(plan, refs),
        tabulate_tradeoffs(plan),
        tabulate_missing(plan),
    )
    return tuple(table for table in found if table.rows)


def tabulate_groups(plan: FundingPlan) -> Table:
    """Return the sums of each group under each scenario."""
    titles = (
        "group",
        "scenario",
        "states",
        "defence 2025",
        f"defence {LAST_YEAR}",
        "of it extra",
        "interest",
        "debt, % of GDP",
    )
    rows = []
    for row in plan.totals:
        if row["year"] != LAST_YEAR:
            continue
        first = next(
            each for each in plan.totals if _key(each) == _key(row) and each["year"] == min(_list_years(plan.totals))
        )
        debt = 100 * _float(row["debt_eur_bn"]) / _float(row["gdp_eur_bn"])
        money = (first["defence_eur_bn"], row["defence_eur_bn"], row["extra_defence_eur_bn"], row["interest_eur_bn"])
        rows.append(
            [str(row["group"]), str(row["scenario"]), str(row["states"])]
            + [say_money(_float(value)) for value in money]
            + [say_share(debt)]
        )
    return _table("Scenarios side by side, EUR bn a year at current prices", titles, rows, wide=(0, 1))


def _key(row: object) -> tuple[object, object]:
    return (row["group"], row["scenario"]) if isinstance(row, dict) else (None, None)


def _list_years(rows: Iterable[object]) -> list[int]:
    return [int(row["year"]) for row in rows if isinstance(row, dict)] or [LAST_YEAR]


def _float(value: float | str | None) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def tabulate_states(plan: FundingPlan, refs: References) -> Table:
    """Return each state's rules, its defence spending today, and its debt under each scenario."""
    names = [scenario.name for scenario in plan.scenarios]
    titles = (
        "state",
        "rules",
        "defence today",
        f"extra in {LAST_YEAR}",
        "debt 2025",
        *(f"{LAST_YEAR}: {n}" for n in names),
    )
    rows: list[list[Cell | str]] = []
    for state, economy in plan.economies.items():
        paths = [plan.path(state, name) for name in names]
        base = paths[0]
        if base is None or not base.years:
            continue
        first, last = base.years[0], base.years[-1]
        rows.append(
            [
                Cell((Run(economy.name, f"state-{state}"),)),
                economy.framework,
                cell(say_share(first.defence_pct_gdp), to=refs.to(economy.defence_source)),
                say_share(last.extra_defence_pct_gdp),
                cell(say_share(first.debt_pct_gdp), to=refs.to(economy.macro_source)),
                *(say_share(path.years[-1].debt_pct_gdp if path and path.years else None) for path in paths),
            ]
        )
    return _table("States, % of GDP", titles, rows, wide=(0, 1))


def tabulate_requirements(plan: FundingPlan) -> Table:
    """Return the smallest path of each state to its part of what is required, or what cannot hold and by how much."""
    titles = (
        "state",
        "EUR bn",
        "each year, % of GDP",
        f"debt {LAST_YEAR}",
        "limit",
        "others must give",
        "what cannot hold",
    )
    rows = [_requirement(one, plan.economies[one.state]) for one in plan.requirements]
    by = plan.requirements[0].by_year if plan.requirements else 0
    total = sum(one.needed_eur_bn for one in plan.requirements)
    caption = f"The smallest sustained path to EUR {say_money(total)} bn by {by}, shared by GDP"
    return _table(caption, titles, rows, wide=(0, 6), widest=6)


def _requirement(one: SmallestPath, economy: Economy) -> list[Cell | str]:
    if one.extra_pct_gdp is None:
        return [economy.name, say_money(one.needed_eur_bn), *[NOT_COMPUTABLE] * 4, one.note]
    limit = "none known" if one.debt_limit_pct_gdp is None else say_share(one.debt_limit_pct_gdp)
    give = "–" if one.give_pct_gdp is None else say_share(one.give_pct_gdp, 2)
    numbers = [say_share(one.extra_pct_gdp, 2), say_share(one.debt_pct_gdp), limit, give]
    return [economy.name, say_money(one.needed_eur_bn), *numbers, say_broken(one)]


def say_broken(one: SmallestPath) -> str:
    """Say which limits cannot hold and by how much; what is missed without the requirement is told apart."""
    if not one.broken:
        return "no limit known" if one.debt_limit_pct_gdp is None else "nothing: it holds"
    said = [f"{name}: {miss:.1f} points too much" for name, miss in one.broken.items()]
    already = f"; {one.already_pct_gdp:.1f} of them without it" if one.already_pct_gdp else ""
    return "; ".join(said) + already


def tabulate_cliffs(plan: FundingPlan) -> Table:
    """Return the end of the escape clause for each state that uses it, in the base."""
    titles = ("state", "last year", "covered then, % of GDP", "to be found the year after, % of GDP", "EUR bn")
    base = plan.scenarios[0].name
    rows = [
        [
            plan.economies[one.state].name,
            str(one.last_year),
            say_share(one.covered_pct_gdp, 2),
            say_share(one.step_pct_gdp, 2),
            say_money(one.step_eur_bn),
        ]
        for one in plan.cliffs
        if one.scenario == base
    ]
    return _table("The end of the escape clause: what was covered and stays", titles, rows)


def tabulate_ceilings(plan: FundingPlan, refs: References) -> Table:
    """Return growth of spending beside the Council's highest."""
    titles = (
        "state",
        "year",
        "Council's highest, %",
        "primary spending, %",
        "without what is covered, %",
        "points above",
    )
    rows = [_ceiling(one, plan.economies[one.state], refs) for one in plan.ceilings]
    return _table("Growth of spending beside net-expenditure paths (approximation)", titles, rows)


def _ceiling(one: Ceiling, economy: Economy, refs: References) -> list[Cell | str]:
    numbers = (one.growth_pct, one.beside_pct, one.above_pct)
    return [
        economy.name,
        str(one.year),
        cell(say_share(one.limit_pct), to=refs.to(one.source)),
        *(NOT_COMPUTABLE if value is None else say_share(value) for value in numbers),
    ]


def tabulate_loans(plan: FundingPlan, refs: References) -> Table:
    """Return each loan: amount, advance, all interest, and its last year."""
    titles = ("state", "EUR bn", "amount is", "advance", "all interest", "first principal", "last payment")
    rows = [_loan(loan, plan.economies[loan.state].name, refs) for loan in plan.loans]
    return _table("Loans of the facility, EUR bn: financing, never additional spending", titles, rows, wide=(0, 2))


def _loan(loan: Loan, name: str, refs: References) -> list[Cell | str]:
    principal = next((year.year for year in loan.years if year.principal), None)
    interest = sum((year.interest for year in loan.years), Decimal(0))
    return [
        name,
        cell(f"{loan.amount / _BN:.3f}", to=refs.to(loan.source)),
        loan.status,
        f"{loan.advance / _BN:.3f}",
        f"{interest / _BN:.2f}",
        str(principal or "–"),
        str(loan.years[-1].year if loan.years else "–"),
    ]


def tabulate_disagreements(plan: FundingPlan, refs: References) -> Table:
    """Return figures of programmes on which sources disagree, side by side; none is chosen."""
    rows: list[list[Cell | str]] = [
        [one["what"], cell(one["figure"], to=refs.to(one["source"])), one["day"], one["source"], one["read"]]
        for one in plan.disagreements
    ]
    titles = ("of what", "figure", "of", "source", "verified")
    return _table("Figures from sources that disagree; none is chosen", titles, rows, wide=(0, 1, 2, 3, 4), widest=3)


def tabulate_gains(plan: FundingPlan, refs: References) -> Table:
    """Return what joint buying of the last year's extra defence may save, always as a range."""
    titles = ("estimate", "low", "central", "high")
    rows: list[list[Cell | str]] = [
        [cell(source, to=refs.to(source)), say_money(low), say_money(mid), say_money(high)]
        for source, low, mid, high in plan.gains
    ]
    if rows:
        rows.append([INVESTMENT_GAIN[0], "0", "–", f"{INVESTMENT_GAIN[1] * 100:.0f}\u00a0% of investment"])
        steep, flat = (price_after(5, progress) for progress in reversed(PROGRESS))
        rows.append(
            ["Unit price when five buyers pool equal orders (Wright's rule)", f"{flat:.3f}", "–", f"{steep:.3f}"]
        )
    return _table(f"What joint buying of extra defence may save in {LAST_YEAR}, EUR bn", titles, rows)


def tabulate_social(plan: FundingPlan, refs: References) -> Table:
    """Return ageing and social protection, each with concept and year; the floor across states, or why not."""
    titles = ("state", "ageing 2025", f"ageing {LAST_YEAR}", "change", "social protection", "concept", "year")
    rows = [_social(economy, refs) for economy in plan.economies.values()]
    floor, why = compare_floors(plan.economies.values())
    said = f"; lowest: {why}, {floor:.1f}" if floor is not None else f"; floor across states {why}"
    said = said if len(plan.economies) > 1 else ""
    return _table(f"Ageing and social lines, % of GDP{said}", titles, rows, wide=(0, 5))


def _social(economy: Economy, refs: References) -> list[Cell | str]:
    ages = [economy.value("ageing_pct_gdp", year) for year in (2025, LAST_YEAR)]
    change = ages[1] - ages[0] if ages[0] is not None and ages[1] is not None else None
    shown = [cell(say_share(age), to=refs.to(economy.macro_source) if age is not None else "") for age in ages]
    social = economy.social
    if social is None:
        return [economy.name, *shown, say_share(change, 2), UNKNOWN, "–", "–"]
    line = cell(say_share(social.pct_gdp), to=refs.to(social.source))
    return [economy.name, *shown, say_share(change, 2), line, social.concept, str(social.year)]


def tabulate_tradeoffs(plan: FundingPlan) -> Table:
    """Return, for each state at the target, debt if all is borrowed or half or all is found elsewhere."""
    target = plan.scenarios[0].defence_target_pct_gdp
    nearest = min(
        (point.defence_target_pct_gdp for point in plan.tradeoffs), key=lambda t: abs(t - target), default=0.0
    )
    titles = ("state", "all borrowed", "half found", "all found", "found elsewhere", "social line if all from it")
    rows = []
    for state, economy in plan.economies.items():
        points = {p.offset_share: p for p in plan.tradeoffs if (p.state, p.defence_target_pct_gdp) == (state, nearest)}
        if len(points) == 3:
            last = points[1.0]
            social = say_share(last.social_after_pct_gdp) if last.social_after_pct_gdp is not None else NOT_COMPUTABLE
            debts = [say_share(points[share].debt_pct_gdp) for share in (0.0, 0.5, 1.0)]
            rows.append([economy.name, *debts, say_share(last.other_pct_gdp, 2), social])
    caption = f"Trade-offs at {nearest:g} % of GDP on defence: debt in {LAST_YEAR}, % of GDP, by how it is paid"
    return _table(caption, titles, rows)


def tabulate_missing(plan: FundingPlan) -> Table:
    """Return the states that could not be computed, and why."""
    base = plan.scenarios[0].name
    rows = [
        [plan.economies[path.state].name, "; ".join(path.notes)]
        for path in plan.paths
        if path.scenario == base and not path.years
    ]
    return _table("Not computable, and in no sum", ("state", "why"), rows, wide=(0, 1))


def tabulate_state(path: StatePath) -> Table:
    """Return the years of one state's path, in % of GDP."""
    titles = ("year", "growth, %", "defence", "covered", "ageing", "rate, %", "interest", "balance", "debt")
    rows = [_year(year) for year in path.years]
    return _table("Base, % of GDP; the source's own forecast in italics", titles, rows)


def _year(year: YearOfPath) -> list[Cell | str]:
    values = (
        year.nominal_growth_pct,
        year.defence_pct_gdp,
        year.covered_pct_gdp,
        year.ageing_pct_gdp,
        year.implicit_rate_pct,
        year.interest_pct_gdp,
        year.balance_pct_gdp,
        year.debt_pct_gdp,
    )
    head = Cell((Run(str(year.year), style="" if year.computed else "em"),))
    return [head, *(say_share(value) for value in values)]


def _table(
    caption: str,
    titles: Sequence[str],
    rows: Iterable[Sequence[Cell | str]],
    wide: Sequence[int] = (0,),
    widest: int = -1,
) -> Table:
    columns = tuple(
        Column(title, number not in wide, 4.0 if number == widest else 1.6 if number in wide else 1.0)
        for number, title in enumerate(titles)
    )
    cells = tuple(tuple(one if isinstance(one, Cell) else cell(one) for one in row) for row in rows)
    return Table(caption, columns, cells, "dense")
