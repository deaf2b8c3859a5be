"""Derive `truceline/gazetteer/ukraine.csv` from open boundaries. Run by hand, once for a new source.

    python scripts/gazetteer.py BOUNDARIES.geojson LAND.geojson truceline/gazetteer/ukraine.csv

BOUNDARIES is geoBoundaries UKR-ADM1 (www.geoboundaries.org; property `shapeISO` holds the ISO
3166-2 code); LAND is Natural Earth's 1:10m land, public domain. Only a point and a radius of each
region are carried over. The point is the one inside the region and on land from which the
farthest corner is nearest; the radius reaches that corner, rounded up to the next 100 m. The
boundaries of coastal regions take in the territorial sea, so the radius does too.

The names are our own table below: ISO 3166-2 names, what the sources write, and the usual
transliterations. A settlement's name alone (Kharkiv, Odesa) is not a spelling of the region round
it; Kyiv and Sevastopol are regions themselves.
"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from truceline.spacetime.shapes import distance_m, read_geometry, sample

CANDIDATES = 4000
FIELDS = ("code", "name", "name_uk", "lon", "lat", "radius_m", "spellings")

# code: nouns in English (the first is the name), adjectives in Latin letters, in Ukrainian, in Russian
OBLASTS = {
    "UA-05": ("Vinnytsia Vinnytsya Vinnitsa", "Vinnytska Vinnitskaya", "Вінницька", "Винницкая"),
    "UA-07": ("Volyn Volyn' Volhynia", "Volynska Volynskaya", "Волинська", "Волынская"),
    "UA-09": ("Luhansk Lugansk", "Luhanska Luganska Luganskaya", "Луганська", "Луганская"),
    "UA-12": (
        "Dnipropetrovsk Dnepropetrovsk",
        "Dnipropetrovska Dnepropetrovskaya",
        "Дніпропетровська",
        "Днепропетровская",
    ),
    "UA-14": ("Donetsk", "Donetska Donetskaya", "Донецька", "Донецкая"),
    "UA-18": ("Zhytomyr Zhitomir", "Zhytomyrska Zhitomirskaya", "Житомирська", "Житомирская"),
    "UA-21": (
        "Zakarpattia Zakarpattya Transcarpathia Transcarpathian",
        "Zakarpatska Zakarpatskaya",
        "Закарпатська",
        "Закарпатская",
    ),
    "UA-23": (
        "Zaporizhzhia Zaporizhia Zaporizhzhya Zaporozhye Zaporozhia Zaporozhe",
        "Zaporizka Zaporizhska Zaporozhskaya",
        "Запорізька",
        "Запорожская",
    ),
    "UA-26": (
        "Ivano-Frankivsk Ivano-Frankovsk",
        "Ivano-Frankivska Ivano-Frankovskaya",
        "Івано-Франківська",
        "Ивано-Франковская",
    ),
    "UA-32": ("Kyiv Kiev", "Kyivska Kyyivska Kievskaya", "Київська", "Киевская"),
    "UA-35": ("Kirovohrad Kirovograd", "Kirovohradska Kirovogradskaya", "Кіровоградська", "Кировоградская"),
    "UA-46": ("Lviv Lvov", "Lvivska Lvovskaya", "Львівська", "Львовская"),
    "UA-48": (
        "Mykolaiv Mykolayiv Nikolaev Nikolayev",
        "Mykolaivska Mykolayivska Nikolaevskaya",
        "Миколаївська",
        "Николаевская",
    ),
    "UA-51": ("Odesa Odessa", "Odeska Odesska Odesskaya", "Одеська", "Одесская"),
    "UA-53": ("Poltava", "Poltavska Poltavskaya", "Полтавська", "Полтавская"),
    "UA-56": ("Rivne Rovno", "Rivnenska Rovenskaya", "Рівненська", "Ровенская"),
    "UA-59": ("Sumy", "Sumska Sumskaya", "Сумська", "Сумская"),
    "UA-61": ("Ternopil Ternopol", "Ternopilska Ternopolskaya", "Тернопільська", "Тернопольская"),
    "UA-63": ("Kharkiv Kharkov", "Kharkivska Kharkovskaya", "Харківська", "Харьковская"),
    "UA-65": ("Kherson", "Khersonska Khersonskaya", "Херсонська", "Херсонская"),
    "UA-68": (
        "Khmelnytskyi Khmelnytskyy Khmelnitsky Khmelnytsky",
        "Khmelnytska Khmelnitskaya",
        "Хмельницька",
        "Хмельницкая",
    ),
    "UA-71": ("Cherkasy Cherkassy", "Cherkaska Cherkasskaya", "Черкаська", "Черкасская"),
    "UA-74": ("Chernihiv Chernigov", "Chernihivska Chernigovskaya", "Чернігівська", "Черниговская"),
    "UA-77": ("Chernivtsi Chernovtsy", "Chernivetska Chernovitskaya", "Чернівецька", "Черновицкая"),
}
# code: name, name in Ukrainian, other spellings in Latin and in Cyrillic letters
OTHERS = {
    "UA-30": (
        "Kyiv City",
        "місто Київ",
        "Kyiv, Kiev, City of Kyiv, Kiev City, Kyiv city council, Kiev Special Republican city, Misto Kyiv",
        "Київ, м. Київ, м.Київ, Киев, г. Киев, город Киев",
    ),
    "UA-40": (
        "Sevastopol City",
        "місто Севастополь",
        "Sevastopol, City of Sevastopol, Sevastopol Special Republican city, Misto Sevastopol",
        "Севастополь, м. Севастополь, м.Севастополь, г. Севастополь, город Севастополь",
    ),
    "UA-43": (
        "Autonomous Republic of Crimea",
        "Автономна Республіка Крим",
        "Crimea, AR Crimea, Crimea autonomous republic, Republic of Crimea, Avtonomna Respublika Krym, Krym",
        "Крим, АР Крим, АРК, Крым, Автономная Республика Крым, Республика Крым",
    ),
}
WHOLE_NAMES = {"UA-07": "Volyn|Волинь|Волынь", "UA-21": "Zakarpattia|Transcarpathia|Закарпаття|Закарпатье"}
"""Names that are no settlement's, so that they stand for the region by themselves."""


