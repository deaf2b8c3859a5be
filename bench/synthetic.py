"""Seeded traffic and zones for the benchmarks: nothing is fetched, every run makes the same.

Positions: a day in a box from 22 to 42° E and 40.5 to 52.5° N. A quarter of the platforms are
aircraft (about 220 m/s); the rest are ships (about 5 m/s), half of them near 200 harbours and 30 %
moored. Pings come 172 s apart on average; one in 2,000 is followed by a silence of half an hour to
two and a half hours; one in 20,000 jumps to a single spot, as spoofed ones do. Longitude and
latitude are rounded to the resolution of AIS, 1/600,000 of a degree.

Zones: 60 of about 84,000 vertices as a sea basin has them (nine outlines with rough coasts,
islands and lakes, strips of one of them, corridors, circles, stars, rectangles), overlapping; or
any number of small ones.
"""

from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

__all__ = ["BOX", "Traffic", "keep_traffic", "make_sea_zones", "make_small_zones", "make_traffic"]

BOX = (22.0, 40.5, 42.0, 52.5)
START_US = 1_767_225_600_000_000  # 2026-01-01T00:00Z
DAY_S = 86_400.0
AIS_STEPS = 600_000  # in a degree
OUTLINES = (16_500, 8_200, 8_000, 6_300, 5_500, 4_600, 4_000, 3_400, 1_800)  # vertices
FRONT = [
    (36.2, 50.3), (37.8, 49.9), (38.1, 48.9), (37.9, 48.2), (37.2, 47.8), (35.8, 47.4), (34.4, 47.1), (33.0, 46.6),
    (32.0, 46.5),
]  # fmt: skip
LANE = [(30.75, 46.4), (31.0, 45.8), (30.6, 45.0), (29.8, 44.0), (29.1, 42.6), (29.0, 41.3)]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Positions sorted by platform and time; time in microseconds since 1970, UTC; degrees."""

    platform: NDArray[np.int32]
    time_us: NDArray[np.int64]
    lon: Floats
    lat: Floats
    ship: NDArray[np.bool_]

    @property
    def nbytes(self) -> int:
        """Bytes of the four columns that the kernels read."""
        return self.platform.nbytes + self.time_us.nbytes + self.lon.nbytes + self.lat.nbytes


# --- positions --------------------------------------------------------------------------------


def make_traffic(positions: int, platforms: int, seed: int = 1) -> Traffic:
    """Return `positions // platforms` pings of each platform."""
    rng = np.random.default_rng(seed)
    pings = positions // platforms
    harbours = rng.uniform((28, 41.5), (41, 47), (200, 2))
    parts = [_some(rng, first, min(1000, platforms - first), pings, harbours) for first in range(0, platforms, 1000)]
    return Traffic(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def keep_traffic(folder: Path, positions: int, platforms: int, seed: int = 1) -> Traffic:
    """Return `make_traffic`, from the folder if it is there already: other processes need the same."""
    path = folder / f"traffic-{positions}-{platforms}-{seed}.npz"
    if not path.exists():
        traffic = make_traffic(positions, platforms, seed)
        np.savez(path, **{field.name: getattr(traffic, field.name) for field in fields(Traffic)})
    with np.load(path) as kept:
        return Traffic(*(kept[field.name] for field in fields(Traffic)))


def _some(rng: np.random.Generator, first: int, count: int, pings: int, harbours: Floats) -> tuple[np.ndarray, ...]:
    ship = rng.random(count) >= 0.25
    x, y = _origins(rng, ship, harbours)
    speed = np.where(ship, np.abs(rng.normal(5, 3, count)), np.abs(rng.normal(220, 40, count)))  # m/s
    moored = ship & (rng.random(count) < 0.3)
    mean = (DAY_S - 60) / pings
    step = -np.log1p(-rng.random((count, pings))) * mean * 0.3 + mean * 1.4 * rng.random((count, pings))
    step += (rng.random((count, pings)) < 0.0005) * (1800 + 7200 * rng.random((count, pings)))
    step = np.maximum(step, 1.0)
    turn = rng.normal(0, 0.05, (count, pings)) + (rng.random((count, pings)) < 0.003) * rng.uniform(
        -np.pi, np.pi, (count, pings)
    )
    heading = np.cumsum(turn, axis=1) + rng.uniform(0, 2 * np.pi, (count, 1))
    way = np.where(moored[:, None], np.abs(rng.normal(0, 0.05, (count, pings))), speed[:, None]) * step
    lon = _fold(x[:, None] + np.cumsum(way * np.sin(heading), axis=1) / (111_320 * np.cos(np.radians(y)))[:, None], 0)
    lat = _fold(y[:, None] + np.cumsum(way * np.cos(heading), axis=1) / 110_540, 1)
    spoofed = rng.random((count, pings)) < 0.00005
    lon[spoofed], lat[spoofed] = 37.6, 44.9
    platform = np.repeat(np.arange(first, first + count, dtype=np.int32), pings)
    time_us = START_US + np.floor(np.cumsum(step, axis=1)).astype(np.int64) * 1_000_000
    return platform, time_us.ravel(), _ais(lon), _ais(lat), np.repeat(ship, pings)


def _origins(rng: np.random.Generator, ship: NDArray[np.bool_], harbours: Floats) -> tuple[Floats, Floats]:
    count = len(ship)
    anywhere = rng.uniform(BOX[:2], BOX[2:], (count, 2))
    at_sea = rng.uniform((28, 41), (41, 47), (count, 2))
    near = harbours[rng.integers(0, len(harbours), count)] + rng.normal(0, 0.05, (count, 2))
    place = np.where(ship[:, None], np.where(rng.random((count, 1)) < 0.5, near, at_sea), anywhere)
    return place[:, 0], place[:, 1]


def _fold(value: Floats, axis: int) -> Floats:
    """Turn back at the edges of the box."""
    low, high = BOX[axis], BOX[axis + 2]
    beyond = np.mod(value - low, 2 * (high - low))
    return low + np.minimum(beyond, 2 * (high - low) - beyond)


def _ais(degrees: Floats) -> Floats:
    rounded: Floats = np.round(degrees.ravel() * AIS_STEPS) / AIS_STEPS
    return rounded


# --- zones ------------------------------------------------------------------------------------


def make_sea_zones(seed: int = 7) -> list[BaseGeometry]:
    """Return 60 overlapping zones of about 84,000 vertices."""
    rng = np.random.default_rng(seed)
    outlines = [_outline(rng, count) for count in OUTLINES]
    west, south, east, north = outlines[0].bounds
    cuts = np.linspace(west, east, 9)
    strips = [box(a, south, b, north).intersection(outlines[0]) for a, b in pairwise(cuts)]
    bands = [LineString(FRONT).buffer(width, quad_segs=32) for width in (0.05, 0.1, 0.2, 0.3)]
    discs = [Point(*rng.uniform((28, 41.5), (41, 50))).buffer(rng.uniform(0.02, 0.5), quad_segs=64) for _ in range(20)]
    stars = [_star(rng, *rng.uniform((28, 41.5), (41, 51)), rng.uniform(0.2, 0.5), int(rng.integers(8, 400)), 0.4)
             for _ in range(15)]  # fmt: skip
    corners = rng.uniform((28, 41), (40, 50), (3, 2))
    plain = [box(x, y, x + rng.uniform(0.2, 1.5), y + rng.uniform(0.2, 1.0)) for x, y in corners]
    return [*outlines, *strips, *bands, *discs, *stars, LineString(LANE).buffer(0.08), *plain]


def make_small_zones(count: int, seed: int = 11) -> list[BaseGeometry]:
    """Return that many stars of 8 to 64 corners, 0.02 to 0.2° across, anywhere in the box."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(BOX[:2], BOX[2:], (count, 2))
    sizes, corners = rng.uniform(0.01, 0.1, count), rng.integers(8, 65, count)
    return [_star(rng, x, y, size, int(n), 0.3) for (x, y), size, n in zip(centres, sizes, corners, strict=True)]


