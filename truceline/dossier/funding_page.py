"""The funding plan as one page and one paper: the answer first, then the sums, the states, and how it is computed."""

from collections.abc import Iterator, Mapping

from truceline.dossier.funding_charts import Bars, Line, Panel, draw_groups, draw_panels, draw_stack
from truceline.dossier.funding_choices import draw_choices, draw_frontiers, draw_group_choices
from truceline.dossier.funding_sheets import (
    References,
    say_broken,
    say_money,
    say_share,
    tabulate_ceilings,
    tabulate_cliffs,
    tabulate_disagreements,
    tabulate_gains,
    tabulate_groups,
    tabulate_loans,
    tabulate_missing,
    tabulate_requirements,
    tabulate_social,
    tabulate_state,
    tabulate_states,
    tabulate_tradeoffs,
)
from truceline.dossier.phrases import say_day
from truceline.finance import Fan, FundingPlan, StatePath
from truceline.guarantees.funding import LAST_YEAR
from truceline.reports.content import Block, Bullets, Figure, Para, Report, Run, Section, Table, bind, runs
from truceline.reports.wording import say_count, say_sentence

__all__ = ["READING", "compose_funding", "list_answers"]

READING = (
    "This is arithmetic from stated assumptions and no forecast. Nothing that governments have not decided is assumed "
    "but the defence path: taxes and other spending stay as they are, and what is added is borrowed unless the table "
    "says otherwise. Loans of the facility pay for spending that is in the path already; they are counted once."
)
"""How the numbers are to be read."""

_MOST_NAMED = 5
_METHOD = (
    "Debt follows from d(t) = d(t−1) · Y(t−1) / Y(t) − b(t) + s(t), with the stock-flow term s.",
    (
        "2025 and 2026 stand as the source forecast them. After them: growth of the source, then potential growth; "
        "prices move to the forward rate; the rate on debt follows market rates as debt matures and deficits add to it."
    ),
    (
        "The primary balance is the structural one of 2026, with the cycle, less ageing, less extra defence. There is "
        "no multiplier: spending moves no growth."
    ),
    (
        "Outside the euro, the exchange rate makes up for the difference in prices, so that sums in EUR do not grow "
        "with a state's own inflation."
    ),
    (
        "The EUR 250 bn that Europe would need without the United States is the step from 2 to about 3.5 % of GDP. "
        "It is not added to the path to a target: the higher of the two counts. Aid, 0.12 % of GDP, is added."
    ),
    "The defence path is spending at the prices of joint buying; without it the same extra costs more.",
    (
        "Interest is the source's balance without interest less its whole balance: net of what a state earns on its "
        "own funds, so it can be small or, as in Norway, negative."
    ),
    "Bands: the middle 80 and 40 % of draws of growth, rates and balance, whose deviations are assumptions.",
)


def compose_funding(plan: FundingPlan) -> Report:
    """Return the page of a plan."""
    refs = References(plan)
    whole = tuple(_sections(plan, refs))
    each = tuple(_state(state, plan) for state in plan.economies if _has_path(plan, state))
    states = (Section("each", "State by state", 2, (Para(runs(_EACH), "small"),)), *each)
    when = f"as known at the end of {say_day(plan.known)}" if plan.as_of else f"all known to {say_day(plan.known)}"
    return bind(
        Report(
            title=f"Funding: {plan.title}",
            line=f"2025 to {LAST_YEAR} · {say_count(len(plan.economies), 'state')} · {when} · shares of GDP and EUR bn",
            front=(Para(runs(READING), "notice"), *_front(plan)),
            sections=(*whole, *states, *_annex(plan, refs)),
            foot=f"Truceline {plan.version} · inputs {plan.digest[:16]} · funding",
        )
    )


def _has_path(plan: FundingPlan, state: str) -> bool:
    path = plan.path(state, plan.scenarios[0].name)
    return path is not None and bool(path.years)


