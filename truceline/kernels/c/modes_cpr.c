/* Compact position reports into places: ICAO Doc 9871 (2nd edition), appendix C; step by step as the reference does. */
#include <math.h>

#include "modes.h"

#define PI 3.141592653589793
#define RADIANS (PI / 180.0)
#define ARC 0.00547810463172671 /* 1 - cos(pi / 30) */

/* The latitude at which a number of zones of longitude ends, from 59 down to 2; at 87 it is 2, above it 1. */
static double edge_of[60];
static uint8_t first_zone[89]; /* the number of zones at each whole degree */

/* What `%` gives in Python, `by` being above 0; near 0 without a division. */
double floor_mod(double value, double by)
{
    if (value >= 0.0 && value < by + by)
        return value < by ? value + 0.0 : value - by;
    if (value < 0.0 && value > -by)
        return value + by;
    value = fmod(value, by);
    return value < 0.0 ? value + by : value + 0.0;
}

static int zones_by_definition(double lat)
{
    double size = fabs(lat), slope, spread;
    if (size >= 87.0)
        return size == 87.0 ? 2 : 1;
    slope = cos(size * RADIANS);
    spread = ARC / (slope * slope);
    return (int)floor(2.0 * PI / acos(1.0 - spread));
}

__attribute__((constructor)) static void fill_edges(void)
{
    int zones, degree;
    for (zones = 2; zones < 60; zones++)
        edge_of[zones] = acos(sqrt(ARC / (1.0 - cos(2.0 * PI / zones)))) / RADIANS;
    for (degree = 0; degree < 87; degree++) {
        for (zones = 59; zones > 2 && edge_of[zones] <= degree; zones--)
            ;
        first_zone[degree] = (uint8_t)zones;
    }
}

/* By the table; where an edge is nearer than its rounding, by the definition. */
int count_zones(double lat)
{
    double size = fabs(lat);
    int zones;
    if (!(size < 86.9))
        return zones_by_definition(lat);
    for (zones = first_zone[(int)size]; zones > 2 && edge_of[zones] <= size; zones--)
        ;
    if (edge_of[zones] - size < 1e-9 || (zones < 59 && size - edge_of[zones + 1] < 1e-9))
        return zones_by_definition(lat);
    return zones;
}

/* The whole number below; everything here is far smaller than a whole number of 64 bits. */
static double down(double value)
{
    double whole = (double)(int64_t)value;
    return whole > value ? whole - 1.0 : whole;
}

static double fold_lat(double lat)
{
    return lat >= 270.0 ? lat - 360.0 : lat;
}

static double fold_lon(double lon)
{
    return floor_mod(lon + 180.0, 360.0) - 180.0;
}

int decode_pair(const Half *even, const Half *odd, int latest, Place *out)
{
    double index = down(59.0 * even->lat - 60.0 * odd->lat + 0.5), lats[2];
    int zones, cells;
    lats[0] = fold_lat(6.0 * (floor_mod(index, 60.0) + even->lat));
    lats[1] = fold_lat(360.0 / 59.0 * (floor_mod(index, 59.0) + odd->lat));
    if (!(lats[0] >= -90.0 && lats[0] <= 90.0 && lats[1] >= -90.0 && lats[1] <= 90.0))
        return 0;
    zones = count_zones(lats[0]);
    if (zones != count_zones(lats[1]))
        return 0;
    cells = zones - latest > 1 ? zones - latest : 1;
    index = down(even->lon * (zones - 1) - odd->lon * zones + 0.5);
    out->lon = fold_lon(360.0 / cells * (floor_mod(index, cells) + (latest ? odd : even)->lon));
    out->lat = lats[latest];
    return 1;
}

static double nearest(double cells, double fraction)
{
    return down(cells - fraction + 0.5);
}

int decode_local(const Half *half, double lon, double lat, int surface, Place *out)
{
    double whole = surface ? 90.0 : 360.0, height = whole / (60 - half->odd), width;
    int cells;
    out->lat = height * (nearest(lat / height, half->lat) + half->lat);
    if (!(out->lat >= -90.0 && out->lat <= 90.0))
        return 0;
    cells = count_zones(out->lat) - half->odd;
    width = whole / (cells > 1 ? cells : 1);
    out->lon = fold_lon(width * (nearest(lon / width, half->lon) + half->lon));
    return 1;
}

static double metres_between(Place from, Place to)
{
    double x = (floor_mod(to.lon - from.lon + 180.0, 360.0) - 180.0) * RADIANS *
               cos((to.lat + from.lat) / 2.0 * RADIANS);
    double y = (to.lat - from.lat) * RADIANS;
    return 6371000.0 * sqrt(x * x + y * y);
}

/* Whether two places are no further apart than that; where latitude and longitude alone say so, at once. */
int is_within(Place from, Place to, double metres)
{
    if (6371000.0 * RADIANS * (fabs(to.lat - from.lat) + fabs(to.lon - from.lon)) < 0.99 * metres)
        return 1;
    return metres_between(from, to) <= metres;
}
