#include "pairs_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Patch spot;
    int64_t step;
} Sample;

/* --- where everybody was at each step --- */

static int64_t first_step_from(int64_t time, int64_t step)
{
    int64_t number = time / step;
    return number + (number * step < time);
}

static int note(List *samples, uint32_t owner, int64_t step, double lon, double lat)
{
    Sample *sample = grow(samples, 1);
    if (!sample)
        return NO_MEMORY;
    sample->spot.lon = within_180(lon);
    sample->spot.lat = lat;
    sample->spot.half_lon = sample->spot.half_lat = 0.0;
    sample->spot.owner = owner;
    sample->step = step;
    return BUILT;
}

/* The way from ping i to the next: the place of ping i if it falls on a step, then of every step before the next. */
static int walk_on(const Pings *pings, const Clock *clock, size_t i, size_t end, uint32_t owner, int64_t *due, List *samples)
{
    int64_t start = pings->time[i], until = i + 1 < end ? pings->time[i + 1] : start;
    double east, north;
    if (*due * clock->step == start && note(samples, owner, (*due)++, pings->lon[i], pings->lat[i]))
        return NO_MEMORY;
    if (i + 1 == end)
        return BUILT;
    if (until - start > clock->gap) {
        *due = first_step_from(until, clock->step);
        return BUILT;
    }
    east = east_of(pings->lon[i + 1], pings->lon[i]);
    north = pings->lat[i + 1] - pings->lat[i];
    for (; *due < clock->end && *due * clock->step < until; (*due)++) {
        double share = (double)(*due * clock->step - start) / (double)(until - start);
        if (note(samples, owner, *due, pings->lon[i] + share * east, pings->lat[i] + share * north))
            return NO_MEMORY;
    }
    return BUILT;
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

static int sample_platform(const Pings *pings, const Clock *clock, uint32_t owner, List *samples)
{
    size_t first = (size_t)pings->cuts[owner], end = (size_t)pings->cuts[owner + 1], i;
    int64_t due;
    if (first == end || pings->time[end - 1] < clock->first * clock->step ||
        pings->time[first] >= clock->end * clock->step)
        return BUILT;
    i = clock->first * clock->step > pings->time[first] ? seek(pings, first, end, clock->first * clock->step) : first;
    due = first_step_from(pings->time[i], clock->step);
    due = due < clock->first ? clock->first : due;
    for (; i < end && due < clock->end; i++) {
        /* the last of several pings at one time counts; what ends before the next step matters not */
        if (i + 1 < end && (pings->time[i + 1] == pings->time[i] || pings->time[i + 1] < due * clock->step))
            continue;
        if (walk_on(pings, clock, i, end, owner, &due, samples))
            return NO_MEMORY;
    }
    return BUILT;
}

/* --- steps on end --- */

typedef struct {
    uint64_t pair; /* lower owner << 32 | higher */
    double chord2;
    uint32_t one, other; /* numbers of spots */
} Close;

typedef struct {
    const Clock *clock;
    const Patch *spots;
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

/* Put samples in order of step; within a step they stay in order of owner. `starts` has a place more than steps. */
static Patch *sort_by_step(const List *samples, int64_t first, size_t steps, size_t *starts)
{
    const Sample *sample = samples->data;
    Patch *spots = malloc((samples->count + 1) * sizeof *spots);
    size_t i, sum = 0;
    if (!spots)
        return NULL;
    memset(starts, 0, (steps + 2) * sizeof *starts);
    for (i = 0; i < samples->count; i++)
        starts[sample[i].step - first + 2]++;
    for (i = 2; i < steps + 2; i++)
        starts[i] = sum += starts[i];
    for (i = 0; i < samples->count; i++)
        spots[starts[sample[i].step - first + 1]++] = sample[i].spot;
    return spots;
}

static int watch_steps(Watch *watch, const Globe *globe, const Patch *spots, const size_t *starts)
{
    Cells cells = {0};
    int64_t step;
    int status = BUILT;
    size_t i;
    for (step = watch->clock->first; step < watch->clock->end && !status; step++, starts++) {
        watch->step = step;
        watch->spots = spots + starts[0];
        status = join(globe, &cells, watch->spots, starts[1] - starts[0], meet, watch);
        if (!status)
            status = follow(watch);
    }
    for (i = 0; i < watch->open.count && !status; i++)
        status = end_run(watch, (const Run *)watch->open.data + i);
    drop_cells(&cells);
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
    size_t steps = (size_t)(clock->end - clock->first);
    size_t *starts = malloc((steps + 2) * sizeof *starts);
    List samples = {0};
    Globe *globe = malloc(sizeof *globe);
    Patch *spots = NULL;
    Watch watch;
    int status = starts && globe ? BUILT : NO_MEMORY;
    uint32_t owner;
    samples.width = sizeof(Sample);
    start(&watch, clock, known, known_count, runs, doubts);
    for (owner = 0; owner < pings->platforms && !status; owner++)
        status = sample_platform(pings, clock, owner, &samples);
    if (!status && !(spots = sort_by_step(&samples, clock->first, steps, starts)))
        status = NO_MEMORY;
    release(&samples);
    if (!status) {
        make_globe(globe, clock->reach);
        status = watch_steps(&watch, globe, spots, starts);
    }
    release(&watch.close);
    release(&watch.open);
    release(&watch.kept);
    free(spots);
    free(starts);
    free(globe);
    return status;
}
