"""Every kind of clause, one line each for those that have no meaning yet."""

from truceline.clauses.keys import check_attack, check_entry, check_text
from truceline.clauses.kind import Kind
from truceline.clauses.no_attack import find_attacks, name_attacks
from truceline.clauses.no_entry import find_entries, name_entries
from truceline.clauses.positional import POSITIONAL
from truceline.clauses.stay_visible import check_visible, find_hidden, name_hidden

__all__ = ["KINDS"]

_ALL = (
    Kind(
        "no-attack",
        "no events of these kinds in a zone or on objects of a class",
        {"events": "a list of kinds of event", "objects": "ids of objects blocks"},
        check_attack,
        name_attacks,
        find_attacks,
    ),
    Kind(
        "no-entry",
        "named platforms of a party stay out of a zone, a band of altitude, or hours",
        {
            "platforms": "a list of categories or ids of platforms",
            "events": "a list of kinds of event that report a sighting",
            "hours": 'two times of day, such as ["22:00", "06:00"], on the agreement\'s clock',
        },
        check_entry,
        name_entries,
        find_entries,
    ),
    Kind(
        "stay-visible",
        "named platforms keep their transponder on inside a zone",
        {
            "platforms": "a list of categories or ids of platforms",
            "longest": 'the longest silence that is allowed, such as "30 min"',
            "reception": "the share from which others nearby count as received well, such as 0.9",
        },
        check_visible,
        name_hidden,
        find_hidden,
    ),
    Kind("text", "binding words that no sensor can judge: shown, never judged", {}, check_text),
    *POSITIONAL,
    Kind("notify", "an activity needs notice given so long before", {}),
    Kind("access", "monitors reach what they are entitled to reach", {}),
    Kind("deliver", "a quantity by a date once a trigger holds", {}),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
