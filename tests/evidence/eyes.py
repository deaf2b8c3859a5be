"""What the tests of several readers share: a whole file read, with its account, and hostile bytes."""

from collections import Counter
from io import BytesIO
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from truceline.errors import EvidenceError
from truceline.evidence.formats import SOURCES
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer

NOWHERE = Gazetteer((), {})
ANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


class Told:
    """Everything that a reader told of a file."""

    def __init__(self, form: str, data: bytes | str, **declared):
        data = data.encode() if isinstance(data, str) else data
        source = Source("eye", Path("eye.dat"), form, 3, **declared)
        batches = list(SOURCES[form].read(BytesIO(data), source, NOWHERE))
        self.rows = sum(batch.rows for batch in batches)
        self.used = sum(batch.used for batch in batches)
        self.aside = sum((Counter(batch.set_aside) for batch in batches), Counter())
        self.rejects = [(reject.row, reject.reason) for batch in batches for reject in batch.rejects]
        self.rejected = Counter(reason for _, reason in self.rejects)
        self.positions, self.platforms, self.events = (
            _join([getattr(batch, name) for batch in batches]) for name in ("positions", "platforms", "events")
        )
        self._check()

    def _check(self):
        """Rows add up, none is both used and rejected, and each has a number of the file's."""
        assert self.rows == self.used + self.aside.total() + len(self.rejects)
        numbers = [row for frame in (self.positions, self.events) for row in (frame["row"] if frame.width else [])]
        numbers += [row for row, _ in self.rejects]
        assert len(numbers) == len(set(numbers))
        assert all(1 <= number <= self.rows for number in numbers)

    @property
    def position(self) -> dict:
        (only,) = self.positions.to_dicts()
        return only

    @property
    def platform(self) -> dict:
        (only,) = self.platforms.to_dicts()
        return only

    @property
    def event(self) -> dict:
        (only,) = self.events.to_dicts()
        return only


def _join(frames: list[pl.DataFrame | None]) -> pl.DataFrame:
    kept = [frame for frame in frames if frame is not None]
    return pl.concat(kept, how="diagonal") if kept else pl.DataFrame()


def adds_up(form: str, data: bytes, **declared) -> None:
    """Whatever bytes come: rows add up, and nothing but EvidenceError with a way out is raised."""
    problems = []
    try:
        Told(form, data, **declared)
    except EvidenceError as error:
        problems = error.problems
    assert all(problem.do and problem.line >= 1 for problem in problems)


def damaged(seed: bytes) -> st.SearchStrategy[bytes]:
    """Bytes near to a sound file: pieces cut out, doubled or replaced, or nothing of it at all."""

    def splice(parts: tuple[int, int, bytes]) -> bytes:
        start, length, new = parts
        return seed[:start] + new + seed[start + length :]

    at = st.integers(0, len(seed))
    return st.one_of(
        st.binary(max_size=200),
        st.tuples(at, st.integers(0, 40), st.binary(max_size=12)).map(splice),
        st.tuples(at, st.integers(0, 8), st.text("0123456789.,-:eEnaif\n\"'[]{}<>&;/", max_size=8).map(str.encode)).map(
            splice
        ),
        at.map(lambda cut: seed[:cut] + seed),
    )
