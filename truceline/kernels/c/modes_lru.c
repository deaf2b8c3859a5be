/* A table of keys that forgets the one that was not used for longest. */
#include <stdlib.h>
#include <string.h>

#include "modes.h"

int lru_open(Lru *lru, int32_t limit, size_t width)
{
    uint32_t buckets = 1024;
    while (buckets < (uint32_t)limit)
        buckets <<= 1;
    memset(lru, 0, sizeof *lru);
    lru->bucket = malloc(buckets * sizeof *lru->bucket);
    if (!lru->bucket)
        return 0;
    memset(lru->bucket, 0xff, buckets * sizeof *lru->bucket);
    lru->mask = buckets - 1;
    lru->limit = limit;
    lru->width = width;
    lru->newest = lru->oldest = -1;
    return 1;
}

void lru_close(Lru *lru)
{
    free(lru->bucket);
    free(lru->link);
    free(lru->payload);
}

static uint32_t slot_of(const Lru *lru, uint64_t key)
{
    return (uint32_t)(key * 0x9e3779b97f4a7c15ULL >> 32) & lru->mask;
}

int32_t lru_find(const Lru *lru, uint64_t key)
{
    int32_t at = lru->bucket[slot_of(lru, key)];
    while (at >= 0 && lru->link[at].key != key)
        at = lru->link[at].next;
    return at;
}

static void unlink_age(Lru *lru, int32_t at)
{
    Link *link = &lru->link[at];
    if (link->newer >= 0)
        lru->link[link->newer].older = link->older;
    else
        lru->newest = link->older;
    if (link->older >= 0)
        lru->link[link->older].newer = link->newer;
    else
        lru->oldest = link->newer;
}

static void put_newest(Lru *lru, int32_t at)
{
    lru->link[at].newer = -1;
    lru->link[at].older = lru->newest;
    if (lru->newest >= 0)
        lru->link[lru->newest].newer = at;
    else
        lru->oldest = at;
    lru->newest = at;
}

void lru_touch(Lru *lru, int32_t at)
{
    if (lru->newest == at)
        return;
    unlink_age(lru, at);
    put_newest(lru, at);
}

static int32_t forget_oldest(Lru *lru)
{
    int32_t at = lru->oldest, *from = &lru->bucket[slot_of(lru, lru->link[at].key)];
    while (*from != at)
        from = &lru->link[*from].next;
    *from = lru->link[at].next;
    unlink_age(lru, at);
    return at;
}

static int grow(Lru *lru)
{
    int32_t room = lru->room ? lru->room * 2 : 256;
    Link *link;
    uint8_t *payload;
    if (room > lru->limit)
        room = lru->limit;
    link = realloc(lru->link, (size_t)room * sizeof *link);
    if (link)
        lru->link = link;
    payload = realloc(lru->payload, (size_t)room * lru->width);
    if (payload)
        lru->payload = payload;
    if (!link || !payload)
        return 0;
    lru->room = room;
    return 1;
}

int32_t lru_add(Lru *lru, uint64_t key)
{
    int32_t at, *bucket;
    if (lru->count == lru->limit)
        at = forget_oldest(lru);
    else if (lru->count < lru->room || grow(lru))
        at = lru->count++;
    else
        return -1;
    bucket = &lru->bucket[slot_of(lru, key)];
    lru->link[at].key = key;
    lru->link[at].next = *bucket;
    *bucket = at;
    put_newest(lru, at);
    memset(lru->payload + (size_t)at * lru->width, 0, lru->width);
    return at;
}
