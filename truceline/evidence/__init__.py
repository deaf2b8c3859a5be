"""Evidence: files and feeds become three tables, and every row of every file is accounted for."""

from truceline.evidence.files import Keep, Kept
from truceline.evidence.formats import SOURCES
from truceline.evidence.plan import read_plan
from truceline.evidence.selection import select_batches, select_events
from truceline.evidence.source import Coverage, Plan, PlatformEntry, Source, Truce
from truceline.evidence.store import Evidence, gather, leave_out

__all__ = [
    "SOURCES",
    "Coverage",
    "Evidence",
    "Keep",
    "Kept",
    "Plan",
    "PlatformEntry",
    "Source",
    "Truce",
    "gather",
    "leave_out",
    "read_plan",
    "select_batches",
    "select_events",
]
