"""The whole flow in a page: an agreement and its evidence in, an assessment out.

    agreement.md ──────────────┐
                               ├─> terms ──> findings ──> incidents ──> standing ──┐
    evidence.toml ──> tables ──┤                                                   ├──> assessment ──> reports
                               └─────────────────────────────────────> effect ─────┘

What a case's folder holds, and how it is read, is in `truceline.casefile`. What a run read and found stands in the
record of its output.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truceline import __version__
from truceline.agreement import resolve
from truceline.agreement.document import Agreement, Terms
from truceline.assessment.changes import compare_runs
from truceline.assessment.claims import read_claims
from truceline.assessment.decided import NOTHING_DECIDED, Decided, read_decided
from truceline.assessment.determinations import note_ignored, read_determinations
from truceline.assessment.effect import measure, unmeasured
from truceline.assessment.incidents import find_orphans, fuse
from truceline.assessment.lineages import join_same_feeds
from truceline.assessment.reception import add_reception, write_reception
from truceline.assessment.standing import judge
from truceline.assessment.tasks import open_tasks
from truceline.casefile import DECISIVE, DOCUMENTS, NAMING, Case, name_providers, read_case, shapes_of
from truceline.clauses import (
    find,
    find_lost,
    has_meaning,
    name_breaches,
    note_strangers,
)
from truceline.errors import CaseError
from truceline.evidence import Evidence, Keep, Kept, Plan, Source, gather
from truceline.evidence.axes import check_axes
from truceline.evidence.dates import note_far, refuse_ahead
from truceline.evidence.files import hash_in_place
from truceline.evidence.sight import name_lineages
from truceline.gazetteer import load_gazetteer
from truceline.model import Assessment, ClauseAssessment, Finding, Incident, Problem, Review
from truceline.record import Sealed
from truceline.record.markings import Markings
from truceline.record.session import Session, digest_code, open_session
from truceline.reports import write_reports
from truceline.reports.folder import prepare_folder, writing
from truceline.spacetime import Interval, format_utc
from truceline.tlog.policy import KnownWitness

if TYPE_CHECKING:
    from truceline.scenario import Score

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may ask of a run.

    `cut_off`: nothing that happened at or after it is used. `period`: the length of a reporting
    period. `as_of`: nothing that arrived after it is used. `without`: providers that are left out.
    `readable`: also what people read, the page and the paper.
    """

    cut_off: datetime | None = None
    period: timedelta = timedelta(hours=24)
    as_of: datetime | None = None
    without: tuple[str, ...] = ()
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """All findings and incidents of a case, up to a cut-off."""

    findings: tuple[Finding, ...]
    incidents: tuple[Incident, ...]
    cut_off: datetime
    period: timedelta


@dataclass(frozen=True, slots=True)
class Run:
    """What a run made: the assessment, the files it wrote, and the score where the truth is known."""

    assessment: Assessment
    folder: Path
    files: tuple[Path, ...]
    warnings: tuple[Problem, ...] = ()
    score: "Score | None" = None
    sealed: Sealed | None = None
    """The checkpoint under which all of it stands in the record, and what went wrong on the way to it."""


def run_case(
    folder: Path,
    out: Path,
    options: Options,
    progress: Progress = lambda _: None,
    witnesses: Sequence[KnownWitness] = (),
) -> Run:
    """Assess the case in `folder`, write everything to `out`, whole or not at all, and record it in `out`/record.

    Evidence is kept and stated before it is parsed. `witnesses` are asked to cosign; one that does not is named
    in `Run.sealed.notes`. Raises CaseError with every problem found where the case cannot be used, and
    RecordError where the record cannot be written.
    """
    truth = prepare_scenario(folder, progress)
    case = read_case(folder)
    options = replace(options, without=name_providers(case, options.without))
    prepare_folder(out)
    with open_session(out, case.agreement.id, mark_case(case.plan), witnesses, progress=progress) as session:
        keep_documents(case, session)
        with writing(out), session.stage() as staged:
            decided = decide(case, session, options)
            assessment, evidence = assess(case, options, staged, progress, partial(keep_source, session), decided)
            assessment = replace(assessment, addendum=tell_changes(session, assessment))
            progress("writing reports")
            written = write_reports(assessment, case.agreement, evidence, staged, readable=options.readable)
            files = tuple(out / path.relative_to(staged) for path in written)
            progress("sealing the record")
            sealed = session.publish(assessment, staged, {"options": say_options(options), "code": digest_code()})
    return Run(assessment, out, files, case.warnings, score_run(assessment, truth) if truth else None, sealed)


def mark_case(plan: Plan) -> Markings:
    """Return the marking that a case states, and those of its sources, with their origins."""
    return Markings(plan.marking, {source.name: source.marking for source in plan.sources}, name_lineages(plan))


