"""The exceptions of Truceline.

TrucelineError              everything that Truceline raises on purpose
├── FormError               one piece of text is not in the form that was asked for
└── InputError              what a person gave cannot be used; carries every problem found
    ├── EvidenceError       evidence.toml, or a source that cannot be opened
    ├── CaseError           the case folder, the output folder, an option
    └── RecordError         the record cannot be written: its folder, its keys, its disk, a second writer
        └── DamagedError    the record does not verify, and nothing is passed on from it

A bad row inside a readable evidence file is not an exception: it is a reject, with its reason.
A broken invariant is a bug and raises `AssertionError` or whatever Python raises.
"""

from collections.abc import Sequence


class TrucelineError(Exception):
    """Base of all errors that Truceline raises on purpose."""


class FormError(TrucelineError):
    """One piece of text is not in the form that was asked for.

    It knows neither file nor line: the reader that does turns it into a `model.Problem`.
    """

    def __init__(self, what: str, *, expected: str, found: str, do: str) -> None:
        super().__init__(f"{what}: expected {expected}, found {found}; {do}")
        self.what = what
        self.expected = expected
        self.found = found
        self.do = do


class InputError(TrucelineError):
    """What a person gave cannot be used; `problems` holds all that is wrong, in file order."""

    def __init__(self, problems: Sequence[object]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class EvidenceError(InputError):
    """The list of evidence has errors, or a source in it cannot be opened."""


class CaseError(InputError):
    """The case folder, the output folder or an option cannot be used."""


class RecordError(InputError):
    """The record cannot be written: its folder, its keys or its disk; nothing was acknowledged."""


class DamagedError(RecordError):
    """The record does not verify: something in it was altered, removed or put in; nothing is passed on from it."""
