#include "segments.h"

#include <stdlib.h>
#include <string.h>

#include "walk.h"

/* On one segment from Q to P a zone is held over some closed stretches of u, where Q + u (P - Q). They are found from
 * the edges that the segment crosses properly, which turn outside to inside or back. Where a sign is zero (a corner or
 * the end of the segment on the other's line, an edge along the segment) counting would need a rule for every case:
 * there each stretch between two contacts is asked for itself, by its middle. */

/* --- stays --- */

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

static void enter(Walk *walk, uint32_t zone, uint32_t kind, int64_t time, double lon, double lat)
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

static void leave(Walk *walk, uint32_t zone, uint16_t kind, int64_t time, double lon, double lat)
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
        enter(walk, zone, CROSSED, time_at(walk, u), lon, lat);
    else
        leave(walk, zone, CROSSED, time_at(walk, u), lon, lat);
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
    int state = holds(&walk->from, zone);
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
        then = next < 1.0 || holds(&walk->to, zone);
        if (inside != state)
            turn(walk, zone, inside, u);
        if (then != inside)
            turn(walk, zone, then, next);
        state = then;
    }
}

static int all_proper(const Walk *walk, const Hit *hits, size_t count)
{
    int odd = holds(&walk->from, hits[0].zone) ^ holds(&walk->to, hits[0].zone);
    size_t i;
    for (i = 0; i < count; i++) {
        if (hits[i].kind != PROPER)
            return 0;
        odd ^= 1;
    }
    return !odd;
}

static void follow_hits(Walk *walk)
{
    const Hit *hits = walk->hits.data;
    size_t i = 0, k, count = walk->hits.count;
    while (i < count && !walk->failed) {
        size_t end = i + 1;
        while (end < count && hits[end].zone == hits[i].zone)
            end++;
        if (all_proper(walk, hits + i, end - i)) {
            int state = holds(&walk->from, hits[i].zone);
            for (k = i; k < end; k++)
                turn(walk, hits[k].zone, state = !state, hits[k].u);
        } else {
            step_through(walk, hits + i, end - i);
        }
        i = end;
    }
}

/* After a segment the open stays are those of the zones that hold its end: the two views of a point within 1e-16
 * degrees of an edge may differ, and the point's own is the one that counts. */
static void settle(Walk *walk)
{
    size_t i = 0;
    uint32_t k = 0;
    while (!walk->failed && (i < walk->open.count || k < walk->to.count)) {
        const Open *open = (const Open *)walk->open.data + i;
        if (i == walk->open.count || (k < walk->to.count && walk->to.zone[k] < open->zone)) {
            turn(walk, walk->to.zone[k], 1, 1.0);
        } else if (k == walk->to.count || open->zone < walk->to.zone[k]) {
            turn(walk, open->zone, 0, 1.0);
        } else {
            i++;
            k++;
        }
    }
}

/* --- segments --- */

static void hold_set(const Index *index, Here *here, uint32_t set)
{
    const uint32_t *offsets = index->offsets.data;
    here->count = offsets[set + 1] - offsets[set];
    here->zone = (const uint32_t *)index->members.data + offsets[set];
}

static void look_around(const Walk *walk, Here *here)
{
    const Index *index = walk->index;
    uint32_t code;
    int64_t at;
    here->clear = -1;
    here->count = 0;
    if (!in_box(&index->all, here->lon, here->lat))
        return;
    at = cell_of(index->grids.data, here->lon, here->lat);
    code = ((const uint32_t *)index->codes.data)[at];
    if (code & IN_CELL) {
        here->count = find_zones(index, here->lon, here->lat, here->own);
        here->zone = here->own;
    } else {
        here->clear = at;
        hold_set(index, here, code);
    }
}

/* The straight way from `from` to `to`. */
static void follow(Walk *walk)
{
    find_hits(walk);
    follow_hits(walk);
    settle(walk);
}

/* To a point of the antimeridian, with what holds it on the side where `lon` is. */
static void arrive(Walk *walk, double lon, double lat)
{
    Here *here = &walk->meeting;
    here->lon = lon;
    here->lat = lat;
    here->clear = -1;
    here->zone = here->own;
    here->count = find_zones(walk->index, lon, lat, here->own);
    walk->to = *here;
}

/* A way that spans more than 180 degrees goes the short way round, in two parts that meet at the antimeridian. */
static void follow_round(Walk *walk)
{
    Here end = walk->to;
    double side = walk->from.lon > end.lon ? 180.0 : -180.0;
    double part = unit((side - walk->from.lon) / (end.lon + 2.0 * side - walk->from.lon));
    double lat = walk->from.lat + part * (end.lat - walk->from.lat);
    walk->u_to = part;
    arrive(walk, side, lat);
    follow(walk);
    arrive(walk, -side, lat); /* the same place: zones of this side only begin, those of the other end */
    settle(walk);
    walk->from = walk->to;
    walk->to = end;
    walk->u_from = part;
    walk->u_to = 1.0;
    follow(walk);
}

static void start_stays(Walk *walk, int64_t time)
{
    uint32_t k;
    for (k = 0; k < walk->to.count && !walk->failed; k++)
        enter(walk, walk->to.zone[k], PING, time, walk->to.lon, walk->to.lat);
}

static void end_stays(Walk *walk)
{
    while (walk->open.count && !walk->failed)
        leave(walk, ((const Open *)walk->open.data)->zone, PING, walk->time, walk->from.lon, walk->from.lat);
}

