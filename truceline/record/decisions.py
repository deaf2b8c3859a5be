"""What people decide, as they sign it: a signed note over one line of JSON, checkable without us.

The note's text is RFC 8785 JSON and a line's end; its signatures are C2SP signed-note lines, with the key of
whoever decides, and not with the log's. The line names the agreement, so that a note cannot be carried to another
case. What a decision means, and whether its signer may take it, is for `assessment` to say.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from truceline.record.markings import Marking
from truceline.record.statements import Statement, canonicalize, read_time
from truceline.spacetime import format_utc
from truceline.tlog.notes import Signer, sign_note, split_note

Act = Literal["review", "determination", "notice", "dissent", "withdrawal"]
"""What is signed: a reviewer's word on an incident, a body's determination, a party's notice, a party's dissent from a
leaf, and taking back a leaf of one's own."""

ACTS = frozenset(get_args(Act))
CHOICES = ("confirm", "contest", "dismiss")
VOTES = ("for", "against", "abstained")
ABOUT_LEAVES = frozenset({"dissent", "withdrawal"})
"""Acts that are about a leaf of one log."""
LONGEST = 4_000
"""Characters of the longest text in a decision."""

_FORM = "truceline/decision/1"
_FIELDS = frozenset({"form", "agreement", "log", "act", "by", "subject", "at", "choice", "reason", "votes", "dissents"})


class DecisionError(ValueError):
    """Text is no decision; the message says what was expected and found."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: who (`by`), what (`act`) on what (`subject`), when, and why.

    `subject` is the id of an incident (review), the name of a determination ("repair-done"), or the number of a
    leaf (dissent, withdrawal). `choice` is a reviewer's: confirm, contest, dismiss. `votes` and `dissents` are
    those of a body's members, by their names.
    """

    agreement: str
    act: Act
    by: str
    subject: str
    at: datetime
    reason: str
    choice: str = ""
    votes: Mapping[str, str] = field(default_factory=dict)
    dissents: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    """The origin of the log whose leaf it is about, empty where it is about none: leaf 45 of another log is another."""

    @property
    def text(self) -> str:
        """The text that is signed: one line of canonical JSON."""
        value = {
            "form": _FORM,
            "agreement": self.agreement,
            "log": self.log,
            "act": self.act,
            "by": self.by,
            "subject": self.subject,
            "at": format_utc(self.at),
            "choice": self.choice,
            "reason": self.reason,
            "votes": dict(self.votes),
            "dissents": dict(self.dissents),
        }
        return canonicalize(value).decode() + "\n"

    @property
    def leaf(self) -> int | None:
        """The number of the leaf that it is about, None where it is about none."""
        return int(self.subject) if self.act in ABOUT_LEAVES else None


def sign_decision(decision: Decision, signer: Signer) -> str:
    """Return the signed note of a decision; raises DecisionError where it cannot be one."""
    read_decision(decision.text)
    return sign_note(decision.text, [signer])


def read_note(note: str) -> Decision:
    """Return the decision in a signed note, whoever signed it; raises DecisionError or `NoteError`."""
    return read_decision(split_note(note)[0])


def read_decision(text: str) -> Decision:
    """Return the decision that a note's text states; raises DecisionError for anything that we would not write."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DecisionError(f"expected one line of JSON, found {str(error)[:100]}") from error
    if not isinstance(value, dict) or value.keys() != _FIELDS or value["form"] != _FORM:
        raise DecisionError(f"expected the fields of {_FORM}, found {str(value)[:100]}")
    named = {name: value[name] for name in _FIELDS - {"form", "at"}}
    made = Decision(at=_check(value), **named)
    if made.text != text:
        raise DecisionError("expected canonical JSON (RFC 8785) and a line's end, found the same written otherwise")
    return made


def state_decision(note: str, marking: Marking | None) -> Statement:
    """Return the statement that enters a signed decision into the record."""
    decision = read_note(note)
    kind: Literal["decision", "notice", "correction"] = "decision"
    if decision.act in {"notice", "withdrawal"}:
        kind = "notice" if decision.act == "notice" else "correction"
    rests = () if decision.leaf is None else (decision.leaf,)
    body = {"act": decision.act, "note": note}
    if decision.act == "review":
        body["incident"] = decision.subject  # its marking counts for the decision too
    return Statement(kind, decision.subject, body, marking, claimed_utc=decision.at, derived_from=rests)


def _check(value: Mapping[str, Any]) -> datetime:
    for name in ("agreement", "log", "act", "by", "subject", "at", "choice", "reason"):
        _check_text(name, value[name], empty=name in {"log", "choice", "reason"})
    for name in ("votes", "dissents"):
        if not isinstance(value[name], dict) or len(value[name]) > 100:
            raise DecisionError(f"expected {name} by name, 100 at most")
        for member, said in value[name].items():
            _check_text(f"a name in {name}", member)
            _check_text(f"{name} of {member}", said)
    _check_meaning(value)
    at = read_time(value["at"])
    if at is None:
        raise DecisionError(f"expected an instant in UTC, found {value['at'][:40]!r}")
    return at


def _check_text(name: str, value: object, *, empty: bool = False) -> None:
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        shown = ascii(value)[:60] if isinstance(value, str) else type(value).__name__
        raise DecisionError(f"expected at most {LONGEST:,} characters that can be printed in {name}, found {shown}")
    if not empty and not value.strip():
        raise DecisionError(f"expected a text in {name}, found none")


def _check_meaning(value: Mapping[str, Any]) -> None:
    act, subject = value["act"], value["subject"]
    if act not in ACTS:
        raise DecisionError(f"expected one of {', '.join(sorted(ACTS))}, found {act[:40]!r}")
    if (act == "review") != (value["choice"] in CHOICES):
        raise DecisionError(
            f"expected {', '.join(CHOICES)} in a review, and only there, found {value['choice'][:40]!r}"
        )
    if act == "review" and not value["reason"].strip():
        raise DecisionError("expected a reason, for a review without one decides nothing, found none")
    about_leaf = act in ABOUT_LEAVES
    if about_leaf and not (subject.isascii() and subject.isdigit() and len(subject) < 16):
        raise DecisionError(f"expected the number of a leaf, found {subject[:40]!r}")
    if about_leaf != bool(value["log"]):
        raise DecisionError(f"expected the log of the leaf, where it is about one, found {value['log'][:80]!r}")
    wrong = sorted(set(value["votes"].values()) - set(VOTES))
    if wrong:
        raise DecisionError(f"expected votes {', '.join(VOTES)}, found {wrong[0][:40]!r}")
