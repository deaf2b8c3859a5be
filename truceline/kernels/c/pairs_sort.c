#include "pairs_sort.h"

#include <string.h>

enum { DIGIT = 11, DIGITS = 6, SIZE = 1 << DIGIT };

/* By digits of eleven bits, the lowest first; a digit that all keys share is passed over. */
void sort_keyed(Keyed *rows, Keyed *spare, size_t count)
{
    size_t seen[SIZE], i, sum;
    Keyed *from = rows, *to = spare;
    int digit, value;
    for (digit = 0; digit < DIGITS; digit++) {
        int shift = digit * DIGIT;
        memset(seen, 0, sizeof seen);
        for (i = 0; i < count; i++)
            seen[from[i].key >> shift & (SIZE - 1)]++;
        if (count == 0 || seen[from[0].key >> shift & (SIZE - 1)] == count)
            continue;
        for (value = 0, sum = 0; value < SIZE; value++) {
            size_t here = seen[value];
            seen[value] = sum;
            sum += here;
        }
        for (i = 0; i < count; i++)
            to[seen[from[i].key >> shift & (SIZE - 1)]++] = from[i];
        to = from;
        from = from == rows ? spare : rows;
    }
    if (from != rows)
        memcpy(rows, from, count * sizeof *rows);
}
