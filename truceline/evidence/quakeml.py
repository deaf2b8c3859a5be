"""QuakeML 1.2, basic event description: events with their preferred origin and magnitude, as records.

The document is hostile until it is read: a declaration of a document type or of an entity ends the
reading (such declarations can grow without limit, or name files of this machine), and so do
nesting and length without end. Nothing is fetched.
"""

from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

__all__ = ["XmlFaultError", "read_events"]

_DEEPEST = 60
_MOST_ELEMENTS = 5_000_000
_LONGEST = 4_000
# Elements below `event` that are read; all others are passed over.
_OWN = {"type", "typeCertainty", "preferredOriginID", "preferredMagnitudeID", "description/text"}
_ORIGIN = {
    "time/value",
    "latitude/value",
    "latitude/uncertainty",
    "longitude/value",
    "longitude/uncertainty",
    "originUncertainty/horizontalUncertainty",
    "originUncertainty/maxHorizontalUncertainty",
}
_MAGNITUDE = {"mag/value", "type"}
_PARTS = {"origin": _ORIGIN, "magnitude": _MAGNITUDE}


class XmlFaultError(Exception):
    """Why a document cannot be read, and on which line."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


def read_events(data: bytes) -> list[Mapping[str, Any] | str]:
    """Return a record for each event, or the reason why there is none; raises XmlFaultError.

    Keys: `event`, `time`, `lat`, `lon`, `error_m` (the stated horizontal uncertainty),
    `error_lat_deg`, `error_lon_deg`, `magnitude`, `unit`, `type`, `text`.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    reader.attach(parser)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise XmlFaultError(f"XML not understood ({expat.ErrorString(error.code)})", error.lineno) from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise XmlFaultError("XML in an encoding that is not known", 1) from error
    return [_make_record(event) for event in reader.events]


class _Reader:
    """Follows the elements of one document."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._path: list[str] = []
        self._event: dict[str, Any] | None = None
        self._base = 0
        self._part: dict[str, str] | None = None
        self._text: list[str] | None = None
        self._elements = 0
        self._parser: Any = None

    def attach(self, parser: Any) -> None:  # noqa: ANN401 -- expat names no type for it
        """Let the parser call this reader."""
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._take
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse

    def _fault(self, what: str) -> XmlFaultError:
        return XmlFaultError(what, self._parser.CurrentLineNumber)

    def _refuse(self, *_: object) -> None:
        raise self._fault("XML with a document type or entities of its own")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if not self._path and local != "quakeml":
            raise self._fault(f"XML that is no QuakeML but {local[:40]}")
        self._path.append(local)
        self._elements += 1
        if len(self._path) > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise self._fault("XML nested too deep, or with too many elements")
        if self._event is None:
            if local == "event":
                self._event = {"publicID": attributes.get("publicID", ""), "origin": [], "magnitude": []}
                self._base = len(self._path)
            return
        if len(self._path) == self._base + 1 and local in _PARTS:
            self._part = {"publicID": attributes.get("publicID", "")}
        self._text = [] if self._wanted() else None

    def _wanted(self) -> bool:
        below = self._path[self._base :]
        if self._part is not None:
            return "/".join(below[1:]) in _PARTS[below[0]]
        return "/".join(below) in _OWN

    def _take(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text[:_LONGEST])

    def _end(self, _: str) -> None:
        event = self._event
        if event is not None:
            below = self._path[self._base :]
            if self._text is not None:
                into, key = (event, "/".join(below)) if self._part is None else (self._part, "/".join(below[1:]))
                into.setdefault(key, "".join(self._text).strip()[:_LONGEST])
                self._text = None
            elif self._part is not None and len(below) == 1:
                event[below[0]].append(self._part)
                self._part = None
            elif not below:
                self.events.append(event)
                self._event = None
        self._path.pop()


def _make_record(event: Mapping[str, Any]) -> Mapping[str, Any] | str:
    origin = _prefer(event["origin"], event.get("preferredOriginID"))
    if origin is None:
        return "several origins, and none is preferred" if event["origin"] else "no origin"
    magnitude = _prefer(event["magnitude"], event.get("preferredMagnitudeID")) or {}
    return {
        "event": event["publicID"] or None,
        "time": origin.get("time/value"),
        "lat": origin.get("latitude/value"),
        "lon": origin.get("longitude/value"),
        "error_m": origin.get("originUncertainty/horizontalUncertainty")
        or origin.get("originUncertainty/maxHorizontalUncertainty"),
        "error_lat_deg": origin.get("latitude/uncertainty"),
        "error_lon_deg": origin.get("longitude/uncertainty"),
        "magnitude": magnitude.get("mag/value"),
        "unit": magnitude.get("type"),
        "type": event.get("type"),
        "text": event.get("description/text"),
    }


def _prefer(parts: list[dict[str, str]], wanted: str | None) -> dict[str, str] | None:
    """Return the part with the wanted id, or the only one."""
    named = [part for part in parts if wanted and part["publicID"] == wanted]
    return named[0] if named else parts[0] if len(parts) == 1 else None
