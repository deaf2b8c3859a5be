"""The pictures of the register: promised against needed, over time, month by month, and the tracker's halt."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from truceline.commitment import Adequacy, Amount, PoliticalStatus
from truceline.dossier.donors import Donors
from truceline.dossier.phrases import say_bare, say_day
from truceline.dossier.result import Dossier, Level, Presence
from truceline.reports.content import Figure
from truceline.reports.svg import NARROW, WIDE, Canvas, Drawing, width_of
from truceline.reports.wording import say_number, shorten

__all__ = ["draw_adequacy", "draw_donors", "draw_levels", "draw_presence", "draw_statuses"]

_MOST_DRAWN = 24
_STEPS: tuple[tuple[PoliticalStatus, str, bool], ...] = (
    (PoliticalStatus.DELIVERED, "accent", False),
    (PoliticalStatus.ALLOCATED, "teal", True),
    (PoliticalStatus.COMMITTED, "track", False),
    (PoliticalStatus.ANNOUNCED, "hair", False),
)
"""Steps, their colours, and whether they are hatched: on a grey copy dark, dark hatching, grey and light stay apart."""


def _figure(anchor: str, title: str, description: str, note: str, draw: Callable[[float], Drawing]) -> Figure:
    return Figure(anchor, title, description, draw(WIDE), draw(NARROW), note)


def _name(kind: str, width: float) -> str:
    """Return a name for patterns: a page hides one of two drawings, and with it the patterns of the same name."""
    return kind if width > NARROW else f"{kind}-n"


# --- promised against needed ------------------------------------------------------------------


def draw_adequacy(dossier: Dossier, capability: str, unit: str) -> Figure:
    """Return the sizings of one capability as marks on one logarithmic axis, with what is promised behind them."""
    mine = [each for each in dossier.adequacy if (each.capability, each.need.unit) == (capability, unit)]
    found = sorted(mine, key=lambda each: (_edge(each.need), each.model))
    promised, firm = found[0].all, found[0].firm
    title = f"{capability}: {_say_promised(promised, firm)}"
    said = "; ".join(f"{each.model}: {say_bare(each.need)}, {each.verdict}" for each in found)
    note = (
        f"Logarithmic scale, {promised.unit}. Dark mark or bar: what a sizing needs. Shaded: what is promised if all "
        "conditions were met, from least to most; solid line: most without an unmet condition."
    )
    return _figure(
        f"figure-{_slug(capability)}-{_slug(unit)}",
        title,
        f"{said}.",
        note,
        lambda width: _draw_adequacy(found, promised, firm, width),
    )


def _slug(text: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in text)


def _edge(amount: Amount) -> Decimal:
    return amount.low if amount.low is not None else amount.high or Decimal(0)


def _say_promised(promised: Amount, firm: Amount) -> str:
    if promised.high is None:
        return "nobody has said how much is promised at most"
    if promised.high == 0:
        return "nothing is promised"
    without = "none of it" if not firm.high else f"{say_bare(firm)} of it"
    return f"{say_bare(promised)} {promised.unit} promised, {without} without an unmet condition"


def _draw_adequacy(found: Sequence[Adequacy], promised: Amount, firm: Amount, width: float) -> Drawing:
    narrow = width < 480
    left, right = (6.0, width - 6) if narrow else (236.0, width - 110)
    top, step = 24.0, 40.0 if narrow else 22.0
    canvas = Canvas(width, top + step * len(found) + 26, _name("need", width))
    bottom = top + step * len(found)
    low, high = _log_span([*found], promised)

    def place(value: Decimal | None, default: float) -> float:
        if value is None:
            return default
        if value <= 0:
            return left
        share = (math.log10(float(value)) - low) / (high - low)
        return left + min(max(share, 0.0), 1.0) * (right - left)

    _log_axis(canvas, low, high, place, (top - 6, bottom), left)
    start, end = place(promised.low, left), place(promised.high, right)
    if promised.high is None or promised.high > 0:
        canvas.rect(start, top - 6, max(end - start, 1), bottom - top + 6, fill="band", fill_opacity="0.75")
        canvas.line(end, top - 6, end, bottom, stroke="accent", line=1.2, dash="4 3")
        words = "promised" if promised.high is not None else "promised: no upper end"
        canvas.label(min(end, right) - 4, top - 10, words, size=11, anchor="end", colour="accent")
    if firm.high:
        canvas.line(place(firm.high, right), top - 6, place(firm.high, right), bottom, stroke="accent", line=2.2)
    for number, each in enumerate(found):
        y = top + step * number + (26 if narrow else 11)
        _mark_need(canvas, each.need, place, y, (left, right))
        text = f"{say_bare(each.need)}: {each.verdict}" if narrow else say_bare(each.need)
        if narrow:
            canvas.label(left, y - 10, f"{shorten(each.model, 36)}, {text}", size=11, halo=True)
        else:
            canvas.label(left - 10, y + 4, shorten(each.model, 38), size=12, anchor="end")
            canvas.label(right + 10, y + 4, each.verdict.value, size=12, colour="muted")
    return canvas.finish()


def _log_span(found: Iterable[Adequacy], promised: Amount) -> tuple[float, float]:
    values = [float(side) for each in found for side in (each.need.low, each.need.high) if side]
    values += [float(side) for side in (promised.low, promised.high) if side]
    low, high = math.log10(min(values, default=1.0)), math.log10(max(values, default=10.0))
    return math.floor(low * 2 - 0.2) / 2, max(math.ceil(high * 2 + 0.1) / 2, math.floor(low) + 1.0)


def _log_axis(
    canvas: Canvas,
    low: float,
    high: float,
    place: Callable[[Decimal, float], float],
    span: tuple[float, float],
    left: float,
) -> None:
    ticks = [m * 10.0**k for k in range(math.floor(low), math.ceil(high) + 1) for m in (1, 3)]
    for tick in ticks:
        if low - 1e-9 <= math.log10(tick) <= high + 1e-9:
            x = place(Decimal(str(tick)), left)
            canvas.line(x, span[0], x, span[1], stroke="hair", line=0.8)
            anchor = "start" if x < 30 else "end" if x > canvas.width - 30 else "middle"
            canvas.label(x, span[1] + 16, say_number(tick), size=11, colour="muted", anchor=anchor)


def _mark_need(
    canvas: Canvas,
    need: Amount,
    place: Callable[[Decimal | None, float], float],
    y: float,
    span: tuple[float, float],
) -> None:
    """Draw a need: a mark for one number, a bar for a range, an arrow where an end is open."""
    start, end = place(need.low, span[0]), place(need.high, span[1])
    if need.low == need.high:
        canvas.rect(start - 2, y - 7, 4, 14, fill="ink")
        return
    canvas.line(start, y, end, y, stroke="ink", line=3)
    for x, side, turn in ((start, need.low, -1), (end, need.high, 1)):
        if side is None:
            canvas.polyline([(x - turn * 6, y - 5), (x, y), (x - turn * 6, y + 5)], "ink", line=1.8)
        else:
            canvas.line(x, y - 6, x, y + 6, stroke="ink", line=2)


# --- over time --------------------------------------------------------------------------------


def draw_levels(dossier: Dossier, capability: str) -> Figure:
    """Return how much was promised towards one capability on each day, as steps."""
    mine = [level for level in dossier.levels if level.capability == capability]
    last = mine[-1].all
    ends = "no upper end was known" if last.high is None else f"{say_bare(last)} {last.unit}"
    title = f"{capability}: what was promised, day by day; {ends} on {say_day(mine[-1].day)}"
    said = "; ".join(f"{say_day(level.day)}: {_say_level(level.all)}" for level in mine)
    note = (
        f"{last.unit}, if all conditions were met. Dark line: the most that was promised; shaded down to the least. "
        "Hatched: a pledge stood without a number, so that no upper end was known. A step is a day on which something "
        "changed."
    )
    return _figure(f"levels-{_slug(capability)}", title, said, note, lambda width: _draw_levels(mine, width))


def _say_level(amount: Amount) -> str:
    return "no upper end known" if amount.high is None else f"{say_bare(amount)} {amount.unit}"


def _draw_levels(levels: Sequence[Level], width: float) -> Drawing:
    canvas = Canvas(width, 210, _name("levels", width))
    left, right, top, base = 56.0, width - 8, 14.0, 178.0
    first, last = levels[0].day, levels[-1].day
    days = max((last - first).days, 1)
    most = max((float(side) for level in levels for side in (level.all.high, level.all.low) if side), default=1.0)
    scale = _round_up(most)

    def x_of(day: date) -> float:
        return left + (day - first).days / days * (right - left)

    def y_of(value: float) -> float:
        return base - value / scale * (base - top)

    for tick in (0.0, scale / 2, scale):
        canvas.line(left, y_of(tick), right, y_of(tick), stroke="hair", line=0.8)
        canvas.label(left - 6, y_of(tick) + 4, say_number(tick), size=11, anchor="end", colour="muted")
    ends = [*(x_of(level.day) for level in levels[1:]), right]
    for level, end in zip(levels, ends, strict=True):
        _draw_level(canvas, level.all, (x_of(level.day), end), y_of, top)
    line: list[tuple[float, float]] = []
    for level, end in zip(levels, ends, strict=True):
        if level.all.high is None:
            canvas.polyline(line, "accent", line=2)
            line = []
        else:
            y = y_of(float(level.all.high))
            line += [(x_of(level.day), y), (end, y)]
    canvas.polyline(line, "accent", line=2)
    _date_axis(canvas, first, last, x_of, base, (left, right))
    return canvas.finish()


def _draw_level(
    canvas: Canvas, amount: Amount, span: tuple[float, float], y_of: Callable[[float], float], top: float
) -> None:
    start, end = span
    floor = y_of(float(amount.low or 0))
    ceiling = top if amount.high is None else y_of(float(amount.high))
    fill = canvas.hatch("hatch", 7) if amount.high is None else "band"
    canvas.rect(start, ceiling, max(end - start, 0.6), max(floor - ceiling, 0), fill=fill)


def _date_axis(
    canvas: Canvas, first: date, last: date, x_of: Callable[[date], float], base: float, span: tuple[float, float]
) -> None:
    """Name the first and the last day, and the quarters between them where there is room."""
    names = [(span[0], say_day(first), "start"), (span[1], say_day(last), "end")]
    for x, text, anchor in names:
        canvas.label(x, base + 18, text, size=11, colour="muted", anchor=anchor)
    taken = [(span[0], span[0] + 66), (span[1] - 66, span[1])]
    quarters = [date(y, m, 1) for y in range(first.year, last.year + 1) for m in (1, 4, 7, 10)]
    for day in (day for day in quarters if first < day < last):
        x = x_of(day)
        canvas.line(x, base, x, base + 4, stroke="muted", line=0.8)
        if all(x + 26 < low or x - 26 > high for low, high in taken):
            canvas.label(x, base + 18, day.strftime("%Y-%m"), size=11, colour="muted", anchor="middle")
            taken.append((x - 26, x + 26))


def _round_up(value: float) -> float:
    """Return the next number of the form 1, 2, 2.5, 4, 5 or 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * power for step in (1.0, 2.0, 2.5, 4.0, 5.0, 8.0, 10.0) if step * power >= value * 0.9999)


