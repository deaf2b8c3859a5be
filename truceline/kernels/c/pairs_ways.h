/* Which tracks may come within reach of each other at one time? On the straight and even ways between pings. */
#ifndef TRUCELINE_PAIRS_WAYS_H
#define TRUCELINE_PAIRS_WAYS_H

#include "pairs_steps.h"

typedef struct {
    const int64_t *name; /* of each track: two of one name are never a pair */
    size_t split;        /* one of a pair is below, the other is not; 0: any two */
    int64_t slot;        /* microseconds of one slot */
    int64_t first, end;  /* slots, as multiples since 1970 */
    int64_t gap;         /* no way is known over a longer silence */
    double reach;
} Search;

/* Fill `pairs` with lower track << 32 | higher (uint64), each once, in no order. BUILT or NO_MEMORY. */
int find_near(const Pings *tracks, const Search *search, List *pairs);

#endif
