/* Frames out of the binary stream of a Beast receiver: 0x1a, a kind, clock, signal, frame; in them 0x1a stands twice. */
#include <string.h>

#include "modes.h"

#define ESCAPE 0x1a
#define LONGEST (1 << 20) /* what is longer is taken in pieces */
#define HEAD 7            /* clock and signal */

static int is_start(const uint8_t *at, const uint8_t *end)
{
    return at + 1 < end && at[0] == ESCAPE && at[1] >= '1' && at[1] <= '4';
}

/* Where a frame ends that begins at `from`; NULL where that is not known yet. */
static const uint8_t *end_of_frame(const uint8_t *from, const uint8_t *end, int ended)
{
    const uint8_t *at = from + 2, *limit = end - from > LONGEST ? from + LONGEST : end;
    while ((at = at < limit ? memchr(at, ESCAPE, (size_t)(limit - at)) : NULL)) {
        if (at + 1 >= end)
            return ended ? at : NULL; /* its other half may still come */
        if (at[1] != ESCAPE)
            return at;
        at += 2;
    }
    return limit < end || ended ? limit : NULL;
}

/* Where bytes end that are no frame. */
static const uint8_t *end_of_junk(const uint8_t *from, const uint8_t *end, int ended)
{
    const uint8_t *at = from + 1, *limit = end - from > LONGEST ? from + LONGEST : end;
    while ((at = at < limit ? memchr(at, ESCAPE, (size_t)(limit - at)) : NULL)) {
        if (at + 1 >= end)
            return ended ? end : NULL;
        if (is_start(at, end))
            return at;
        at++;
    }
    return limit < end || ended ? limit : NULL;
}

static void read_frame(Scanner *scanner, const uint8_t *at, const uint8_t *end, FrameRow *row)
{
    uint8_t body[HEAD + 14], kind = at[1];
    size_t size = HEAD + (kind == '2' ? 7 : 14), length = 0;
    int64_t ticks = 0;
    int i;
    if (end - at >= LONGEST || kind == '1' || kind == '4') {
        row->status = end - at >= LONGEST ? JUNK : kind == '1' ? MODE_AC : RECEIVER;
        return;
    }
    for (at += 2; at < end && length <= size; at++, length++) {
        if (length < size)
            body[length] = *at;
        at += *at == ESCAPE;
    }
    if (length != size) {
        row->status = CUT;
        return;
    }
    for (i = 0; i < 6; i++)
        ticks = ticks << 8 | body[i];
    row->time_us = read_clock(scanner, ticks);
    row->length = (uint8_t)(size - HEAD);
    memcpy(row->data, body + HEAD, row->length);
}

size_t scan_beast(Scanner *scanner, const uint8_t *buffer, size_t length, size_t *at, int ended, FrameRow *out,
                  size_t room)
{
    const uint8_t *end = buffer + length, *to;
    size_t rows = 0;
    while (rows < room && *at < length) {
        const uint8_t *from = buffer + *at;
        int framed = is_start(from, end);
        if (end - from < 2 && !ended)
            break;
        to = framed ? end_of_frame(from, end, ended) : end_of_junk(from, end, ended);
        if (!to)
            break;
        memset(&out[rows], 0, sizeof *out);
        out[rows].time_us = NO_TIME;
        out[rows].at = (uint32_t)*at;
        out[rows].end = (uint32_t)(to - buffer);
        if (framed)
            read_frame(scanner, from, to, &out[rows]);
        else
            out[rows].status = JUNK;
        *at = (size_t)(to - buffer);
        rows++;
    }
    return rows;
}
