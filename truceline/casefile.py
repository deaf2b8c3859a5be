"""The documents of a case, read and checked together: agreement, list of evidence, reviews, signers.

A case is a folder: `agreement.md`, `evidence.toml`, the files that it names, and where they exist
`reviews.toml` (drafts of decisions on incidents), `signers.toml` (whose keys decide) and `scenario.toml`
(a case with known truth, made on demand).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from truceline.agreement import read_agreement, resolve
from truceline.agreement.document import Agreement
from truceline.assessment.effect import check_baselines
from truceline.assessment.reviews import read_reviews
from truceline.assessment.signers import Signer, read_signers
from truceline.attachments import list_attached
from truceline.clauses import check_clauses, unverifiable
from truceline.errors import CaseError
from truceline.evidence import Plan, read_plan
from truceline.evidence.files import digest
from truceline.evidence.markings import check_codes
from truceline.guarantees.register import read_register
from truceline.identity.states import STATES, UNIONS, find_state
from truceline.model import Problem, Review

DECISIVE = ("agreement.md", "evidence.toml", "reviews.toml", "signers.toml")
"""The documents of a case that decide what comes out."""

NAMING = ("reviews.toml", "signers.toml")
"""The documents in which people are named: their bytes never leave with an export."""

DOCUMENTS = (*DECISIVE, "scenario.toml")
"""The documents of a case that its record keeps."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case folder, read and checked."""

    folder: Path
    agreement: Agreement
    plan: Plan
    reviews: tuple[Review, ...] = ()
    signers: tuple[Signer, ...] = ()
    warnings: tuple[Problem, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 (hex) of the documents, and of the files that they name, as they were when the case was read."""
    attached: Mapping[str, str] = field(default_factory=dict)
    """Files of outlines and lists, with the name of the document that names each."""


def read_case(folder: Path) -> Case:
    """Read the documents of a case; raises CaseError with the errors of all of them at once."""
    attached = list_attached(folder / "agreement.md", folder / "evidence.toml")
    digests = {name: digest(folder / name)[0] for name in (*DOCUMENTS, *attached) if (folder / name).is_file()}
    agreement, plan, problems = read_documents(folder / "agreement.md", folder / "evidence.toml")
    reviews, wrong = read_reviews(folder / "reviews.toml")
    signers, more = read_signers(folder / "signers.toml", agreement)
    problems = [*problems, *wrong, *more]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or agreement is None or plan is None:
        raise CaseError(errors)
    return Case(folder, agreement, plan, reviews, signers, tuple(problems), digests, attached)


def name_providers(case: Case, without: Iterable[str]) -> tuple[str, ...]:
    """Return the providers that are to be left out as the case spells them; a state may be given by its code.

    Raises CaseError for one that provides nothing: a misspelt name hides nothing.
    """
    named = [source.provider for source in case.plan.sources] + [coverage.provider for coverage in case.plan.coverage]
    known = sorted(set(filter(None, named)))
    codes = {code: name for name in known if (code := find_state(name))}
    meant = {name: name if name in known else codes.get(find_state(name) or "") for name in without}
    unknown = [name for name, provider in meant.items() if provider is None]
    if unknown:
        expected = (
            "one of " + ", ".join(f'"{name}"' for name in known) if known else "a list of evidence with providers"
        )
        raise CaseError(
            [
                Problem(
                    str(case.plan.path), 1, "provider not known", expected, f'--without "{name}"', "correct the name"
                )
                for name in unknown
            ]
        )
    return tuple(sorted({name for name in meant.values() if name}))


def read_documents(agreement_file: Path, evidence_file: Path) -> tuple[Agreement | None, Plan | None, list[Problem]]:
    """Read an agreement and a list of evidence, and return them beside every problem found."""
    agreement, problems = read_agreement(agreement_file)
    plan, more = read_plan(evidence_file, shapes_of(agreement) if agreement else {})
    if agreement is not None:
        problems += check_meaning(agreement, plan.kinds if plan else ())
    if agreement is not None and plan is not None:
        more += check_codes(plan, codes_of(agreement))
    return agreement, plan, [*problems, *more]


def codes_of(agreement: Agreement) -> set[str]:
    """Return the codes that a marking may name: states, unions of states, and whom the agreement names."""
    members = {code for codes in agreement.groups.values() for code in codes}
    return members | STATES.keys() | UNIONS.keys() | agreement.parties.keys() | agreement.bodies.keys()


def check_meaning(agreement: Agreement, kinds: Sequence[str] = ()) -> list[Problem]:
    """Return what is wrong with the clauses and the pledges of an agreement; `kinds` are those that evidence adds."""
    return [*check_clauses(agreement, kinds), *check_baselines(agreement), *read_register(agreement)[1]]


def check_documents(agreement_file: Path, evidence_file: Path | None) -> tuple[list[Problem], Agreement | None]:
    """Return every problem of an agreement, and a warning for each clause that nothing could verify.

    The list of evidence is `evidence_file`, else `evidence.toml` beside the agreement where it exists.
    """
    beside = evidence_file or agreement_file.parent / "evidence.toml"
    if evidence_file or beside.is_file():
        agreement, plan, problems = read_documents(agreement_file, beside)
    else:
        agreement, problems = read_agreement(agreement_file)
        plan = Plan(beside)
        problems += check_meaning(agreement) if agreement else []
    if agreement is not None and plan is not None and not any(p.severity == "error" for p in problems):
        problems += unverifiable(agreement, resolve(agreement, {}), plan)
    return sorted(problems, key=lambda p: (p.severity, p.file, p.line)), agreement


def shapes_of(agreement: Agreement) -> dict[str, BaseGeometry]:
    """Return the zones that somebody could draw, in lon/lat degrees."""
    return {name: zone.shape for name, zone in agreement.zones.items() if zone.shape is not None}