# --- the first page ---------------------------------------------------------------------------


def _front(plan: FundingPlan) -> Iterator[Block]:
    yield Bullets(tuple(runs(text) for text in list_answers(plan)))
    if plan.totals:
        yield _draw_group(plan)
        yield tabulate_groups(plan)
    else:
        yield tabulate_missing(plan)


def list_answers(plan: FundingPlan) -> Iterator[str]:
    """Yield the answers of the first page, a sentence or two each."""
    if plan.headline:
        yield plan.headline
    if not plan.totals:
        yield "None of the states that were asked for is computable."
    group, base = next(iter(plan.groups), ""), plan.scenarios[0]
    row = _total(plan, group, base.name, LAST_YEAR)
    first = _total(plan, group, base.name, 2025)
    if row and first:
        states = say_count(int(_number(row, "states")), "state")
        yield (
            f"{group}, {states}: EUR {say_money(_number(first, 'defence_eur_bn'))} bn on defence in 2025 "
            f"become EUR {say_money(_number(row, 'defence_eur_bn'))} bn in {LAST_YEAR} "
            f"({say_money(_number(row, 'extra_defence_eur_bn'))} bn of them extra) on the way to "
            f"{base.defence_target_pct_gdp:g} % of GDP by {base.defence_by}."
        )
    yield from _say_cliff(plan)
    for what in dict.fromkeys(one["what"] for one in plan.disagreements):
        figures = [one["figure"] for one in plan.disagreements if one["what"] == what]
        yield f"Sources disagree on {what}: {', '.join(figures)}; none is chosen."
    yield from _say_requirement(plan)


def _say_requirement(plan: FundingPlan) -> Iterator[str]:
    """Say what a requirement takes a year, who can carry it within its limits, and who is farthest from them."""
    if not plan.requirements:
        return
    total, by = sum(one.needed_eur_bn for one in plan.requirements), plan.requirements[0].by_year
    shares = [one.extra_pct_gdp for one in plan.requirements if one.extra_pct_gdp is not None]
    limited = [one for one in plan.requirements if one.debt_limit_pct_gdp is not None]
    holding = sum(one.holds for one in limited)
    already = sum(one.already_pct_gdp > 0 for one in limited)
    takes = f" takes {min(shares):.2f} to {max(shares):.2f}\u00a0% of GDP a year from 2027 on" if shares else ""
    if limited:
        yield (
            f"EUR {say_money(total)} bn by {by}{takes}: {holding} of the {say_count(len(limited), 'state')} whose "
            f"limits are known have a path within them; {already} of the others miss theirs without any of it."
        )
    none = [f"{plan.economies[one.state].name} ({one.note})" for one in plan.requirements if one.extra_pct_gdp is None]
    if none:
        yield f"EUR {say_money(total)} bn by {by}: no path for {'; '.join(none[:_MOST_NAMED])}."
    broken = [one for one in plan.requirements if one.broken]
    if broken:
        worst = max(broken, key=lambda one: max(one.broken.values()))
        yield f"Farthest from its limits: {plan.economies[worst.state].name} ({say_broken(worst)})."


def _say_cliff(plan: FundingPlan) -> Iterator[str]:
    base = [one for one in plan.cliffs if one.scenario == plan.scenarios[0].name]
    cliffs, users = [one for one in base if one.step_eur_bn > 0], len(base)
    if cliffs:
        total = sum(one.step_eur_bn for one in cliffs)
        yield (
            f"After {cliffs[0].last_year} the escape clause ends: up to EUR {say_money(total)} bn a year that it "
            f"covered in {len(cliffs)} of the {say_count(users, 'state')} that use it must then fit within the rules."
        )


def _total(plan: FundingPlan, group: str, scenario: str, year: int) -> Mapping[str, object] | None:
    wanted = (group, scenario, year)
    return next((dict(row) for row in plan.totals if (row["group"], row["scenario"], row["year"]) == wanted), None)


