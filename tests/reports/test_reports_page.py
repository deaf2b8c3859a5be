"""The page: complete, safe against what stands in the evidence, readable without sight, colour or network."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.model import UNDETERMINED, Status, Word
from truceline.reports.composition import compose
from truceline.reports.page import write_page
from truceline.reports.svg import PALETTE

VOID = {"meta", "br", "hr", "link", "img", "input"}
SHAPES = {"circle", "line", "path", "rect", "ellipse"}


class Reader(HTMLParser):
    """Reads a page into tags, ids, links, headings and text; fails on tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.headings, self.text = [], [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs["href"]] if tag == "a" else []
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag, attrs):  # noqa: ARG002 - the parser's own signature
        assert tag in SHAPES, f"<{tag}/> closes itself outside a drawing"

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def page(case):
    return write_page(compose(case.subject)).decode("utf-8")


def read(case):
    return Reader(page(case))


def test_the_verdict_stands_before_its_reasons_and_its_rows(case):
    words = read(case).words
    order = [
        "suspected",
        "1 incident",
        "Clause by clause",
        "Incidents in order of time",
        "Movement and coverage limits",
        "Claims of the parties",
        "Deadlines and inquiries",
        "Addendum: late evidence",
        "Method in short",
        "ab" * 32,
    ]
    front = [words.index(one) for one in order[:3]]
    body = words[words.index("Incidents in order of time") :]  # past the list of contents
    later = [body.index(one) for one in order[3:]]
    assert front == sorted(front)
    assert later == sorted(later)


def test_it_asks_nothing_of_the_network_and_runs_nothing(case):
    text = page(case)
    for tag, attrs in read(case).tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "img", "form", "base")
        assert not any(name.startswith("on") for name in attrs)
    assert "default-src 'none'" in text
    assert not re.search(r"url\((?!data:|#)", text)
    assert "@import" not in text
    assert len(text.encode()) < 1_500_000


def test_every_link_leads_somewhere_and_every_id_is_one(case):
    found = read(case)
    assert len(found.ids) == len(set(found.ids))
    assert {link for link in found.links if not link.startswith("#")} == set()
    assert {link[1:] for link in found.links} <= set(found.ids)


def test_the_count_leads_to_the_file_and_the_row_it_came_from(case):
    text = page(case)
    assert 'href="#file-1"' in text
    assert 'id="file-1"' in text
    assert "(400)" in read(case).words, "the row of the first alert"


def test_it_can_be_read_aloud(case):
    found = read(case)
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    assert (
        dict(found.tags[0][1] if found.tags[0][0] == "html" else next(a for t, a in found.tags if t == "html"))["lang"]
        == "en"
    )
    assert found.links[0] == "#report"
    tables = sum(tag == "table" for tag, _ in found.tags)
    assert tables == sum(tag == "caption" for tag, _ in found.tags)
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in found.tags if tag == "th")


def test_every_drawing_says_what_it_shows_or_that_it_is_decoration(case):
    for tag, attrs in read(case).tags:
        if tag == "svg":
            assert attrs.get("role") == "img" or attrs.get("aria-hidden") == "true"


def test_a_standing_is_never_told_by_colour_alone(case):
    words = read(case).words
    for word in (Word.KEPT, Word.SUSPECTED, Word.BREACHED, Word.NOT_DETERMINABLE):
        assert word.value in words


HOSTILE = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "]]><svg onload=alert(1)>",
    "[click](javascript:alert(1)) ![x](http://tracker.example/x.png) <b>bold</b>",
    "\u202egnp.exe\u202c and \u200b\ufeff and \x00\x07",
    "\ud800 lone surrogate",
    "a" * 5000,
    "line one\r\nline two\u2028three",
]


def poison_standing(standing, text):
    return replace(standing, reasons=(text,), watch=replace(standing.watch, reasons=(text,), by_provider={text: 0.5}))