# --- rotation ---------------------------------------------------------------------------------


def draw_presence(presence: Presence, tour_months: int) -> Figure:
    """Return the months of a standing presence: on station, training, recovering."""
    rows = presence.phases
    top = int(max(sum(float(row[k]) for k in ("on_station", "training", "recovering")) for row in rows))
    held = int(max(float(row["on_station"]) for row in rows))
    title = f"{say_number(held)} persons on station take {say_number(top)} persons in all"
    note = (
        f"{presence.capability}: one column a month from the first day on station, turns of {tour_months} months, the "
        "lower ratio, the highest presence promised."
    )
    said = "; ".join(
        f"month {row['month']}: {row['on_station']} on station, {row['training']} training, "
        f"{row['recovering']} recovering"
        for row in rows
        if int(row["month"]) % 6 == 0
    )
    return _figure(f"months-{_slug(presence.capability)}", title, said, note, lambda width: _draw_months(rows, width))


def _draw_months(rows: Sequence[Mapping[str, Decimal | int]], width: float) -> Drawing:
    canvas = Canvas(width, 220, _name("months", width))
    left, right, top, base = 56.0, width - 8, 32.0, 188.0
    parts = (("on_station", "accent", False), ("training", "teal", True), ("recovering", "hair", False))
    _draw_key(canvas, left, [(name.replace("_", " "), role, hatched) for name, role, hatched in parts])
    scale = _round_up(max(sum(float(row[name]) for name, _, _ in parts) for row in rows) or 1.0)
    for tick in (0.0, scale / 2, scale):
        y = base - tick / scale * (base - top)
        canvas.line(left, y, right, y, stroke="hair", line=0.8)
        canvas.label(left - 6, y + 4, say_number(tick), size=11, anchor="end", colour="muted")
    step = (right - left) / len(rows)
    for number, row in enumerate(rows):
        y = base
        for name, role, hatched in parts:
            height = float(row[name]) / scale * (base - top)
            y -= height
            if height > 0:
                _fill(canvas, (left + number * step + 1, y, max(step - 2, 1), height), role, hatched)
        if int(row["month"]) % 6 == 0:
            canvas.label(left + number * step, base + 16, f"{row['month']}", size=11, colour="muted")
    canvas.label(right, base + 30, "months from the first day on station", size=11, colour="muted", anchor="end")
    return canvas.finish()


