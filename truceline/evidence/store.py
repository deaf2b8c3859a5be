"""The gathered evidence: three tables, and what became of every row of every file."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from truceline.errors import EvidenceError
from truceline.evidence.files import Input, Keep, hash_in_place, list_inputs
from truceline.evidence.intake import Intake, Limits, join_platforms, read_input
from truceline.evidence.parquet import ParquetFile, scan, write
from truceline.evidence.source import Plan, PlatformEntry
from truceline.evidence.tables import COVERAGE, EVENTS, FILES, PLATFORMS, POSITIONS, REJECTS, empty
from truceline.gazetteer import Gazetteer
from truceline.identity import flags_of_mmsi, states_of_icao
from truceline.model import FileTally

__all__ = ["Evidence", "describe", "gather", "leave_out"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All evidence of one case. `positions`, `events` and `rejects` may be larger than memory: filter, then collect.

    Schemas are those of `evidence.tables`. `notes` say what a reader of the result must know: files
    that are one file, sources left out, files of which nothing could be used.
    """

    plan: Plan
    gazetteer: Gazetteer
    folder: Path
    positions: pl.LazyFrame
    platforms: pl.DataFrame
    events: pl.LazyFrame
    coverage: pl.DataFrame
    rejects: pl.LazyFrame
    files: tuple[FileTally, ...]
    notes: tuple[str, ...] = ()


def gather(
    plan: Plan,
    gazetteer: Gazetteer,
    folder: Path,
    *,
    without: Collection[str] = (),
    as_of: datetime | None = None,
    cut_off: datetime | None = None,
    progress: Callable[[str], None] | None = None,
    keep: Keep = hash_in_place,
) -> Evidence:
    """Read every file that the plan lists into tables in `folder`, and account for every row.

    Every file is hashed, and given to `keep`, before any is parsed. `without` leaves out the sources
    and the coverage of those providers; rows at or after `cut_off`, and rows that arrived after
    `as_of`, are set aside (where the arrival is not known, the row's own time stands for it, and a note says so). The
    same input gives the same bytes. Raises EvidenceError with the problems of all files that
    cannot be read; then no table is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plan, notes = leave_out(plan, without)
    inputs = list_inputs(plan, keep)
    plan, copies = _join_lineages(plan, inputs)
    with ExitStack() as stack:
        positions = stack.enter_context(ParquetFile(folder / "positions.parquet", POSITIONS))
        events = stack.enter_context(ParquetFile(folder / "events.parquet", EVENTS))
        rejects = stack.enter_context(ParquetFile(folder / "rejects.parquet", REJECTS))
        intake = Intake(gazetteer, Limits(cut_off, as_of), positions, events, rejects)
        files = _read_all(inputs, plan, intake, progress)
    plan = _mark_cooperative(plan, intake.transmitting)
    return _finish(plan, intake, files, folder, [*notes, *copies])


def _finish(plan: Plan, intake: Intake, files: tuple[FileTally, ...], folder: Path, notes: list[str]) -> Evidence:
    """Write the tables that were held in memory, and return all of them."""
    contradictions = _note_contradictions(intake.platforms, (*plan.platforms, *plan.listed))
    platforms = _fill_flags(_join_platforms(intake.platforms, plan.platforms, plan.listed))
    coverage = _list_coverage(plan)
    write(platforms, folder / "platforms.parquet", PLATFORMS)
    write(coverage, folder / "coverage.parquet", COVERAGE)
    write(_list_files(files), folder / "files.parquet", FILES)
    intake.observers.write(folder)
    return Evidence(
        plan=plan,
        gazetteer=intake.gazetteer,
        folder=folder,
        positions=scan(folder / "positions.parquet", POSITIONS),
        platforms=platforms,
        events=scan(folder / "events.parquet", EVENTS),
        coverage=coverage,
        rejects=scan(folder / "rejects.parquet", REJECTS),
        files=files,
        notes=(*notes, *intake.notes, *contradictions),
    )


def describe(tally: FileTally) -> str:
    """Return what became of a file's rows, on one line."""
    parts = [f"{tally.rows:,} rows", f"{tally.used:,} used"]
    parts += [f"{count:,} set aside ({reason})" for reason, count in tally.set_aside.items()]
    parts += [f"{count:,} rejected ({reason})" for reason, count in tally.rejected.items()]
    return f"{tally.path}: {', '.join(parts)}"


def _read_all(
    inputs: Sequence[Input], plan: Plan, intake: Intake, progress: Callable[[str], None] | None
) -> tuple[FileTally, ...]:
    lineages = {source.name: source.lineage for source in plan.sources}
    files: list[FileTally] = []
    problems: list[object] = []
    for one in inputs:
        try:
            tally = read_input(one, intake, lineage=lineages[one.source.name])
        except EvidenceError as error:
            problems += error.problems
            continue
        files.append(tally)
        if progress:
            progress(describe(tally))
    if problems:
        raise EvidenceError(problems)
    return tuple(files)


