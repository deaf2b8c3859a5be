/* Which messages were heard lately: a bounded table, the one written longest ago forgotten first. */
#include <stdlib.h>
#include <string.h>

#include "nmea_log.h"

enum { LATER = 8 }; /* messages after which what is asked for early has come */

int start_memory(Memory *memory, int64_t limit, uint64_t seed)
{
    size_t i;
    memory->slots = 1;
    while (memory->slots < (uint64_t)limit * 8) /* so many that hardly two share one */
        memory->slots *= 2;
    memory->entry = malloc(((size_t)limit + 1) * sizeof *memory->entry);
    memory->slot = calloc(memory->slots, sizeof *memory->slot);
    for (i = 0; i < 2 * WORDS; i++) { /* splitmix64 (G. L. Steele et al., "Fast splittable pseudorandom number generators") */
        uint64_t mixed = seed += 0x9e3779b97f4a7c15u;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
        memory->key[i] = (uint32_t)(mixed >> 32);
    }
    return memory->entry && memory->slot ? BUILT : NO_MEMORY;
}

void end_memory(Memory *memory)
{
    free(memory->entry);
    free(memory->slot);
}

/* Sums of products of halves and secret keys (the hash NH of J. Black et al., "UMAC"). The seed is drawn anew for each log,
 * so that nobody can write one whose messages all share a slot. */
static inline uint64_t hash_of(const Memory *memory, const uint64_t *word, size_t words)
{
    uint64_t hash = 0;
    size_t i;
    for (i = 0; i < words; i++)
        hash += (uint64_t)((uint32_t)word[i] + memory->key[2 * i]) *
                ((uint32_t)(word[i] >> 32) + memory->key[2 * i + 1]);
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static size_t words_of(uint32_t characters)
{
    return (characters + CHARACTERS - 1) / CHARACTERS;
}

uint64_t expect(const Memory *memory, const uint64_t *word, uint32_t characters)
{
    uint64_t hash = hash_of(memory, word, words_of(characters));
    SOON(&memory->slot[hash & (memory->slots - 1)]);
    return hash;
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

static void unlink_slot(Memory *memory, uint32_t number)
{
    uint32_t *at = &memory->slot[memory->entry[number - 1].hash & (memory->slots - 1)];
    while (*at != number)
        at = &memory->entry[*at - 1].next;
    *at = memory->entry[number - 1].next;
}

/* A free entry: a new one, or the oldest. */
static uint32_t make_room(Memory *memory, int64_t limit)
{
    uint32_t number = memory->oldest, later = number + LATER;
    if (memory->count < limit || !number)
        return ++memory->count;
    if (later <= memory->count)
        SOON(&memory->slot[memory->entry[later - 1].hash & (memory->slots - 1)]);
    unlink_order(memory, &memory->entry[number - 1]);
    unlink_slot(memory, number);
    return number;
}

int is_known(Memory *memory, uint64_t hash, const uint64_t *word, uint32_t characters, int64_t time, int64_t limit,
             int64_t reach)
{
    size_t words = words_of(characters); /* of a type in use: they fit */
    uint32_t number = memory->slot[hash & (memory->slots - 1)];
    Heard *entry = NULL;
    for (; number; number = entry->next) {
        entry = &memory->entry[number - 1];
        if (entry->hash == hash && entry->characters == characters && !memcmp(entry->word, word, words * sizeof *word))
            break;
    }
    if (number) {
        int64_t apart = time > entry->time ? time - entry->time : entry->time - time;
        if (!entry->time || !time || apart <= reach)
            return 1;
        unlink_order(memory, entry);
    } else {
        number = make_room(memory, limit);
        entry = &memory->entry[number - 1];
        entry->hash = hash;
        entry->characters = characters;
        memcpy(entry->word, word, LINE_WORDS * sizeof *word);
        if (words > LINE_WORDS)
            memcpy(entry->word + LINE_WORDS, word + LINE_WORDS, (words - LINE_WORDS) * sizeof *word);
        entry->next = memory->slot[hash & (memory->slots - 1)];
        memory->slot[hash & (memory->slots - 1)] = number;
    }
    entry->time = time;
    link_newest(memory, number);
    return 0;
}
