"""The formats of evidence that can be read: one file each, one line each here."""

from truceline.evidence.batch import Format

__all__ = ["SOURCES"]

_FORMATS: tuple[Format, ...] = ()

SOURCES: dict[str, Format] = {format.name: format for format in _FORMATS}
