#include "segments.h"

#include <stdlib.h>
#include <string.h>

#include "walk.h"

#define LATEST ((int64_t)1 << 61) /* a time */

/* --- segments --- */

static void hold_set(const Index *index, Here *here, uint32_t set)
{
    const uint32_t *offsets = index->offsets.data;
    here->count = offsets[set + 1] - offsets[set];
    here->zone = (const uint32_t *)index->members.data + offsets[set];
}

/* What holds the ping, in the cell with this code. */
static void look_around(const Walk *walk, Here *here, uint32_t code)
{
    const Index *index = walk->index;
    here->rings = RINGS_OF(code);
    here->cell = code & IN_CELL ? (const Cell *)index->cells.data + (code & ~IN_CELL) : NULL;
    if (walk->lines)
        return;
    if (here->cell) {
        here->count = find_zones_in(index, code, here->lon, here->lat, here->own);
        here->zone = here->own;
    } else {
        hold_set(index, here, SET_OF(code));
    }
}

static uint32_t code_at(const Index *index, int64_t at)
{
    return at < 0 ? OUTSIDE : ((const uint32_t *)index->codes.data)[at];
}

/* The straight way from `from` to `to`. */
static void follow(Walk *walk)
{
    find_hits(walk);
    if (walk->hits.count)
        follow_hits(walk);
    if (walk->hits.count || !same_zones(walk->from, walk->to))
        settle(walk);
}

/* To a point of the antimeridian, with what holds it on the side where `lon` is. */
static void arrive(Walk *walk, Here *here, double lon, double lat)
{
    here->lon = lon;
    here->lat = lat;
    here->at = -1;
    here->rings = 0;
    here->cell = NULL;
    here->zone = here->own;
    here->count = find_zones(walk->index, lon, lat, here->own);
    walk->to = here;
}

/* A way that spans more than 180 degrees goes the short way round, in two parts that meet at the antimeridian. */
static void follow_round(Walk *walk)
{
    Here *start = walk->from, *end = walk->to;
    double side = start->lon > end->lon ? 180.0 : -180.0;
    double part = unit((side - start->lon) / (end->lon + 2.0 * side - start->lon));
    double lat = start->lat + part * (end->lat - start->lat);
    walk->u_to = part;
    arrive(walk, walk->meeting, side, lat);
    follow(walk);
    arrive(walk, walk->meeting, -side, lat); /* the same place: zones of this side only begin, those of the other end */
    settle(walk);
    walk->from = walk->meeting;
    walk->to = end;
    walk->u_from = part;
    walk->u_to = 1.0;
    follow(walk);
    walk->from = start;
}

static void start_stays(Walk *walk, int64_t time)
{
    uint32_t k;
    for (k = 0; k < walk->to->count && !walk->failed; k++)
        enter_zone(walk, walk->to->zone[k], PING, time, walk->to->lon, walk->to->lat);
}

static void end_stays(Walk *walk)
{
    while (walk->open.count && !walk->failed)
        leave_zone(walk, ((const Open *)walk->open.data)->zone, PING, walk->time, walk->from->lon, walk->from->lat);
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
    gap->before_lon = walk->from->lon;
    gap->before_lat = walk->from->lat;
    gap->after_lon = walk->to->lon;
    gap->after_lat = walk->to->lat;
}

/* The next ping has become `to`. */
static void advance(Walk *walk, int64_t time)
{
    Here *reached = walk->to;
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
    } else if (walk->span > walk->track->bridge) {
        end_stays(walk);
        start_stays(walk, time);
    } else if (fabs(walk->to->lon - walk->from->lon) > 180.0) {
        follow_round(walk);
    } else {
        follow(walk);
    }
    walk->to = walk->from;
    walk->from = reached;
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
    walk->from->lon = last->lon;
    walk->from->lat = last->lat;
    walk->from->at = cell_at(walk->index, last->lon, last->lat);
    look_around(walk, walk->from, code_at(walk->index, walk->from->at));
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
    last->lon = walk->from->lon;
    last->lat = walk->from->lat;
    if (walk->open.count)
        memcpy(open, walk->open.data, walk->open.count * sizeof *open);
}

static int begin_row(Walk *walk, int64_t row)
{
    const Track *track = walk->track;
    int64_t platform = track->wide ? ((const int64_t *)track->platform)[row] : ((const int32_t *)track->platform)[row];
    if (row && platform == walk->platform)
        return 1;
    if (row && platform < walk->platform) {
        walk->stays->wrong = row;
        return 0;
    }
    if (row)
        end(walk);
    begin(walk, platform);
    return 1;
}

