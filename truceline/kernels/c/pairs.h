/* What lies near what on the globe: spots (points, or boxes around ways) on a grid of hashed cells. */
#ifndef TRUCELINE_PAIRS_H
#define TRUCELINE_PAIRS_H

#include <stdint.h>

#include "zones.h"

/* A box about a point: degrees, longitude in [-180, 180). A point has no halves. */
typedef struct {
    double lon, lat, half_lon, half_lat;
    uint32_t owner;
} Patch;

typedef struct {
    double lon, lat;
    uint32_t owner;
} Point;

enum { LEVELS = 24, BANDS = 361 }; /* bands of a quarter of a degree of latitude, either side of the equator */

/* Cells for one reach: how far it goes in degrees, and how wide cells are at each latitude. */
typedef struct {
    double up;                      /* degrees of latitude that no distance of the reach exceeds */
    double out[BANDS];              /* of longitude, at most, for latitudes up to the end of the band; 360: all round */
    double rows[LEVELS];            /* rows in a degree; each level is half as fine as the one before */
    double height[LEVELS];          /* of a row, in degrees */
    double columns[LEVELS][BANDS];  /* columns in a degree */
    int32_t round[LEVELS][BANDS];   /* columns in all */
    double slant[BANDS];            /* cosine of the latitude at the end of the band */
    int levels;
} Globe;

/* Room for one join after the other. */
typedef struct {
    int32_t *head, *next;
    uint64_t *key;
    uint8_t *level;
    size_t slots, room;
} Cells;

typedef int (*Meet)(void *self, const Patch *one, const Patch *other); /* not 0: stop, out of memory */

void make_globe(Globe *globe, double reach_m);

/* Call `meet` once for each two spots that may lie within reach, in no particular order. BUILT or NO_MEMORY. */
int join(const Globe *globe, Cells *cells, const Patch *spots, size_t count, Meet meet, void *self);
void drop_cells(Cells *cells);

/* The same for points, which are many: `kept` has room for all and holds those that `meet` is given. */
typedef struct Net Net;
Net *make_net(const Globe *globe, size_t most); /* NULL: no memory. Holds on to the globe. */
void drop_net(Net *net);
int join_points(Net *net, Cells *cells, const Point *points, size_t count, Patch *kept, Meet meet, void *self);

static inline int band_of(double lat)
{
    double away = fabs(lat) * 4.0;
    return away < BANDS - 1 ? (int)away : BANDS - 1;
}

/* The band of the middle of a row. */
static inline int band_of_row(const Globe *globe, int level, int32_t row)
{
    return band_of((row + 0.5) * globe->height[level] - 90.0);
}

/* --- distance --- */

typedef struct {
    double x, y, z; /* metres from the centre of the earth, WGS 84 */
} Place;

Place place_of(double lon, double lat);

static inline double chord2(Place a, Place b)
{
    double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
    return x * x + y * y + z * z;
}

#define LEAST_RADIUS_M 6335439.327083 /* no geodesic on WGS 84 is bent more: a (1 - e2) */
#define DOUBT_M 1e-6                  /* more than floats and the geodesic's own error make out */

/* The chord up to which the geodesic is surely no longer than `metres` (Schur's theorem); beyond `metres` itself it
 * surely is. May be negative: then nothing is sure. */
double sure_chord(double metres);

static inline double east_of(double to, double from) /* the short way round; half-way round as it stands */
{
    double east = to - from;
    return east > 180.0 ? east - 360.0 : east < -180.0 ? east + 360.0 : east;
}

static inline double within_180(double lon)
{
    return lon >= 180.0 ? lon - 360.0 : lon < -180.0 ? lon + 360.0 : lon;
}

#endif
