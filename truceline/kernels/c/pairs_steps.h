/* Encounters: who was near whom at each step of a clock, and for how many steps on end. */
#ifndef TRUCELINE_PAIRS_STEPS_H
#define TRUCELINE_PAIRS_STEPS_H

#include "pairs.h"

/* Pings ordered by platform, then time; those of platform p are rows cuts[p] to cuts[p + 1]. All are on the globe. */
typedef struct {
    const int64_t *cuts, *time;
    const double *lon, *lat;
    size_t platforms;
} Pings;

/* Two platforms near each other at a step of which floats are not sure, and the answer, once it is known. */
typedef struct {
    int64_t step;
    uint32_t one, other;
    double one_lon, one_lat, other_lon, other_lat;
    int64_t near;
} Doubt;

/* Steps on end at which two platforms were near each other; where both were at the closest of them. */
typedef struct {
    uint32_t one, other;
    int64_t first, last, closest;
    double one_lon, one_lat, other_lon, other_lat;
    double chord2;
} Run;

typedef struct {
    int64_t first, end; /* steps, as multiples of `step` microseconds since 1970 */
    int64_t step, gap;  /* no place is known within a silence longer than `gap` */
    int64_t least;      /* steps; shorter runs are left out unless they touch the first or the last step */
    double reach;
} Clock;

/* Fill `runs` and `doubts` (what `known` does not answer; taken as far). `known` is in order of step, one, other.
 * BUILT or NO_MEMORY; the lists are the caller's to release. */
int find_runs(const Pings *pings, const Clock *clock, const Doubt *known, size_t known_count, List *runs, List *doubts);

#endif
