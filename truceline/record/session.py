"""One run and its record: bytes kept before they are read, then what was found, then the seal.

with open_session(out, agreement.id, markings) as session:
blob = session.keep(path, "tracks.csv", {"source": "radar"}, marking)    # before anyone parses it
with session.stage() as staged:
...                                                                  # outputs are written there
sealed = session.publish(assessment, staged, {"options": {...}})
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NoReturn

from truceline import __version__
from truceline.errors import InputError, RecordError
from truceline.model import Assessment, Problem
from truceline.record.blobs import Blob, BlobError, digest_file
from truceline.record.history import Earlier, Entry, find_run, list_entered, list_removed
from truceline.record.judgements import scatter, state_assessment
from truceline.record.keys import file_name, keys_folder
from truceline.record.markings import Marking, Markings
from truceline.record.outputs import digest_outputs, publish, settle, stage
from truceline.record.statements import Statement
from truceline.record.store import HOME, Outside, Record, Sealed
from truceline.tlog.policy import KnownWitness

REPORTS = ("report.html", "report.pdf", "standing.json", "incidents.geojson")
"""Outputs that are published: their bytes stay in the record when a later run writes others."""

MAKER = f"truceline {__version__}"

LONGEST_ID = 180
"""Characters of the longest id of an agreement, as it stands in the names of files of keys."""


@dataclass
class Session:
    """The record of an output folder during one run; made by `open_session`."""

    record: Record
    markings: Markings
    witnesses: Sequence[KnownWitness] = ()
    settled: bool = False
    """Whether an interrupted run was finished, or cleared away, when the session began."""

    def __post_init__(self) -> None:
        self.run = f"run {self.record.size}"

    @cached_property
    def entered(self) -> list[Entry]:
        """What people entered before this run."""
        return list_entered(self.record.home)

    @cached_property
    def _removed(self) -> dict[str, Entry]:
        return list_removed(self.entered)

    def keep(self, path: Path, shown: str, body: Mapping[str, Any], marking: Marking | None) -> Blob:
        """Keep the bytes of a file that will be read, and say so; raises RecordError for what was removed."""
        if self._removed:
            self._refuse_removed(path)
        custody = Statement("custody", shown, {"event": "read", "by": MAKER, "run": self.run}, marking)
        return self.record.keep_file(path, Statement("evidence", shown, dict(body), marking), custody=custody)

    def _refuse_removed(self, path: Path) -> None:
        with suppress(OSError, BlobError):  # then `keep_file` says what is wrong
            entry = self._removed.get(digest_file(path.resolve())[0])
            if entry is not None:
                found = f"a file with the SHA-256 {entry.statement['digest']}, which leaf {entry.leaf} removed"
                do = "take it out of the case; a removal is not undone by a run"
                raise RecordError([Problem(str(path), 0, "evidence was removed", "other evidence", found, do)])

    def find_earlier(self, inputs: str, assessment: Assessment) -> Earlier | None:
        """Return the newest run of the same question over other inputs: what late evidence is told against."""

        def wanted(body: Mapping[str, Any]) -> bool:
            asked = body.get("without"), body.get("as_of") is None
            return body.get("inputs") != inputs and asked == (list(assessment.without), assessment.as_of is None)

        return find_run(self.record.home, wanted)

    def stage(self) -> AbstractContextManager[Path]:
        """Give an empty folder for the outputs of the run."""
        return stage(self.record)

    def publish(self, assessment: Assessment, staged: Path, said: Mapping[str, Any]) -> Sealed:
        """State what was found and written, put the outputs in their places, and seal.

        `said` is added to what the `run` statement says: options, digests of the code. What is published stays
        in the record under its digest, whatever later runs write.
        """
        outputs = digest_outputs(staged)
        whole = self.markings.derive({tally.source for tally in assessment.files})
        for name in REPORTS:
            if name in outputs:
                made = Statement("evidence", name, {"made_by": MAKER, "run": self.run}, whole)
                self.record.keep_file(staged / name, made)
        *statements, last = state_assessment(assessment, outputs, self.run, self.markings)
        closing = replace(last, body={**last.body, **said})
        mixed = scatter(statements, self.record.keys.secret)
        return publish(self.record, staged, self.run, (*mixed, closing), self.witnesses)

    def stop(self, error: BaseException) -> None:
        """Say that the run came to no end, and seal what was kept; what stands in the way is left to the next run.

        Where the record itself said no, nothing is signed: it may be that an old copy was restored.
        """
        if isinstance(error, RecordError):
            return
        what = "interrupted" if isinstance(error, KeyboardInterrupt) else "the case could not be used"
        with suppress(RecordError):
            self.record.state(Statement("notice", "run stopped", {"run": self.run, "because": what}))
            self.record.seal(self.witnesses)


@contextmanager
def open_session(
    out: Path,
    agreement: str,
    markings: Markings,
    witnesses: Sequence[KnownWitness] = (),
    outside: Outside | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Session]:
    """Open the record of an output folder for one run, and settle what an interrupted one left.

    Raises RecordError where it cannot be written: somebody else is at it, an old copy was restored, keys lack.
    """
    origin = name_log(agreement)
    refuse_links(out)
    record = Record.open(out, keys_folder(), origin, outside)
    try:
        if record.keys.created:
            progress(say_keys(record))
        settled = settle(record)
        if settled:
            progress("an interrupted run was settled")
        if record.waiting():
            record.seal(witnesses)
        session = Session(record, markings, witnesses, settled)
        try:
            yield session
        except (InputError, KeyboardInterrupt) as error:
            session.stop(error)
            raise
    finally:
        record.close()


def say_keys(record: Record) -> str:
    """Return where the keys lie that were made, and what to do with them."""
    return (
        f"keys made for the record in {record.keys.folder}: keep a copy apart from the outputs, and give "
        f"{record.keys.signer.verifier_key} to all who will check"
    )


def refuse_links(out: Path) -> None:
    """Raise RecordError where a folder of the record is a link: what is kept would lie elsewhere."""

    def refuse(error: OSError) -> NoReturn:
        raise _unwritable(Path(error.filename or out), error.strerror or str(error), "correct its rights") from error

    home = out / HOME
    if home.is_symlink():
        raise _unwritable(home, "a link", "put the folder itself there")
    for folder, names, _ in os.walk(home, onerror=refuse) if os.path.lexists(home) else ():
        for name in names:
            if (path := Path(folder, name)).is_symlink():
                raise _unwritable(path, "a link", "put the folder itself there")


def _unwritable(path: Path, found: str, do: str) -> RecordError:
    return RecordError([Problem(str(path), 0, "the record cannot be written", "a folder", found, do)])


def name_log(agreement: str) -> str:
    """Return the origin of the log of an agreement; raises RecordError for an id that can name none.

    The id stands in the name of a key and of its files, and is read back from there.
    """
    plain = agreement.isprintable() and not any(sign in "/+" or sign.isspace() for sign in agreement)
    if not (agreement and plain and len(file_name(agreement)) <= LONGEST_ID):
        expected = "an id of the agreement without blanks, slashes and plus signs, of at most 180 letters"
        found, do = ascii(agreement[:60]), "change the id in agreement.md"
        raise RecordError([Problem("agreement.md", 0, "no log can have this name", expected, found, do)])
    return f"truceline/{agreement}"


@cache
def digest_code() -> str:
    """Return SHA-256 (hex) over the program that runs: its files by name, compiled ones and its own tables too."""
    package = Path(__file__).parent.parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if "__pycache__" not in path.parts and path.is_file():
            named = path.relative_to(package).as_posix().encode()
            total.update(b"%d %s %s\n" % (len(named), named, hashlib.sha256(path.read_bytes()).hexdigest().encode()))
    return total.hexdigest()
