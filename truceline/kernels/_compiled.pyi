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