def _number(row: Mapping[str, object], name: str) -> float:
    value = row[name]
    return float(value) if isinstance(value, int | float) else 0.0


def _series(plan: FundingPlan, group: str, scenario: str, name: str, over: str = "") -> dict[int, float]:
    """Return a sum of a group by year, in EUR bn, or in % of another sum."""
    found = {}
    for row in plan.totals:
        if (row["group"], row["scenario"]) == (group, scenario):
            plain = dict(row)
            value = _number(plain, name)
            found[int(_number(plain, "year"))] = 100 * value / _number(plain, over) if over else value
    return found


def _draw_group(plan: FundingPlan) -> Figure:
    group = next(iter(plan.groups))
    names = [scenario.name for scenario in plan.scenarios]
    money = tuple(Line(name, _series(plan, group, name, "defence_eur_bn")) for name in names if _shows_defence(name))
    debts = tuple(Line(name, _series(plan, group, name, "debt_eur_bn", "gdp_eur_bn")) for name in names)
    base = debts[0].points
    title = (
        f"{group}: debt from {say_share(base[min(base)], 0)} to {say_share(base[max(base)], 0)} % of GDP "
        f"by {LAST_YEAR} if all extra defence is borrowed"
    )
    said = "Defence spending in EUR bn a year, and debt in % of GDP: a line a scenario. Shaded: the source's forecast."
    panels = [
        Panel("Defence, EUR bn a year", money, shaded=(2025, 2026)),
        Panel("Debt, % of GDP", debts, shaded=(2025, 2026)),
    ]
    return draw_panels("group", title, said, panels, said)


def _shows_defence(name: str) -> bool:
    """Shocks to growth and rates leave the share of defence as it is: their lines would hide the base's."""
    return name in ("base", "United States leave", "no joint buying")


# --- the sections -----------------------------------------------------------------------------


def _sections(plan: FundingPlan, refs: References) -> Iterator[Section]:
    if plan.requirements:
        yield _section("requirement", "What is required", _say_limits(), tabulate_requirements(plan))
    yield _section("states", "States side by side", "", tabulate_states(plan, refs), tabulate_missing(plan))
    yield _section("cliff", "The end of the escape clause", _CLAUSE, *_cliff(plan))
    if plan.loans:
        blocks = (_draw_loans(plan), tabulate_loans(plan, refs), tabulate_disagreements(plan, refs))
        yield _section("loans", "Loans", _LOANS, *blocks)
    if plan.ceilings:
        yield _section("spending", "Net expenditure", _SPENDING, tabulate_ceilings(plan, refs))
    yield _section("joint", "Joint buying", _JOINT, tabulate_gains(plan, refs))
    social: tuple[Block, ...] = (*_draw_social(plan), tabulate_social(plan, refs))
    yield _section("social", "Ageing and social lines", _SOCIAL, *social)
    choices: tuple[Block, ...] = (*draw_group_choices(plan), *draw_frontiers(plan), tabulate_tradeoffs(plan))
    yield _section("give", "What must give", _GIVE, *choices)


_CLAUSE = (
    "The clause gives room in a rule and no money. What it covered in its last year is still spent in the next, and "
    "must then be paid for within the rules."
)
_LOANS = (
    "Each tranche has its own grace. The advance is drawn in the year of the decision, the rest in equal parts up to "
    "the facility's last year: an assumption, since no calendar was found. Tentative and final amounts are told apart."
)
_SPENDING = (
    "The Council's paths are for net expenditure: without interest, cyclical unemployment, one-offs and what the Union "
    "pays, and after new revenue. The inputs carry primary spending only, so the comparison is an approximation."
)
_JOINT = (
    "Published gains for the whole Union, as a part of what it spends on defence, put on the extra spending of the "
    "plan. The estimates differ by a factor of three: the range is the answer."
)
_SOCIAL = (
    "Ageing is the cost of pensions, health, care and education in the Union's own projections. Social protection is "
    "one source's share of one year; concepts differ, so states are compared only where concept and year are the same."
)
_GIVE = (
    "The same defence can be borrowed or found in other spending and revenue. “Found elsewhere” is what that takes in "
    "the last year; “social line if all from it” says what would be left of that line if nothing else gave."
)


