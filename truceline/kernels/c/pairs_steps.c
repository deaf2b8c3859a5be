#include "pairs_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A run of `least` steps on end has one of every `least`-th steps in it. So everybody's place is taken, and all are set
 * against all, at those only (and at the first and the last step, for runs that go on beyond). Pairs near each other
 * there, few as they are, are followed step by step, back and on. */

/* Steps looked at together, and who was where at each: `places` has room for all platforms at every one. */
typedef struct {
    int64_t *steps;
    size_t count;
    Point *places;
    size_t *counts;
    size_t *rows; /* of each platform, about where its pings are: the last one looked up */
} Stretch;

/* --- where a platform was --- */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The first of the rows low to high that is later than a time: in steps that double, from a row likely to be near. */
static size_t seek(const int64_t *time, size_t low, size_t high, size_t from, int64_t at)
{
    size_t pace;
    if (from < high && time[from] <= at) {
        low = from + 1;
        for (pace = 1; high - low >= pace && time[low + pace - 1] <= at; pace *= 2)
            low += pace;
        high = high - low >= pace ? low + pace - 1 : high;
    } else if (from < high) {
        high = from;
        for (pace = 1; high - low >= pace && time[high - pace] > at; pace *= 2)
            high -= pace;
        low = high - low >= pace ? high - pace + 1 : low;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (time[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether the place of a platform at a step is known, and which: of several pings at one time the last counts. `row` is
 * where to look first, and then where it was. */
static int find_place(const Pings *pings, const Clock *clock, uint32_t owner, int64_t step, size_t *row, Point *point)
{
    size_t low = (size_t)pings->cuts[owner], end = (size_t)pings->cuts[owner + 1], i;
    const int64_t *time = pings->time;
    int64_t at = step * clock->step, span;
    double share;
    if ((i = seek(time, low, end, *row, at)) == low)
        return 0;
    *row = --i;
    point->owner = owner;
    point->lon = within_180(pings->lon[i]);
    point->lat = pings->lat[i];
    if (time[i] == at)
        return 1;
    if (i + 1 == end || (span = time[i + 1] - time[i]) > clock->gap)
        return 0;
    share = (double)(at - time[i]) / (double)span;
    point->lon = within_180(pings->lon[i] + share * east_of(pings->lon[i + 1], pings->lon[i]));
    point->lat = pings->lat[i] + share * (pings->lat[i + 1] - pings->lat[i]);
    return 1;
}

/* Where a platform's pings of a time are if they come evenly. */
static size_t guess_row(const Pings *pings, uint32_t owner, int64_t at)
{
    size_t low = (size_t)pings->cuts[owner], last = (size_t)pings->cuts[owner + 1] - 1;
    int64_t start = pings->time[low], end = pings->time[last];
    if (at <= start || at >= end)
        return at <= start ? low : last;
    return low + (size_t)((double)(at - start) / (double)(end - start) * (double)(last - low));
}

static void sample_platform(const Pings *pings, const Clock *clock, Stretch *stretch, uint32_t owner)
{
    size_t low = (size_t)pings->cuts[owner], end = (size_t)pings->cuts[owner + 1], row, k, before;
    int64_t first, last;
    if (low == end)
        return;
    first = pings->time[low];
    last = pings->time[end - 1];
    row = stretch->rows[owner] = guess_row(pings, owner, stretch->steps[0] * clock->step);
    for (k = 0; k < stretch->count; k++) {
        int64_t at = stretch->steps[k] * clock->step;
        Point *point = stretch->places + k * pings->platforms + stretch->counts[k];
        if (at < first || at > last)
            continue;
        before = stretch->rows[owner];
        stretch->counts[k] += (size_t)find_place(pings, clock, owner, stretch->steps[k], &row, point);
        stretch->rows[owner] = row; /* as far again, for the next */
        row = row > before && end - row > row - before ? row + (row - before) : row;
    }
}

/* --- steps on end --- */

typedef struct {
    uint64_t pair; /* lower owner << 32 | higher */
    int64_t last;  /* of a run that was followed */
} Open;

typedef struct {
    uint64_t pair;
    double chord2;
    Point one, other; /* in order of number */
} Close;

typedef struct {
    const Pings *pings;
    const Clock *clock;
    Patch *spots; /* those of the step that may meet: room for all platforms */
    size_t *rows; /* of each platform, where to look first */
    int64_t step;
    double far2, near2; /* squares of chords: surely beyond reach above, surely within it up to */
    const Doubt *known;
    size_t known_count;
    List close, *doubts, *runs;
    List open, kept; /* Open, in order of pair */
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

static int doubt(Watch *watch, const Point *one, const Point *other)
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

/* Whether two places are within reach: 1, 0, or NO_MEMORY (below 0). What the geodesic must be asked first is taken as
 * near, so that all that hangs on it is asked at once: then nothing else of this round counts. */
static int weigh(Watch *watch, const Point *one, const Point *other, double *square)
{
    int near;
    *square = chord2(place_of(one->lon, one->lat), place_of(other->lon, other->lat));
    if (*square > watch->far2)
        return 0;
    if (*square <= watch->near2)
        return 1;
    near = look_up(watch, one->owner, other->owner);
    return near >= 0 ? near : doubt(watch, one, other) ? -1 : 1;
}

static int meet(void *self, const Patch *a, const Patch *b)
{
    Watch *watch = self;
    const Patch *low = a->owner < b->owner ? a : b, *high = a->owner < b->owner ? b : a;
    Point one = {low->lon, low->lat, low->owner}, other = {high->lon, high->lat, high->owner};
    double square;
    int near = weigh(watch, &one, &other, &square);
    Close *close;
    if (near <= 0)
        return near ? NO_MEMORY : BUILT;
    if (!(close = grow(&watch->close, 1)))
        return NO_MEMORY;
    close->pair = (uint64_t)one.owner << 32 | other.owner;
    close->chord2 = square;
    close->one = one;
    close->other = other;
    return BUILT;
}

static int by_pair(const void *a, const void *b)
{
    uint64_t one = ((const Close *)a)->pair, other = ((const Close *)b)->pair;
    return one < other ? -1 : one > other;
}

/* --- a pair, step by step --- */

static void note_closest(Run *run, int64_t step, const Point *one, const Point *other, double square)
{
    run->closest = step;
    run->one_lon = one->lon;
    run->one_lat = one->lat;
    run->other_lon = other->lon;
    run->other_lat = other->lat;
    run->chord2 = square;
}

/* Take one more step into a run, before it or behind it: 1, 0 when they were not near, or below 0. */
static int take_step(Watch *watch, Run *run, int64_t step)
{
    Point one, other;
    double square;
    int near;
    watch->step = step;
    if (!find_place(watch->pings, watch->clock, run->one, step, &watch->rows[run->one], &one) ||
        !find_place(watch->pings, watch->clock, run->other, step, &watch->rows[run->other], &other))
        return 0;
    if ((near = weigh(watch, &one, &other, &square)) <= 0)
        return near;
    if (square < run->chord2 || (step < run->closest && square == run->chord2)) /* the first of equals */
        note_closest(run, step, &one, &other, square);
    run->first = step < run->first ? step : run->first;
    run->last = later(run->last, step);
    return 1;
}

/* The whole run of a pair that is near at this step, into `runs` if it is long enough or may go on beyond the clock. */
static int follow_pair(Watch *watch, const Close *close, Run *run)
{
    const Clock *clock = watch->clock;
    Run *kept;
    int near = 1;
    run->one = close->one.owner;
    run->other = close->other.owner;
    run->first = run->last = watch->step;
    note_closest(run, watch->step, &close->one, &close->other, close->chord2);
    while (run->first > clock->first && near > 0)
        near = take_step(watch, run, run->first - 1);
    for (near = near < 0 ? near : 1; run->last < clock->end - 1 && near > 0;)
        near = take_step(watch, run, run->last + 1);
    if (near < 0)
        return NO_MEMORY;
    if (run->last - run->first + 1 < clock->least && run->first > clock->first && run->last < clock->end - 1)
        return BUILT;
    if (!(kept = grow(watch->runs, 1)))
        return NO_MEMORY;
    *kept = *run;
    return BUILT;
}

static int keep_open(Watch *watch, uint64_t pair, int64_t last)
{
    Open *open = grow(&watch->kept, 1);
    if (!open)
        return NO_MEMORY;
    open->pair = pair;
    open->last = last;
    return BUILT;
}

/* Follow the pairs of a step that no run known before has in it. Both are in order of pair. */
static int follow(Watch *watch, int64_t step)
{
    const Open *open = watch->open.data;
    const Close *close = watch->close.data;
    size_t i = 0, k, opens = watch->open.count, closes = watch->close.count;
    List spare;
    Run run;
    if (closes)
        qsort(watch->close.data, closes, sizeof *close, by_pair);
    for (k = 0, watch->kept.count = 0; k < closes; k++) {
        while (i < opens && open[i].pair < close[k].pair)
            i++;
        run.last = i < opens && open[i].pair == close[k].pair ? open[i].last : step - 1;
        watch->step = step;
        if ((run.last < step && follow_pair(watch, &close[k], &run)) || keep_open(watch, close[k].pair, run.last))
            return NO_MEMORY;
    }
    spare = watch->open;
    watch->open = watch->kept;
    watch->kept = spare;
    watch->close.count = 0;
    return BUILT;
}

/* --- a stretch of the clock --- */

enum { MOST_PLACES = 1 << 20 }; /* in memory at once; or as many as there are platforms */

static int make_stretch(Stretch *stretch, size_t platforms, size_t steps)
{
    stretch->steps = malloc(steps * sizeof *stretch->steps);
    stretch->places = malloc(steps * (platforms + 1) * sizeof *stretch->places);
    stretch->counts = malloc(steps * sizeof *stretch->counts);
    stretch->rows = malloc((platforms + 1) * sizeof *stretch->rows);
    return stretch->steps && stretch->places && stretch->counts && stretch->rows ? BUILT : NO_MEMORY;
}

static int watch_stretch(Watch *watch, Net *net, Cells *cells, Stretch *stretch)
{
    const Pings *pings = watch->pings;
    size_t k;
    uint32_t owner;
    int status = BUILT;
    memset(stretch->counts, 0, stretch->count * sizeof *stretch->counts);
    for (owner = 0; owner < pings->platforms; owner++)
        sample_platform(pings, watch->clock, stretch, owner);
    for (k = 0; k < stretch->count && !status; k++) {
        const Point *places = stretch->places + k * pings->platforms;
        watch->step = stretch->steps[k];
        if (stretch->counts[k] > 1)
            status = join_points(net, cells, places, stretch->counts[k], watch->spots, meet, watch);
        if (!status)
            status = follow(watch, stretch->steps[k]);
    }
    return status;
}

/* The first step, every `least`-th from it, and the last. */
static int watch_clock(Watch *watch, Net *net)
{
    const Clock *clock = watch->clock;
    int64_t pace = later(clock->least, 1), step = clock->first, last = clock->end - 1;
    size_t room = MOST_PLACES / (watch->pings->platforms + 1) + 1;
    Stretch stretch = {0};
    Cells cells = {0};
    int status;
    room = (uint64_t)room < (uint64_t)(clock->end - clock->first) ? room : (size_t)(clock->end - clock->first) + 1;
    status = make_stretch(&stretch, watch->pings->platforms, room);
    watch->rows = stretch.rows;
    while (step <= last && !status) {
        for (stretch.count = 0; stretch.count < room && step <= last;) {
            stretch.steps[stretch.count++] = step;
            step = step == last ? last + 1 : last - step > pace ? step + pace : last;
        }
        status = watch_stretch(watch, net, &cells, &stretch);
    }
    drop_cells(&cells);
    free(stretch.steps);
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
    watch->open.width = watch->kept.width = sizeof(Open);
}

int find_runs(const Pings *pings, const Clock *clock, const Doubt *known, size_t known_count, List *runs, List *doubts)
{
    Globe *globe = malloc(sizeof *globe);
    Net *net = NULL;
    Watch watch;
    int status = globe ? BUILT : NO_MEMORY;
    start(&watch, clock, known, known_count, runs, doubts);
    watch.pings = pings;
    if (!status && !(watch.spots = malloc((pings->platforms + 1) * sizeof *watch.spots)))
        status = NO_MEMORY;
    if (!status) {
        make_globe(globe, clock->reach);
        net = make_net(globe, pings->platforms);
        status = net ? watch_clock(&watch, net) : NO_MEMORY;
    }
    drop_net(net);
    release(&watch.close);
    release(&watch.open);
    release(&watch.kept);
    free(watch.spots);
    free(globe);
    return status;
}
