#include "pairs_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Some steps on end, and who was where at each: `places` has room for all platforms at every step. */
typedef struct {
    int64_t first, end;
    Point *places;
    size_t *counts;
    size_t *rows; /* of each platform, the ping at or before the first step */
} Stretch;

/* --- where everybody was at each step --- */

static int64_t first_step_from(int64_t time, int64_t step)
{
    int64_t number = time / step;
    return number + (number * step < time);
}

static void note(const Pings *pings, Stretch *stretch, uint32_t owner, int64_t step, double lon, double lat)
{
    size_t at = (size_t)(step - stretch->first);
    Point *point = &stretch->places[at * pings->platforms + stretch->counts[at]++];
    point->lon = within_180(lon);
    point->lat = lat;
    point->owner = owner;
}

/* The way from ping i to the next: the place of ping i if it falls on a step, then of every step before the next. */
static int64_t walk_on(const Pings *pings, const Clock *clock, Stretch *stretch, size_t i, uint32_t owner, int64_t due)
{
    size_t end = (size_t)pings->cuts[owner + 1];
    int64_t start = pings->time[i], until = i + 1 < end ? pings->time[i + 1] : start;
    double east, north, span = (double)(until - start);
    if (due * clock->step == start)
        note(pings, stretch, owner, due++, pings->lon[i], pings->lat[i]);
    if (i + 1 == end)
        return due;
    if (until - start > clock->gap)
        return first_step_from(until, clock->step);
    east = east_of(pings->lon[i + 1], pings->lon[i]);
    north = pings->lat[i + 1] - pings->lat[i];
    for (; due < stretch->end && due * clock->step < until; due++) {
        double share = (double)(due * clock->step - start) / span;
        note(pings, stretch, owner, due, pings->lon[i] + share * east, pings->lat[i] + share * north);
    }
    return due;
}

