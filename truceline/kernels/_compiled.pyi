from typing import Any, TypeAlias

from numpy.typing import NDArray

Column: TypeAlias = NDArray[Any]

def build(corners: Column, zones: Column, zone_count: int, cells: float, budget: int, /) -> object | None: ...
def size(index: object, /) -> int: ...
def masks(index: object, lon: Column, lat: Column, out: Column, words: int, /) -> int: ...
def pairs(
    index: object, lon: Column, lat: Column, first: int, points: Column, zones: Column, /
) -> tuple[int, int, int]: ...
def orient(ax: float, ay: float, bx: float, by: float, px: float, py: float, /) -> int: ...
def stays(
    index: object,
    platform: Column,
    time: Column,
    lon: Column,
    lat: Column,
    last: Column,
    open: Column,  # noqa: A002
    gap: int,
    bridge: int,
    lines: bool,
    /,
) -> tuple[bytes, bytes, bytes, bytes, int, int]: ...
def modes_scanner(beast: bool, known: bool, starts_us: int, /) -> object: ...
def modes_scan(scanner: object, buffer: bytes, at: int, ended: bool, rows: Column, /) -> tuple[int, int]: ...
def modes_decoder(known: bool, lon: float, lat: float, /) -> object: ...
def modes_decode(decoder: object, frames: Column, out: Column, /) -> None: ...
def nmea_open(bounds: Column, seed: int, /) -> object: ...
def nmea_lines() -> object: ...
def nmea_scan(lines: object, log: object, data: Column, first: int, end: int, /) -> int: ...
def nmea_take(
    log: object, lines: object, at: int, data: Column, base: int, most: int, room: Column, first: int, /
) -> tuple[int, int, int]: ...
def nmea_write(lines: object, first: int, end: int, room: Column, /) -> None: ...
def nmea_finish(log: object, room: Column, first: int, /) -> None: ...
def nmea_drain(log: object, /) -> tuple[int, int, bytes, int, bytes, bytes, bytes, bytes]: ...
def group_number(platform: Column, width: int, first: int, end: int, seed: int, number: Column, /) -> bytes: ...
def group_put(
    number: Column,
    places: Column,
    first: int,
    end: int,
    time: Column,
    lon: Column,
    lat: Column,
    time_out: Column,
    lon_out: Column,
    lat_out: Column,
    /,
) -> None: ...
def split_rows(rows: Column, width: int, columns: list[tuple[int, int, Column]], at: int, /) -> None: ...

# --- encounters, near tracks, loitering, clusters ---
def survey(
    platform: Column, time: Column, lon: Column, lat: Column, first: int, end: int, /
) -> tuple[bytes, int, int]: ...
def encounters(
    cuts: Column,
    time: Column,
    lon: Column,
    lat: Column,
    known: Column,
    first: int,
    end: int,
    step: int,
    gap: int,
    least: int,
    reach: float,
    /,
) -> tuple[bytes, bytes]: ...
def near(
    cuts: Column,
    time: Column,
    lon: Column,
    lat: Column,
    names: Column,
    split: int,
    first: int,
    end: int,
    slot: int,
    gap: int,
    reach: float,
    /,
) -> bytes: ...
def loitering(
    cuts: Column,
    time: Column,
    lon: Column,
    lat: Column,
    known: Column,
    first: int,
    end: int,
    window: int,
    gap: int,
    least: int,
    speed: float,
    /,
) -> tuple[bytes, bytes]: ...
def lay_points(points: Column, axes: int, eps: float, least: int, /) -> tuple[object, int]: ...
def find_core(dense: object, first: int, end: int, /) -> None: ...
def link_core(dense: object, first: int, end: int, /) -> bytes: ...
def number_clusters(dense: object, links: bytes, /) -> int: ...
def label_points(dense: object, first: int, end: int, labels: Column, core: Column, /) -> None: ...
