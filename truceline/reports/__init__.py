"""From an assessment to what people read and machines check: a page, a paper, and data files."""

from truceline.reports.formats import FORMATS, Format, write_reports

__all__ = ["FORMATS", "Format", "write_reports"]
