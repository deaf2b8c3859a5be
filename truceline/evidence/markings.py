"""The keys `marking`, `owner` and `release_to`, of the whole list and of each source.

    marking = "TLP:AMBER"              # RED, AMBER+STRICT, AMBER, GREEN, CLEAR: FIRST, Traffic Light Protocol 2.0
    owner = "POL"                      # whose it is; a source has the list's owner where it names none
    release_to = ["EST", "LTU"]        # further nations and parties

A source without `marking` has the list's. Nothing is marked by guess: without either, it stays unmarked.
"""

import difflib
from collections.abc import Collection

from truceline.evidence.listing import Entry
from truceline.evidence.source import Plan
from truceline.marking import CODE, Marking, Tlp, read_tlp
from truceline.model import Problem

__all__ = ["MARKING_KEYS", "check_codes", "read_marking_keys"]

MARKING_KEYS = ("marking", "owner", "release_to")
_COLOURS = tuple(f"TLP:{tlp}" for tlp in Tlp)
_EARLIER = {"TLP:WHITE": "TLP:CLEAR", "WHITE": "TLP:CLEAR"}  # the name in TLP 1.0
_CODES = "codes of nations (ISO 3166-1, three letters) and of the agreement's parties and bodies"


def read_marking_keys(entry: Entry, default_owner: str | None = None) -> Marking | None:
    """Return the marking that a table states, None where it states none or one that is not understood.

    Problems go to the entry. `default_owner` is the code of who owns what no table says otherwise.
    """
    before = len(entry.problems)
    tlp = _read_colour(entry)
    owner = _read_owner(entry)
    listed = _read_list(entry)
    if tlp is None:
        _refuse_alone(entry)
        return None
    _check_list(entry, tlp, listed)
    owner = owner or default_owner
    if owner is None and len(entry.problems) == before:
        do = 'add owner = "..."'
        entry.problem(
            "marking", "marking without an owner", expected=f"owner, one of the {_CODES}", found="none", do=do
        )
    return Marking(tlp, (owner,), listed) if owner is not None and len(entry.problems) == before else None


def _read_colour(entry: Entry) -> Tlp | None:
    text = entry.text("marking")
    if text is None:
        return None
    try:
        return read_tlp(text)
    except ValueError:
        entry.problem(
            "marking", "marking not known", expected=f"one of {', '.join(_COLOURS)}", found=f'"{text}"', do=_hint(text)
        )
        return None


def _hint(text: str) -> str:
    plain = text.upper().replace(" ", "").replace("_", "+")
    near = difflib.get_close_matches(plain if ":" in plain else f"TLP:{plain}", _COLOURS, n=1, cutoff=0.75)
    found = _EARLIER.get(plain) or (near[0] if near else None)
    return f'write "{found}"' if found else "write one of these, in capitals"


def _read_owner(entry: Entry) -> str | None:
    owner = entry.text("owner")
    if owner is not None and not CODE.fullmatch(owner):
        entry.problem(
            "owner", "owner not understood", expected=f"one of the {_CODES}", found=owner, do="write one code"
        )
    return owner


def _read_list(entry: Entry) -> tuple[str, ...] | None:
    listed = entry.values.get("release_to")
    if listed is None:
        return None
    good = isinstance(listed, list) and all(isinstance(code, str) and CODE.fullmatch(code) for code in listed)
    if not good:
        do = 'write release_to = ["POL", "EST"]'
        entry.problem("release_to", "release list not understood", expected=f"a list of {_CODES}", found=listed, do=do)
        return None
    if not listed:
        do = "name a nation, or remove release_to: without it only the owner has what is AMBER or stricter"
        entry.problem("release_to", "release list of nobody", expected=f"a list of {_CODES}", found="[]", do=do)
    return tuple(listed)


def _check_list(entry: Entry, tlp: Tlp, listed: tuple[str, ...] | None) -> None:
    """Refuse a list that the colour contradicts: which of the two was meant is not ours to guess."""
    if not listed:
        return
    if tlp is Tlp.RED:
        do = "write TLP:AMBER+STRICT, or remove release_to and hand it over in person"
        expected = "no list, for RED is for individual recipients and a nation is none"
        entry.problem("release_to", "RED with a release list", expected=expected, found=listed, do=do)
    elif tlp is Tlp.CLEAR:
        do = "write TLP:GREEN, or remove release_to"
        expected = "no list, for CLEAR is for the world"
        entry.problem("release_to", "CLEAR with a release list", expected=expected, found=listed, do=do)


def _refuse_alone(entry: Entry) -> None:
    if "release_to" in entry.values and "marking" not in entry.values:
        do = 'add marking = "TLP:AMBER" or another colour'
        entry.problem("release_to", "release list without a marking", expected="marking", found="none", do=do)


def check_codes(plan: Plan, known: Collection[str]) -> list[Problem]:
    """Return a problem for each code in the plan's markings that no nation, party or body has."""
    own = [(source.line, source.marking) for source in plan.sources]
    problems: dict[str, Problem] = {}
    for line, marking in ((1, plan.marking), *own):
        for code in (*marking.owners, *(marking.releasable_to or ())) if marking else ():
            if code not in known:
                near = difflib.get_close_matches(code, list(known), n=1, cutoff=0.6)
                do = f'write "{near[0]}"' if near else "correct it, or name it in the agreement"
                found = f'"{code}"'
                problem = Problem(str(plan.path), line, "code not known", f"one of the {_CODES}", found, do)
                problems.setdefault(code, problem)
    return list(problems.values())
