/* Rows in any order of platforms -> rows by platform. */
#ifndef TRUCELINE_GROUP_H
#define TRUCELINE_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "zones.h" /* List */

/* A platform, and how many rows it has. */
typedef struct {
    int64_t platform, rows;
} Share;

/* Number the platforms of some rows in the order in which they come: the number of each row's, and the list of them
 * (Share). `width`: bytes of a platform, 4 or 8. `seed`: odd; it only places platforms in a table, which nobody shall be
 * able to crowd. Returns 0, or NO_MEMORY. */
int number_platforms(const void *platform, size_t width, size_t rows, uint64_t seed, uint32_t *number, List *shares);

/* Three columns of eight bytes a row. */
typedef struct {
    const uint64_t *from[3];
    uint64_t *to[3];
} Columns;

/* Put each row where the next of its platform's goes; `next` counts on. Returns 0 when a number or a place is out of
 * bounds. */
int put_rows(const Columns *columns, const uint32_t *number, size_t rows, int64_t *next, size_t platforms, size_t room);

#endif