/* Nothing happens on the way there: it stays in one cell that no boundary passes, or within the rings of such cells
 * around its two ends. */
static inline int is_quiet(const Walk *walk, int64_t time, double lon, double lat, int64_t at, uint32_t rings)
{
    const Here *from = walk->from;
    double east = fabs(lon - from->lon), reach = (double)(from->rings + rings) * walk->step;
    return walk->known && ((at == from->at && !from->cell && at >= 0) || larger(east, fabs(lat - from->lat)) <= reach) &&
           east <= 180.0 && time - walk->time <= walk->limit;
}

static int walk_row(Walk *walk, int64_t row, int64_t at, uint32_t code)
{
    double lon = walk->track->lon[row], lat = walk->track->lat[row];
    int64_t time = walk->track->time[row];
    if (!begin_row(walk, row))
        return 0;
    if (!on_globe(lon, lat)) {
        walk->stays->unusable++;
        return 1;
    }
    if (time > LATEST || time < -LATEST || (walk->known && time < walk->time)) {
        walk->stays->wrong = row;
        return 0;
    }
    if (is_quiet(walk, time, lon, lat, at, RINGS_OF(code))) {
        walk->from->lon = lon;
        walk->from->lat = lat;
        walk->from->at = at;
        walk->from->rings = RINGS_OF(code);
        walk->time = time;
        walk->pings++;
        return 1;
    }
    walk->to->lon = lon;
    walk->to->lat = lat;
    walk->to->at = at;
    look_around(walk, walk->to, code);
    advance(walk, time);
    return !walk->failed;
}

/* --- many rows at once --- */

/* What is known of the ways to the next pings, each from the row before, which the first of them has not. */
typedef struct {
    Ahead ahead;
    uint8_t same[AHEAD];  /* platform */
    uint8_t joined[AHEAD]; /* a way on one side of the antimeridian, between places on the globe */
    uint8_t quiet[AHEAD]; /* and nothing happens on it: see `is_quiet` */
    Stretch planned[AHEAD]; /* of those that are joined, but not quiet */
} Block;

VECTORS static void compare_narrow(const int32_t *platform, int count, uint8_t *same)
{
    int i;
    for (i = 1; i < count; i++)
        same[i] = platform[i] == platform[i - 1];
}

VECTORS static void compare_wide(const int64_t *platform, int count, uint8_t *same)
{
    int i;
    for (i = 1; i < count; i++)
        same[i] = platform[i] == platform[i - 1];
}

/* Ways that stay in one cell that no boundary passes, within the rings of such cells around their two ends, or on one
 * side of the box of all zones. */
VECTORS static void mark_quiet(const double *lon, const double *lat, const int64_t *time, const Box *all, double step,
                               int64_t limit, Block *block)
{
    const Box box = *all;
    const int32_t *at = block->ahead.at;
    const uint32_t *code = block->ahead.code;
    uint8_t *joined = block->joined, *quiet = block->quiet;
    int i, count = block->ahead.count;
    for (i = 1; i < count; i++) {
        double east = fabs(lon[i] - lon[i - 1]), north = fabs(lat[i] - lat[i - 1]);
        double reach = (double)(int32_t)(RINGS_OF(code[i]) + RINGS_OF(code[i - 1])) * step;
        int whole = (fabs(lon[i]) <= 180.0) & (fabs(lat[i]) <= 90.0) & (fabs(lon[i - 1]) <= 180.0) &
                    (fabs(lat[i - 1]) <= 90.0) & (east <= 180.0);
        int aside = ((lon[i] < box.min_x) & (lon[i - 1] < box.min_x)) | ((lon[i] > box.max_x) & (lon[i - 1] > box.max_x)) |
                    ((lat[i] < box.min_y) & (lat[i - 1] < box.min_y)) | ((lat[i] > box.max_y) & (lat[i - 1] > box.max_y));
        int clear = (at[i] == at[i - 1]) & (at[i] >= 0) & !(code[i] & IN_CELL);
        int prompt = (time[i] >= time[i - 1]) & ((int64_t)((uint64_t)time[i] - (uint64_t)time[i - 1]) <= limit) &
                     (time[i] <= LATEST) & (time[i] >= -LATEST);
        joined[i] = (uint8_t)(block->same[i] & whole);
        quiet[i] = (uint8_t)(joined[i] & prompt & (clear | aside | (larger(east, north) <= reach)));
    }
}

