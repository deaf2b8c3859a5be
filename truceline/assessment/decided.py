"""What people signed into the record -> reviews and determinations that this run reads, and what it says of them.

A decision counts where its signature holds, its key is one of the case's `signers.toml`, that key speaks for whoever
decides, and nobody took the decision back. Whether the agreement gives a body that word is for `determinations`. What
does not count changes nothing, and is said.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, cast

from truceline.assessment.determinations import Determined
from truceline.assessment.signers import REVIEWER, Signer
from truceline.model import Review
from truceline.record.decisions import VOTES, Decision, DecisionError, read_decision
from truceline.record.history import Entry
from truceline.spacetime import format_utc
from truceline.tlog.errors import LogError
from truceline.tlog.notes import open_note, split_note

__all__ = ["NOTHING_DECIDED", "Decided", "read_decided"]

_AHEAD = timedelta(minutes=5)  # how far the clock of whoever signs may be ahead of the record's
_LATE = timedelta(hours=1)  # from when on the time that a decision claims is said to be a claim


@dataclass(frozen=True, slots=True)
class Decided:
    """What counts of what was signed, what is to be said of it, and a digest of all of it."""

    reviews: tuple[Review, ...] = ()
    determinations: tuple[Determined, ...] = ()
    notes: tuple[str, ...] = ()
    digest: bytes = b""


NOTHING_DECIDED = Decided()


@dataclass(frozen=True, slots=True)
class _Signed:
    leaf: int
    decision: Decision
    key: str
    recorded: datetime


def read_decided(
    entries: Sequence[Entry],
    signers: Sequence[Signer],
    agreement: str,
    *,
    log: str = "",
    as_of: datetime | None = None,
    cut_off: datetime | None = None,
    rules: Mapping[str, str] = MappingProxyType({}),
) -> Decided:
    """Return what was decided, as the record has it; what came in after `as_of` is left out.

    Of determinations and notices, those at or after `cut_off` are left out as well, as events are. `log` is
    the origin of the record: what is about a leaf of another log does not count. `rules` are those by which bodies
    decide, as the agreement states them: they are said, and not checked.
    """
    signed, notes, read = [], [], []
    for entry in entries:
        note = entry.body.get("note")
        if not isinstance(note, str) or (as_of is not None and _recorded(entry) > as_of):
            continue
        read.append(f"{entry.leaf} {len(note)} {note}")
        try:
            signed.append(_open(entry, note, signers, (agreement, log)))
        except (DecisionError, LogError) as error:
            notes.append(f"the decision of leaf {entry.leaf} changes nothing: {error}")
    signed, repeated = _drop_repeated(signed)
    standing, more = _take_back(signed)
    dissents = _list_dissents(standing)
    made = [one for one in standing if one.decision.act in {"determination", "notice"}]
    made = [one for one in made if cut_off is None or one.decision.at < cut_off]
    said = [line for one in made for line in _tell(one, dissents[one.leaf], rules.get(one.decision.by, ""))]
    counted = (_determine(one) for one in made if _carried(one.decision))
    return Decided(
        reviews=tuple(_review(one, dissents[one.leaf]) for one in standing if one.decision.act == "review"),
        determinations=tuple(sorted(counted)),
        notes=(*notes, *repeated, *more, *said, *_name_late(standing)),
        digest=hashlib.sha256("\n".join(read).encode()).digest() if read else b"",
    )


def _recorded(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.statement["recorded_utc"])


def _open(entry: Entry, note: str, signers: Sequence[Signer], about: tuple[str, str]) -> _Signed:
    """Return a decision whose signer may speak about this agreement and log.

    Raises LogError or DecisionError with the reason where none may.
    """
    agreement, log = about
    listed = {(one.verifier.name, one.verifier.key_id): one for one in signers}
    if not any((line.name, line.key_id) in listed for line in split_note(note)[1]):
        raise DecisionError("none of its signatures is by a key that signers.toml lists")
    opened = open_note(note, [one.verifier for one in signers])
    decision = read_decision(opened.text)
    voices = [listed[line.name, line.key_id] for line in opened.verified]
    if decision.agreement != agreement:
        raise DecisionError(f"it is about the agreement {decision.agreement}")
    if decision.leaf is not None and decision.log != log:
        raise DecisionError(f"it is about leaf {decision.leaf} of the log {decision.log}")
    wanted = REVIEWER if decision.act == "review" else decision.by
    fitting = [one for one in voices if one.speaks_for == wanted]
    if not fitting:
        spoken = ", ".join(sorted({one.speaks_for for one in voices}))
        raise DecisionError(f"it is signed for {spoken}, and decides for {wanted}")
    if decision.at > _recorded(entry) + _AHEAD:
        raise DecisionError(f"it claims {format_utc(decision.at)}, which had not come when it was recorded")
    return _Signed(entry.leaf, decision, fitting[0].verifier.name, _recorded(entry))


def _drop_repeated(signed: Sequence[_Signed]) -> tuple[list[_Signed], list[str]]:
    """Return each decision once, as it was first entered: an old note that is entered again decides nothing anew."""
    first: dict[tuple[str, str], _Signed] = {}
    notes = []
    for one in signed:
        before = first.setdefault((one.decision.text, one.key), one)
        if before is not one:
            notes.append(f"the decision of leaf {one.leaf} changes nothing: it is that of leaf {before.leaf}, again")
    return list(first.values()), notes


def _take_back(signed: Sequence[_Signed]) -> tuple[list[_Signed], list[str]]:
    """Return what stands, and say what was taken back, and by whom it could not be."""
    by_leaf = {one.leaf: one for one in signed}
    gone, notes = set(), []
    for one in reversed(signed):  # a withdrawal may be taken back itself, further down
        if one.decision.act != "withdrawal" or one.leaf in gone:
            continue
        target = by_leaf.get(one.decision.leaf or 0)
        if target is None or target.leaf >= one.leaf:
            notes.append(f"leaf {one.leaf} takes back leaf {one.decision.leaf}, which is no decision that counts")
        elif not _same_voice(target, one):
            notes.append(f"leaf {one.leaf} takes back leaf {target.leaf}, which is another's: that one stands")
        else:
            gone.add(target.leaf)
            notes.append(f"the decision of leaf {target.leaf} was taken back by leaf {one.leaf}: {one.decision.reason}")
    return [one for one in signed if one.leaf not in gone], notes


def _same_voice(one: _Signed, other: _Signed) -> bool:
    """Whether two decisions are by the same: of reviewers by key, of bodies and parties by their id."""
    return one.key == other.key if one.decision.act == "review" else one.decision.by == other.decision.by


def _name_late(standing: Sequence[_Signed]) -> Iterator[str]:
    """Say of which decisions the record knows only later that they were taken: their times are their signers' word."""
    for one in standing:
        if one.recorded - one.decision.at > _LATE:
            said, took = format_utc(one.decision.at), format_utc(one.recorded)
            yield f"the decision of leaf {one.leaf} says that it was taken on {said}; the record took it on {took}"


