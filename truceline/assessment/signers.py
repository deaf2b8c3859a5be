"""`signers.toml`: whose keys decide what in this case.

[[signer]]
key = "duty-officer+3f5d076b+AWOTbXZKTF0j7R03i27Q+CDvM2OyQwtx5FgITwmGPeH6"
for = "reviewer"                         # or the id of a body or a party of the agreement
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truceline.agreement.document import Agreement
from truceline.assessment.documents import read_tables, state_problem
from truceline.model import Problem
from truceline.tlog.errors import LogError
from truceline.tlog.notes import Verifier

__all__ = ["REVIEWER", "Signer", "read_signers"]

REVIEWER = "reviewer"
"""What a key is for that reviews incidents."""

_KEYS = ("key", "for")


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, and for whom it speaks: a reviewer, or a body or party of the agreement by its id."""

    verifier: Verifier
    speaks_for: str


def read_signers(path: Path, agreement: Agreement | None) -> tuple[tuple[Signer, ...], list[Problem]]:
    """Return the signers in the order of the file, and every problem of it; no file: nobody signs."""
    tables, problems = read_tables(path, "signer")
    signers: list[Signer] = []
    for line, item in tables:
        wrong = list(_check(path, line, item, agreement))
        problems += wrong
        if not wrong:
            signers.append(Signer(Verifier.parse(item["key"]), item["for"]))
            problems += _check_again(path, line, signers)
    return tuple(signers), problems


def _check(path: Path, line: int, item: Mapping[str, Any], agreement: Agreement | None) -> Iterator[Problem]:
    for name in item.keys() - set(_KEYS):
        said = f'unknown key "{name[:60]}"', ", ".join(_KEYS), f'"{name[:60]}"', "remove it"
        yield state_problem(path, line, "signer", *said)
    for name in _KEYS:
        if not isinstance(item.get(name), str):
            found = "none" if name not in item else repr(item[name])[:60]
            said = f'"{name}" missing or no text', "a text in quotes", found, f'write {name} = "…"'
            yield state_problem(path, line, "signer", *said)
    if isinstance(item.get("key"), str):
        try:
            Verifier.parse(item["key"])
        except LogError as error:
            do = "copy the line that `truceline record key` prints"
            yield state_problem(path, line, "signer", "no key", "the public half of a signing key", str(error), do)
    known = {REVIEWER, *(agreement.parties if agreement else ()), *(agreement.bodies if agreement else ())}
    if agreement is not None and isinstance(item.get("for"), str) and item["for"] not in known:
        expected, found = ", ".join(sorted(known)), f'"{item["for"][:60]}"'
        yield state_problem(path, line, "signer", "for nobody of the agreement", expected, found, "correct the id")


def _check_again(path: Path, line: int, signers: list[Signer]) -> list[Problem]:
    last = signers[-1]
    if any(one.verifier.public_key == last.verifier.public_key for one in signers[:-1]):
        said = "key stands here already", "each key once", last.verifier.name, "make another with truceline record key"
        return [state_problem(path, line, "signer", *said)]
    return []
