#include <stdlib.h>
#include <string.h>

#include "walk.h"

/* On one segment from Q to P a zone is held over some closed stretches of u, where Q + u (P - Q). They are found from
 * the edges that the segment crosses properly, which turn outside to inside or back. Where a sign is zero (a corner or
 * the end of the segment on the other's line, an edge along the segment) counting would need a rule for every case:
 * there each stretch between two contacts is asked for itself, by its middle. */

static size_t find_open(const Walk *walk, uint32_t zone)
{
    const Open *open = walk->open.data;
    size_t low = 0, high = walk->open.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (open[middle].zone < zone)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void enter_zone(Walk *walk, uint32_t zone, uint32_t kind, int64_t time, double lon, double lat)
{
    size_t at = find_open(walk, zone);
    Open *open;
    if (!grow(&walk->open, 1)) {
        walk->failed = 1;
        return;
    }
    open = (Open *)walk->open.data + at;
    memmove(open + 1, open, (walk->open.count - 1 - at) * sizeof *open);
    open->platform = walk->platform;
    open->enter = time;
    open->first = walk->pings;
    open->lon = lon;
    open->lat = lat;
    open->zone = zone;
    open->kind = kind;
}

void leave_zone(Walk *walk, uint32_t zone, uint16_t kind, int64_t time, double lon, double lat)
{
    size_t at = find_open(walk, zone);
    Open *open = (Open *)walk->open.data + at;
    Episode *episode;
    if (at == walk->open.count || open->zone != zone)
        return;
    episode = grow(&walk->stays->episodes, 1);
    if (!episode) {
        walk->failed = 1;
        return;
    }
    episode->platform = walk->platform;
    episode->enter = open->enter;
    episode->leave = time;
    episode->pings = walk->pings - open->first;
    episode->enter_lon = open->lon;
    episode->enter_lat = open->lat;
    episode->leave_lon = lon;
    episode->leave_lat = lat;
    episode->zone = zone;
    episode->enter_kind = (uint16_t)open->kind;
    episode->leave_kind = kind;
    memmove(open, open + 1, (walk->open.count - 1 - at) * sizeof *open);
    walk->open.count--;
}

static void turn(Walk *walk, uint32_t zone, int in, double u)
{
    double lon, lat;
    place_at(walk, u, &lon, &lat);
    if (in)
        enter_zone(walk, zone, CROSSED, time_at(walk, u), lon, lat);
    else
        leave_zone(walk, zone, CROSSED, time_at(walk, u), lon, lat);
}

static int holds(const Here *here, uint32_t zone)
{
    uint32_t low = 0, high = here->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (here->zone[middle] < zone)
            low = middle + 1;
        else
            high = middle;
    }
    return low < here->count && here->zone[low] == zone;
}

/* Is the stretch between two contacts inside? It is along an edge, or its middle is. */
static int inside_between(Walk *walk, const Hit *hits, size_t count, double u, double next)
{
    double middle = u + (next - u) / 2, lon, lat;
    uint32_t zone = hits[0].zone;
    Here here = {0};
    size_t i;
    for (i = 0; walk->alongs && i < count && hits[i].u <= middle; i++)
        if (hits[i].kind == ALONG && hits[i].until >= middle)
            return 1;
    place_at(walk, middle, &lon, &lat);
    here.zone = walk->scratch;
    here.count = find_zones(walk->index, lon, lat, walk->scratch);
    return holds(&here, zone);
}

static int by_value(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return a < b ? -1 : a > b;
}

/* Where stretches begin and end: 0, all contacts, 1. */
static const double *mark_contacts(Walk *walk, const Hit *hits, size_t count)
{
    double *mark;
    size_t i, n = 1;
    walk->marks.count = 0;
    walk->alongs = 0;
    mark = grow(&walk->marks, 2 * count + 2);
    if (!mark)
        return NULL;
    mark[0] = 0.0;
    for (i = 0; i < count; i++) {
        mark[n++] = hits[i].u;
        if (hits[i].kind == ALONG) {
            mark[n++] = hits[i].until;
            walk->alongs = 1;
        }
    }
    mark[n++] = 1.0;
    qsort(mark, n, sizeof *mark, by_value);
    walk->marks.count = n;
    return mark;
}

/* One zone with contacts that are no proper crossings: stretch by stretch. Contacts themselves are inside. */
static void step_through(Walk *walk, const Hit *hits, size_t count)
{
    uint32_t zone = hits[0].zone;
    int state = holds(walk->from, zone);
    const double *mark = mark_contacts(walk, hits, count);
    size_t i;
    if (!mark)
        walk->failed = 1;
    for (i = 0; !walk->failed && i + 1 < walk->marks.count; i++) {
        double u = mark[i], next = mark[i + 1];
        int inside, then;
        if (next == u)
            continue;
        inside = inside_between(walk, hits, count, u, next);
        then = next < 1.0 || holds(walk->to, zone);
        if (inside != state)
            turn(walk, zone, inside, u);
        if (then != inside)
            turn(walk, zone, then, next);
        state = then;
    }
}

static int all_proper(const Walk *walk, const Hit *hits, size_t count)
{
    int odd = holds(walk->from, hits[0].zone) ^ holds(walk->to, hits[0].zone);
    size_t i;
    for (i = 0; i < count; i++) {
        if (hits[i].kind != PROPER)
            return 0;
        odd ^= 1;
    }
    return !odd;
}

void follow_hits(Walk *walk)
{
    const Hit *hits = walk->hits.data;
    size_t i = 0, k, count = walk->hits.count;
    while (i < count && !walk->failed) {
        size_t end = i + 1;
        while (end < count && hits[end].zone == hits[i].zone)
            end++;
        if (all_proper(walk, hits + i, end - i)) {
            int state = holds(walk->from, hits[i].zone);
            for (k = i; k < end; k++)
                turn(walk, hits[k].zone, state = !state, hits[k].u);
        } else {
            step_through(walk, hits + i, end - i);
        }
        i = end;
    }
}

void settle(Walk *walk)
{
    size_t i = 0;
    uint32_t k = 0;
    while (!walk->failed && (i < walk->open.count || k < walk->to->count)) {
        const Open *open = (const Open *)walk->open.data + i;
        if (i == walk->open.count || (k < walk->to->count && walk->to->zone[k] < open->zone)) {
            turn(walk, walk->to->zone[k], 1, 1.0);
        } else if (k == walk->to->count || open->zone < walk->to->zone[k]) {
            turn(walk, open->zone, 0, 1.0);
        } else {
            i++;
            k++;
        }
    }
}