def keep_documents(case: Case, session: Session) -> None:
    """Keep the documents of a case, and files that they name, in the record; raises CaseError where one changed.

    The list of evidence names every source, and is marked as all of them; what names people never leaves.
    """
    everything = session.markings.derive(source.name for source in case.plan.sources)
    for name in (*DOCUMENTS, *case.attached):
        path = case.folder / name
        if path.is_file():
            people = {"observers": True} if name in NAMING else {}
            document = case.attached.get(name, name)
            marking = case.plan.marking if document == "agreement.md" else everything
            blob = session.keep(path, name, {"document": document, **people}, marking)
            if case.digests.get(name, blob.digest) != blob.digest:
                do = "run again when nobody writes to it"
                problem = Problem(str(path), 1, "file changed while it was read", "the bytes read", "others", do)
                raise CaseError([problem])


def keep_source(session: Session, source: Source, path: Path, shown: str) -> Kept:
    """Keep a file of evidence in the record, before it is parsed; return where the copy lies that is read."""
    observers = source.format == "observation" or "observer" in source.columns
    body = {"source": source.name, **({"observers": True} if observers else {})}
    blob = session.keep(path, shown, body, session.markings.of(source.name))
    return Kept(blob.digest, blob.size_bytes, blob.path)


def tell_changes(session: Session, assessment: Assessment) -> tuple[str, ...]:
    """Say which findings of the last sealed report over other inputs are different now."""
    earlier = session.find_earlier(assessment.digest, assessment)
    return () if earlier is None else compare_runs(earlier, assessment)


def decide(case: Case, session: Session, options: Options) -> Decided:
    """Return what people signed into the record before this run, as far as the case's signers may."""
    rules, log = case.agreement.body_rules, session.record.keys.origin
    limits = {"as_of": options.as_of, "cut_off": options.cut_off}
    return read_decided(session.entered, case.signers, case.agreement.id, rules=rules, log=log, **limits)


def say_options(options: Options) -> dict[str, Any]:
    """Return the options of a run as its statement says them."""
    return {
        "cut_off": format_utc(options.cut_off) if options.cut_off else None,
        "period_hours": options.period / timedelta(hours=1),
        "as_of": format_utc(options.as_of) if options.as_of else None,
        "without": list(options.without),
        "readable": options.readable,
    }


def assess(
    case: Case,
    options: Options,
    tables: Path,
    progress: Progress,
    keep: Keep = hash_in_place,
    decided: Decided = NOTHING_DECIDED,
) -> tuple[Assessment, Evidence]:
    """Set the evidence against every clause; the tables of evidence go to the folder `tables`.

    `keep` is given each file before it is parsed, and says where the bytes lie that are read. `decided` is what
    people signed into the record; it goes before the drafts of the case.
    """
    agreement, reviews = case.agreement, (*case.reviews, *decided.reviews)
    evidence = gather(
        case.plan,
        load_gazetteer(case.plan.areas),
        tables,
        without=options.without,
        as_of=options.as_of,
        cut_off=options.cut_off,
        progress=progress,
        keep=keep,
    )
    evidence = join_same_feeds(check_axes(evidence, {**shapes_of(agreement), **agreement.lines}))
    determinations = read_determinations(evidence, agreement, decided.determinations)
    terms = resolve(agreement, determinations)
    evidence = add_reception(evidence, terms)
    write_reception(evidence, tables)
    cut_off = options.cut_off or find_cut_off(case, terms, evidence)

    progress("setting the evidence against the clauses")
    findings = tuple(finding for term in terms for finding in find(term, agreement, evidence))
    incidents = fuse(findings, agreement, reviews, cut_off)
    found = Found(findings, incidents, cut_off, options.period)
    clauses = tuple(assess_clause(term, agreement, evidence, found) for term in terms)

    return Assessment(
        case=agreement.id,
        title=agreement.title,
        agreement_status=agreement.status,
        source=agreement.source,
        version=__version__,
        digest=digest_inputs(case, options, evidence, decided),
        zone=agreement.zone_of_time,
        interval=span_of(terms),
        cut_off=cut_off,
        period_hours=options.period / timedelta(hours=1),
        as_of=options.as_of,
        without=options.without,
        clauses=clauses,
        incidents=incidents,
        findings=findings,
        claims=read_claims(evidence, agreement),
        tasks=open_tasks(agreement, incidents, determinations, cut_off),
        files=evidence.files,
        parties={party.id: party.name for party in agreement.parties.values()},
        notes=(
            *evidence.notes,
            *note_far(evidence.files, cut_off),
            *note_strangers(agreement, evidence),
            *find_lost(agreement, terms, case.plan, options.without),
            *note_ignored(evidence, agreement, decided.determinations),
            *decided.notes,
            *note_orphans(reviews, incidents),
        ),
    ), evidence


