/* One platform's way, segment by segment, and where a segment meets edges. */
#ifndef TRUCELINE_WALK_H
#define TRUCELINE_WALK_H

#include <string.h>

#include "segments.h"

enum { PROPER, TOUCH, ALONG, LEFTWARDS, RIGHTWARDS }; /* the last two: of lines */

typedef struct {
    uint32_t zone, edge;
    int kind;
    double u, until; /* `until` only where the edge runs along the segment */
} Hit;

/* A point of the way and the zones that hold it. */
typedef struct {
    double lon, lat;
    const uint32_t *zone; /* ascending; the index's own, or `own` */
    uint32_t count;
    int64_t at;     /* the cell of the coarsest grid, or -1 off it */
    uint32_t rings; /* of clear cells around it */
    const Cell *cell; /* the same where a boundary passes it, or NULL */
    uint32_t *own;  /* room for all zones, and as much again for scratch */
} Here;

/* A segment, ready for a quick look at many edges. */
typedef struct {
    double x, y, dx, dy;
    double error; /* no sign is in doubt above this, for any corner in the box of all zones */
} Sight;

typedef struct {
    size_t first, end;
} Stretch;

typedef struct {
    const Index *index;
    const Track *track;
    Stays *stays;
    List hits, marks, open;
    List chosen; /* Cell *: cells with edges that segments pass, a stretch of it for each */
    const Stretch *planned; /* that of the segment at hand, where it is known already */
    uint32_t *scratch; /* as Here.own */
    int64_t platform, pings, time; /* of the platform at hand: its number, pings so far, time of the last */
    int known;                     /* it has a last ping */
    double step;                   /* of the coarsest grid */
    int64_t limit;                 /* after a longer silence more is to be done than to draw a line */
    /* the segment at hand */
    Here *from, *to, *meeting, here[3];
    Box box;              /* of the segment */
    Sight sight;
    int64_t start, span;  /* microseconds */
    double u_from, u_to;  /* the part of it, where it is cut at the antimeridian */
    double lon_at, lon_span, lat_at, lat_span;
    int alongs; /* some edge of the zone at hand runs along the segment */
    int lines; /* edges are of lines, not of zones */
    int failed;
} Walk;

/* Fill `hits` with the contacts of the segment from `from` to `to`, each edge once, ordered by zone and u. */
void find_hits(Walk *walk);

/* List the cells with edges that the segment from one point to another passes in a grid behind those in `chosen`, and
 * ask for them. */
Stretch choose_cells(Walk *walk, const Grid *grid, double from_lon, double from_lat, double to_lon, double to_lat);

/* Note where the segment crosses lines. */
void cross(Walk *walk);

void enter_zone(Walk *walk, uint32_t zone, uint32_t kind, int64_t time, double lon, double lat);
void leave_zone(Walk *walk, uint32_t zone, uint16_t kind, int64_t time, double lon, double lat);

/* Turn hits into stays that begin and end on the segment. */
void follow_hits(Walk *walk);

/* After a segment the open stays are those of the zones that hold its end: the two views of a point within 1e-16
 * degrees of an edge may differ, and the point's own is the one that counts. */
void settle(Walk *walk);

static inline int same_zones(const Here *one, const Here *other)
{
    return one->count == other->count &&
           (!one->count || one->zone == other->zone || !memcmp(one->zone, other->zone, one->count * sizeof *one->zone));
}

static inline double unit(double u)
{
    return u > 0.0 ? (u < 1.0 ? u : 1.0) : 0.0; /* also for NaN */
}

static inline int64_t time_at(const Walk *walk, double u)
{
    double share = walk->u_from + u * (walk->u_to - walk->u_from);
    int64_t passed = (int64_t)(share * (double)walk->span + 0.5) /* neither is negative */;
    return walk->start + (passed < 0 ? 0 : passed > walk->span ? walk->span : passed);
}

static inline void place_at(const Walk *walk, double u, double *lon, double *lat)
{
    *lon = u >= 1.0 ? walk->to->lon : walk->from->lon + u * (walk->to->lon - walk->from->lon);
    *lat = u >= 1.0 ? walk->to->lat : walk->from->lat + u * (walk->to->lat - walk->from->lat);
    *lon = *lon > 180.0 ? 180.0 : *lon < -180.0 ? -180.0 : *lon;
}

#endif
