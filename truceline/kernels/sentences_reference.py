"""Raw AIS, slowly: the oracle of the compiled decoder, and what serves where there is none.

lines -> sentences -> messages (parts joined) -> time -> position, static data, or a reason
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from truceline.kernels import sentence_messages as messages
from truceline.kernels.sentence_lines import Part, Sentence, read_measured, read_part, read_sentence, read_zda, strip
from truceline.kernels.sentence_records import (
    ASIDES,
    POSITION,
    REFUSAL,
    STATIC,
    UNCHECKED,
    Bounds,
    Decoded,
    Piece,
    aside_of,
    reason_number,
)

__all__ = ["Reference", "decode_all"]

FOUND_LIMIT = 200
MEASURED_LIMIT = 100


class _Message:
    """Parts that are one message, in their order, and what they say together."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.sentences = [part.sentence for part in parts]
        self.checksum = 0
        self.station: str | None = None
        self.heard_us: int | None = None
        self.arrived_us: int | None = None
        self.measured_us: int | None = None
        for one in self.sentences:  # what the first part does not say, a later one may
            self.checksum ^= one.checksum
            self.station = one.station if self.station is None else self.station
            self.heard_us = one.heard_us if self.heard_us is None else self.heard_us
            self.arrived_us = one.arrived_us if self.arrived_us is None else self.arrived_us


class _Rows:
    """What was decided since the last batch."""

    def __init__(self) -> None:
        self.rows = self.used = 0
        self.aside: Counter[int] = Counter()
        self.positions: list[dict[str, Any]] = []
        self.statics: list[dict[str, Any]] = []
        self.refusals: list[tuple[Sentence, int]] = []
        self.stations: list[str] = []

    def put_aside(self, reason: str, rows: int = 1) -> None:
        """Count lines that were understood and are not used."""
        self.rows += rows
        self.aside[aside_of(reason)] += rows

    def refuse(self, sentences: Iterable[Sentence], reason: str) -> None:
        """Note lines that cannot be used."""
        for sentence in sentences:
            self.rows += 1
            self.refusals.append((sentence, reason_number(reason)))

    def use(self, rows: int) -> None:
        """Count lines that made something."""
        self.rows += rows
        self.used += rows


def decode_all(data: bytes, bounds: Bounds) -> Decoded:
    """Return what a whole log decides."""
    reference = Reference(bounds)
    for _ in reference.take([Piece(data, 0, len(data), 0)], len(data) + 1):
        pass
    reference.finish()
    return reference.drain()


