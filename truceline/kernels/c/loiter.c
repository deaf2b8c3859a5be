#include "loiter.h"

#include <math.h>

typedef struct {
    const Pings *pings;
    const Drift *drift;
    const Window *known;
    size_t known_count;
    List *stretches, *doubts;
    Stretch open;
    double fastest2; /* of the open stretch: the largest (metres a microsecond) squared; -1 when none is open */
} Drifter;

/* About the square of the metres between two places; `sure` where it is off by less than 4 % of them. The cosine is
 * Bhaskara's (7th century), off by 1 % at most up to 80 degrees. */
static inline double rough2(const Pings *pings, size_t i, size_t k, int *sure)
{
    double north = pings->lat[k] - pings->lat[i], east = east_of(pings->lon[k], pings->lon[i]);
    double middle = (pings->lat[k] + pings->lat[i]) * 0.5, square = middle * middle;
    double x = east * (32400.0 - 4.0 * square) / (32400.0 + square) * 111450.0, y = north * 111150.0;
    *sure = fabs(north) <= 1.0 && fabs(east) <= 1.0 && square <= 6241.0;
    return x * x + y * y;
}

static double exact2(const Pings *pings, size_t i, size_t k)
{
    return chord2(place_of(pings->lon[i], pings->lat[i]), place_of(pings->lon[k], pings->lat[k]));
}

static int look_up(const Drifter *drifter, int64_t left)
{
    size_t low = 0, high = drifter->known_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (drifter->known[middle].left < left)
            low = middle + 1;
        else
            high = middle;
    }
    return low < drifter->known_count && drifter->known[low].left == left ? drifter->known[low].slow != 0 : -1;
}

static int doubt(Drifter *drifter, size_t i, size_t k)
{
    const Pings *pings = drifter->pings;
    Window *asked = grow(drifter->doubts, 1);
    if (!asked)
        return -1;
    asked->left = (int64_t)i;
    asked->right = (int64_t)k;
    asked->left_lon = pings->lon[i];
    asked->left_lat = pings->lat[i];
    asked->right_lon = pings->lon[k];
    asked->right_lat = pings->lat[k];
    asked->slow = 0;
    return 0;
}

/* Whether so many metres are less than the way from ping i to ping k allows; -1 when out of memory. */
static int decide(Drifter *drifter, size_t i, size_t k, double metres)
{
    double square = exact2(drifter->pings, i, k), far = metres + DOUBT_M;
    double near = sure_chord(fmin(metres * (1.0 - 1e-12), 1e6));
    int known;
    if (square >= far * far)
        return 0;
    if (near > 0.0 && square < near * near)
        return 1;
    known = look_up(drifter, (int64_t)i);
    return known >= 0 ? known : doubt(drifter, i, k);
}

static int close_stretch(Drifter *drifter)
{
    const Pings *pings = drifter->pings;
    const Stretch *open = &drifter->open;
    Stretch *kept;
    if (drifter->fastest2 < 0.0)
        return BUILT;
    drifter->fastest2 = -1.0;
    if (pings->time[open->last] - pings->time[open->first] < drifter->drift->least)
        return BUILT;
    if (!(kept = grow(drifter->stretches, 1)))
        return NO_MEMORY;
    *kept = *open;
    return BUILT;
}

/* Take the window from ping i to ping k into the open stretch, or into a new one. */
static void take(Drifter *drifter, size_t i, size_t k, double about2, int sure)
{
    double span = (double)(drifter->pings->time[k] - drifter->pings->time[i]), speed2;
    Stretch *open = &drifter->open;
    open->last = (int64_t)k;
    if (drifter->fastest2 >= 0.0 && sure && about2 <= 0.92 * drifter->fastest2 * (span * span))
        return; /* certainly not the fastest */
    speed2 = exact2(drifter->pings, i, k) / (span * span);
    if (drifter->fastest2 < 0.0)
        open->first = (int64_t)i;
    if (speed2 > drifter->fastest2) {
        drifter->fastest2 = speed2;
        open->left = (int64_t)i;
        open->right = (int64_t)k;
    }
}

/* Pings first to end of one platform, with no long silence between them. */
static int drift_on(Drifter *drifter, size_t first, size_t end)
{
    const int64_t *time = drifter->pings->time;
    int64_t window = drifter->drift->window;
    double speed = drifter->drift->speed;
    size_t i, k = first;
    for (i = first; i < end; i++) {
        double metres, about2;
        int sure, slow;
        while (k < end && time[k] - time[i] < window)
            k++;
        if (k == end)
            break;
        metres = speed * ((double)(time[k] - time[i]) / 1e6);
        about2 = rough2(drifter->pings, i, k, &sure);
        if (sure && about2 > 1.09 * metres * metres)
            slow = 0;
        else if (sure && about2 < 0.92 * metres * metres)
            slow = 1;
        else if ((slow = decide(drifter, i, k, metres)) < 0)
            return NO_MEMORY;
        if (slow)
            take(drifter, i, k, about2, sure);
        else if (close_stretch(drifter))
            return NO_MEMORY;
    }
    return close_stretch(drifter);
}

int find_slow(const Pings *pings, const Drift *drift, size_t first, size_t end, const Window *known,
              size_t known_count, List *stretches, List *doubts)
{
    Drifter drifter = {pings, drift, known, known_count, stretches, doubts, {0, 0, 0, 0}, -1.0};
    size_t owner;
    for (owner = first; owner < end; owner++) {
        size_t start = (size_t)pings->cuts[owner], last = (size_t)pings->cuts[owner + 1], i;
        for (i = start + 1; i <= last; i++) {
            if (i < last && pings->time[i] - pings->time[i - 1] <= drift->gap)
                continue;
            if (drift_on(&drifter, start, i))
                return NO_MEMORY;
            start = i;
        }
    }
    return BUILT;
}