def spell(code: str) -> tuple[str, str, str]:
    """Return name, name in Ukrainian and all other spellings, joined by |."""
    if code in OTHERS:
        name, ukrainian, *others = OTHERS[code]
        return name, ukrainian, "|".join(others).replace(", ", "|")
    nouns, adjectives, ukrainian, russian = OBLASTS[code]
    latin = [
        f"{stem} {kind}" for stem in nouns.split() + adjectives.split() for kind in ("oblast", "region", "province")
    ]
    cyrillic = [f"{ukrainian} обл.", f"{russian} область", f"{russian} обл.", ukrainian, russian]
    whole = WHOLE_NAMES.get(code, "").split("|") if code in WHOLE_NAMES else []
    spellings = [*latin[1:], *adjectives.split(), *cyrillic, *whole]
    return latin[0], f"{ukrainian} область", "|".join(dict.fromkeys(spellings))


def locate(shape: BaseGeometry, land: BaseGeometry) -> tuple[float, float, float]:
    """Return the point on the region's land that is nearest to its farthest corner, and how far that is in metres."""
    corners = shapely.get_coordinates(shape.convex_hull)
    inner = shapely.intersection(shape, land).buffer(-0.01)  # about 1 km: rounding must not leave the region
    points = np.round(sample(inner, CANDIDATES), 4)
    reach = [float(distance_m(lon, lat, corners[:, 0], corners[:, 1]).max()) for lon, lat in points]
    best = int(np.argmin(reach))
    return float(points[best, 0]), float(points[best, 1]), math.ceil(reach[best] / 100) * 100.0


def main(boundaries: str, land: str, out: str) -> None:
    """Write the table of regions, sorted by code."""
    features = json.loads(Path(land).read_text("utf-8"))["features"]
    ground = shapely.union_all([shapely.geometry.shape(feature["geometry"]) for feature in features])
    regions = json.loads(Path(boundaries).read_text("utf-8"))["features"]
    shapes = {region["properties"]["shapeISO"]: read_geometry(region["geometry"]) for region in regions}
    if shapes.keys() != OBLASTS.keys() | OTHERS.keys():
        raise SystemExit(
            f"regions differ from the table of names: {sorted(shapes.keys() ^ (OBLASTS.keys() | OTHERS.keys()))}"
        )
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        for code in sorted(shapes):
            name, ukrainian, spellings = spell(code)
            lon, lat, radius = locate(shapes[code], ground)
            writer.writerow([code, name, ukrainian, f"{lon:.4f}", f"{lat:.4f}", f"{radius:.0f}", spellings])


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
