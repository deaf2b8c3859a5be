"""A hand-made case with everything that a report may have to say: two clauses, two readings, two parties."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from shapely.geometry import box

from truceline.agreement.document import Agreement, Article, Block, Clause, Party, Zone
from truceline.evidence import tables
from truceline.evidence.source import Coverage, Plan
from truceline.evidence.store import Evidence
from truceline.gazetteer import Gazetteer, Place
from truceline.model import (
    UNDETERMINED,
    AreaCount,
    Assessment,
    Baseline,
    Change,
    Claim,
    ClauseAssessment,
    Effect,
    FileTally,
    Finding,
    Incident,
    Review,
    Row,
    SourceCount,
    Standing,
    Status,
    Task,
    Watch,
    Word,
)
from truceline.reports.subject import Subject, open_subject
from truceline.spacetime import Interval

START = datetime(2024, 5, 1, 21, tzinfo=UTC)
END = START + timedelta(hours=72)
DECLARED = "as declared"


def at(hours: float) -> datetime:
    """Return an instant so many hours after the truce began."""
    return START + timedelta(hours=hours)


@dataclass(frozen=True)
class Case:
    """What `write_reports` is given."""

    assessment: Assessment
    agreement: Agreement
    evidence: Evidence

    @property
    def subject(self) -> Subject:
        return open_subject(self.assessment, self.agreement, self.evidence)

    def but(self, **changes) -> "Case":
        """Return the case with another assessment."""
        return replace(self, assessment=replace(self.assessment, **changes))


def make_finding(number: int, clause: str, hours: float, **more) -> Finding:
    base = {
        "id": f"f{number:03d}",
        "clause": clause,
        "reading": DECLARED,
        "kind": "drone-strike",
        "span": Interval(at(hours), at(hours + 0.5)),
        "lon": 30.7,
        "lat": 46.3,
        "radius_m": 4000.0,
        "area": None,
        "party": UNDETERMINED,
        "source": "monitors",
        "lineage": "monitors",
        "indicator": False,
        "measured": None,
        "limit": None,
        "unit": None,
        "margin": None,
        "rows": (Row(2, number),),
        "text": "Two detonations heard to the south.",
        "reliability": "B",
        "credibility": 2,
    }
    return Finding(**(base | more))


def make_incident(number: int, clause: str, hours: float, **more) -> Incident:
    base = {
        "id": f"i{number:03d}",
        "clause": clause,
        "reading": DECLARED,
        "status": Status.ALLEGED,
        "span": Interval(at(hours), at(hours + 0.5)),
        "lon": 30.7,
        "lat": 46.3,
        "radius_m": 4000.0,
        "area": None,
        "parties": {UNDETERMINED: 1.0},
        "lineages": ("monitors",),
        "findings": (f"f{number:03d}",),
        "indicators": (),
        "confidence": 0.42,
        "reasons": ("one source only", "place known within 4 km"),
        "kinds": ("drone-strike",),
    }
    return Incident(**(base | more))


def make_effect(**more) -> Effect:
    before = Baseline(
        "before",
        Interval(at(-28 * 24), START),
        28.0,
        812.0,
        53.2,
        51.4,
        1.05,
        (0.52, 2.1),
        16.0,
        103.0,
        ("one wave of 80 onsets",),
    )
    after = Baseline("after", Interval(END, at(72 + 26 * 24)), 26.0, 640.0, 44.0, 43.1, 1.27, (0.6, 2.7), 12.0, 96.0)
    base = {
        "clause": "air-1",
        "reading": DECLARED,
        "kind": "air-raid-alert",
        "counting": "alert-region-onset",
        "interval": Interval(START, END),
        "source": "alerts",
        "count": 56.0,
        "count_low": 55.0,
        "count_high": 58.0,
        "expected": 53.2,
        "expected_plain": 51.4,
        "ratio": 1.05,
        "ratio_95": (0.52, 2.1),
        "smallest_reduction": 0.48,
        "change": Change.CANNOT_TELL,
        "baselines": (
            before,
            Baseline("other-years", Interval(at(-8760), at(-8400)), 15.0, 1.0, 0.3, 0.4, None, (0.9, None)),
            after,
        ),
        "by_source": (
            SourceCount("alerts", "ua-alerts", 56.0, 53.2),
            SourceCount("volunteers", "ua-alerts", 54.0, None, "same lineage"),
        ),
        "by_area": (
            AreaCount("UA-51", 9.0, 6.1),
            AreaCount("UA-63", 21.0, 14.2),
            AreaCount("UA-30", 0.0, 2.0),
            AreaCount("UA-65", 12.0, None),
        ),
        "chronic": ("UA-09",),
        "reasons": ("the window is short: counts of such windows ranged from 16 to 103",),
    }
    return Effect(**(base | more))


def make_standing(clause: str, party: str, word: Word, share: float | None, **more) -> Standing:
    watch = Watch(
        share, 0.6, {} if share is None else {"coastal radar": share}, ("ships' transponders never show warships",)
    )
    base = {"reading": DECLARED, "interval": Interval(START, END), "incidents": (), "reasons": ("a reason in words",)}
    return Standing(clause=clause, party=party, word=word, watch=watch, **(base | more))


def make_clauses() -> tuple[ClauseAssessment, ...]:
    day = timedelta(hours=24)
    whole = Interval(START, END)

    def periods(clause: str, words: list[tuple[Word, Word]]) -> tuple:
        spans = [Interval(at(24 * place), at(24 * place) + day) for place in range(3)]
        return tuple(
            (
                span,
                tuple(
                    make_standing(clause, party, word, 0.7, interval=span)
                    for party, word in zip(("NOR", "SUD"), pair, strict=True)
                ),
            )
            for span, pair in zip(spans, words, strict=True)
        )

    text = "No strike from the air in the zone.\n\n* Drones **included**.\n* Medical flights are *excepted*.\n"
    air = ClauseAssessment(
        "air-1",
        DECLARED,
        "no-attack",
        "Article 1: Air",
        text,
        ("NOR", "SUD"),
        "west",
        ("2024-05-02T00:00 Europe/Kyiv",),
        whole,
        (
            make_standing("air-1", "NOR", Word.SUSPECTED, 0.72, incidents=("i001",)),
            make_standing("air-1", "SUD", Word.NOT_DETERMINABLE, 0.41),
            make_standing("air-1", UNDETERMINED, Word.BREACHED, 0.72, incidents=("i002",)),
        ),
        periods(
            "air-1",
            [
                (Word.KEPT, Word.NOT_DETERMINABLE),
                (Word.KEPT, Word.NOT_DETERMINABLE),
                (Word.SUSPECTED, Word.NOT_DETERMINABLE),
            ],
        ),
        (make_effect(),),
        ("i001", "i002"),
        ("alerts are indicators and make no standing",),
    )
    sea = ClauseAssessment(
        "sea-1",
        DECLARED,
        "no-entry",
        "Article 2: Sea",
        "Warships stay out.",
        ("NOR", "SUD"),
        "lane",
        ("end of 2024-05-01 Europe/Kyiv",),
        whole,
        (make_standing("sea-1", "NOR", Word.KEPT, 0.996), make_standing("sea-1", "SUD", Word.NOT_DETERMINABLE, None)),
        periods("sea-1", [(Word.KEPT, Word.NOT_DETERMINABLE)] * 3),
        (),
        ("i003",),
    )
    contested = replace(sea, reading="NOR's clock", interval=Interval(at(6), END), incidents=())
    words = ClauseAssessment(
        "intent",
        DECLARED,
        "text",
        "Article 3: Purpose",
        "In good faith.",
        ("NOR", "SUD"),
        None,
        (),
        whole,
        tuple(make_standing("intent", party, Word.NOT_EVALUATED, None) for party in ("NOR", "SUD")),
        (),
        (),
        (),
    )
    return air, sea, contested, words


def make_assessment() -> Assessment:
    alerts = tuple(
        make_finding(
            100 + number,
            "air-1",
            1.2 * number,
            kind="air-raid-alert",
            source="alerts",
            lineage="ua-alerts",
            indicator=True,
            lon=None,
            lat=None,
            radius_m=None,
            area=("UA-51", "UA-63", "UA-65")[number % 3],
            rows=(Row(1, 400 + number),),
            text="",
        )
        for number in range(56)
    )
    track = make_finding(
        3,
        "sea-1",
        30,
        kind="position",
        lon=31.2,
        lat=45.4,
        radius_m=50.0,
        measured=12.4,
        limit=0.0,
        unit="nmi",
        source="radar",
        rows=tuple(Row(3, row) for row in range(10, 31)),
        platform="track:radar:7",
        text="",
        doubts=("one jump of 40 kn",),
    )
    incidents = (
        make_incident(1, "air-1", 50, parties={"NOR": 0.7, UNDETERMINED: 0.3}, indicators=("f140",)),
        make_incident(
            2,
            "air-1",
            20,
            status=Status.CORROBORATED,
            lon=31.1,
            lat=46.1,
            lineages=("monitors", "radar"),
            confidence=0.83,
        ),
        make_incident(
            3,
            "sea-1",
            30,
            status=Status.CONTESTED,
            lon=31.2,
            lat=45.4,
            radius_m=50.0,
            late=True,
            kinds=("position",),
            review=Review("i003", "contest", "reviewer 4", "the track may be a fishing vessel", at(80)),
        ),
        make_incident(
            4, "air-1", 60, lon=None, lat=None, radius_m=None, area="UA-51", status=Status.DISMISSED, findings=()
        ),
    )
    files = (
        FileTally(
            1,
            "alerts",
            "data/alerts.csv",
            "csv",
            "ab" * 32,
            123_456,
            900,
            880,
            {"another kind": 15},
            {"no such region": 5},
            "an open data set, CC BY 4.0",
            "",
            "ua-alerts",
            at(-700),
            at(100),
        ),
        FileTally(
            2, "monitors", "data/observations.csv", "observation", "cd" * 32, 9_000, 40, 40, {}, {}, "the mission"
        ),
        FileTally(
            3,
            "radar",
            "data/radar.csv",
            "csv",
            "ef" * 32,
            99_000_000,
            1_200_000,
            1_199_000,
            {},
            {"time without a zone": 1000},
            "",
            "coastal radar",
        ),
    )
    return Assessment(
        case="bay",
        title="Ceasefire of the western bay",
        agreement_status="mirrored",
        source="two statements",
        version="0.1.0",
        digest="0123456789abcdef" * 4,
        zone="Europe/Kyiv",
        interval=Interval(START, END),
        cut_off=END,
        period_hours=24.0,
        as_of=None,
        without=(),
        clauses=make_clauses(),
        incidents=incidents,
        findings=(
            make_finding(1, "air-1", 50, party="NOR"),
            make_finding(2, "air-1", 20, lon=31.1, lat=46.1),
            track,
            *alerts,
        ),
        claims=(
            Claim(
                "SUD",
                Interval(START, END),
                "They broke it 1,355 times.",
                1355.0,
                "violations",
                "statements",
                Row(2, 39),
            ),
        ),
        tasks=(
            Task("inquire", "inquiry", "air-1", "i001", "NOR", at(51), at(99), "Reply to the suspicion."),
            Task("repair", "deadline", "sea-1", None, "commission", at(51), None, "Convene."),
        ),
        files=files,
        parties={"NOR": "Northern Republic", "SUD": "Federation of the Southern Shore"},
        notes=("clocks differ by one hour",),
    )


def make_agreement() -> Agreement:
    block = Block("agreement", "bay", 3, {}, {}, "")
    article = Article("Article 1: Air", "No strike.", 20)
    zones = {
        "west": Zone("west", box(29.6, 45.0, 32.4, 46.7)),
        "lane": Zone("lane", box(30.6, 45.2, 31.6, 46.0)),
        "unused": Zone("unused", box(0, 0, 1, 1)),
    }
    clauses = (Clause("air-1", "no-attack", ("NOR", "SUD"), block, article, zone="west"),)
    parties = {
        "NOR": Party("NOR", "Northern Republic", "mirrored"),
        "SUD": Party("SUD", "Federation of the Southern Shore", "mirrored"),
    }
    return Agreement(
        "bay",
        "Ceasefire of the western bay",
        "agreement.md",
        "mirrored",
        "two statements",
        ("en",),
        "Europe/Kyiv",
        block,
        (article,),
        parties,
        {},
        {},
        zones,
        {},
        {},
        clauses,
        (),
        (),
    )


def make_evidence(folder: Path) -> Evidence:
    names = {
        "UA-51": ("Odesa", 30.7, 46.5),
        "UA-63": ("Kharkiv", 36.3, 49.9),
        "UA-65": ("Kherson", 32.6, 46.6),
        "UA-30": ("Kyiv", 30.5, 50.4),
        "UA-09": ("Luhansk", 39.3, 48.6),
    }
    places = [Place(code, name, lon, lat, 90_000.0) for code, (name, lon, lat) in names.items()]
    gazetteer = Gazetteer(places, {place.name: place.code for place in places})
    alerts = [
        {
            "source": "alerts",
            "event": f"a{number}",
            "kind": "air-raid-alert",
            "start_utc": at(-20 + 1.1 * number),
            "end_utc": at(-19.5 + 1.1 * number),
            "area": ("UA-51", "UA-65")[number % 2],
            "file": 1,
            "row": 380 + number,
        }
        for number in range(90)
    ]
    jamming = {
        "source": "monitors",
        "event": "j1",
        "kind": "jamming",
        "start_utc": at(8),
        "end_utc": at(9),
        "area": "UA-51",
        "text": "Satellite navigation lost on two flights.",
        "file": 2,
        "row": 17,
    }
    events = tables.conform(pl.DataFrame([*alerts, jamming], schema_overrides={"file": pl.UInt32}), tables.EVENTS)
    rows = [
        {
            "source": "radar",
            "platform": f"track:radar:{track}",
            "time_utc": at(6 + minute / 10),
            "lon": 30.0 + track * 0.2 + minute * 0.01,
            "lat": 45.2 + track * 0.1 + minute * 0.003,
            "file": 3,
            "row": track * 100 + minute,
        }
        for track in range(1, 8)
        for minute in range(90)
        if not 30 < minute < 60
    ]
    positions = tables.conform(pl.DataFrame(rows), tables.POSITIONS)
    coverage = (
        Coverage("radar", "coastal radar", Interval(START, END), "lane", ("warship", "drone"), 0.8),
        Coverage("alerts", "", Interval(START, END), "everywhere", ("air-raid-alert",), None),
    )
    return Evidence(
        Plan(folder / "evidence.toml", coverage=coverage),
        gazetteer,
        folder,
        positions.lazy(),
        tables.empty(tables.PLATFORMS),
        events.lazy(),
        tables.empty(tables.COVERAGE),
        tables.empty(tables.REJECTS).lazy(),
        (),
    )