_EACH = (
    "For each state: debt under each scenario with the fan around the base, the defence path, and the cost of ageing. "
    "Years of the source's own forecast are shaded, and in italics in the table. Bands: the middle 80 and 40 % of the "
    "draws around the base."
)


def _say_limits() -> str:
    return (
        "Limits: debt in the last year at most that of 2026 or 60 % of GDP under the rules of the Union, and extra "
        "defence at most the clause's 1.5 % of GDP a year. For states under other rules no limit is arithmetic here. "
        "“Others must give” is what other spending and revenue would have to bring each year so that debt keeps it."
    )


def _section(anchor: str, title: str, text: str, *blocks: Block) -> Section:
    kept = [block for block in blocks if not isinstance(block, Table) or block.rows]
    lead = (Para(runs(text), "small"),) if text else ()
    empty = () if kept else (Para(runs("Nothing of it is known here.")),)
    return Section(anchor, title, 2, (*lead, *kept, *empty))


def _cliff(plan: FundingPlan) -> Iterator[Block]:
    """Yield the sums that the clause covers, year by year, for the states that use it; then their table."""
    users = {one.state for one in plan.cliffs}
    if not users:
        return
    sums: dict[str, dict[int, float]] = {"covered": {}, "uncovered": {}}
    for path in plan.paths:
        if path.state in users and path.scenario == plan.scenarios[0].name:
            for year in path.computed:
                for name, points in sums.items():
                    share = year.covered_pct_gdp if name == "covered" else year.uncovered_pct_gdp
                    points[year.year] = points.get(year.year, 0.0) + year.gdp_eur_bn * share / 100
    if not any(sums["covered"].values()):  # whoever uses it adds nothing: no bar to draw
        yield tabulate_cliffs(plan)
        return
    last = plan.cliffs[0].last_year
    title = f"In {say_count(len(users), 'state')}, the clause covers extra defence to {last} and none after"
    said = "Extra defence over 2026 in EUR bn a year, in the base: what the clause covers, and what it does not."
    parts = (Line("covered by the clause", sums["covered"]), Line("within the rules", sums["uncovered"]))
    yield draw_stack("cliff-years", title, said, Bars("Extra defence, EUR bn a year", parts), said)
    yield tabulate_cliffs(plan)


def _draw_loans(plan: FundingPlan) -> Figure:
    interest: dict[int, float] = {}
    principal: dict[int, float] = {}
    for loan in plan.loans:
        for year in loan.years:
            interest[year.year] = interest.get(year.year, 0.0) + float(year.interest) / 1e9
            principal[year.year] = principal.get(year.year, 0.0) + float(year.principal) / 1e9
    total, last = sum(loan.amount for loan in plan.loans) / 10**9, max(interest)
    paid = say_money(sum(interest.values()))
    title = f"EUR {total:.2f} bn of loans are paid back until {last}, with EUR {paid} bn of interest"
    parts = (Line("interest", interest), Line("principal", principal))
    said = f"Payments in EUR bn a year, {min(interest)} to {last}, all loans of the plan together."
    return draw_stack("loan-years", title, said, Bars("Payments, EUR bn a year", parts), said)


