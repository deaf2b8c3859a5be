"""RESULTS.md and results.json: what was measured, in tables, nothing left out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from measure import Measured, Result
from rows import Target

__all__ = ["write_results"]

Cells = Sequence[str]
LASTING = ("runs", "cases")  # units of which one takes so long that its time says more than a rate
PREFACE = """# Results

Ours, what a user could take instead, and the machine's limit, measured in one run by `make bench`. A rate is the
median of at least five runs; in brackets stand the slowest and the quickest. All works of an area take turns, so
that a busy minute is shared; what takes less than a fifth of a second runs up to five times a turn. On a machine that
others share, a ratio below 1.3 is a tie. Slow peers get fewer rows, and rates are compared. Indexes, points and
geometry columns are made before the clock starts, for all.
"""
SMALL = """
**Small sizes: this run shows that everything runs and that results agree. Its rates mean nothing.**
"""


def write_results(
    folder: Path, about: dict[str, object], measured: Sequence[Measured], failed: Mapping[str, str]
) -> None:
    """Write both files into the folder; `failed` says of areas that could not be measured why."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [PREFACE, SMALL if about["sizes"] == "small" else "", _machine(about), _summary(measured)]
    parts += [_area(found) for found in measured]
    parts += [f"\n## {name}\n\n**Not measured**: {why}\n" for name, why in failed.items()]
    (folder / "RESULTS.md").write_text("".join(parts), "utf-8")
    record = {"about": about, "areas": [_record(found) for found in measured], "failed": dict(failed)}
    (folder / "results.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


# --- tables -----------------------------------------------------------------------------------


def _table(head: Cells, rows: Iterable[Cells]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |\n" for line in lines)


def _machine(about: dict[str, object]) -> str:
    versions = about["versions"]
    assert isinstance(versions, dict)  # noqa: S101
    facts = {key.replace("_", " "): value for key, value in about.items() if key != "versions"}
    there = ", ".join(f"{name} {found}" for name, found in versions.items() if found)
    gone = ", ".join(name for name, found in versions.items() if not found)
    rows = [(key, "not installed" if value is None else str(value)) for key, value in facts.items()]
    return _table(("machine and run", ""), [*rows, ("versions", there), ("not installed", gone or "none")])


def _summary(measured: Sequence[Measured]) -> str:
    rows = [_target_row(found, target) for found in measured for target in found.area.targets]
    rows += [row for found in measured for result in found.results if (row := _memory_target(found, result))]
    return "\n## Targets\n" + _table(("area", "ours", "against", "measured", "target", "met"), rows)


def _target_row(found: Measured, target: Target) -> Cells:
    ours, said = found.rate(target.ours), [found.area.name, target.ours, target.other or "the clock"]
    other = found.rate(target.other) if target.other else 1.0
    share = _is_share(found, target)
    if target.other is None:
        aim, got = _rate(target.at_least, found.area.unit), _rate(ours, found.area.unit)
    else:
        aim, got = _times(target.at_least, share=share), _times(ours / other if ours and other else None, share=share)
    aim = f"≤ {aim}" if found.area.unit in LASTING else f"≥ {aim}"
    met = "not measured" if not ours or not other else "yes" if ours / other >= target.at_least else "**no**"
    return [*said, got, aim, met]


def _is_share(found: Measured, target: Target) -> bool:
    """Whether the other is a limit or a work of ours, so that percent say more than times."""
    return any(r.work.name == target.other and r.work.role != "peer" for r in found.results)


def _memory_target(found: Measured, result: Result) -> Cells | None:
    work = result.work
    if work.memory_at_most is None:
        return None
    if result.peak_bytes is None:
        return [found.area.name, work.name, "its input", "–", f"≤ {work.memory_at_most} × memory", "not measured"]
    share = result.peak_bytes / work.input_bytes
    met = "yes" if share <= work.memory_at_most else "**no**"
    return [found.area.name, work.name, "its input", f"{share:.2f} × memory", f"≤ {work.memory_at_most} × memory", met]


def _area(found: Measured) -> str:
    area = found.area
    main = area.targets[0].ours if area.targets else next(r.work.name for r in found.results if r.work.role == "ours")
    head = (
        "",
        area.unit if area.unit in LASTING else f"{area.unit}/s",
        "[slowest–quickest]",
        "N",
        f"*{main}* is",
        "agrees",
        "note",
    )
    text = f"\n## {area.name}\n" + (f"\n{area.note}\n" if area.note else "")
    text += _table(head, [_row(found, result, main) for result in found.results])
    text += "".join(f"\n{'Agreed' if check.agree else '**Not agreed**'}: {check.how}.\n" for check in found.checks)
    peaks = [_peak(result) for result in found.results if result.peak_bytes is not None]
    if peaks:
        text += _table(("peak memory, result included, above what was there before", "MB", "× input"), peaks)
    return text


def _row(found: Measured, result: Result, main: str) -> Cells:
    work = result.work
    name = {"ours": f"**{work.name}**", "peer": work.name, "limit": f"*limit: {work.name}*"}[work.role]
    if result.missing is not None:
        return [name, "missing", "", "", "", "", result.missing]
    ours, low, high = found.rate(main), *(result.spread or (None, None))
    ratio = ours / result.rate if ours and result.rate and work.name != main else None
    unit = found.area.unit
    agrees = "" if result.check is None else ("yes: " if result.check.agree else "**no**: ") + result.check.how
    compared = "" if ratio is None else _times(ratio, share=work.role == "limit")
    spread = f"[{_rate(low, unit)}–{_rate(high, unit)}]"
    return [name, _rate(result.rate, unit), spread, f"{work.count:,}", compared, agrees, work.note]


def _peak(result: Result) -> Cells:
    assert result.peak_bytes is not None  # noqa: S101
    return [result.work.name, f"{result.peak_bytes / 1e6:,.1f}", f"{result.peak_bytes / result.work.input_bytes:.2f}"]


# --- figures ----------------------------------------------------------------------------------


def _number(rate: float | None) -> str:
    """A rate in three digits, in millions or thousands."""
    if rate is None:
        return "–"
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if rate >= size:
            return f"{rate / size:,.3g}{letter}" if rate < 1000 * size else f"{rate / size:,.0f}{letter}"
    return f"{rate:.3g}"


def _rate(rate: float | None, unit: str) -> str:
    """A rate, or of what lasts the time of one."""
    if rate is not None and unit in LASTING:
        return f"{1 / rate:.2f} s each"
    return _number(rate)


def _times(ratio: float | None, *, share: bool) -> str:
    if ratio is None:
        return "–"
    return f"{ratio:.1%}" if share else f"{ratio:,.0f} ×" if ratio >= 100 else f"{ratio:.1f} ×"


# --- for machines -----------------------------------------------------------------------------


def _record(found: Measured) -> dict[str, object]:
    targets = [{"ours": t.ours, "other": t.other, "at_least": t.at_least, "measured": _ratio(found, t)}
               for t in found.area.targets]  # fmt: skip
    return {
        "area": found.area.name,
        "unit": found.area.unit,
        "works": [_work(result) for result in found.results],
        "targets": targets,
        "checks": [{"agree": check.agree, "how": check.how} for check in found.checks],
    }


def _work(result: Result) -> dict[str, object]:
    work, check = result.work, result.check
    return {
        "name": work.name,
        "role": work.role,
        "count": work.count,
        "rate": result.rate,
        "seconds": result.seconds,
        "missing": result.missing,
        "agree": None if check is None else check.agree,
        "how": None if check is None else check.how,
        "input_bytes": work.input_bytes or None,
        "peak_bytes": result.peak_bytes,
        "memory_at_most": work.memory_at_most,
    }


def _ratio(found: Measured, target: Target) -> float | None:
    ours, other = found.rate(target.ours), found.rate(target.other) if target.other else 1.0
    return ours / other if ours and other else None