/* The cells with edges that the way to a ping of the block passes. */
static Stretch plan_way(Walk *walk, const Block *block, const double *lon, const double *lat, int i)
{
    const Ahead *ahead = &block->ahead;
    Stretch stretch = {walk->chosen.count, walk->chosen.count + 1};
    const Cell **only;
    if (ahead->at[i] != ahead->at[i - 1] || !(ahead->code[i] & IN_CELL))
        return choose_cells(walk, walk->index->grids.data, lon[i - 1], lat[i - 1], lon[i], lat[i]);
    if ((only = grow(&walk->chosen, 1)))
        *only = (const Cell *)walk->index->cells.data + (ahead->code[i] & ~IN_CELL);
    else
        walk->failed = 1;
    return stretch;
}

/* Plan all ways of the block, and ask for their edges, before the first is followed. */
static void plan(Walk *walk, Block *block, const double *lon, const double *lat)
{
    const Entry *entries = walk->index->entries.data;
    const Cell *const *chosen;
    size_t k;
    int i;
    walk->chosen.count = 0;
    for (i = 1; i < block->ahead.count && !walk->failed; i++)
        if (block->joined[i] & !block->quiet[i])
            block->planned[i] = plan_way(walk, block, lon, lat, i);
    chosen = walk->chosen.data;
    for (k = 0; k < walk->chosen.count; k++) { /* a wrong one where the cell has a finer grid */
        SOON(entries + chosen[k]->start);
        SOON((const char *)(entries + chosen[k]->start) + 64);
    }
}

static void look_at_block(Walk *walk, int64_t first, Block *block)
{
    const Track *track = walk->track;
    const double *lon = track->lon + first, *lat = track->lat + first;
    look_ahead(walk->index, lon, lat, track->count - first, &block->ahead);
    if (track->wide)
        compare_wide((const int64_t *)track->platform + first, block->ahead.count, block->same);
    else
        compare_narrow((const int32_t *)track->platform + first, block->ahead.count, block->same);
    mark_quiet(lon, lat, track->time + first, &walk->index->all, walk->step, walk->limit, block);
    block->joined[0] = block->quiet[0] = 0;
    plan(walk, block, lon, lat);
}

/* Pass over the rows from `i` on to which quiet ways lead; returns the first that is not one. */
static int pass_quiet(Walk *walk, int64_t first, const Block *block, int i)
{
    int begin = i;
    while (i < block->ahead.count && block->quiet[i])
        i++;
    if (i == begin)
        return i;
    walk->from->lon = walk->track->lon[first + i - 1];
    walk->from->lat = walk->track->lat[first + i - 1];
    walk->from->at = block->ahead.at[i - 1];
    walk->from->rings = RINGS_OF(block->ahead.code[i - 1]);
    walk->time = walk->track->time[first + i - 1];
    walk->pings += i - begin;
    return i;
}

static void walk_rows(Walk *walk)
{
    const Track *track = walk->track;
    int64_t first;
    Block block;
    int i;
    for (first = 0; first < track->count; first += AHEAD) {
        look_at_block(walk, first, &block);
        for (i = 0; i < block.ahead.count && !walk->failed; i++) {
            if ((i = pass_quiet(walk, first, &block, i)) == block.ahead.count)
                break;
            walk->planned = block.joined[i] ? &block.planned[i] : NULL;
            if (!walk_row(walk, first + i, block.ahead.at[i], block.ahead.code[i]))
                return;
        }
    }
    if (track->count)
        end(walk);
}

int find_stays(const Index *index, const Track *track, int lines, Stays *stays)
{
    size_t room = 2 * ((size_t)index->zones + 1);
    uint32_t *own = malloc(4 * room * sizeof *own);
    Walk walk;
    size_t i;
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
    walk.chosen.width = sizeof(const Cell *);
    walk.index = index;
    walk.lines = lines;
    walk.track = track;
    walk.stays = stays;
    if (!own)
        return NO_MEMORY;
    walk.scratch = own;
    walk.step = ((const Grid *)index->grids.data)->step;
    walk.limit = track->gap < track->bridge ? track->gap : track->bridge;
    walk.from = &walk.here[0];
    walk.to = &walk.here[1];
    walk.meeting = &walk.here[2];
    for (i = 0; i < 3; i++)
        walk.here[i].own = own + (i + 1) * room;
    walk_rows(&walk);
    free(own);
    release(&walk.hits);
    release(&walk.marks);
    release(&walk.chosen);
    release(&walk.open);
    return walk.failed ? NO_MEMORY : BUILT;
}