def _outline(rng: np.random.Generator, vertices: int) -> BaseGeometry:
    """Land with a rough coast, six islands off it and four lakes."""
    x, y = rng.uniform((26, 43), (38, 50))
    radius = 1.0 + 2.5 * vertices / OUTLINES[0]
    shape = _star(rng, x, y, radius, int(vertices * 0.9), 0.35)
    for turn in np.linspace(0, 2 * np.pi, 6, endpoint=False):
        away = radius * 1.7 * np.array([np.cos(turn), np.sin(turn)])
        shape = shape.union(_star(rng, x + away[0], y + away[1], radius * 0.05, vertices // 100, 0.3))
    for turn in np.linspace(0.3, 2 * np.pi, 4, endpoint=False):
        off = radius * 0.3 * np.array([np.cos(turn), np.sin(turn)])
        shape = shape.difference(_star(rng, x + off[0], y + off[1], radius * 0.05, vertices // 100, 0.3))
    inside = shape.intersection(box(*BOX))
    return MultiPolygon([part for part in shapely.get_parts(inside) if isinstance(part, Polygon)])


def _star(rng: np.random.Generator, x: float, y: float, radius: float, corners: int, rough: float) -> Polygon:
    """A ring that sees its centre from everywhere, with waves of all lengths, as coasts have."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    waves = np.arange(1, max(3, corners // 4))
    spectrum = rng.normal(size=(2, len(waves))) * waves**-1.25
    grid = np.linspace(0, 2 * np.pi, 4 * len(waves) + 1)
    padded = np.zeros(2 * len(waves) + 1, complex)
    padded[1 : len(waves) + 1] = spectrum[0] - 1j * spectrum[1]
    height = np.fft.irfft(padded, 4 * len(waves)) * 4 * len(waves)
    height = np.append(height, height[0]) / max(1e-9, float(np.abs(height).max()))
    reach = radius * (1 + rough * np.interp(angle, grid, height))
    return Polygon(np.column_stack([x + 1.4 * reach * np.cos(angle), y + reach * np.sin(angle)]))
