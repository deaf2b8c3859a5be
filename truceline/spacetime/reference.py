"""In which coordinates a GeoJSON document stands: WGS 84, longitude first (RFC 7946, section 4), and no others.

The form of 2008 let a document name another system in `crs`. Programs still write it; whoever overlooks it
puts things in the wrong place without a word.
"""

import re

from truceline.errors import FormError

__all__ = ["check_reference"]

_WGS84 = re.compile(r"(?:urn:ogc:def:crs:)?(?:OGC:[\d.]*:?CRS84|EPSG:[\d.]*:?4326)", re.IGNORECASE)


def check_reference(document: object) -> None:
    """Raise FormError where a document names coordinates other than longitude and latitude in WGS 84."""
    named = document.get("crs") if isinstance(document, dict) else None
    if named is None:
        return
    properties = named.get("properties") if isinstance(named, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and _WGS84.fullmatch(name):
        return
    found = name if isinstance(name, str) else repr(named)
    raise FormError(
        "coordinates of another reference system",
        expected="longitude and latitude in WGS 84 (EPSG:4326), as RFC 7946 has them",
        found=f'"{found[:80]}"',
        do="save the file again in EPSG:4326",
    )
