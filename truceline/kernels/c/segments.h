/* From pings to episodes: when did each platform enter and leave each zone, on straight lines between its pings? */
#ifndef TRUCELINE_SEGMENTS_H
#define TRUCELINE_SEGMENTS_H

#include "zones.h"

enum { CROSSED = 0, PING = 1 }; /* how a stay begins and ends: at the boundary, or at the first or last ping known */

typedef struct {
    int64_t platform, enter, leave; /* time in microseconds */
    int64_t pings;                  /* that lie inside; 0 when the zone was crossed between two of them */
    double enter_lon, enter_lat, leave_lon, leave_lat;
    uint32_t zone;
    uint16_t enter_kind, leave_kind;
} Episode;

typedef struct {
    int64_t platform, before, after;
    double before_lon, before_lat, after_lon, after_lat;
} Gap;

typedef struct {
    int64_t platform, time;
    double lon, lat;
    uint32_t line;
    int32_t direction; /* 1 from the line's left to its right, -1 back */
} Crossing;

/* What is carried over from batch to batch: a platform's last ping, and the stays that have not ended. */
typedef struct {
    int64_t platform, time, pings;
    double lon, lat;
} Last;

typedef struct {
    int64_t platform, enter, first; /* `first`: the number of the first ping inside */
    double lon, lat;
    uint32_t zone, kind;
} Open;

typedef struct {
    const void *platform; /* int64 or, unless `wide`, int32 */
    const int64_t *time;
    const double *lon, *lat;
    int64_t count;
    int wide;
    const Last *last; /* ordered by platform */
    size_t last_count;
    const Open *open; /* ordered by platform, zone */
    size_t open_count;
    int64_t gap, bridge; /* report silences longer than `gap`; draw no line over those longer than `bridge` */
} Track;

typedef struct {
    List episodes, crossings, gaps, last, open;
    int64_t unusable; /* pings that are not on the globe */
    int64_t wrong;    /* the first row that is out of order, or -1 */
} Stays;

/* The stays in zones or, with `lines`, the crossings of lines. 0, or NO_MEMORY. A row out of order ends the work. The
 * lists are the caller's to release. */
int find_stays(const Index *index, const Track *track, int lines, Stays *stays);

#endif