class Reference:
    """Joins parts and finds times for one pass over one log; every memory of it is bounded."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._row = 0
        self._rows = _Rows()
        self._pending: OrderedDict[tuple[bytes, ...], dict[int, Part]] = OrderedDict()
        self._measured: list[tuple[int, int, int, str | None]] = []  # row, checksum, time, site
        self._waiting: list[_Message] = []
        self._heard: OrderedDict[bytes, int | None] = OrderedDict()
        self._clock: tuple[int, int] | None = None  # time, row of the last $--ZDA line
        self._clock_in_order = True

    def take(self, pieces: Iterable[Piece], most: int) -> Iterator[Decoded]:
        """Decode the pieces; yield what was decided whenever that is so many rows."""
        for piece in pieces:
            at = piece.first
            while at < piece.end:
                end = piece.data.find(b"\n", at, piece.end)
                end = piece.end if end < 0 else end
                self._row += 1
                self._take(strip(bytes(piece.data[at:end])), piece.place + at)
                at = end + 1
                if self._rows.rows >= most:
                    yield self.drain()

    def finish(self) -> None:
        """Decide all that waits."""
        self._release(None)
        while self._pending:
            self._expire()

    def drain(self) -> Decoded:
        """Return what was decided since the last time."""
        rows, self._rows = self._rows, _Rows()
        found = [sentence.line[:FOUND_LIMIT] for sentence, _ in rows.refusals]
        refusals = np.zeros(len(found), REFUSAL)
        refusals["length"] = [len(text) for text in found]
        refusals["found"] = np.cumsum(refusals["length"]) - refusals["length"]
        for number, (sentence, reason) in enumerate(rows.refusals):
            refusals[["row", "offset", "reason"]][number] = (sentence.row, sentence.offset, reason)
        return Decoded(
            rows.rows,
            rows.used,
            {ASIDES[number]: rows.aside[number] for number in sorted(rows.aside)},
            _table(rows.positions, POSITION),
            _table(rows.statics, STATIC),
            refusals,
            b"".join(found),
            tuple(rows.stations),
        )

    def _take(self, line: bytes, offset: int) -> None:
        if not line:
            self._rows.put_aside("empty line")
            return
        if line.startswith(b"#"):
            self._rows.put_aside("comment")
            return
        plain = Sentence(self._row, line, b"", 0, offset=offset)
        sentence = read_sentence(line, self._row)
        if isinstance(sentence, str):
            self._rows.refuse([plain], sentence)
            return
        sentence.offset = offset
        tag, comma, _ = sentence.body.partition(b",")
        if comma and len(tag) == 6 and tag[3:] in (b"VDM", b"VDO"):
            self._take_part(sentence)
        else:
            self._note(sentence)

    def _note(self, sentence: Sentence) -> None:
        """Take a line that is no AIS sentence: a time, or something that is not used."""
        tag = sentence.body.partition(b",")[0]
        if tag == b"$PGHP":
            self._note_measured(sentence)
            return
        if len(tag) == 6 and tag[3:] == b"ZDA":
            self._note_clock(sentence)
            return
        self._release(sentence)
        names = [f"status line {text.decode('ascii', 'replace')}" for text in (tag[3:], tag[1:])]
        known = ASIDES[_FIRST_STATUS:_FIRST_MAKER], ASIDES[_FIRST_MAKER:_FIRST_TYPE]
        said = [name for name, some in zip(names, known, strict=True) if name in some]
        self._rows.put_aside(said[0] if said else "other status line")

    def _note_measured(self, sentence: Sentence) -> None:
        measured = read_measured(sentence)
        if measured is None:
            self._rows.refuse([sentence], "receiver time line not understood")
            return
        self._release(sentence)
        self._rows.put_aside("receiver time line")
        time_us, target, site = measured
        # Message and $PGHP line come on two ways: either may arrive some milliseconds before the other.
        for message in self._waiting:
            if message.measured_us is None and message.checksum == target:
                message.measured_us, message.station = time_us, site or message.station
                return
        self._measured.append((sentence.row, target, time_us, site))
        del self._measured[:-MEASURED_LIMIT]

    def _note_clock(self, sentence: Sentence) -> None:
        time_us = read_zda(sentence)
        if time_us is None:
            self._rows.refuse([sentence], "receiver time line not understood")
            return
        self._release(sentence)
        self._rows.put_aside("receiver time line")
        if self._clock and time_us < self._clock[0]:
            self._clock_in_order = False  # two receivers, or a broken clock: it tells no time any more
        self._clock = (time_us, sentence.row)

    def _take_part(self, sentence: Sentence) -> None:
        """Take an AIS sentence: a whole message, or a part that waits for the others."""
        part = read_part(sentence)
        if isinstance(part, str):
            self._rows.refuse([sentence], part)
            return
        self._release(sentence)
        if part.total == 1:
            self._find_measured(_Message([part]))
            return
        parts = self._pending.get(part.key)
        if parts and (part.number in parts or not self._belongs(parts, sentence)):
            self._expire(part.key)
        parts = self._pending.setdefault(part.key, {})
        parts[part.number] = part
        if len(parts) == part.total:
            del self._pending[part.key]
            self._find_measured(_Message([parts[number] for number in sorted(parts)]))
        self._expire_old(sentence.row)

    def _belongs(self, parts: dict[int, Part], sentence: Sentence) -> bool:
        """Whether a part comes near enough to the others to be of the same message."""
        first = next(iter(parts.values())).sentence
        if sentence.row - first.row > self._bounds.part_lines:
            return False
        times = [one.heard_us for one in (first, sentence) if one.heard_us is not None]
        return len(times) < 2 or abs(times[0] - times[1]) <= self._bounds.part_us

    def _expire_old(self, row: int) -> None:
        while self._pending:
            oldest = next(iter(next(iter(self._pending.values())).values())).sentence
            if len(self._pending) <= self._bounds.pending and row - oldest.row <= self._bounds.part_lines:
                return
            self._expire()

    def _expire(self, key: tuple[bytes, ...] | None = None) -> None:
        """Refuse an incomplete message: the one of this key, or the oldest."""
        key = next(iter(self._pending)) if key is None else key
        parts = self._pending.pop(key)
        total = int(key[2])
        missing = next(number for number in range(1, total + 1) if number not in parts)
        self._rows.refuse([part.sentence for part in parts.values()], f"part {missing} of {total} missing")

    def _find_measured(self, message: _Message) -> None:
        """Give a message the time of the nearest $PGHP line that names it, or let it wait for one."""
        row, reach = message.sentences[0].row, self._bounds.measured_lines
        self._measured = [entry for entry in self._measured if row - entry[0] <= reach]
        for entry in reversed(self._measured):
            if entry[1] == message.checksum and entry[0] < row:
                self._measured.remove(entry)
                message.measured_us, message.station = entry[2], entry[3] or message.station
                break
        if message.measured_us is None and message.arrived_us is not None:
            self._waiting.append(message)
        else:
            self._decide(message)

    def _release(self, sentence: Sentence | None) -> None:
        """Decide the messages for which no $PGHP line can come any more, now that `sentence` has come."""
        while self._waiting:
            first = self._waiting[0]
            if sentence is not None and sentence.arrived_us is not None and first.arrived_us is not None:
                near = abs(sentence.arrived_us - first.arrived_us) <= self._bounds.measured_us
                if near and sentence.row - first.sentences[-1].row <= self._bounds.measured_lines:
                    return
            self._decide(self._waiting.pop(0))

    def _decide(self, message: _Message) -> None:
        """Decide a whole message."""
        fault = self._judge(message)
        if fault is not None:
            self._rows.refuse(message.sentences, fault)

    def _judge(self, message: _Message) -> str | None:
        """Write a message's rows, or return why it is refused."""
        payload = b"".join(part.payload for part in message.parts)
        if not payload:
            return "message without payload"
        number = _TYPES.index(payload[0])
        fill = message.parts[-1].fill
        if not messages.right_length(number, 6 * len(payload) - fill):
            return "length is not one of its message type"
        if number not in messages.POSITION_TYPES | messages.STATIC_TYPES:
            self._rows.put_aside(f"message type {number} not used", len(message.parts))
            return None
        time_us = self._find_time(message)
        if time_us is None and number in messages.POSITION_TYPES and not self._bounds.undated:
            return "no time"
        if not self._bounds.repeats and self._is_known(payload, time_us):
            self._rows.put_aside("heard again", len(message.parts))
            return None
        return self._write(message, messages.assemble([payload], fill), time_us)

    def _write(self, message: _Message, sentence: Any, time_us: int | None) -> str | None:  # noqa: ANN401 -- pyais's
        """Turn a message of a type in use into rows, or return why it gives none."""
        decoded = messages.decode(sentence)
        if decoded is None:
            return "message not decodable"
        if not 0 < decoded.mmsi <= 999_999_999:
            return "MMSI not valid"
        first = message.sentences[0]
        where = {"row": first.row, "offset": first.offset}
        static = decoded.msg_type in messages.STATIC_TYPES
        if static:
            before = {"before": len(self._rows.positions)}
            self._rows.statics.append(messages.read_static(sentence, decoded) | where | before)
        position = messages.read_position(decoded) if decoded.msg_type in messages.POSITION_TYPES else None
        if position is None and not static:
            self._rows.put_aside("position not available", len(message.parts))
            return None
        if position is not None:
            fault = self._find_fault(position["lon"], position["lat"], time_us or 0)
            if fault:
                return fault
            position["flags"] += first.unchecked * UNCHECKED
            self._rows.positions.append(position | where | self._find_rest(message, time_us))
        self._rows.use(len(message.parts))
        return None

    def _find_rest(self, message: _Message, time_us: int | None) -> dict[str, Any]:
        """Return what the lines say beside the message."""
        station = -1
        if message.station is not None:
            station = len(self._rows.stations)
            self._rows.stations.append(message.station)
        arrived = message.arrived_us
        if arrived is None and message.measured_us is not None:
            arrived = message.heard_us
        return {
            "time_us": time_us or 0,
            "received_us": 0 if arrived == time_us else arrived or 0,
            "station": station,
            "parts": len(message.parts),
        }

    def _find_fault(self, lon: float, lat: float, time_us: int) -> str | None:
        """Return why a position cannot be what it says, or None."""
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
            return "position outside the globe"
        if lon == lat == 0.0:
            return "longitude 0 and latitude 0: a default, not a place"
        late = self._bounds.received_us and time_us > self._bounds.received_us
        return "dated after it was received" if late else None

    def _find_time(self, message: _Message) -> int | None:
        """Return the time that the message's lines, or the receiver's clock lines, give."""
        if message.measured_us is not None:
            return message.measured_us
        heard = message.heard_us
        if heard is None and self._bounds.arrival_is_measured:
            heard = message.arrived_us
        if heard is not None or self._clock is None or not self._clock_in_order:
            return heard
        return self._clock[0] if message.sentences[0].row - self._clock[1] <= self._bounds.clock_lines else None

    def _is_known(self, payload: bytes, time_us: int | None) -> bool:
        """Whether the same bits were heard a little before, by another station."""
        if payload in self._heard:
            before = self._heard[payload]
            if before is None or time_us is None or abs(time_us - before) <= self._bounds.heard_us:
                return True
        self._heard[payload] = time_us
        self._heard.move_to_end(payload)
        if len(self._heard) > self._bounds.heard:
            self._heard.popitem(last=False)
        return False


_TYPES = b"0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"
_FIRST_STATUS, _FIRST_MAKER = aside_of("status line ABM"), aside_of("status line PAIS")
_FIRST_TYPE = aside_of("message type 0 not used")


def _table(rows: list[dict[str, Any]], kind: np.dtype[np.void]) -> NDArray[np.void]:
    """Return the rows as a structured array."""
    table = np.zeros(len(rows), kind)
    for name in kind.names or ():
        if name != "spare":
            empty = b"" if kind[name].kind == "S" else 0
            table[name] = [row.get(name, empty) for row in rows]
    return table
