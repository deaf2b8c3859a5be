/* One platform's way, segment by segment, and where a segment meets edges. */
#ifndef TRUCELINE_WALK_H
#define TRUCELINE_WALK_H

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
    int64_t clear;  /* the cell of the coarsest grid, if no boundary passes it; else -1 */
    uint32_t *own;  /* room for all zones, and as much again for scratch */
} Here;

typedef struct {
    const Index *index;
    const Track *track;
    Stays *stays;
    List hits, marks, open;
    uint32_t *scratch; /* as Here.own */
    int64_t platform, pings, time; /* of the platform at hand: its number, pings so far, time of the last */
    int known;                     /* it has a last ping */
    /* the segment at hand */
    Here from, to, meeting;
    Box box;              /* of the segment */
    int64_t start, span;  /* microseconds */
    double u_from, u_to;  /* the part of it, where it is cut at the antimeridian */
    double lon_at, lon_span, lat_at, lat_span;
    int alongs; /* some edge of the zone at hand runs along the segment */
    int lines; /* edges are of lines, not of zones */
    int failed;
} Walk;

/* Fill `hits` with the contacts of the segment from `from` to `to`, each edge once, ordered by zone and u. */
void find_hits(Walk *walk);

/* Note where the segment crosses lines. */
void cross(Walk *walk);

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
    *lon = u >= 1.0 ? walk->to.lon : walk->from.lon + u * (walk->to.lon - walk->from.lon);
    *lat = u >= 1.0 ? walk->to.lat : walk->from.lat + u * (walk->to.lat - walk->from.lat);
    *lon = *lon > 180.0 ? 180.0 : *lon < -180.0 ? -180.0 : *lon;
}

#endif