def assess_clause(term: Terms, agreement: Agreement, evidence: Evidence, found: Found) -> ClauseAssessment:
    """Say everything about one clause under one reading."""
    clause = term.clause
    mine = tuple(i for i in found.incidents if (i.clause, i.reading) == (clause.id, term.reading))
    standings, periods = judge(
        term,
        name_breaches(term),
        mine,
        evidence,
        findings=found.findings,
        cut_off=found.cut_off,
        period=found.period,
        zones=shapes_of(agreement),
        evaluated=has_meaning(term),
    )
    return ClauseAssessment(
        clause=clause.id,
        reading=term.reading,
        kind=clause.kind,
        article=clause.article.title,
        text=clause.article.text,
        binds=clause.binds,
        zone=term.zone.id if term.zone else None,
        clocks=term.clocks,
        interval=term.interval,
        standings=standings,
        periods=periods,
        effects=measure(term, evidence, cut_off=found.cut_off),
        incidents=tuple(incident.id for incident in mine),
        reasons=(*term.notes, *unmeasured(term, evidence, cut_off=found.cut_off)),
    )


def note_orphans(reviews: Iterable[Review], incidents: Iterable[Incident]) -> tuple[str, ...]:
    """Say which reviews decide on an incident that this run did not find."""
    return tuple(
        f"the review of {review.reviewer} decides on incident {review.incident}, which this run did not find"
        for review in find_orphans(reviews, incidents)
    )


def prepare_scenario(folder: Path, progress: Progress) -> Path | None:
    """Make the evidence of a case with known truth, anew each time; return the truth's path.

    The same description gives the same bytes, and data of an older description would be no test of it.
    """
    description = folder / "scenario.toml"
    if not description.is_file():
        return None
    from truceline.scenario import generate, read_scenario  # most cases have no use for it

    config, problems = read_scenario(description)
    if config is None or problems:
        raise CaseError(problems)
    progress("making the scenario's evidence")
    generate(config, folder)
    return folder / "data" / "truth.json"


def score_run(assessment: Assessment, truth: Path) -> "Score":
    """Hold an assessment against the known truth."""
    from truceline.scenario import score

    return score(assessment, truth)


def find_cut_off(case: Case, terms: Iterable[Terms], evidence: Evidence) -> datetime:
    """Return the end of the agreement; where it is open, the full hour after the last that is known.

    The wall clock has no say in it, so that the same inputs give the same report tomorrow. Raises CaseError where
    nothing is known, or where the last that is known lies ahead of today.
    """
    ends = [term.possible.end for term in terms if term.possible]
    closed = [end for end in ends if end is not None]
    if closed and len(closed) == len(ends):
        return max(closed)
    refuse_ahead(evidence.files)
    known = [tally.last_utc for tally in evidence.files if tally.last_utc]
    known += [source.span.end for source in case.plan.sources if source.span and source.span.end]
    known += [coverage.interval.end for coverage in case.plan.coverage if coverage.interval.end]
    if not known:
        problem = Problem(
            case.agreement.file,
            case.agreement.block.line,
            "no cut-off",
            expected="an agreement that ends, or evidence whose time is known",
            found="neither",
            do="give the instant with --cut-off",
        )
        raise CaseError([problem])
    return max(known).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def span_of(terms: Iterable[Terms]) -> Interval | None:
    """Return the widest time in which any clause may hold."""
    spans = [term.possible for term in terms if term.possible]
    if not spans:
        return None
    ends = [span.end for span in spans]
    last = None if None in ends else max(end for end in ends if end is not None)
    return Interval(min(span.start for span in spans), last)


def digest_inputs(case: Case, options: Options, evidence: Evidence, decided: Decided = NOTHING_DECIDED) -> str:
    """Return SHA-256 over everything that decides the result: documents, shapes, files, options, version."""
    seal = hashlib.sha256(__version__.encode())
    for name in DECISIVE:
        path = case.folder / name
        seal.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    shapes = [zone.shape for zone in case.agreement.zones.values()]
    for shape in (*shapes, *case.agreement.lines.values(), *case.plan.areas.values()):
        seal.update(shape.wkb if shape else b"none")
    seal.update(repr(case.plan.listed).encode("utf-8", "surrogatepass"))  # their files are not among the evidence's
    for tally in evidence.files:
        seal.update(bytes.fromhex(tally.sha256))
    cut_off, as_of = (format_utc(t) if t else "" for t in (options.cut_off, options.as_of))
    seal.update(decided.digest)
    seal.update("\n".join([cut_off, as_of, str(options.period), *options.without]).encode())
    return seal.hexdigest()
