#include "pairs_ways.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pairs_sort.h"

#define RADIAN 0.017453292519943295
#define EQUATOR_M 6378137.0
#define E2 0.0066943799901413165

typedef struct {
    const Pings *tracks;
    const Search *search;
    int64_t start, end; /* of the slot at hand, microseconds */
    List spots, keys; /* boxes of tracks in slots, and Keyed: their slots */
    uint64_t *seen; /* pairs that were found: pair + 1, or 0 */
    size_t slots;
    List *pairs;
} Hunt;

/* --- boxes --- */

typedef struct {
    double west, south, east, north, bow; /* `bow`: degrees of longitude, see below */
    int any;
} Extent;

static void take(Extent *box, double lon, double lat)
{
    box->west = box->any ? fmin(box->west, lon) : lon;
    box->east = box->any ? fmax(box->east, lon) : lon;
    box->south = box->any ? fmin(box->south, lat) : lat;
    box->north = box->any ? fmax(box->north, lat) : lat;
    box->any = 1;
}

/* Tracks are set against each other on planes about their places, and between places the plane is taken as straight.
 * For two ways of x1, x2 of longitude and y1, y2 of latitude (radians) that is off by at most
 * (x1 + x2)(y1 + y2) / 8 <= ((x1 + y1)^2 + (x2 + y2)^2) / 16; each box is wider by its own part of it. */
static void take_way(Extent *box, double lon, double lat, double east, double north, double low, double high)
{
    double sum = (fabs(east) + fabs(north)) * RADIAN;
    double slant = cos(fmin(fabs(lat) + fabs(north), 89.9) * RADIAN);
    take(box, lon + low * east, lat + low * north);
    take(box, lon + high * east, lat + high * north);
    box->bow = fmax(box->bow, sum * sum / 16.0 / RADIAN / slant);
}