def _draw_social(plan: FundingPlan) -> Iterator[Figure]:
    """Yield the social lines, grouped by what may be compared: the same concept and the same year."""
    groups: dict[tuple[str, int], list[tuple[str, float]]] = {}
    for economy in plan.economies.values():
        if economy.social is not None:
            key = (economy.social.concept, economy.social.year)
            groups.setdefault(key, []).append((economy.name, economy.social.pct_gdp))
    if not groups:
        return
    shown = [
        (f"{concept}, {year}", sorted(groups[concept, year], key=lambda pair: (-pair[1], pair[0])))
        for concept, year in sorted(groups)
    ]
    title = f"Social protection, % of GDP: {say_count(len(shown), 'group')} that cannot be compared with each other"
    said = "One source's share of one year, grouped by concept and year; a bar says nothing of one in another group."
    yield draw_groups("social-lines", title, said, shown, said)


# --- one state --------------------------------------------------------------------------------


def _state(state: str, plan: FundingPlan) -> Section:
    economy = plan.economies[state]
    path = plan.path(state, plan.scenarios[0].name)
    rules = f"{economy.framework} ({economy.rules})" if economy.rules else economy.framework
    blocks: list[Block] = [Para(runs(f"Fiscal framework: {rules}."), "small")]
    if path is not None:
        chosen = [draw_choices(path, plan)] if "chosen" in plan.groups else []
        blocks += [_draw_state(path, plan), *chosen, tabulate_state(path)]
        if path.notes:
            blocks.append(Bullets(tuple(runs(say_sentence(note)) for note in path.notes), "small"))
    return Section(f"state-{state}", economy.name, 3, tuple(blocks))


def _draw_state(path: StatePath, plan: FundingPlan) -> Figure:
    economy = plan.economies[path.state]
    others = [plan.path(path.state, scenario.name) for scenario in plan.scenarios]
    debts = tuple(Line(one.scenario, {y.year: y.debt_pct_gdp for y in one.years}) for one in others if one)
    defence = tuple(
        Line(one.scenario, {y.year: y.defence_pct_gdp for y in one.years})
        for one in others
        if one and _shows_defence(one.scenario)
    )
    fan = next((one for one in plan.fans if one.state == path.state), None)
    ageing = {year.year: year.ageing_pct_gdp for year in path.years if year.ageing_pct_gdp is not None}
    first, last = path.years[0], path.years[-1]
    title = f"{economy.name}: debt from {first.debt_pct_gdp:.0f} to {last.debt_pct_gdp:.0f} % of GDP in the base"
    debt_said = "; ".join(f"{line.name} {line.points[last.year]:.1f}" for line in debts if last.year in line.points)
    said = f"Debt, defence and ageing in % of GDP, 2025 to {LAST_YEAR}. Debt in {last.year}: {debt_said}."
    panels = [
        Panel("Debt, % of GDP", debts, _bands(fan, path), (2025, 2026)),
        Panel("Defence, % of GDP", defence, shaded=(2025, 2026)),
        Panel("Cost of ageing, % of GDP", (Line("", ageing),), shaded=(2025, 2026)),
    ]
    return draw_panels(f"paths-{path.state}", title, said, panels, height=150)


def _bands(fan: Fan | None, path: StatePath) -> tuple[dict[int, tuple[float, float]], ...]:
    """Return the bands of a fan, which open at the last forecast year."""
    if fan is None:
        return ()
    start = path.years[-len(path.computed) - 1]
    point = {start.year: (start.debt_pct_gdp, start.debt_pct_gdp)}
    pairs = ((10, 90), (30, 70))
    return tuple(
        point | dict(zip(fan.years, zip(fan.percentiles[low], fan.percentiles[high], strict=True), strict=True))
        for low, high in pairs
    )


# --- the end ----------------------------------------------------------------------------------


def _annex(plan: FundingPlan, refs: References) -> Iterator[Section]:
    notes = tuple(runs(say_sentence(note)) for note in plan.notes)
    blocks: tuple[Block, ...] = (Bullets(tuple(map(runs, _METHOD))),)
    yield Section("method", "Method in short", 2, (*blocks, *((Bullets(notes, "small"),) if notes else ())))
    about = Para((Run("Every linked figure leads to its row here."),), "small")
    yield Section("sources", "Sources", 2, (about, refs.tabulate()))
