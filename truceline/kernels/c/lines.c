#include "walk.h"

static void note_crossings(Walk *walk)
{
    const Hit *hits;
    size_t i;
    find_hits(walk);
    hits = walk->hits.data;
    for (i = 0; i < walk->hits.count && !walk->failed; i++) {
        Crossing *crossing = grow(&walk->stays->crossings, 1);
        if (!crossing) {
            walk->failed = 1;
            return;
        }
        crossing->platform = walk->platform;
        crossing->time = time_at(walk, hits[i].u);
        place_at(walk, hits[i].u, &crossing->lon, &crossing->lat);
        crossing->line = hits[i].zone;
        crossing->direction = hits[i].kind == RIGHTWARDS ? 1 : -1;
    }
}

/* The way from ping to ping, all of it; over the antimeridian once as seen from each side, where the other side is
 * beyond 180 degrees and has no lines. */
void cross(Walk *walk)
{
    double from = walk->from->lon, to = walk->to->lon, round = to > from ? 360.0 : -360.0;
    if (fabs(to - from) <= 180.0) {
        note_crossings(walk);
        return;
    }
    walk->to->lon = to - round;
    note_crossings(walk);
    walk->to->lon = to;
    walk->from->lon = from + round;
    note_crossings(walk);
    walk->from->lon = from;
}