/* The last ping at or before a time; the first of all where there is none. */
static size_t seek(const Pings *pings, size_t low, size_t high, int64_t time)
{
    size_t first = low;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pings->time[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low > first ? low - 1 : first;
}

static void sample_platform(const Pings *pings, const Clock *clock, Stretch *stretch, uint32_t owner)
{
    size_t end = (size_t)pings->cuts[owner + 1], i = stretch->rows[owner];
    int64_t due, start = stretch->first * clock->step;
    if (i == end || pings->time[end - 1] < start || pings->time[i] >= stretch->end * clock->step)
        return;
    due = pings->time[i] > start ? first_step_from(pings->time[i], clock->step) : stretch->first;
    for (; i < end && due < stretch->end; i++) {
        /* the last of several pings at one time counts; what ends before the next step matters not */
        stretch->rows[owner] = i;
        if (i + 1 < end && (pings->time[i + 1] == pings->time[i] || pings->time[i + 1] < due * clock->step))
            continue;
        due = walk_on(pings, clock, stretch, i, owner, due);
    }
}

/* --- steps on end --- */

typedef struct {
    uint64_t pair; /* lower owner << 32 | higher */
    double chord2;
    uint32_t one, other; /* numbers of spots */
} Close;

typedef struct {
    const Clock *clock;
    Patch *spots; /* those of the step that may meet: room for all platforms */
    int64_t step;
    double far2, near2; /* squares of chords: surely beyond reach above, surely within it up to */
    const Doubt *known;
    size_t known_count;
    List close, *doubts, *runs;
    List open, kept; /* Run, in order of pair */
} Watch;

static int order_doubts(const Doubt *a, int64_t step, uint32_t one, uint32_t other)
{
    if (a->step != step)
        return a->step < step ? -1 : 1;
    if (a->one != one)
        return a->one < one ? -1 : 1;
    return a->other == other ? 0 : a->other < other ? -1 : 1;
}

/* What the geodesic said of them; -1 where it has not been asked. */
static int look_up(const Watch *watch, uint32_t one, uint32_t other)
{
    size_t low = 0, high = watch->known_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = order_doubts(&watch->known[middle], watch->step, one, other);
        if (!order)
            return watch->known[middle].near != 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static int doubt(Watch *watch, const Patch *one, const Patch *other)
{
    Doubt *asked = grow(watch->doubts, 1);
    if (!asked)
        return NO_MEMORY;
    asked->step = watch->step;
    asked->one = one->owner;
    asked->other = other->owner;
    asked->one_lon = one->lon;
    asked->one_lat = one->lat;
    asked->other_lon = other->lon;
    asked->other_lat = other->lat;
    asked->near = 0;
    return BUILT;
}

static int meet(void *self, const Patch *a, const Patch *b)
{
    Watch *watch = self;
    const Patch *one = a->owner < b->owner ? a : b, *other = a->owner < b->owner ? b : a;
    double square = chord2(place_of(one->lon, one->lat), place_of(other->lon, other->lat));
    Close *close;
    if (square > watch->far2)
        return BUILT;
    if (square > watch->near2) {
        int near = look_up(watch, one->owner, other->owner);
        if (near < 0)
            return doubt(watch, one, other);
        if (!near)
            return BUILT;
    }
    if (!(close = grow(&watch->close, 1)))
        return NO_MEMORY;
    close->pair = (uint64_t)one->owner << 32 | other->owner;
    close->chord2 = square;
    close->one = (uint32_t)(one - watch->spots);
    close->other = (uint32_t)(other - watch->spots);
    return BUILT;
}

static int by_pair(const void *a, const void *b)
{
    uint64_t one = ((const Close *)a)->pair, other = ((const Close *)b)->pair;
    return one < other ? -1 : one > other;
}

static uint64_t pair_of(const Run *run)
{
    return (uint64_t)run->one << 32 | run->other;
}

static int end_run(Watch *watch, const Run *run)
{
    const Clock *clock = watch->clock;
    Run *kept;
    if (run->last - run->first + 1 < clock->least && run->first > clock->first && run->last < clock->end - 1)
        return BUILT;
    if (!(kept = grow(watch->runs, 1)))
        return NO_MEMORY;
    *kept = *run;
    return BUILT;
}

/* Take a step's pair into the runs that go on: `before` is its run up to the step before, or NULL. */
static int go_on(Watch *watch, const Run *before, const Close *close)
{
    const Patch *one = watch->spots + close->one, *other = watch->spots + close->other;
    Run *run = grow(&watch->kept, 1);
    if (!run)
        return NO_MEMORY;
    if (before)
        *run = *before;
    else
        run->first = watch->step;
    run->last = watch->step;
    if (before && run->chord2 <= close->chord2)
        return BUILT;
    run->one = one->owner;
    run->other = other->owner;
    run->closest = watch->step;
    run->one_lon = one->lon;
    run->one_lat = one->lat;
    run->other_lon = other->lon;
    run->other_lat = other->lat;
    run->chord2 = close->chord2;
    return BUILT;
}

/* Set the pairs of this step against the runs that are open: both in order of pair. */
static int follow(Watch *watch)
{
    const Run *open = watch->open.data;
    const Close *close = watch->close.data;
    size_t i = 0, k = 0, opens = watch->open.count, closes = watch->close.count;
    List spare;
    if (closes)
        qsort(watch->close.data, closes, sizeof *close, by_pair);
    watch->kept.count = 0;
    while (i < opens || k < closes) {
        int ends = k == closes || (i < opens && pair_of(&open[i]) < close[k].pair), status;
        int goes_on = !ends && i < opens && pair_of(&open[i]) == close[k].pair;
        status = ends ? end_run(watch, &open[i]) : go_on(watch, goes_on ? &open[i] : NULL, &close[k]);
        if (status)
            return status;
        i += (size_t)(ends || goes_on);
        k += (size_t)!ends;
    }
    spare = watch->open;
    watch->open = watch->kept;
    watch->kept = spare;
    watch->close.count = 0;
    return BUILT;
}

/* --- a stretch of the clock --- */

enum { MOST_PLACES = 1 << 20 }; /* in memory at once; or as many as there are platforms */

static int start_stretch(Stretch *stretch, const Pings *pings, const Clock *clock)
{
    size_t room = pings->platforms + 1, steps = MOST_PLACES / room + 1, owner;
    int64_t begin = clock->first * clock->step;
    stretch->first = clock->first;
    stretch->end = clock->end - clock->first < (int64_t)steps ? clock->end : clock->first + (int64_t)steps;
    stretch->places = malloc(steps * room * sizeof *stretch->places);
    stretch->counts = malloc(steps * sizeof *stretch->counts);
    stretch->rows = malloc(room * sizeof *stretch->rows);
    if (!stretch->places || !stretch->counts || !stretch->rows)
        return NO_MEMORY;
    for (owner = 0; owner < pings->platforms; owner++)
        stretch->rows[owner] = seek(pings, (size_t)pings->cuts[owner], (size_t)pings->cuts[owner + 1], begin);
    return BUILT;
}

static int watch_stretch(Watch *watch, Net *net, Cells *cells, const Pings *pings, Stretch *stretch)
{
    size_t steps = (size_t)(stretch->end - stretch->first), k, count;
    uint32_t owner;
    int status = BUILT;
    memset(stretch->counts, 0, steps * sizeof *stretch->counts);
    for (owner = 0; owner < pings->platforms; owner++)
        sample_platform(pings, watch->clock, stretch, owner);
    for (k = 0; k < steps && !status; k++) {
        watch->step = stretch->first + (int64_t)k;
        count = stretch->counts[k];
        if (count > 1)
            status = join_points(net, cells, stretch->places + k * pings->platforms, count, watch->spots, meet, watch);
        if (!status)
            status = follow(watch);
    }
    return status;
}

static int watch_clock(Watch *watch, Net *net, const Pings *pings)
{
    const Clock *clock = watch->clock;
    Stretch stretch = {0};
    Cells cells = {0};
    size_t i;
    int status = start_stretch(&stretch, pings, clock);
    int64_t length = stretch.end - stretch.first;
    while (stretch.first < clock->end && !status) {
        status = watch_stretch(watch, net, &cells, pings, &stretch);
        stretch.first = stretch.end;
        stretch.end = clock->end - stretch.end < length ? clock->end : stretch.end + length;
    }
    for (i = 0; i < watch->open.count && !status; i++)
        status = end_run(watch, (const Run *)watch->open.data + i);
    drop_cells(&cells);
    free(stretch.places);
    free(stretch.counts);
    free(stretch.rows);
    return status;
}

static void start(Watch *watch, const Clock *clock, const Doubt *known, size_t known_count, List *runs, List *doubts)
{
    double near = sure_chord(clock->reach), far = clock->reach + DOUBT_M;
    memset(watch, 0, sizeof *watch);
    watch->clock = clock;
    watch->near2 = near > 0.0 ? near * near : -1.0;
    watch->far2 = far * far;
    watch->known = known;
    watch->known_count = known_count;
    watch->runs = runs;
    watch->doubts = doubts;
    watch->close.width = sizeof(Close);
    watch->open.width = watch->kept.width = sizeof(Run);
}

int find_runs(const Pings *pings, const Clock *clock, const Doubt *known, size_t known_count, List *runs, List *doubts)
{
    Globe *globe = malloc(sizeof *globe);
    Net *net = NULL;
    Watch watch;
    int status = globe ? BUILT : NO_MEMORY;
    start(&watch, clock, known, known_count, runs, doubts);
    if (!status && !(watch.spots = malloc((pings->platforms + 1) * sizeof *watch.spots)))
        status = NO_MEMORY;
    if (!status) {
        make_globe(globe, clock->reach);
        net = make_net(globe, pings->platforms);
        status = net ? watch_clock(&watch, net, pings) : NO_MEMORY;
    }
    drop_net(net);
    release(&watch.close);
    release(&watch.open);
    release(&watch.kept);
    free(watch.spots);
    free(globe);
    return status;
}
