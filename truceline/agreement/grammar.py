"""The form of the document: which blocks there are, which keys they have, what each may hold.

The checks of values are in `checks`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from truceline.agreement import checks
from truceline.agreement.checks import Check

__all__ = [
    "AGREEMENT_CLAIMS",
    "AGREEMENT_STATUS",
    "AMENDMENT_NEEDS",
    "CLAUSE_KEYS",
    "COUNTING",
    "FIXED",
    "FORMS",
    "GRAMMAR",
    "KINDS",
    "OPEN_KINDS",
    "OTHER_LANGUAGES",
    "PARTY_STATUS",
    "Key",
    "fits_id",
]

AGREEMENT_STATUS = ("draft", "signed", "unilateral", "mirrored", "disputed", "ended")
PARTY_STATUS = ("declared", "accepted", "mirrored", "rejected", "disputed")
COUNTING = ("event", "row-onset", "alert-region-onset", "alert-region-hours", "wave", "mission-count")
AMENDMENTS = ("extension", "change", "withdrawal", "notice")
ZONE_FORMS = ("polygon", "file", "circle", "corridor", "area")
LINE_FORMS = ("along", "file")
OPEN_KINDS = ("pledge", "requirement", "meeting", "programme")
"""Blocks whose keys get their meaning elsewhere: any key is read and kept."""
# What authors write after a fence that is not ours; the nearest of our kinds is not meant.
# fmt: off
OTHER_LANGUAGES = frozenset(
    [
        "abc", "apache", "asciidoc", "asm", "awk", "bash", "bat", "bibtex", "c", "clojure", "cobol", "console",
        "cpp", "cs", "css", "csv", "dart", "diff", "docker", "dockerfile", "dot", "elixir", "erlang", "f90",
        "fortran", "geojson", "glsl", "go", "graphql", "groovy", "haskell", "html", "http", "ini", "java",
        "javascript", "js", "json", "jsonc", "jsonl", "jsx", "julia", "kotlin", "latex", "lean", "less", "lilypond",
        "lisp", "log", "lua", "makefile", "markdown", "math", "matlab", "md", "mermaid", "nginx", "none", "note",
        "objective-c", "objectivec", "ocaml", "octave", "org", "pascal", "perl", "php", "plain", "plaintext",
        "plantuml", "powershell", "prolog", "proto", "protobuf", "py", "python", "quote", "r", "rb", "rs", "rst",
        "ruby", "rust", "sas", "sass", "scala", "scheme", "scss", "sed", "sh", "shell", "spss", "sql", "stata",
        "svelte", "svg", "swift", "tex", "text", "toml", "ts", "tsv", "tsx", "txt", "typescript", "typst", "vb",
        "vue", "xml", "yaml", "yml", "zig", "zsh",
    ]
)
# fmt: on
_ID = re.compile(r"[^\W_][\w.-]{0,63}")
FORMS = {
    "block": "clause fire-1",
    "id": "letters, digits, hyphens, dots and underscores, at most 64, beginning with a letter or digit",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a block: how its value is checked, and whether the block needs it."""

    check: Check
    required: bool = False


def fits_id(text: str) -> bool:
    """Whether text may be the id of a block."""
    return _ID.fullmatch(text) is not None


# --- the blocks -------------------------------------------------------------------------------

_TEXT, _TEXTS, _NOTE = Key(checks.check_text), Key(checks.check_texts), Key(checks.check_text)
_NEEDED = Key(checks.check_text, required=True)
_STARTS, _ENDS, _NAMES = Key(checks.edges_of("starts")), Key(checks.edges_of("ends")), Key(checks.check_names)
_CLAUSE = {
    "kind": _NEEDED,
    "binds": Key(checks.check_texts, required=True),
    "zone": _TEXT,
    "counting": Key(checks.one_of(COUNTING)),
    "baseline": Key(checks.check_baseline),
    "coverage": Key(checks.check_share),
    "severity": _TEXT,
    "starts": _STARTS,
    "ends": _ENDS,
    "after": _NAMES,
    "released_by": _NAMES,
    "except": Key(checks.check_text_or_texts),
    "persistence": Key(checks.check_duration),
    "margin": Key(checks.check_quantity),
    "alternatives": Key(checks.check_alternatives),
    "note": _NOTE,
}
CLAUSE_KEYS = frozenset(_CLAUSE)
"""The keys that every clause may have, whatever its kind; all others belong to the kind."""

GRAMMAR: Mapping[str, Mapping[str, Key]] = {
    "agreement": {
        "id": Key(checks.check_id, required=True),
        "status": Key(checks.one_of(AGREEMENT_STATUS), required=True),
        "starts": _STARTS,
        "ends": _ENDS,
        "after": _NAMES,
        "released_by": _NAMES,
        "source": _TEXT,
        "languages": _TEXTS,
        "time_zone": Key(checks.check_zone),
        "alternatives": Key(checks.check_alternatives),
        "note": _NOTE,
    },
    "party": {
        "name": _NEEDED,
        "status": Key(checks.one_of(PARTY_STATUS), required=True),
        "names": _TEXTS,
        "starts": _STARTS,
        "ends": _ENDS,
        "after": _NAMES,
        "released_by": _NAMES,
        "source": _TEXT,
        "note": _NOTE,
    },
    "group": {"name": _NEEDED, "members": Key(checks.check_texts, required=True), "note": _NOTE},
    "body": {"name": _NEEDED, "names": _TEXTS, "rule": _TEXT, "note": _NOTE},
    "zone": {
        **{form: Key(checks.check_anything) for form in ZONE_FORMS},
        "altitude": Key(checks.check_anything),
        "name": _TEXT,
        "note": _NOTE,
    },
    "line": {**{form: Key(checks.check_anything) for form in LINE_FORMS}, "name": _TEXT, "note": _NOTE},
    "objects": {
        "name": _NEEDED,
        "categories": _TEXTS,
        "places": Key(checks.check_anything),
        "note": _NOTE,
    },
    "clause": _CLAUSE,
    "exception": {
        "of": _NEEDED,
        "requires": Key(checks.check_texts, required=True),
        "within": Key(checks.check_duration),
        "text": _TEXT,
        "note": _NOTE,
    },
    "response": {
        "of": Key(checks.check_text_or_texts, required=True),
        "owner": _NEEDED,
        "text": _NEEDED,
        "within": Key(checks.check_duration),
        "to": _TEXT,
        "note": _NOTE,
    },
    "amendment": {
        "kind": Key(checks.one_of(AMENDMENTS), required=True),
        "starts": Key(checks.edges_of("starts"), required=True),
        "by": Key(checks.check_text_or_texts),
        "of": Key(checks.check_text_or_texts),
        "ends": _ENDS,
        "set": Key(checks.check_table),
        "text": _TEXT,
        "source": _TEXT,
        "note": _NOTE,
    },
}
KINDS = (*GRAMMAR, *OPEN_KINDS)

AGREEMENT_CLAIMS = ("name", "note", "starts", "ends", "after", "released_by", "zone", "source")
"""What an alternative of the whole agreement may change; a zone is for the clauses without one."""
FIXED = ("kind", "binds", "alternatives")
"""What neither an alternative of a clause nor an amendment changes: that would be another clause."""
AMENDMENT_NEEDS = {"extension": "ends", "change": "set", "withdrawal": "by"}
"""The key without which an amendment of this kind says nothing."""