def _list_dissents(standing: Sequence[_Signed]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for one in standing:
        said = one.decision
        if said.act == "dissent" and said.leaf is not None:
            found[said.leaf].append(f"{said.by} dissents (leaf {one.leaf}, {format_utc(said.at)}): {said.reason}")
    return found


def _review(one: _Signed, dissents: Sequence[str]) -> Review:
    said = one.decision
    choice = cast(Literal["confirm", "contest", "dismiss"], said.choice)
    return Review(said.subject, choice, one.key, said.reason, said.at, one.key, one.leaf, tuple(dissents))


def _determine(one: _Signed) -> Determined:
    kind = "determination" if one.decision.act == "determination" else "notification"
    return Determined(one.decision.at, one.decision.subject, one.decision.by, kind)


def _carried(decision: Decision) -> bool:
    """Whether somebody voted for it, where votes are given; how many must is the body's own rule."""
    return not decision.votes or "for" in decision.votes.values()


def _tell(one: _Signed, dissents: Sequence[str], rule: str) -> Iterator[str]:
    """Say what was decided with its votes and dissents: they belong to it."""
    said = one.decision
    verb = "determined" if said.act == "determination" else "gave notice of"
    reason = f": {said.reason}" if said.reason else ""
    yield f'{said.by} {verb} "{said.subject}" on {format_utc(said.at)} (signed, leaf {one.leaf}){reason}'
    if said.act == "determination":
        yield f'votes on "{said.subject}" (leaf {one.leaf}): {_count(said.votes)}; {_say_rule(said.by, rule)}'
    if not _carried(said):
        yield f'"{said.subject}" of leaf {one.leaf} does not count: nobody voted for it'
    for member, text in sorted(said.dissents.items()):
        yield f'{member} dissents from "{said.subject}" (leaf {one.leaf}): {text}'
    yield from (f'from "{said.subject}" (leaf {one.leaf}) {dissent}' for dissent in dissents)


def _count(votes: Mapping[str, str]) -> str:
    """Return "2 for (A, B), 1 against (C)"; none given are not none cast."""
    by_vote = [(vote, sorted(member for member, cast_ in votes.items() if cast_ == vote)) for vote in VOTES]
    listed = [f"{len(members)} {vote} ({', '.join(members)})" for vote, members in by_vote if members]
    return ", ".join(listed) or "none are given"


def _say_rule(body: str, rule: str) -> str:
    """Return by what rule the body decides, as far as the agreement says; a machine does not apply it."""
    if rule:
        return f'{body} decides "{rule}", as the agreement states; that this was kept was not checked'
    return f"by what rule {body} decides the agreement does not state; whether they are enough was not checked"
