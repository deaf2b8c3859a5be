"""What all statements of a log say together: runs, evidence, removals, links.

One pass in log order, with nothing kept of a statement but what later ones need.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from truceline.record.figures import Judged
from truceline.record.statements import read_time
from truceline.tlog.audit import Fault


@dataclass
class Run:
    """What one run stated, until its `run` statement closes it."""

    findings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    incidents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    standings: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    evidence: frozenset[str] = frozenset()
    """Digests of all evidence that was kept before it was closed."""
    removed: bool = False
    """Whether statements were removed by order among its own, so that its figures cannot be counted again."""
    complete: bool = True
    """Whether no statement was removed before it was closed, so that all evidence is known."""

    @property
    def judged(self) -> Judged:
        """What its reports must agree with."""
        return Judged(self.findings, self.incidents, self.evidence if self.complete else None, self.standings)


class Ledger:
    """Takes the statements of a log in order; says what does not fit what was said before.

    `partial`: some statements are withheld, so what one of them rests on may not be known.
    """

    def __init__(self, *, partial: bool = False) -> None:
        self._partial = partial
        self.newest: Run | None = None
        """The newest run that was closed."""
        self.evidence: dict[str, int] = {}
        """Digests whose bytes must be here, with the leaf that says so."""
        self.removed: dict[str, int] = {}
        """Digests whose bytes must not be here, with the leaf that says so."""
        self.removed_leaves: dict[int, int] = {}
        """Leaves whose statement was removed, with the leaf that says so."""
        self.stated: set[str] = set()
        """All digests that a statement names."""
        self.files: dict[str, str] = {}
        """Files of the record's own folder that were logged, with their digests: time stamps."""
        self._open: dict[str, Run] = {}
        self._kept: set[str] = set()  # also what was removed since
        self._clock: datetime | None = None
        self._gone = 0  # statements that were removed, so far
        self._gone_since = 0  # and since the last run was closed

    def miss(self) -> None:
        """Take a leaf whose statement was removed: it may have been anything."""
        self._gone += 1
        self._gone_since += 1

    def take(self, leaf: int, path: str, statement: Mapping[str, Any]) -> Iterator[Fault]:
        """Take the next statement; yield what is wrong with it. `path` is the file that it stands in."""
        where = f"statement of leaf {leaf}"
        recorded = read_time(statement["recorded_utc"])
        if self._clock is not None and recorded is not None and recorded < self._clock:
            yield Fault(path, f"{where}: time of recording went back", f"{self._clock} or later", f"{recorded}")
        self._clock = recorded
        yield from self._check_links(leaf, path, where, statement)
        self._note_digest(leaf, statement)
        taken = _TAKERS.get(statement["kind"])
        if taken:
            yield from taken(self, leaf, path, statement)

    def _check_links(self, leaf: int, path: str, where: str, statement: Mapping[str, Any]) -> Iterator[Fault]:
        """A statement rests on earlier leaves, and on bytes that an earlier statement names."""
        for link in statement["from"]:
            if isinstance(link, int):
                if link >= leaf:
                    yield Fault(path, f"{where}: link to leaf {link}", "an earlier leaf", "none such")
            elif link not in self.stated and not self._partial and not self._gone:
                yield Fault(path, f"{where}: link to {link}", "bytes that an earlier statement names", "none such")

    def _note_digest(self, leaf: int, statement: Mapping[str, Any]) -> None:
        digest, path = statement["digest"], statement["path"]
        if digest is None:
            return
        self.stated.add(digest)
        if statement["kind"] == "evidence":
            self.evidence[digest] = leaf
            self._kept.add(digest)
            self.removed.pop(digest, None)
        if path is not None and path.startswith("record/"):
            self.files[path] = digest

    def _take_judgement(self, leaf: int, path: str, statement: Mapping[str, Any]) -> Iterator[Fault]:
        body = statement["body"]
        run, kind = body.get("run"), statement["kind"]
        if isinstance(run, str) and isinstance(body.get(kind), str):
            mine = self._open.setdefault(run, Run())
            (mine.findings if kind == "finding" else mine.incidents)[body[kind]] = body
        else:
            yield Fault(path, f"statement of leaf {leaf}: which run said so", f'"run" and "{kind}" in its body', "none")

    def _take_standing(self, leaf: int, path: str, statement: Mapping[str, Any]) -> Iterator[Fault]:
        """The standing of one clause, or the file with that of all."""
        body = statement["body"]
        if statement["path"] is not None or "clause" not in body:
            yield from self._take_output(leaf, path, statement)
            return
        run, clause, reading, words = (body.get(key) for key in ("run", "clause", "reading", "standing"))
        if isinstance(run, str) and isinstance(clause, str) and isinstance(reading, str) and isinstance(words, dict):
            self._open.setdefault(run, Run()).standings[clause, reading] = words
        else:
            expected = "run, clause, reading and standing in its body"
            yield Fault(path, f"statement of leaf {leaf}: which clause of which run", expected, "not all of them")

    def _take_output(self, leaf: int, path: str, statement: Mapping[str, Any]) -> Iterator[Fault]:
        run, output, digest = statement["body"].get("run"), statement["path"], statement["digest"]
        if isinstance(run, str) and output is not None and digest is not None:
            self._open.setdefault(run, Run()).outputs[output] = digest
        else:
            yield Fault(
                path, f"statement of leaf {leaf}: which file of which run", "path, digest, and run in its body", "none"
            )

    def _take_run(self, leaf: int, path: str, statement: Mapping[str, Any]) -> Iterator[Fault]:
        body = statement["body"]
        run = self._open.get(body["run"], Run()) if isinstance(body.get("run"), str) else Run()
        stated = {name: len(getattr(run, name)) for name in ("findings", "incidents", "outputs")}
        if not self._partial and not self._is_explained(body, stated):
            for name, found in stated.items():
                if body.get(name) != found:
                    expected = str(body.get(name))[:80]
                    yield Fault(path, f"statement of leaf {leaf}: {name} of the run", expected, f"{found} stated")
        run.evidence = frozenset(self._kept)
        run.removed, run.complete = self._gone_since > 0, not self._gone
        self._gone_since = 0
        self.newest = run
        self._open = {}

    def _is_explained(self, body: Mapping[str, Any], stated: Mapping[str, int]) -> bool:
        """Whether no more statements of a run lack than were removed since the one before."""
        lacking = [body.get(name, 0) - found for name, found in stated.items() if isinstance(body.get(name), int)]
        return len(lacking) == len(stated) and min(lacking) >= 0 and sum(lacking) <= self._gone_since

    def _take_removal(self, leaf: int, path: str, statement: Mapping[str, Any]) -> Iterator[Fault]:
        digest, leaves = statement["digest"], [link for link in statement["from"] if isinstance(link, int)]
        if digest is None and not leaves:
            yield Fault(path, f"statement of leaf {leaf}: what is removed", "a digest, or leaf numbers", "neither")
        if digest is not None:
            self.removed[digest] = leaf
            self.evidence.pop(digest, None)
        self.removed_leaves.update(dict.fromkeys(leaves, leaf))

    def _take_correction(self, leaf: int, path: str, statement: Mapping[str, Any]) -> Iterator[Fault]:
        if not any(isinstance(link, int) for link in statement["from"]):
            yield Fault(path, f"statement of leaf {leaf}: what is corrected", "the number of an earlier leaf", "none")


_TAKERS = {
    "finding": Ledger._take_judgement,
    "incident": Ledger._take_judgement,
    "standing": Ledger._take_standing,
    "table": Ledger._take_output,
    "report": Ledger._take_output,
    "run": Ledger._take_run,
    "removal": Ledger._take_removal,
    "correction": Ledger._take_correction,
}
