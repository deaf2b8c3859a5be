"""What the tests of positional kinds share: an agreement, a warship of RED, and evidence set against one clause."""

from by_hand import HEAD, agree, gathered, pings, source, terms_of

from truceline.clauses import find

SHIP = "mmsi:200000001"
OTHER = "mmsi:200000002"
WARSHIP = {"platform": SHIP, "kind": "vessel", "category": "warship", "party": "RED"}
AIS, RADAR = source("ais", "nmea"), source("radar")
IN, OUT = 45.05, 44.95  # latitudes just inside and just outside the southern edge of the zone "strait"


def clock(minute, day=1):
    """Return "06-01 12:10" for minute 10 after noon of 1 June; minutes may run over midnight."""
    total = 12 * 60 + minute
    return f"06-{day + total // 1440:02} {total // 60 % 24:02}:{total % 60:02}"


def legs(*places, start=0, step=10, lon=30.5):
    """Return positions every `step` minutes from 1 June 12:00 on: latitudes, or (lon, lat)."""
    pairs = [place if isinstance(place, tuple) else (lon, place) for place in places]
    return [(clock(start + step * number), x, y) for number, (x, y) in enumerate(pairs)]


def look(tmp_path, clause, positions=(), platforms=(WARSHIP,), sources=(AIS,), head=HEAD, events=()):
    """Return what a clause called "c" finds in positions."""
    agreement = agree(tmp_path, clause, head)
    return find(terms_of(agreement), agreement, gathered(events, positions, platforms, (), sources))


def ship(*places, platform=SHIP, **more):
    """Return the pings of a ship along `legs`."""
    keys = {key: more.pop(key) for key in ("start", "step", "lon") if key in more}
    return pings(platform, legs(*places, **keys), **more)
