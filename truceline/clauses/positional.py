"""The kinds of clause that are about where platforms are and what they do there."""

from truceline.clauses.keep_distance import find_approaches
from truceline.clauses.kind import Kind
from truceline.clauses.no_crossing import find_line_crossings
from truceline.clauses.no_entry import name_entries
from truceline.clauses.no_exit import find_exits
from truceline.clauses.position_keys import check_crossing, check_distance, check_exit

__all__ = ["POSITIONAL"]

_PLATFORMS = {"platforms": "a list of categories or ids of platforms"}
_HOURS = {"hours": 'two times of day, such as ["22:00", "06:00"], on the agreement\'s clock'}

POSITIONAL = (
    Kind(
        "no-exit",
        "named platforms of a party stay in a zone, a band of altitude, in these hours",
        {**_PLATFORMS, **_HOURS},
        check_exit,
        name_entries,
        find_exits,
    ),
    Kind(
        "no-crossing",
        "named platforms do not cross a line or the edge of a zone, also between two positions",
        {
            **_PLATFORMS,
            **_HOURS,
            "line": "the id of a line, or a list, or one for each party",
            "towards": '"left" or "right" of the line as drawn: only crossings to that side count',
        },
        check_crossing,
        name_entries,
        find_line_crossings,
    ),
    Kind(
        "keep-distance",
        "named platforms stay a distance from a place, a line, a zone or the other party's platforms",
        {
            **_PLATFORMS,
            **_HOURS,
            "distance": 'a distance such as "3 nmi", or one for each party',
            "from": 'ids of lines, zones, objects blocks, parties or groups, or "others"',
            "line": "the id of a line",
            "place": "[lon, lat] in degrees",
            "of": "which platforms of the other party: a list of categories or ids",
        },
        check_distance,
        name_entries,
        find_approaches,
    ),
)
