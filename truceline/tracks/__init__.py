"""Positions -> what may be said of them: which are doubtful and why, and whether silence means anything."""

from truceline.tracks.feeds import find_feeds, join_feeds, measure_clocks, name_feeds
from truceline.tracks.flags import REASONS, Flag, explain
from truceline.tracks.integrity import flag_positions, flag_tracks
from truceline.tracks.interference import flag_interference, map_interference
from truceline.tracks.matching import CANNOT_TELL, MATCHED, UNMATCHED, Gate, match_detections
from truceline.tracks.reception import count_slots, measure_reception, receive_others, rows_of_coverage
from truceline.tracks.silences import cut_silences, find_silences, locate_cells
from truceline.tracks.spoofing import find_crowds, flag_crowds

__all__ = [
    "CANNOT_TELL",
    "MATCHED",
    "REASONS",
    "UNMATCHED",
    "Flag",
    "Gate",
    "count_slots",
    "cut_silences",
    "explain",
    "find_crowds",
    "find_feeds",
    "find_silences",
    "flag_crowds",
    "flag_interference",
    "flag_positions",
    "flag_tracks",
    "join_feeds",
    "locate_cells",
    "map_interference",
    "match_detections",
    "measure_clocks",
    "measure_reception",
    "name_feeds",
    "receive_others",
    "rows_of_coverage",
]