# --- who promised -----------------------------------------------------------------------------


def draw_statuses(dossier: Dossier) -> Figure:
    """Return, for each contributor, how many pledges stand at which step."""
    counts: dict[str, dict[PoliticalStatus, int]] = {}
    for pledge in dossier.register.pledges:
        mine = counts.setdefault(pledge.by, {})
        mine[pledge.political] = mine.get(pledge.political, 0) + 1
    order = sorted(counts, key=lambda code: (-sum(counts[code].values()), dossier.name(code)))[:_MOST_DRAWN]
    delivered = sum(mine.get(PoliticalStatus.DELIVERED, 0) for mine in counts.values())
    every = len(dossier.register.pledges)
    title = f"{delivered} of {every} pledges delivered"
    said = "; ".join(
        f"{dossier.name(code)}: " + ", ".join(f"{number} {word}" for word, number in counts[code].items())
        for code in order
    )
    note = "Pledges by contributor, counted and not weighed. Stopped: withdrawn, suspended, expired or disputed."
    if len(counts) > len(order):
        note += f" The {len(order)} with the most pledges, of {len(counts)}."
    names = [dossier.name(code) for code in order]
    rows = [counts[code] for code in order]
    return _figure("statuses", title, said, note, lambda width: _draw_statuses(names, rows, width))


