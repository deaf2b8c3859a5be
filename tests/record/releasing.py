"""Records for the tests of release: many things, each marked in its own way, each with a word that may not leak."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from recorded import Clock, open_record, policy_of, write

from truceline.record import Marking, Record, Statement, Tlp
from truceline.tlog.policy import Policy

NATIONS = (
    "ALB", "BEL", "BGR", "CAN", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GBR", "GRC", "HRV", "HUN", "ISL",
    "ITA", "LTU", "LUX", "LVA", "MNE", "NLD", "NOR", "POL", "PRT", "ROU", "SVK", "SVN", "SWE", "TUR",
)  # fmt: skip
PARTIES = ("NORTH", "SOUTH")
READERS = (*NATIONS, *PARTIES, "public")
ROLES = ("guarantor-staff", "party", "monitor", "court", "operator", "public")
COLOURS = ("RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR")

# What FIRST's text says of each colour, as one who knows only that text and our roles would fill it in:
# may a reader have it, who is the owner · is on the list · is not on the list, though there is one · is not the
# owner, and there is no list? RED: named people only. AMBER+STRICT: the recipients' organization. AMBER: also its
# clients. GREEN: the community. CLEAR: the world.
TABLE = """
                  owner  listed  unlisted  no-list
RED               -----------------------------------
guarantor-staff   yes    no      no        no
party             yes    no      no        no
monitor           no     no      no        no
court             no     no      no        no
operator          no     no      no        no
public            no     no      no        no
AMBER+STRICT      -----------------------------------
guarantor-staff   yes    yes     no        no
party             yes    yes     no        no
monitor           no     no      no        no
court             no     no      no        no
operator          no     no      no        no
public            no     no      no        no
AMBER             -----------------------------------
guarantor-staff   yes    yes     no        no
party             yes    yes     no        no
monitor           yes    yes     no        no
court             yes    yes     no        no
operator          no     no      no        no
public            no     no      no        no
GREEN             -----------------------------------
guarantor-staff   yes    yes     no        yes
party             yes    yes     no        yes
monitor           yes    yes     no        yes
court             yes    yes     no        yes
operator          yes    yes     no        yes
public            no     no      no        no
CLEAR             -----------------------------------
guarantor-staff   yes    yes     no        yes
party             yes    yes     no        yes
monitor           yes    yes     no        yes
court             yes    yes     no        yes
operator          yes    yes     no        yes
public            *      no      no        yes
"""  # * the public has no nation: what is the owner's is the public's only where no list was made


def _read_table() -> dict[tuple[str, str, str], str]:
    cells, colour = {}, ""
    for line in TABLE.strip().splitlines()[1:]:
        word, *answers = line.split()
        if answers[0].startswith("---"):
            colour = word
        else:
            cells |= {
                (colour, word, column): answer
                for column, answer in zip(("owner", "listed", "unlisted", "no-list"), answers, strict=True)
            }
    return cells


_CELLS = _read_table()


def expects(nation: str, role: str, colour: str, owner: str, listed: tuple[str, ...] | None) -> bool:
    """What the table says of a reader and a thing of one owner."""
    if nation == owner:
        column = "owner"
    elif listed is None:
        column = "no-list"
    else:
        column = "listed" if nation in listed else "unlisted"
    answer = _CELLS[colour, role, column]
    return listed is None if answer == "*" else answer == "yes"


@dataclass(frozen=True)
class Thing:
    """One thing: its word, and the markings (colour, owner, list) of all that it rests on; none: unmarked."""

    word: str
    promises: tuple[tuple[str, str, tuple[str, ...] | None], ...]

    def may(self, nation: str, role: str) -> bool:
        return bool(self.promises) and all(expects(nation, role, *promise) for promise in self.promises)


def mark(colour: str, owner: str, listed: tuple[str, ...] | None) -> Marking:
    return Marking(Tlp(colour), (owner,), listed)


def word_of(*parts: object) -> str:
    """A word that stands nowhere by chance."""
    return "w" + sha256(repr(parts).encode()).hexdigest()[:15]


def make_things(lists: Iterable[tuple[str, ...] | None], owners: Iterable[str]) -> list[Thing]:
    single = [
        Thing(word_of(colour, owner, listed), ((colour, owner, listed),))
        for listed in lists
        for owner in owners
        for colour in COLOURS
    ]
    pairs = [
        Thing(word_of(one, other), (*one.promises, *other.promises))
        for number, one in enumerate(single)
        for other in (single[(7 * number + 3) % len(single)],)
    ]
    return [*single, *pairs, Thing(word_of("unmarked"), ())]


def fill(record: Record, things: Iterable[Thing], folder: Path) -> None:
    """Keep bytes and state a finding and an incident for each thing, its word in each of them.

    The bytes carry the promises. Finding and incident are marked as if the world might have them, so that only
    what is counted in along the links keeps them back.
    """
    world = Marking(Tlp.CLEAR, ("POL",))
    for number, thing in enumerate(things):
        digests = []
        for place, promise in enumerate(thing.promises or (None,)):
            source = write(folder / "sources" / f"{thing.word}-{place}.csv", f"{thing.word},{place}\n".encode())
            marking = None if promise is None else mark(*promise)
            digests.append(record.keep_file(source, Statement("evidence", source.name, {}, marking)).digest)
        run, place = "run 1", {"lon": 30.0 + number / 100, "lat": 46.0, "radius_m": 500.0}
        said = {"run": run, "clause": "sea-1", "reading": "as declared", "kind": thing.word, **place}
        finding = Statement(
            "finding", f"f-{thing.word}", {**said, "finding": f"f-{thing.word}"}, world, derived_from=tuple(digests)
        )
        more = {"status": "alleged", "findings": [f"f-{thing.word}"], "lineages": [thing.word], "kinds": ["shelling"]}
        incident = {**said, **more, "incident": f"i-{thing.word}", "parties": {"undetermined": 1.0}}
        record.state(finding, Statement("incident", f"i-{thing.word}", incident, world))


def make_record(folder: Path, things: Iterable[Thing], *more: Statement) -> tuple[Path, Policy]:
    """Make a record of things; return the output folder and a policy that believes its key."""
    with open_record(folder, clock=Clock()) as record:
        fill(record, things, folder)
        record.state(*more)
        record.seal()
        return record.out, policy_of(record)
