/* Sets of zones, while the grid is laid: each different one is kept once in the index, by a number. */
#ifndef TRUCELINE_SETS_H
#define TRUCELINE_SETS_H

#include "zones.h"

typedef struct {
    uint32_t *zone;
    uint32_t count;
    uint64_t hash;
} Set;

typedef struct {
    uint64_t *key;  /* a random number for each zone; the exclusive or of a set's is its hash (Zobrist 1970) */
    List hashes;    /* uint64, one a set */
    uint32_t *slot; /* set + 1, or 0 */
    size_t slots;
    Set row, now;
} Interner;

int start_interner(Index *index, Interner *interner);
void end_interner(Interner *interner);

void toggle(Set *set, uint32_t zone, const uint64_t *key);
void copy_set(Set *to, const Set *from);
void load_set(const Index *index, uint32_t number, Set *set, const uint64_t *hashes);
int intern(Index *index, const Set *set, uint32_t *number); /* the set's number, new if need be */

#endif
