"""What must give: debt, defence and social lines against each other, for each state and for all together.

For one target of defence there is a choice of how it is paid: all borrowed, or found in other spending and
revenue. The curves show both ends and the middle. A social line is one source's share of one year; where
states' lines differ in concept or year, no line of a group exists, and the page says so.
"""

from collections.abc import Iterable, Iterator, Mapping

from truceline.dossier.funding_charts import Line, Panel, draw_multiples, draw_panels
from truceline.finance import FundingPlan, StatePath, TradeOff
from truceline.guarantees.choices import compare_floors
from truceline.guarantees.funding import LAST_YEAR
from truceline.reports.content import Figure

__all__ = ["draw_choices", "draw_frontiers", "draw_group_choices"]

_WORDS = {0.0: "all borrowed", 0.5: "half found elsewhere", 1.0: "all found elsewhere"}
_STEEP = (2.5, 5.0)  # % of GDP on defence: what is drawn on either side of the plan's own target


def draw_choices(path: StatePath, plan: FundingPlan) -> Figure:
    """Return the curves of one state: what each target asks of debt, of the rest, and of the social line."""
    points = [point for point in plan.tradeoffs if point.state == path.state]
    curves = {name: _curves(points, name) for name in ("debt_pct_gdp", "other_pct_gdp", "social_after_pct_gdp")}
    name = plan.economies[path.state].name
    title = f"{name}: what each target for defence asks of debt and of everything else"
    return _draw(f"choices-{path.state}", title, plan, curves, "Found elsewhere, % of GDP", "no social line is known")


def _curves(points: Iterable[TradeOff], name: str) -> tuple[Line, ...]:
    found = [(p.offset_share, p.defence_target_pct_gdp, getattr(p, name)) for p in points]
    if any(value is None for _, _, value in found):
        return ()
    return tuple(
        Line(word, {target: value for offset, target, value in found if offset == share})
        for share, word in _WORDS.items()
    )


def draw_group_choices(plan: FundingPlan) -> Iterator[Figure]:
    """Yield the same curves for the first group of the plan: debts and money summed over its states."""
    group = next(iter(plan.groups), "")
    members = [state for state in plan.groups.get(group, ()) if _last_gdp(plan, state)]
    if len(members) < 2:
        return
    gdps = {state: _last_gdp(plan, state) for state in members}
    whole = sum(gdps.values())
    sums: dict[str, dict[float, dict[float, float]]] = {"debt": {}, "other": {}}
    for point in plan.tradeoffs:
        if point.state in gdps:
            for name, share in (("debt", point.debt_pct_gdp / whole), ("other", point.other_pct_gdp / 100)):
                line = sums[name].setdefault(point.offset_share, {})
                target = point.defence_target_pct_gdp
                line[target] = line.get(target, 0.0) + share * gdps[point.state]
    _, why = compare_floors(plan.economies[state] for state in members)
    curves = {
        "debt_pct_gdp": _name(sums["debt"]),
        "other_pct_gdp": _name(sums["other"]),
        "social_after_pct_gdp": (),
    }
    title = f"{group}: what each target for defence asks of debt and of everything else"
    yield _draw("choices", title, plan, curves, f"Found elsewhere in {LAST_YEAR}, EUR bn", why.partition(" (")[0])


def _name(lines: Mapping[float, Mapping[float, float]]) -> tuple[Line, ...]:
    return tuple(Line(_WORDS[share], points) for share, points in sorted(lines.items()))


def _last_gdp(plan: FundingPlan, state: str) -> float:
    path = plan.path(state, plan.scenarios[0].name)
    return path.years[-1].gdp_eur_bn if path and path.years else 0.0


def _draw(
    anchor: str, title: str, plan: FundingPlan, curves: Mapping[str, tuple[Line, ...]], found: str, instead: str
) -> Figure:
    ticks = tuple(sorted({target for line in curves["debt_pct_gdp"] for target in line.points}))
    said = f"Along the axis: defence spending in {plan.scenarios[0].defence_by}, % of GDP. Lines: how it is paid."
    panels = [
        Panel(f"Debt in {LAST_YEAR}, % of GDP", curves["debt_pct_gdp"], ticks=ticks),
        Panel(found, curves["other_pct_gdp"], ticks=ticks),
        Panel("Social line if all from it", curves["social_after_pct_gdp"], ticks=ticks, instead=instead),
    ]
    return draw_panels(anchor, title, said, panels, said)


def draw_frontiers(plan: FundingPlan) -> Iterator[Figure]:
    """Yield, for each state, debt against what is left of its social line: a line a target for defence."""
    target = plan.scenarios[0].defence_target_pct_gdp
    wanted = sorted({*_STEEP, *([target] if target else [])})
    panels = [_frontier(state, plan, wanted) for state in plan.economies if _last_gdp(plan, state)]
    if len(panels) < 2:
        return
    title = f"Debt in {LAST_YEAR} against the social line, % of GDP: what one saves, the other pays"
    axis = "to the right: what is left of the social line; upwards: debt"
    said = (
        "A panel a state, on its own scales; a line a target for defence. Its right end: all of the extra defence is "
        "borrowed and the social line stays; its left end: all of it comes from the social line. Each state's line is "
        "of one concept and year: panels cannot be compared with each other. Where a state spends more than a target "
        "today, that line is a point and is not drawn."
    )
    yield draw_multiples("frontiers", title, said, panels, said, axis)


def _frontier(state: str, plan: FundingPlan, targets: Iterable[float]) -> Panel:
    lines = []
    for target in targets:
        points = [p for p in plan.tradeoffs if (p.state, p.defence_target_pct_gdp) == (state, target)]
        known = {p.social_after_pct_gdp: p.debt_pct_gdp for p in points if p.social_after_pct_gdp is not None}
        lines.append(Line(f"{target:g} % of GDP on defence", known if len(known) > 1 else {}))
    ends = [side for line in lines for side in line.points]
    ticks = (min(ends), max(ends)) if ends else ()
    social = plan.economies[state].social
    instead = "no social line is known" if social is None else "no target above today's spending"
    return Panel(plan.economies[state].name, tuple(lines), ticks=ticks, instead=instead)
