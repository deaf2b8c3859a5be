/* Loitering: stretches in which a platform makes little way, over windows of time. */
#ifndef TRUCELINE_LOITER_H
#define TRUCELINE_LOITER_H

#include "pairs_steps.h"

typedef struct {
    int64_t window, gap, least; /* microseconds: of a window, of a silence that ends a stretch, of a stretch */
    double speed;               /* metres a second; a window below it is slow */
} Drift;

/* Two pings at least a window apart of which floats are not sure, and the answer, once it is known. */
typedef struct {
    int64_t left, right;
    double left_lon, left_lat, right_lon, right_lat;
    int64_t slow;
} Window;

typedef struct {
    int64_t first, last;   /* rows */
    int64_t left, right;   /* of its fastest window */
} Stretch;

/* Fill `stretches` of the platforms first to end, and `doubts` (what `known`, in order of left, does not answer; taken
 * as not slow). BUILT or NO_MEMORY; the lists are the caller's to release. */
int find_slow(const Pings *pings, const Drift *drift, size_t first, size_t end, const Window *known,
              size_t known_count, List *stretches, List *doubts);

#endif