static void note_gap(Walk *walk, int64_t time)
{
    Gap *gap = grow(&walk->stays->gaps, 1);
    if (!gap) {
        walk->failed = 1;
        return;
    }
    gap->platform = walk->platform;
    gap->before = walk->time;
    gap->after = time;
    gap->before_lon = walk->from.lon;
    gap->before_lat = walk->from.lat;
    gap->after_lon = walk->to.lon;
    gap->after_lat = walk->to.lat;
}

/* The next ping has become `to`. */
static void advance(Walk *walk, int64_t time)
{
    Here from = walk->from, to = walk->to;
    if (walk->known && time - walk->time > walk->track->gap)
        note_gap(walk, time);
    walk->start = walk->time;
    walk->span = time - walk->time;
    walk->u_from = 0.0;
    walk->u_to = 1.0;
    if (walk->lines) {
        if (walk->known && walk->span <= walk->track->bridge)
            cross(walk);
    } else if (!walk->known) {
        start_stays(walk, time);
    } else if (time - walk->time > walk->track->bridge) {
        end_stays(walk);
        start_stays(walk, time);
    } else if (from.clear < 0 || from.clear != to.clear) {
        if (fabs(to.lon - from.lon) > 180.0)
            follow_round(walk);
        else
            follow(walk);
    }
    walk->from = to;
    walk->to = from; /* for the sake of its `own` */
    walk->to.own = from.own;
    walk->time = time;
    walk->known = 1;
    walk->pings++;
}

/* --- platforms --- */

static void begin(Walk *walk, int64_t platform)
{
    const Track *track = walk->track;
    size_t low = 0, high = track->last_count;
    const Last *last;
    walk->platform = platform;
    walk->known = 0;
    walk->pings = 0;
    walk->open.count = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (track->last[middle].platform < platform)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == track->last_count || track->last[low].platform != platform)
        return;
    last = &track->last[low];
    walk->known = 1;
    walk->pings = last->pings;
    walk->time = last->time;
    walk->from.lon = last->lon;
    walk->from.lat = last->lat;
    if (!walk->lines)
        look_around(walk, &walk->from);
    for (low = 0, high = track->open_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (track->open[middle].platform < platform)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < track->open_count && track->open[low].platform == platform; low++) {
        Open *open = grow(&walk->open, 1);
        if (!open)
            walk->failed = 1;
        else
            *open = track->open[low];
    }
}

static void end(Walk *walk)
{
    Last *last;
    Open *open;
    if (!walk->known)
        return;
    last = grow(&walk->stays->last, 1);
    open = grow(&walk->stays->open, walk->open.count);
    if (!last || !open) {
        walk->failed = 1;
        return;
    }
    last->platform = walk->platform;
    last->time = walk->time;
    last->pings = walk->pings;
    last->lon = walk->from.lon;
    last->lat = walk->from.lat;
    if (walk->open.count)
        memcpy(open, walk->open.data, walk->open.count * sizeof *open);
}

#define AHEAD 12 /* pings */

static void ask_ahead(const Index *index, double px, double py)
{
    if (in_box(&index->all, px, py))
        SOON((const uint32_t *)index->codes.data + cell_of(index->grids.data, px, py));
}

static void walk_rows(Walk *walk)
{
    const Track *track = walk->track;
    const int64_t latest = (int64_t)1 << 61;
    int64_t i;
    for (i = 0; i < track->count && !walk->failed; i++) {
        int64_t platform = track->wide ? ((const int64_t *)track->platform)[i]
                                       : ((const int32_t *)track->platform)[i];
        int64_t time = track->time[i];
        if (i == 0 || platform != walk->platform) {
            if (i && platform < walk->platform) {
                walk->stays->wrong = i;
                return;
            }
            if (i)
                end(walk);
            begin(walk, platform);
        }
        if (!on_globe(track->lon[i], track->lat[i])) {
            walk->stays->unusable++;
            continue;
        }
        if (time > latest || time < -latest || (walk->known && time < walk->time)) {
            walk->stays->wrong = i;
            return;
        }
        if (i + AHEAD < track->count)
            ask_ahead(walk->index, track->lon[i + AHEAD], track->lat[i + AHEAD]);
        walk->to.lon = track->lon[i];
        walk->to.lat = track->lat[i];
        if (!walk->lines)
            look_around(walk, &walk->to);
        advance(walk, time);
    }
    if (track->count && !walk->failed)
        end(walk);
}

int find_stays(const Index *index, const Track *track, int lines, Stays *stays)
{
    size_t room = 2 * ((size_t)index->zones + 1);
    uint32_t *own = malloc(4 * room * sizeof *own);
    Walk walk;
    memset(&walk, 0, sizeof walk);
    memset(stays, 0, sizeof *stays);
    stays->episodes.width = sizeof(Episode);
    stays->crossings.width = sizeof(Crossing);
    stays->gaps.width = sizeof(Gap);
    stays->last.width = sizeof(Last);
    stays->open.width = walk.open.width = sizeof(Open);
    stays->wrong = -1;
    walk.hits.width = sizeof(Hit);
    walk.marks.width = sizeof(double);
    walk.index = index;
    walk.lines = lines;
    walk.track = track;
    walk.stays = stays;
    if (!own)
        return NO_MEMORY;
    walk.scratch = own;
    walk.from.own = own + room;
    walk.to.own = own + 2 * room;
    walk.meeting.own = own + 3 * room;
    walk_rows(&walk);
    free(own);
    release(&walk.hits);
    release(&walk.marks);
    release(&walk.open);
    return walk.failed ? NO_MEMORY : BUILT;
}