def _fill(canvas: Canvas, at: tuple[float, float, float, float], role: str, hatched: bool) -> None:
    if hatched:
        canvas.rect(*at, fill=canvas.hatch(role, 3.5), stroke=role, line=0.8)
    else:
        canvas.rect(*at, fill=role)


def _draw_key(canvas: Canvas, left: float, entries: Iterable[tuple[str, str, bool]]) -> float:
    """Draw squares with their names, in as many rows as it takes; return where the drawing may begin."""
    x, y = left, 3.0
    for text, role, hatched in entries:
        room = 15 + width_of(text, 11) + 12
        if x > left and x + room > canvas.width:
            x, y = left, y + 17
        _fill(canvas, (x, y, 11, 11), role, hatched)
        canvas.label(x + 15, y + 10, text, size=11, colour="muted")
        x += room
    return y + 22


def _draw_statuses(names: Sequence[str], rows: Sequence[Mapping[PoliticalStatus, int]], width: float) -> Drawing:
    room = min(max(width_of(name, 12) for name in names) + 12, width * 0.36)
    most = max(sum(row.values()) for row in rows)
    canvas = Canvas(width, 60 + 24.0 * len(rows), _name("statuses", width))
    scale = (width - room - 12) / most
    steps = {word for word, _, _ in _STEPS}
    stopped = [("stopped", "hatch", True)] if any(set(row) - steps for row in rows) else []
    left = room if width > NARROW else 0.0
    top = _draw_key(canvas, left, [*((word.value, role, hatched) for word, role, hatched in _STEPS), *stopped])
    for number, (name, row) in enumerate(zip(names, rows, strict=True)):
        y = top + 24.0 * number
        canvas.label(room - 8, y + 12, shorten(name, int(room / 6)), size=12, anchor="end")
        x = room
        gone = sum(count for word, count in row.items() if word not in steps)
        parts = [*((row.get(word, 0), role, hatched) for word, role, hatched in _STEPS), (gone, "hatch", True)]
        for count, role, hatched in parts:
            for _ in range(count if most <= 60 else 1 if count else 0):
                length = scale if most <= 60 else count * scale
                _fill(canvas, (x, y, max(length - 1.5, 0.8), 16), role, hatched)
                x += length
    canvas.height = top + 24.0 * len(rows)
    return canvas.finish()


