"""The keys of pledge, requirement, meeting and programme: what each may hold, and which are needed.

The form is the one of every other block: a table of keys, each with the check of its value, so
that every error gets the line on which it stands. `docs/guarantees.md` explains them with examples.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from truceline.agreement import checks
from truceline.agreement.grammar import Key
from truceline.agreement.problems import show, suggest
from truceline.commitment import LegalForce, PoliticalStatus, Readiness
from truceline.errors import FormError
from truceline.guarantees.quantities import read_quantity
from truceline.guarantees.triggers import read_trigger

__all__ = ["KEYS", "PROGRAMME_KINDS", "read_day", "read_notice"]

PROGRAMME_KINDS = ("loan-facility", "escape-clause", "grant", "joint-procurement", "plan", "rule")
_NOTICE = re.compile(r"(?P<days>\d{1,4}) d")
Found = Iterator[tuple[str, FormError]]


def read_day(value: object) -> date:
    """Read a calendar day as a source prints it: 2025-03-11, as a TOML date or as text. Raises FormError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _no_day(value)
    except ValueError:
        return _no_day(value)


def _no_day(value: object) -> date:
    raise FormError("not a day", expected="YYYY-MM-DD", found=show(value), do="write the day that the source prints")


def read_notice(value: object) -> int:
    """Read the notice that a contribution needs, such as "30 d", in days. Raises FormError."""
    match = _NOTICE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise FormError("notice not understood", expected='days, such as "30 d"', found=show(value), do='write "30 d"')
    return int(match["days"])


def _reading(read: Callable[[object], object]) -> checks.Check:
    """Return the check that a value can be read."""

    def check(value: object, path: str) -> Found:
        try:
            read(value)
        except FormError as error:
            yield path, error

    return check


def _check_flag(value: object, path: str) -> Found:
    if not isinstance(value, bool):
        yield path, FormError("neither true nor false", expected="true or false", found=show(value), do="write one")


def _tables(form: Mapping[str, Key]) -> checks.Check:
    """Return the check of a list of tables with these keys."""

    def check(value: object, path: str) -> Found:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            do = f"write [[{path}]] and its keys beneath"
            yield path, FormError("not a list of tables", expected=f"[[{path}]]", found=show(value), do=do)
            return
        for number, item in enumerate(value):
            yield from check_table(item, f"{path}[{number}]", form)

    return check


def check_table(values: Mapping[str, object], path: str, form: Mapping[str, Key]) -> Found:
    """Yield what is wrong with a table: keys unknown or missing, values not understood. `path` "" is the block."""
    prefix = f"{path}." if path else ""
    for key, value in values.items():
        if key in form:
            yield from form[key].check(value, prefix + key)
        else:
            do = suggest(key, form, "remove it, or write it in the article's text")
            yield prefix + key, FormError("key not known", expected="one of " + ", ".join(form), found=show(key), do=do)
    for key in (key for key, rule in form.items() if rule.required and key not in values):
        yield path, FormError(f'missing key "{key}"', expected=f"{key} = …", found="none", do="add it")


_TEXT, _NEEDED, _TEXTS = Key(checks.check_text), Key(checks.check_text, required=True), Key(checks.check_texts)
_DAY, _DAY_NEEDED = Key(_reading(read_day)), Key(_reading(read_day), required=True)
_QUANTITY, _FLAG = Key(_reading(read_quantity)), Key(_check_flag)
_SOURCE = {"source": _NEEDED, "quote": _TEXT, "verified": _FLAG}
_FIGURE = {"quantity": Key(_reading(read_quantity), required=True), "day": _DAY_NEEDED, **_SOURCE}
_AXES = {
    "political": Key(checks.one_of(tuple(PoliticalStatus))),
    "readiness": Key(checks.one_of(tuple(Readiness))),
    "notice": Key(_reading(read_notice)),
    "legal": Key(checks.one_of(tuple(LegalForce))),
}
_FIGURES = Key(_tables(_FIGURE))
_REVISION = {"day": _DAY_NEEDED, **_SOURCE, **_AXES, "quantity": _QUANTITY, "due": _DAY, "note": _TEXT}
_NEED = {
    "capability": _NEEDED,
    "quantity": Key(_reading(read_quantity), required=True),
    "starts": _DAY,
    "ends": _DAY,
}
_DECISION = {"text": _NEEDED, "about": _TEXTS}

KEYS: Mapping[str, Mapping[str, Key]] = {
    "pledge": {
        "by": _NEEDED,
        "to": _NEEDED,
        "what": _NEEDED,
        "made": _DAY_NEEDED,
        **_SOURCE,
        **_AXES,
        "political": Key(checks.one_of(tuple(PoliticalStatus)), required=True),
        "capability": _TEXT,
        "quantity": _QUANTITY,
        "figures": _FIGURES,
        "trigger": Key(_reading(read_trigger)),
        "due": _DAY,
        "programme": _TEXT,
        "revisions": Key(_tables(_REVISION)),
        "note": _TEXT,
    },
    "requirement": {
        "model": _NEEDED,
        "made": _DAY_NEEDED,
        **_SOURCE,
        "needs": Key(_tables(_NEED), required=True),
        "note": _TEXT,
    },
    "meeting": {
        "name": _NEEDED,
        "day": _DAY_NEEDED,
        "ends": _DAY,
        "place": _TEXT,
        **_SOURCE,
        "participants": _TEXTS,
        "decisions": Key(_tables(_DECISION)),
        "note": _TEXT,
    },
    "programme": {
        "kind": Key(checks.one_of(PROGRAMME_KINDS), required=True),
        "name": _NEEDED,
        "by": _NEEDED,
        "made": _DAY_NEEDED,
        **_SOURCE,
        "quantity": _QUANTITY,
        "figures": _FIGURES,
        "parts": _TEXTS,
        "allocations": _TEXT,
        "terms": Key(checks.check_table),
        "revisions": Key(_tables(_REVISION)),
        "note": _TEXT,
    },
}
"""Block kind -> key -> rule."""