/* The first row of the track at or after a time. */
static size_t row_from(const Pings *tracks, uint32_t track, int64_t time)
{
    size_t low = (size_t)tracks->cuts[track], high = (size_t)tracks->cuts[track + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tracks->time[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t slot_at(const Search *search, int64_t time)
{
    int64_t slot = time / search->slot;
    return slot - (slot * search->slot > time);
}

/* Note what a track covers in a slot, and start anew. Its longitudes run on from its first. */
static int put_down(Hunt *hunt, uint32_t track, int64_t slot, Extent *box)
{
    Keyed *keyed;
    Patch *spot;
    double lon = fmod((box->west + box->east) / 2.0 + 180.0, 360.0);
    if (!box->any || slot < hunt->search->first || slot >= hunt->search->end) {
        memset(box, 0, sizeof *box);
        return BUILT;
    }
    if (!(keyed = grow(&hunt->keys, 1)) || !(spot = grow(&hunt->spots, 1)))
        return NO_MEMORY;
    keyed->key = (uint64_t)(slot - hunt->search->first);
    keyed->row = (uint32_t)(hunt->spots.count - 1);
    spot->lon = lon < 0.0 ? lon + 180.0 : lon - 180.0;
    spot->lat = (box->south + box->north) / 2.0;
    spot->half_lon = fmin((box->east - box->west) / 2.0 + box->bow + 1e-9, 360.0);
    spot->half_lat = (box->north - box->south) / 2.0 + 1e-9;
    spot->owner = track;
    memset(box, 0, sizeof *box);
    return BUILT;
}

/* The way from row i to row k, slot by slot; what it covers in the slot of row k stays in the box. */
static int take_slots(Hunt *hunt, uint32_t track, size_t i, size_t k, double lon, Extent *box)
{
    const Pings *tracks = hunt->tracks;
    const Search *search = hunt->search;
    int64_t from = tracks->time[i], span = tracks->time[k] - from, slot = slot_at(search, from);
    int64_t last = slot_at(search, tracks->time[k]);
    double east = east_of(tracks->lon[k], tracks->lon[i]), north = tracks->lat[k] - tracks->lat[i];
    for (;; slot++) {
        int64_t start = slot * search->slot, end = start + search->slot;
        double low = start > from ? (double)(start - from) / (double)span : 0.0;
        double high = end < from + span ? (double)(end - from) / (double)span : 1.0;
        take_way(box, lon, tracks->lat[i], east, north, low, high);
        if (slot == last)
            return BUILT;
        if (put_down(hunt, track, slot, box))
            return NO_MEMORY;
    }
}

static int cover(Hunt *hunt, uint32_t track)
{
    const Pings *tracks = hunt->tracks;
    const Search *search = hunt->search;
    size_t first = (size_t)tracks->cuts[track], end = (size_t)tracks->cuts[track + 1];
    size_t i = row_from(tracks, track, search->first * search->slot), k;
    Extent box = {0};
    double lon;
    i -= i > first;
    lon = i < end ? tracks->lon[i] : 0.0;
    for (; i < end && tracks->time[i] < search->end * search->slot; i++) {
        int64_t slot = slot_at(search, tracks->time[i]);
        take(&box, lon, tracks->lat[i]);
        for (k = i + 1; k + 1 < end && tracks->time[k + 1] == tracks->time[k] && tracks->time[k] > tracks->time[i];)
            k++; /* of several places at one time the last counts */
        if (k < end && tracks->time[k] > tracks->time[i] && tracks->time[k] - tracks->time[i] <= search->gap) {
            if (take_slots(hunt, track, i, k, lon, &box))
                return NO_MEMORY;
        } else if ((k >= end || slot_at(search, tracks->time[k]) != slot) && put_down(hunt, track, slot, &box)) {
            return NO_MEMORY;
        }
        lon += i + 1 < end ? east_of(tracks->lon[i + 1], tracks->lon[i]) : 0.0;
    }
    return BUILT; /* what is left in the box lies behind the last slot */
}

/* --- two tracks in one slot --- */

typedef struct {
    const Pings *tracks;
    size_t first, end, row; /* `row`: the first one after the time at hand */
    double lon, lat;
    int sure; /* its place at the time is known */
} Runner;

/* Where the track is at a time between its first ping and its last. */
static void run_to(Runner *runner, int64_t time, int64_t gap)
{
    const Pings *tracks = runner->tracks;
    size_t i;
    int64_t span;
    while (runner->row < runner->end && tracks->time[runner->row] <= time)
        runner->row++;
    i = runner->row - 1;
    runner->lon = tracks->lon[i];
    runner->lat = tracks->lat[i];
    runner->sure = tracks->time[i] == time;
    if (runner->sure || runner->row == runner->end)
        return;
    span = tracks->time[i + 1] - tracks->time[i];
    runner->sure = span <= gap;
    runner->lon += (double)(time - tracks->time[i]) / (double)span * east_of(tracks->lon[i + 1], tracks->lon[i]);
    runner->lat += (double)(time - tracks->time[i]) / (double)span * (tracks->lat[i + 1] - tracks->lat[i]);
}

static int64_t next_time(const Runner *runner, int64_t otherwise)
{
    int64_t time = runner->row < runner->end ? runner->tracks->time[runner->row] : otherwise;
    return time < otherwise ? time : otherwise;
}

/* Metres east and north from the other to the one, on the plane about both. */
static void measure(const Runner *one, const Runner *other, double *x, double *y)
{
    double middle = (one->lat + other->lat) / 2.0 * RADIAN, up = sin(middle);
    double bend = 1.0 - E2 * up * up;
    double east = fmod(one->lon - other->lon + 540.0, 360.0) - 180.0;
    *x = east * RADIAN * EQUATOR_M / sqrt(bend) * cos(middle);
    *y = (one->lat - other->lat) * RADIAN * EQUATOR_M * (1.0 - E2) / (bend * sqrt(bend));
}

/* The square of the least distance on the way from (x, y) to (u, v). */
static double least2(double x, double y, double u, double v)
{
    double dx = u - x, dy = v - y, square = dx * dx + dy * dy;
    double s = square > 0.0 ? -(x * dx + y * dy) / square : 0.0;
    s = s < 0.0 ? 0.0 : s > 1.0 ? 1.0 : s;
    x += s * dx;
    y += s * dy;
    return x * x + y * y;
}

static Runner runner_at(const Pings *tracks, uint32_t track, int64_t time)
{
    Runner runner = {tracks, (size_t)tracks->cuts[track], (size_t)tracks->cuts[track + 1], 0, 0.0, 0.0, 0};
    runner.row = row_from(tracks, track, time);
    runner.row += runner.row == runner.first;
    return runner;
}

/* Whether the two are within reach at a place of either, or between two of them, in the slot or on a way into it. */
static int come_near(const Hunt *hunt, uint32_t one, uint32_t other)
{
    const Pings *tracks = hunt->tracks;
    int64_t gap = hunt->search->gap, begin = hunt->start, finish = hunt->end, now;
    double near = hunt->search->reach * (1.0 + 1e-6) + 0.01, x, y, u, v;
    Runner a = runner_at(tracks, one, begin), b = runner_at(tracks, other, begin);
    int joined = 0;
    now = tracks->time[a.row - 1] > tracks->time[b.row - 1] ? tracks->time[a.row - 1] : tracks->time[b.row - 1];
    if (tracks->time[a.end - 1] < now || tracks->time[b.end - 1] < now)
        return 0;
    for (x = y = 0.0;; x = u, y = v) {
        int64_t later;
        run_to(&a, now, gap);
        run_to(&b, now, gap);
        measure(&a, &b, &u, &v);
        if ((a.sure && b.sure && u * u + v * v <= near * near) || (joined && least2(x, y, u, v) <= near * near))
            return 1;
        if (now >= finish || a.row == a.end || b.row == b.end)
            return 0;
        later = next_time(&a, INT64_MAX);
        later = next_time(&b, later);
        joined = tracks->time[a.row] - tracks->time[a.row - 1] <= gap &&
                 tracks->time[b.row] - tracks->time[b.row - 1] <= gap;
        now = later;
    }
}

/* --- pairs, each once --- */

static size_t slot_of(const Hunt *hunt, uint64_t pair)
{
    size_t at = (size_t)((pair ^ pair >> 29) * 0x9e3779b97f4a7c15u >> 20) & (hunt->slots - 1);
    while (hunt->seen[at] && hunt->seen[at] != pair + 1)
        at = (at + 1) & (hunt->slots - 1);
    return at;
}

static int note_pair(Hunt *hunt, uint64_t pair)
{
    uint64_t *added = grow(hunt->pairs, 1);
    size_t i;
    if (!added)
        return NO_MEMORY;
    *added = pair;
    hunt->seen[slot_of(hunt, pair)] = pair + 1;
    if (2 * hunt->pairs->count < hunt->slots)
        return BUILT;
    free(hunt->seen);
    hunt->slots *= 2;
    hunt->seen = calloc(hunt->slots, sizeof *hunt->seen);
    for (i = 0; hunt->seen && i < hunt->pairs->count; i++) {
        pair = ((const uint64_t *)hunt->pairs->data)[i];
        hunt->seen[slot_of(hunt, pair)] = pair + 1;
    }
    return hunt->seen ? BUILT : NO_MEMORY;
}

static int meet(void *self, const Patch *a, const Patch *b)
{
    Hunt *hunt = self;
    const Search *search = hunt->search;
    uint32_t one = a->owner < b->owner ? a->owner : b->owner, other = a->owner < b->owner ? b->owner : a->owner;
    uint64_t pair = (uint64_t)one << 32 | other;
    if (search->name[one] == search->name[other] ||
        (search->split && (one < search->split) == (other < search->split)) || hunt->seen[slot_of(hunt, pair)] ||
        !come_near(hunt, one, other))
        return BUILT;
    return note_pair(hunt, pair);
}

/* The boxes in order of slot, then track. */
static Patch *sort_spots(Hunt *hunt)
{
    size_t count = hunt->keys.count, i;
    Keyed *spare = malloc((count + 1) * sizeof *spare), *keyed = hunt->keys.data;
    Patch *spots = malloc((count + 1) * sizeof *spots);
    if (spots && spare) {
        if (count)
            sort_keyed(keyed, spare, count);
        for (i = 0; i < count; i++)
            spots[i] = ((const Patch *)hunt->spots.data)[keyed[i].row];
    } else {
        free(spots);
        spots = NULL;
    }
    free(spare);
    return spots;
}

static int search_slots(Hunt *hunt, const Patch *spots)
{
    const Keyed *keyed = hunt->keys.data;
    Globe *globe = malloc(sizeof *globe);
    Cells cells = {0};
    size_t i, end;
    int status = globe ? BUILT : NO_MEMORY;
    if (globe)
        make_globe(globe, hunt->search->reach * 1.001 + 0.01);
    for (i = 0; i < hunt->keys.count && !status; i = end) {
        for (end = i + 1; end < hunt->keys.count && keyed[end].key == keyed[i].key;)
            end++;
        hunt->start = (hunt->search->first + (int64_t)keyed[i].key) * hunt->search->slot;
        hunt->end = hunt->start + hunt->search->slot;
        status = join(globe, &cells, spots + i, end - i, meet, hunt);
    }
    drop_cells(&cells);
    free(globe);
    return status;
}

int find_near(const Pings *tracks, const Search *search, List *pairs)
{
    Hunt hunt = {0};
    Patch *spots = NULL;
    uint32_t track;
    int status;
    hunt.tracks = tracks;
    hunt.search = search;
    hunt.pairs = pairs;
    hunt.spots.width = sizeof(Patch);
    hunt.keys.width = sizeof(Keyed);
    hunt.slots = 4096;
    hunt.seen = calloc(hunt.slots, sizeof *hunt.seen);
    status = hunt.seen ? BUILT : NO_MEMORY;
    for (track = 0; track < tracks->platforms && !status; track++)
        status = cover(&hunt, track);
    if (!status && !(spots = sort_spots(&hunt)))
        status = NO_MEMORY;
    release(&hunt.spots);
    if (!status)
        status = search_slots(&hunt, spots);
    release(&hunt.keys);
    free(spots);
    free(hunt.seen);
    return status;
}
