#include "sets.h"

#include <stdlib.h>
#include <string.h>

static uint64_t scramble(uint64_t x) /* splitmix64, Steele et al. 2014 */
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

void toggle(Set *set, uint32_t zone, const uint64_t *key)
{
    uint32_t low = 0, high = set->count;
    set->hash ^= key[zone];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->zone[middle] < zone)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < set->count && set->zone[low] == zone) {
        memmove(set->zone + low, set->zone + low + 1, (set->count - low - 1) * sizeof *set->zone);
        set->count--;
    } else {
        memmove(set->zone + low + 1, set->zone + low, (set->count - low) * sizeof *set->zone);
        set->zone[low] = zone;
        set->count++;
    }
}

void copy_set(Set *to, const Set *from)
{
    memcpy(to->zone, from->zone, from->count * sizeof *to->zone);
    to->count = from->count;
    to->hash = from->hash;
}

void load_set(const Index *index, uint32_t number, Set *set, const uint64_t *hashes)
{
    const uint32_t *offsets = index->offsets.data;
    set->count = offsets[number + 1] - offsets[number];
    memcpy(set->zone, (const uint32_t *)index->members.data + offsets[number], set->count * sizeof *set->zone);
    set->hash = hashes[number];
}

static int same(const Index *index, uint32_t number, const Set *set)
{
    const uint32_t *offsets = index->offsets.data;
    return offsets[number + 1] - offsets[number] == set->count &&
           !memcmp((const uint32_t *)index->members.data + offsets[number], set->zone,
                   set->count * sizeof *set->zone);
}

static int rehash(Interner *interner)
{
    const uint64_t *hashes = interner->hashes.data;
    size_t slots = interner->slots ? interner->slots * 2 : 1024, i;
    uint32_t *slot = calloc(slots, sizeof *slot);
    if (!slot)
        return NO_MEMORY;
    for (i = 0; i < interner->hashes.count; i++) {
        size_t at = hashes[i] & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = (uint32_t)i + 1;
    }
    free(interner->slot);
    interner->slot = slot;
    interner->slots = slots;
    return BUILT;
}

static int add_set(Index *index, const Set *set, uint32_t *number)
{
    Interner *interner = index->interned;
    uint64_t *mask, *hash;
    uint32_t *members, *offset, i;
    if (index->members.count + set->count > index->budget || index->masks.count >= index->budget)
        return TOO_FINE;
    members = grow(&index->members, set->count);
    offset = grow(&index->offsets, 1);
    mask = grow(&index->masks, 1);
    hash = grow(&interner->hashes, 1);
    if (!members || !offset || !mask || !hash)
        return NO_MEMORY;
    memcpy(members, set->zone, set->count * sizeof *members);
    *offset = (uint32_t)index->members.count;
    *hash = set->hash;
    *mask = 0;
    for (i = 0; i < set->count && set->zone[i] < 64; i++)
        *mask |= (uint64_t)1 << set->zone[i];
    *number = (uint32_t)index->masks.count - 1;
    return BUILT;
}

int intern(Index *index, const Set *set, uint32_t *number)
{
    Interner *interner = index->interned;
    size_t at;
    int status;
    if (2 * (interner->hashes.count + 1) > interner->slots && (status = rehash(interner)) != BUILT)
        return status;
    for (at = set->hash & (interner->slots - 1); interner->slot[at]; at = (at + 1) & (interner->slots - 1)) {
        uint32_t other = interner->slot[at] - 1;
        if (((const uint64_t *)interner->hashes.data)[other] == set->hash && same(index, other, set)) {
            *number = other;
            return BUILT;
        }
    }
    status = add_set(index, set, number);
    if (status == BUILT)
        interner->slot[at] = *number + 1;
    return status;
}

int start_interner(Index *index, Interner *interner)
{
    size_t zones = (size_t)index->zones + 1, i;
    uint32_t nothing = 0, *offset = grow(&index->offsets, 1);
    Set empty = {&nothing, 0, 0};
    interner->hashes.width = sizeof(uint64_t);
    interner->key = malloc(zones * sizeof *interner->key);
    interner->row.zone = malloc(zones * sizeof(uint32_t));
    interner->now.zone = malloc(zones * sizeof(uint32_t));
    index->interned = interner;
    if (!offset || !interner->key || !interner->row.zone || !interner->now.zone)
        return NO_MEMORY;
    *offset = 0;
    for (i = 0; i < zones; i++)
        interner->key[i] = scramble(i);
    return intern(index, &empty, &nothing);
}

void end_interner(Interner *interner)
{
    free(interner->key);
    free(interner->slot);
    free(interner->row.zone);
    free(interner->now.zone);
    release(&interner->hashes);
}