def poison(case, text):
    """Return the case with `text` wherever evidence, agreement or list of evidence may bring text."""
    a = case.assessment
    return case.but(
        title=text,
        source=text,
        notes=(text,),
        parties={"NOR": text, "SUD": "S"},
        clauses=tuple(
            replace(
                one,
                article=text,
                text=text,
                clocks=(text,),
                reasons=(text,),
                standings=tuple(poison_standing(standing, text) for standing in one.standings),
                effects=tuple(replace(e, reasons=(text,), chronic=(text,)) for e in one.effects),
            )
            for one in a.clauses
        ),
        incidents=tuple(
            replace(one, reasons=(text,), kinds=(text,), area=text, lineages=(text,)) for one in a.incidents
        ),
        findings=tuple(
            replace(one, text=text, source=text, platform=text, area=text, doubts=(text,)) for one in a.findings
        ),
        claims=tuple(replace(one, text=text, unit=text) for one in a.claims),
        tasks=tuple(replace(one, text=text, owner=text) for one in a.tasks),
        files=tuple(replace(one, path=text, attribution=text, provider=text, rejected={text: 1}) for one in a.files),
    )


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:18]))
def test_text_of_the_evidence_stays_text(case, text):
    found = read(poison(case, text))
    plain = read(poison(case, "plain"))
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in plain.tags} | {"p", "strong", "code", "pre"}
    assert not any(name.startswith("on") for _, attrs in found.tags for name in attrs)
    assert all(link.startswith("#") for link in found.links)


def test_direction_controls_are_shown_and_not_obeyed(case):
    text = page(poison(case, "\u202eabc\u202c"))
    assert "\u202e" not in text
    assert "⟨U+202E⟩abc" in text


@given(st.text(max_size=60))
@settings(max_examples=25, deadline=None)
def test_any_text_at_all(text):
    from pathlib import Path

    from report_case import Case, make_agreement, make_assessment, make_evidence

    case = Case(make_assessment(), make_agreement(), make_evidence(Path()))
    found = read(poison(case, text))
    assert {link for link in found.links if not link.startswith("#")} == set()


def test_a_long_list_is_cut_and_the_page_says_so(case):
    one = case.assessment.incidents[0]
    many = case.but(incidents=tuple(replace(one, id=f"x{number}") for number in range(450)))
    words = read(many).words
    assert "450 incidents" in words
    assert "250 more incidents in incidents.geojson" in words
    assert len(page(many)) < 1_500_000


def test_an_empty_case_says_why_it_is_empty(case):
    bare = case.but(clauses=(), incidents=(), findings=(), claims=(), tasks=(), files=(), interval=None)
    words = read(bare).words
    assert "No clause of this agreement can be judged by machine" in words
    assert "No incident was found in the evidence that was given" in words
    assert "never in force" in words


def test_what_was_left_out_on_purpose_is_said_first(case):
    words = read(case.but(without=("coastal radar",), as_of=case.assessment.cut_off)).words
    assert words.index("Without coastal radar") < words.index("Standing of each clause")
    assert "only what had arrived by then" in words


def test_undetermined_stands_like_any_other_answer(case):
    text = page(case)
    assert f'scope="col">{UNDETERMINED}</th>' in text
    assert f"<div>{UNDETERMINED}</div>" in text


def test_an_excused_incident_is_listed_and_not_counted(case):
    first = replace(case.assessment.incidents[0], excused_by="return-fire")
    words = read(case.but(incidents=(first,))).words
    assert "allowed by return-fire" in words
    assert "None since the start" in words


def test_all_rows_of_a_file_are_accounted_for(case):
    words = read(case).words
    assert "3 files: 1 200 940 rows are 1 199 920 used, 15 set aside and 1 005 rejected" in words
    assert "no such region" in words


def contrast(one, other):
    def light(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("screen", [0, 1], ids=["paper", "dark"])
@pytest.mark.parametrize("role", ["ink", "muted", "accent"])
@pytest.mark.parametrize("ground", ["paper", "band", "land", "water", "unseen"])
def test_text_has_contrast_enough(role, ground, screen):
    assert contrast(PALETTE[role][screen], PALETTE[ground][screen]) >= 4.5


@pytest.mark.parametrize("screen", [0, 1], ids=["paper", "dark"])
@pytest.mark.parametrize("role", ["kept", "suspected", "breached", "unknown"])
def test_signs_have_contrast_enough(role, screen):
    assert contrast(PALETTE[role][screen], PALETTE["paper"][screen]) >= 3.0


def test_fonts_are_embedded_only_where_their_letters_are_used(case):
    latin, cyrillic = page(case), page(case.but(title="Перемир’я в затоці"))
    assert cyrillic.count("@font-face") == latin.count("@font-face") + 1


def test_the_statuses_have_words(case):
    words = read(case).words
    for status in (Status.ALLEGED, Status.CORROBORATED, Status.CONTESTED, Status.DISMISSED):
        assert status.value in words
