/* Which messages were heard lately: a bounded table, the one written longest ago forgotten first. */
#include <stdlib.h>
#include <string.h>

#include "nmea_log.h"

enum { LATER = 16 }; /* messages after which what is asked for early has come */

int start_memory(Memory *memory, int64_t limit, uint64_t seed)
{
    size_t i, slots = 1;
    while (slots < (uint64_t)limit * 8) /* so many that what is looked for is almost always in the first, or not at all */
        slots *= 2;
    memory->last_slot = (uint32_t)(slots - 1);
    memory->entry = malloc((size_t)limit * sizeof *memory->entry);
    memory->rest = malloc((size_t)limit * sizeof *memory->rest);
    memory->slot = calloc(slots, sizeof *memory->slot);
    for (i = 0; i < 2 * WORDS; i++) { /* splitmix64 (G. L. Steele et al., "Fast splittable pseudorandom number generators") */
        uint64_t mixed = seed += 0x9e3779b97f4a7c15u;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
        memory->key[i] = (uint32_t)(mixed >> 32);
    }
    return memory->entry && memory->rest && memory->slot ? BUILT : NO_MEMORY;
}

void end_memory(Memory *memory)
{
    free(memory->entry);
    free(memory->rest);
    free(memory->slot);
}

static void unlink_order(Memory *memory, Heard *entry)
{
    if (entry->older)
        memory->entry[entry->older - 1].newer = entry->newer;
    else
        memory->oldest = entry->newer;
    if (entry->newer)
        memory->entry[entry->newer - 1].older = entry->older;
    else
        memory->newest = entry->older;
}

static void link_newest(Memory *memory, uint32_t number)
{
    Heard *entry = &memory->entry[number - 1];
    entry->older = memory->newest;
    entry->newer = 0;
    if (memory->newest)
        memory->entry[memory->newest - 1].newer = number;
    else
        memory->oldest = number;
    memory->newest = number;
}

/* Empty a slot. Those behind it that were meant for one before move up, so that a search may end at an empty slot
 * (D. E. Knuth, "The art of computer programming", 6.4, algorithm R). */
static void empty_slot(Memory *memory, uint32_t number)
{
    uint32_t mask = memory->last_slot, gap = memory->entry[number - 1].hash & mask, at;
    while (memory->slot[gap].number != number)
        gap = (gap + 1) & mask;
    for (at = (gap + 1) & mask; memory->slot[at].number; at = (at + 1) & mask)
        if (((at - memory->slot[at].hash) & mask) >= ((at - gap) & mask)) {
            memory->slot[gap] = memory->slot[at];
            gap = at;
        }
    memory->slot[gap].number = 0;
}

/* A free entry: a new one, or the oldest. */
static uint32_t make_room(Memory *memory, int64_t limit)
{
    uint32_t number = memory->oldest, later = number + LATER;
    if (memory->count < limit)
        return ++memory->count;
    if (later <= memory->count)
        SOON(&memory->slot[memory->entry[later - 1].hash & memory->last_slot]);
    unlink_order(memory, &memory->entry[number - 1]);
    empty_slot(memory, number);
    return number;
}

static int same_payload(const Memory *memory, uint32_t number, const uint64_t *word, uint32_t characters)
{
    const Heard *entry = &memory->entry[number - 1];
    size_t words = words_of(characters), i;
    if (entry->characters != characters)
        return 0;
    for (i = 0; i < LINE_WORDS; i++)
        if (entry->word[i] != word[i])
            return 0;
    return words <= LINE_WORDS ||
           !memcmp(memory->rest[number - 1], word + LINE_WORDS, (words - LINE_WORDS) * sizeof *word);
}

static uint32_t keep_payload(Memory *memory, uint32_t hash, const uint64_t *word, uint32_t characters, int64_t limit)
{
    uint32_t number = make_room(memory, limit), at = hash & memory->last_slot;
    Heard *entry = &memory->entry[number - 1];
    size_t words = words_of(characters);
    while (memory->slot[at].number)
        at = (at + 1) & memory->last_slot;
    memory->slot[at].number = number;
    memory->slot[at].hash = entry->hash = hash;
    entry->characters = characters;
    memcpy(entry->word, word, sizeof entry->word);
    if (words > LINE_WORDS)
        memcpy(memory->rest[number - 1], word + LINE_WORDS, (words - LINE_WORDS) * sizeof *word);
    return number;
}

int is_known(Memory *memory, uint32_t hash, const uint64_t *word, uint32_t characters, int64_t time,
             const Bounds *bounds)
{
    uint32_t at = hash & memory->last_slot, number;
    while ((number = memory->slot[at].number) != 0) {
        if (memory->slot[at].hash == hash && same_payload(memory, number, word, characters))
            break;
        at = (at + 1) & memory->last_slot;
    }
    if (number) {
        Heard *entry = &memory->entry[number - 1];
        int64_t apart = time > entry->time ? time - entry->time : entry->time - time;
        if (!entry->time || !time || apart <= bounds->heard_time)
            return 1;
        unlink_order(memory, entry);
    } else {
        number = keep_payload(memory, hash, word, characters, bounds->heard);
    }
    memory->entry[number - 1].time = time;
    link_newest(memory, number);
    return 0;
}
