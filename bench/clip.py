"""MovingPandas: each platform's line cut with each zone, the nearest there is to stays."""

from collections import Counter
from collections.abc import Callable

import numpy as np
from rows import need
from shapely.geometry.base import BaseGeometry

__all__ = ["clip"]


def clip(
    zones: Callable[[], list[BaseGeometry]], platform: np.ndarray, time_us: np.ndarray, lon: np.ndarray, lat: np.ndarray
) -> Callable[[], Counter[int]]:
    """Return what counts each platform's pieces in all zones; the trajectories are built before the clock."""
    tracks, frames, pandas = need("movingpandas"), need("geopandas"), need("pandas")
    shapes = zones()
    time = pandas.DatetimeIndex(time_us.astype("datetime64[us]"))
    points = frames.points_from_xy(lon, lat, crs=4326)
    table = frames.GeoDataFrame({"platform": platform}, geometry=points, index=time)
    every = tracks.TrajectoryCollection(table, "platform")
    return lambda: Counter(piece.parent.id for shape in shapes for piece in every.clip(shape))
