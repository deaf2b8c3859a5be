"""The kinds of clause that are about where platforms are and what they do there."""

from truceline.clauses.keep_distance import find_approaches
from truceline.clauses.kind import Kind
from truceline.clauses.limit import find_excesses, list_undrawn, name_excesses
from truceline.clauses.no_crossing import find_line_crossings
from truceline.clauses.no_encounter import find_encounters
from truceline.clauses.no_entry import name_entries
from truceline.clauses.no_exit import find_exits
from truceline.clauses.no_loitering import find_loitering
from truceline.clauses.position_keys import (
    check_crossing,
    check_distance,
    check_encounter,
    check_exit,
    check_limit,
    check_loitering,
)

__all__ = ["POSITIONAL"]

_PLATFORMS = {"platforms": "a list of categories or ids of platforms"}
_HOURS = {"hours": 'two times of day, such as ["22:00", "06:00"], on the agreement\'s clock'}

POSITIONAL = (
    Kind(
        "no-loitering",
        "named platforms do not linger in a zone: over a cable, a pipeline, an anchorage",
        {**_PLATFORMS, **_HOURS, "speed": 'the speed made good below which one lingers; "2 kn" unless said otherwise'},
        check_loitering,
        name_entries,
        find_loitering,
    ),
    Kind(
        "no-encounter",
        "no two platforms alongside each other in a zone",
        {
            **_PLATFORMS,
            **_HOURS,
            "with": "which others: a list of categories or ids; any unless said otherwise",
            "distance": 'within which they are alongside; "500 m" unless said otherwise',
            "speed": "the speed above which two that pass side by side do not count",
        },
        check_encounter,
        name_entries,
        find_encounters,
    ),
    Kind(
        "limit",
        "at most a number of something in a zone; withdrawal beyond a distance",
        {
            **_PLATFORMS,
            **_HOURS,
            "at_most": "a whole number, or one for each party",
            "weapons": "a list of classes, or a table of classes and the distance that each must keep",
            "of": "what is limited, in the words by which evidence names it",
            "events": 'kinds of event that report one; "weapon-sighting" unless said otherwise',
            "per": 'the length of time over which events are added up, such as "24 h"',
            "beyond": "the distance to be kept, or one for each party",
            "from": "ids of lines, zones or objects blocks, or words for what nobody has drawn; or one for each party",
            "apart": "the width of the zone between the parties: shown, not judged",
            "where": "words for a place that nobody has drawn",
        },
        check_limit,
        name_excesses,
        find_excesses,
        list_undrawn,
    ),
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