# --- the tracker ------------------------------------------------------------------------------


def draw_donors(donors: Donors) -> Figure:
    """Return allocations by month of the donor that gave least more, and of all others, on one scale."""
    gone = donors.gap.donor if donors.gap else str(donors.totals["donor"][0])
    one, others = donors.sum_years(only=[gone]), donors.sum_years(but=[gone])
    said = "; ".join(f"{year}: {gone} {one[year]:.1f}, others {others[year]:.1f} EUR bn" for year in donors.years)
    title = f"Allocations by year, EUR bn: {gone} " + ", ".join(f"{one[year]:.1f}" for year in donors.years)
    if donors.gap:
        before, after = donors.gap.before, donors.gap.after
        title = (
            f"{gone}: EUR {one[before]:.1f} bn in {before}, {one[after]:.1f} bn in {after}; "
            f"all others {others[before]:.1f}, then {others[after]:.1f}"
        )
    release = donors.release or "Ukraine Support Tracker"
    last = f"{donors.last[0]}-{donors.last[1]:02d}"
    note = f"{release}: allocations by month of decision, current prices, to {last}."
    return _figure("donors", title, said, note, lambda width: _draw_donors(donors, gone, width))


def _draw_donors(donors: Donors, gone: str, width: float) -> Drawing:
    canvas = Canvas(width, 300, _name("donors", width))
    left, right = 40.0, width - 6
    months = [(year, month) for year in donors.years for month in range(1, 13) if (year, month) <= donors.last]
    allocated = pl.col("allocated_eur_bn").sum()
    rows = (
        (gone, pl.col("donor") == gone, "ochre", donors.sum_years(only=[gone])),
        ("all others", pl.col("donor") != gone, "teal", donors.sum_years(but=[gone])),
    )
    series = [
        {
            (year, month): value
            for year, month, value in donors.months.filter(which).group_by("year", "month").agg(allocated).iter_rows()
        }
        for _, which, _, _ in rows
    ]
    most = _round_up(max((value for one in series for value in one.values()), default=1.0))
    step = (right - left) / len(months)
    for number, ((name, _, colour, sums), values) in enumerate(zip(rows, series, strict=True)):
        base = 134.0 + 142 * number
        _panel(canvas, name, (left, right, base), most)
        for place, when in enumerate(months):
            height = max(values.get(when, 0.0), 0.0) / most * 96
            if height:
                canvas.rect(left + place * step + 0.5, base - height, max(step - 1, 0.8), height, fill=colour)
        for year in donors.years:
            first = months.index((year, 1)) if (year, 1) in months else 0
            x = left + first * step
            canvas.line(x, base - 100, x, base + 4, stroke="hair", line=0.8)
            text = f"{year}: {sums[year]:.1f}" if width > 480 else f"{sums[year]:.1f}"
            canvas.label(x + 4, base - 104, text, size=11.5, bold=True, halo=True)
            if number:
                canvas.label(x + 4, base + 16, str(year), size=11, colour="muted")
    return canvas.finish()


def _panel(canvas: Canvas, name: str, at: tuple[float, float, float], most: float) -> None:
    left, right, base = at
    canvas.label(left, base - 120, f"{name}, EUR bn a month; over each year its sum", size=12)
    for tick in (0.0, most):
        y = base - tick / most * 96
        canvas.line(left, y, right, y, stroke="hair", line=0.8)
        canvas.label(left - 6, y + 4, say_number(tick), size=11, anchor="end", colour="muted")