def leave_out(plan: Plan, without: Collection[str]) -> tuple[Plan, list[str]]:
    """Return the plan without the sources and the coverage of some providers, and notes on it."""
    providers = {source.provider for source in plan.sources} | {one.provider for one in plan.coverage}
    gone = {source.name for source in plan.sources if source.provider in without}
    kept = replace(
        plan,
        sources=tuple(source for source in plan.sources if source.name not in gone),
        coverage=tuple(one for one in plan.coverage if one.provider not in without and one.source not in gone),
    )
    return kept, [
        f"left out: all evidence and all coverage of {name}"
        if name in providers
        else f"nothing was left out for {name}: no source and no coverage has that provider"
        for name in without
    ]


def _join_lineages(plan: Plan, inputs: Sequence[Input]) -> tuple[Plan, list[str]]:
    """Give sources that list the same bytes one lineage: a copy is never independent."""
    first: dict[str, Input] = {}
    joined: dict[str, str] = {}
    notes = []
    for one in inputs:
        before = first.setdefault(one.sha256, one)
        if before is one:
            continue
        notes.append(
            f"{one.shown} (source {one.source.name}) has the same bytes as {before.shown} "
            f"(source {before.source.name}): they never count as independent"
        )
        joined[one.source.lineage] = joined.get(before.source.lineage, before.source.lineage)
    sources = tuple(replace(one, lineage=joined.get(one.lineage, one.lineage)) for one in plan.sources)
    return replace(plan, sources=sources), notes


def _mark_cooperative(plan: Plan, transmitting: Collection[str]) -> Plan:
    """Return the plan with the sources marked whose rows turned out to be transponders' messages."""
    sources = tuple(
        replace(one, cooperative=True) if one.name in transmitting and "cooperative" not in one.options else one
        for one in plan.sources
    )
    return replace(plan, sources=sources)


def _join_platforms(
    batches: Sequence[pl.DataFrame], entries: Sequence[PlatformEntry], listed: Sequence[PlatformEntry]
) -> pl.DataFrame:
    """Return one row per platform: what the case says of it, else its lists, else what a file said first.

    Of what is listed, only what the case names or a file met.
    """
    own, known = (
        pl.DataFrame([[getattr(entry, name) for name in PLATFORMS] for entry in some], schema=PLATFORMS, orient="row")
        for some in (entries, listed)
    )
    met = pl.concat([own.select("platform"), *(batch.select("platform") for batch in batches)])
    return join_platforms([own, known.join(met, on="platform", how="semi", maintain_order="left"), *batches]).sort(
        "platform"
    )


def _fill_flags(platforms: pl.DataFrame) -> pl.DataFrame:
    """Return the platforms with the flag behind their number, where nobody said one. It is no party."""
    behind = [flags_of_mmsi(platforms["mmsi"]), states_of_icao(platforms["icao24"])]
    return platforms.with_columns(flag=pl.coalesce("flag", *behind))


def _note_contradictions(batches: Sequence[pl.DataFrame], entries: Sequence[PlatformEntry]) -> list[str]:
    """Say of which platforms the files say different things that matter, and the case says nothing."""
    rows = pl.concat([empty(PLATFORMS), *batches])
    notes = []
    for word in ("party", "category"):
        settled = [entry.platform for entry in entries if getattr(entry, word)]
        said = rows.filter(pl.col(word).is_not_null(), ~pl.col("platform").is_in(settled)).unique(["platform", word])
        several = said.group_by("platform").agg(pl.col(word).sort().str.join(", "), pl.len()).filter(pl.col("len") > 1)
        if several.height:
            name, words, _ = several.sort("platform").row(0)
            notes.append(
                f"{several.height:,} platforms are given more than one {word}, and the first is used: "
                f"{name} is {words}; [[platform]] in the list of evidence settles it"
            )
    return notes


def _list_coverage(plan: Plan) -> pl.DataFrame:
    rows = [
        {
            "source": one.source,
            "provider": one.provider,
            "start_utc": one.interval.start,
            "end_utc": one.interval.end,
            "area": one.area,
            "detects": list(one.detects),
            "party": one.party,
            "probability": one.probability,
        }
        for one in plan.coverage
    ]
    return pl.DataFrame(rows, schema=COVERAGE) if rows else empty(COVERAGE)


def _list_files(files: Sequence[FileTally]) -> pl.DataFrame:
    rows = [_file_row(tally) for tally in files]
    return pl.DataFrame(rows, schema=FILES) if rows else empty(FILES)


def _file_row(tally: FileTally) -> Mapping[str, object]:
    return {
        "file": tally.number,
        "source": tally.source,
        "path": tally.path,
        "format": tally.format,
        "sha256": tally.sha256,
        "size_bytes": tally.size_bytes,
        "rows": tally.rows,
        "used": tally.used,
        "set_aside": sum(tally.set_aside.values()),
        "rejected": sum(tally.rejected.values()),
    }
