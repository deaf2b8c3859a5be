/* Rows in any order of platforms -> rows by platform: numbers and counts, then each row to its place. */
#include <stdlib.h>
#include <string.h>

#include "group.h"

enum {
    FEW = 1024,
    EARLY = 24 /* rows after which what is asked for early has come */
};

#if defined(__GNUC__) || defined(__clang__)
#define SOON_WRITTEN(address) __builtin_prefetch(address, 1)
#else
#define SOON_WRITTEN(address) ((void)(address))
#endif

/* Numbers + 1 of platforms, each in its hash's slot or the next empty one; 0: empty. */
typedef struct {
    uint32_t *slot;
    size_t mask;
    int shift;
    uint64_t seed;
} Table;

static size_t slot_of(const Table *table, int64_t platform)
{
    uint64_t mixed = (uint64_t)platform * table->seed;
    return (size_t)((mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15u >> table->shift);
}

static int enlarge(Table *table, const List *shares)
{
    const Share *share = shares->data;
    size_t slots = table->slot ? 2 * (table->mask + 1) : FEW, i;
    free(table->slot);
    table->slot = calloc(slots, sizeof *table->slot);
    if (!table->slot)
        return NO_MEMORY;
    table->mask = slots - 1;
    for (table->shift = 64; slots > 1; slots /= 2)
        table->shift--;
    for (i = 0; i < shares->count; i++) {
        size_t at = slot_of(table, share[i].platform);
        while (table->slot[at])
            at = (at + 1) & table->mask;
        table->slot[at] = (uint32_t)i + 1;
    }
    return BUILT;
}

static int64_t platform_at(const void *platform, size_t width, size_t row)
{
    return width == 4 ? ((const int32_t *)platform)[row] : ((const int64_t *)platform)[row];
}

int number_platforms(const void *platform, size_t width, size_t rows, uint64_t seed, uint32_t *number, List *shares)
{
    Table table = {NULL, 0, 0, seed | 1};
    size_t row;
    int status = enlarge(&table, shares);
    for (row = 0; row < rows && status == BUILT; row++) {
        int64_t who = platform_at(platform, width, row);
        size_t at = slot_of(&table, who);
        uint32_t found;
        Share *share = shares->data;
        while ((found = table.slot[at]) != 0 && share[found - 1].platform != who)
            at = (at + 1) & table.mask;
        if (!found) {
            if (!grow(shares, 1)) {
                status = NO_MEMORY;
                break;
            }
            share = shares->data;
            found = table.slot[at] = (uint32_t)shares->count;
            share[found - 1].platform = who;
            share[found - 1].rows = 0;
            if (4 * shares->count > table.mask)
                status = enlarge(&table, shares);
        }
        share[found - 1].rows++;
        number[row] = found - 1;
    }
    free(table.slot);
    return status;
}

/* Ask for the places of a row that is put soon; they are hardly moved until then. */
static void expect(const Columns *columns, uint64_t place)
{
    SOON_WRITTEN(&columns->to[0][place]);
    SOON_WRITTEN(&columns->to[1][place]);
    SOON_WRITTEN(&columns->to[2][place]);
}

int put_rows(const Columns *columns, const uint32_t *number, size_t rows, int64_t *next, size_t platforms, size_t room)
{
    size_t row;
    for (row = 0; row < rows; row++) {
        uint64_t place;
        if (row + EARLY < rows && number[row + EARLY] < platforms &&
            (place = (uint64_t)next[number[row + EARLY]]) < room)
            expect(columns, place);
        if (number[row] >= platforms || (place = (uint64_t)next[number[row]]++) >= room)
            return 0;
        columns->to[0][place] = columns->from[0][row];
        columns->to[1][place] = columns->from[1][row];
        columns->to[2][place] = columns->from[2][row];
    }
    return 1;
}
