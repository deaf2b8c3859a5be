"""The back-test in a page: a case in, and what its clauses would have raised in past weeks out.

    agreement.md ──> terms ──┐
                             ├──> weeks without a truce ──> trials ──┬──> rates, shares by source
    evidence.toml ─> tables ─┘    (the terms shifted there)          ├──> the same with a lever moved
                                                                     ├──> words by window
                                       baseline ─────────────────────┴──> smallest reductions

Evidence is gathered once. Findings, incidents and standings come from the functions that a real case uses.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from truceline import __version__
from truceline.agreement import resolve
from truceline.agreement.document import Agreement, Terms
from truceline.assessment.determinations import read_determinations
from truceline.assessment.lineages import join_same_feeds
from truceline.assessment.series import list_sources
from truceline.case import Options, Progress, digest_inputs, prepare_scenario, span_of
from truceline.casefile import Case, read_case, shapes_of
from truceline.clauses import has_meaning
from truceline.errors import CaseError
from truceline.evidence import Evidence, gather
from truceline.evidence.axes import check_axes
from truceline.evidence.sight import name_lineages
from truceline.gazetteer import load_gazetteer
from truceline.model import Problem
from truceline.rehearsal.files import MARK, write_files
from truceline.rehearsal.levers import change_terms
from truceline.rehearsal.past import Past, find_past, list_trackers, rests_on_positions, without_sources
from truceline.rehearsal.rates import is_steady, measure_rate
from truceline.rehearsal.reductions import foresee, foresee_incidents
from truceline.rehearsal.result import COUNTED, ClauseRehearsal, Rehearsal, Share, Variation, WeekCount, name_length
from truceline.rehearsal.trials import Trial, count_weeks, count_windows, try_clause
from truceline.reports.folder import replace_folder
from truceline.spacetime import Interval

__all__ = ["Request", "rehearse", "rehearse_case"]

_LENGTHS = (*(timedelta(hours=hours) for hours in (24, 36, 48, 72)), timedelta(days=30))
_SHORTEST, _LONGEST, _MOST = timedelta(hours=1), timedelta(days=366), 12


@dataclass(frozen=True, slots=True)
class Request:
    """What a person may ask of a rehearsal: at most how many weeks, and which lengths of a truce."""

    limit: int | None = None
    lengths: tuple[timedelta, ...] = _LENGTHS


@dataclass(frozen=True, slots=True)
class Stage:
    """What all clauses are rehearsed on."""

    agreement: Agreement
    evidence: Evidence
    truce: Interval | None
    request: Request
    progress: Progress


def rehearse_case(
    folder: Path, out: Path, request: Request, progress: Progress = lambda _: None
) -> tuple[Rehearsal, tuple[Path, ...]]:
    """Rehearse the case in `folder`, write everything to `out`, whole or not at all, and return both.

    Raises CaseError with every problem found where the case cannot be used, or holds no past evidence.
    """
    refuse_lengths(request)
    prepare_scenario(folder, progress)
    case = read_case(folder)
    with replace_folder(out, MARK) as partial:
        tables = partial / "tables"
        result = rehearse(case, request, tables, progress)
        shutil.rmtree(tables)
        written = write_files(result, partial)
    return result, tuple(out / path.relative_to(partial) for path in written)


def rehearse(case: Case, request: Request, tables: Path, progress: Progress) -> Rehearsal:
    """Return what the clauses of a case would have raised; the tables of evidence go to the folder `tables`."""
    agreement = case.agreement
    evidence = gather(case.plan, load_gazetteer(case.plan.areas), tables, progress=progress)
    evidence = join_same_feeds(check_axes(evidence, {**shapes_of(agreement), **agreement.lines}))
    terms = resolve(agreement, read_determinations(evidence, agreement))
    stage = Stage(agreement, evidence, span_of(terms), request, progress)
    clauses = tuple(_rehearse_clause(group, stage) for group in _group_readings(terms))
    refuse_no_past(case, clauses)
    truces = tuple((truce.name, truce.interval) for truce in evidence.plan.truces)
    return Rehearsal(
        case=agreement.id,
        title=agreement.title,
        agreement_status=agreement.status,
        version=__version__,
        digest=_digest(digest_inputs(case, Options(), evidence), request),
        zone=agreement.zone_of_time,
        truce=stage.truce,
        truces=truces,
        limit=request.limit,
        lengths=request.lengths,
        clauses=clauses,
        files=evidence.files,
        notes=evidence.notes,
    )


def refuse_lengths(request: Request) -> None:
    """Raise CaseError for lengths of a truce that no window can have, and for too many of them."""
    wrong = [name_length(one) for one in request.lengths if not _SHORTEST <= one <= _LONGEST]
    if wrong or len(request.lengths) > _MOST:
        found = ", ".join(wrong) or f"{len(request.lengths)} of them"
        expected = f"at most {_MOST} lengths from {name_length(_SHORTEST)} to {name_length(_LONGEST)}"
        raise CaseError([Problem("--windows", 0, "windows of no use", expected, found, "give other lengths")])


def refuse_no_past(case: Case, clauses: Sequence[ClauseRehearsal]) -> None:
    """Raise CaseError where no clause is of a kind that is judged, or none of those has a past week."""
    judged = [clause for clause in clauses if clause.evaluated]
    if any(clause.weeks for clause in judged):
        return
    if not judged:
        kinds = ", ".join(sorted({clause.kind for clause in clauses})) or "no clause at all"
        raise CaseError(
            [
                Problem(
                    case.agreement.file,
                    case.agreement.block.line,
                    "nothing to rehearse",
                    expected="a clause of a kind that is judged",
                    found=kinds,
                    do="add one; what no machine judges raises nothing",
                )
            ]
        )
    raise CaseError(
        [
            Problem(
                str(case.plan.path),
                1,
                "no past to rehearse in",
                expected="evidence of at least one whole week in which no truce was in force",
                found=why,
                do="list evidence from before the agreement; how often a clause would have been raised cannot be said",
            )
            for why in dict.fromkeys(clause.reasons[-1] for clause in judged)
        ]
    )


def _group_readings(terms: Sequence[Terms]) -> Iterator[tuple[Terms, ...]]:
    """Yield the terms of each clause, those together that differ in nothing but their times."""
    groups: dict[tuple[str, str], list[Terms]] = {}
    for term in terms:
        rest = {key: value for key, value in term.values.items() if key not in ("starts", "ends", "after")}
        groups.setdefault((term.clause.id, repr((term.zone and term.zone.id, sorted(rest.items())))), []).append(term)
    for group in groups.values():
        yield tuple(group)


def _rehearse_clause(group: Sequence[Terms], stage: Stage) -> ClauseRehearsal:
    terms = group[0]
    clause = terms.clause
    stage.progress(f"rehearsing clause {clause.id}")
    bare = ClauseRehearsal(
        clause=clause.id,
        readings=tuple(term.reading for term in group),
        kind=clause.kind,
        article=clause.article.title,
        binds=clause.binds,
        zone=terms.zone.id if terms.zone else None,
        evaluated=has_meaning(terms),
    )
    if not bare.evaluated:
        return replace(bare, reasons=(_say_unjudged(clause.kind),))
    past = find_past(terms, stage.evidence, stage.truce, stage.request.limit)
    if not past.weeks:
        return replace(bare, reasons=past.reasons)
    return _fill(bare, terms, past, stage)


def _say_unjudged(kind: str) -> str:
    if kind == "text":
        return "words that no sensor can judge: shown, never judged by a machine"
    return f'clauses of kind "{kind}" are not judged yet'


def _fill(bare: ClauseRehearsal, terms: Terms, past: Past, stage: Stage) -> ClauseRehearsal:
    agreement, evidence = stage.agreement, stage.evidence
    trials = try_clause(terms, agreement, evidence, past.stretches)
    weeks = count_weeks(trials, past.weeks)
    shares = _Shares(terms, past, stage, weeks, trials)
    outlooks, silent = foresee(terms, evidence, stage.truce, stage.request.lengths)
    if rests_on_positions(terms):
        outlooks = (foresee_incidents(trials, stage.request.lengths), *outlooks)
    return replace(
        bare,
        weeks=weeks,
        rates={name: measure_rate([getattr(week, name) for week in weeks]) for name in COUNTED},
        by_source=shares.by_source(),
        by_lineage=shares.by_lineage(),
        variations=tuple(_vary(terms, past, stage, weeks)),
        windows=count_windows(trials, agreement, evidence, stage.request.lengths),
        outlooks=outlooks,
        reasons=(
            *_say_assumptions(terms, agreement),
            *_say_unseen(terms, stage.evidence),
            *past.reasons,
            *_say_drift(weeks),
            *silent,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Shares:
    """What rests on whom: the clause is tried again without each source, and without each lineage."""

    terms: Terms
    past: Past
    stage: Stage
    weeks: Sequence[WeekCount]
    trials: Sequence[Trial]
    tried: dict[tuple[str, ...], Sequence[WeekCount]] = field(default_factory=dict)

    def by_source(self) -> tuple[Share, ...]:
        """Return the share of each source that could show something of the clause, as listed."""
        lineages = name_lineages(self.stage.evidence.plan)
        return tuple(self._without(name, lineages[name], (name,)) for name in self._names())

    def by_lineage(self) -> tuple[Share, ...]:
        """Return the share of each lineage, in the order of its first source."""
        members: dict[str, list[str]] = {}
        for name in self._names():
            members.setdefault(name_lineages(self.stage.evidence.plan)[name], []).append(name)
        return tuple(self._without(lineage, lineage, names) for lineage, names in members.items())

    def _names(self) -> tuple[str, ...]:
        made = {finding.source for trial in self.trials for finding in trial.own_findings}
        return tuple(dict.fromkeys([*self.past.witnesses, *sorted(made)]))

    def _without(self, name: str, lineage: str, sources: Sequence[str]) -> Share:
        rest = self._try_without(tuple(sources))
        own = [f.indicator for trial in self.trials for f in trial.own_findings if f.source in sources]
        total = sum(week.findings + week.indicators for week in self.weeks)
        return Share(
            name=name,
            lineage=lineage,
            findings=own.count(False),
            indicators=own.count(True),
            share=len(own) / total if total else None,
            vanished=_sum(self.weeks, "incidents") - _sum(rest, "incidents"),
            uncorroborated=_sum(self.weeks, "corroborated") - _sum(rest, "corroborated"),
        )

    def _try_without(self, sources: tuple[str, ...]) -> Sequence[WeekCount]:
        """Return what the clause would have raised without these sources; a lineage of one is tried once."""
        if sources not in self.tried:
            self.stage.progress(f"clause {self.terms.clause.id}: without {', '.join(sources)}")
            evidence = without_sources(self.stage.evidence, sources)
            trials = try_clause(self.terms, self.stage.agreement, evidence, self.past.stretches)
            self.tried[sources] = count_weeks(trials, self.past.weeks)
        return self.tried[sources]


def _sum(weeks: Sequence[WeekCount], name: str) -> int:
    return sum(getattr(week, name) for week in weeks)


def _vary(terms: Terms, past: Past, stage: Stage, weeks: Sequence[WeekCount]) -> Iterator[Variation]:
    """Yield the clause as drafted, and then with each lever moved."""
    yield _weigh("as drafted", "", "", weeks)
    for changed in change_terms(terms):
        if changed.terms is None:
            yield Variation(
                changed.lever, changed.change, changed.value, None, None, None, None, "there is no such zone"
            )
            continue
        stage.progress(f"clause {terms.clause.id}: {changed.lever} {changed.change}")
        trials = try_clause(changed.terms, stage.agreement, stage.evidence, past.stretches)
        yield _weigh(changed.lever, changed.change, changed.value, count_weeks(trials, past.weeks))


def _weigh(lever: str, change: str, value: str, weeks: Sequence[WeekCount]) -> Variation:
    findings, indicators, incidents, corroborated = (
        _sum(weeks, name) / len(weeks) for name in ("findings", "indicators", "incidents", "corroborated")
    )
    return Variation(lever, change, value, findings, indicators, incidents, corroborated)


def _say_assumptions(terms: Terms, agreement: Agreement) -> Iterator[str]:
    """Yield what was taken for granted: nobody was bound in those weeks."""
    rejected = sorted(party for party, (_, why) in terms.lapsed.items() if "rejected" in why)
    if rejected:
        yield f"rehearsed as if {', '.join(rejected)} were bound, who rejected it"
    if any("rejected" not in why for _, why in terms.lapsed.values()) or terms.possible is None:
        yield "rehearsed as if its conditions were met"
    named = terms.values.get("except", ())
    rules = [one.id for one in agreement.exceptions if one.of == terms.clause.id or one.id in named]
    if rules:
        yield (
            f"its exceptions ({', '.join(rules)}) ask for notices or determinations that nobody owed in those weeks: "
            "what they would have excused is counted unless such a row is there"
        )


def _say_drift(weeks: Sequence[WeekCount]) -> Iterator[str]:
    """Yield a warning where the earlier and the later weeks are not of one level: incidents, else indicators."""
    name = "incidents" if _sum(weeks, "incidents") else "indicators"
    counts = [getattr(week, name) for week in weeks]
    half = len(counts) // 2
    if not is_steady(counts):
        early, late = sum(counts[:half]) / half, sum(counts[half:]) / (len(counts) - half)
        yield (
            f"the level is not steady: {early:.1f} {name} a week in the earlier half, {late:.1f} in the later; "
            "the interval of the mean is too narrow then, and the nearest weeks (--weeks) say more"
        )


def _say_unseen(terms: Terms, evidence: Evidence) -> Iterator[str]:
    """Yield the kinds of event that nothing listed would show: what they would raise is in no number here."""
    if rests_on_positions(terms) and not list_trackers(evidence):
        yield "no source of positions was read: what tracks would raise is in no number here"
    unseen = [kind for kind in terms.values.get("events", ()) if not list_sources(kind, evidence)]
    if unseen:
        yield f"no source was read that reports {', '.join(unseen)}: what they would raise is in no number here"


def _digest(inputs: str, request: Request) -> str:
    asked: Mapping[str, object] = {"weeks": request.limit, "windows": [str(one) for one in request.lengths]}
    return hashlib.sha256(f"{inputs}\nrehearsal {asked}".encode()).hexdigest()
