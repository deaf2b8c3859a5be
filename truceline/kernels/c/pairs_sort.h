#ifndef TRUCELINE_PAIRS_SORT_H
#define TRUCELINE_PAIRS_SORT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t key;
    uint32_t row;
} Keyed;

/* Put `count` rows in order of key; equal keys stay in the order they are in. `spare` has room for as many. */
void sort_keyed(Keyed *rows, Keyed *spare, size_t count);

#endif
