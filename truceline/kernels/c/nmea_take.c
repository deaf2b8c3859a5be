/* Lines in their order: what becomes of each. */
#include <string.h>

#include "nmea_log.h"

enum { EARLY = 24 }; /* lines after which what is asked for early has come */

static void take_measured(Log *log, const Part *part)
{
    const uint8_t *station = part->text + part->line->station;
    Measured *entry;
    size_t i;
    put_aside(log, ASIDE_CLOCK, 1);
    /* Message and $PGHP line come on two ways: either may arrive some milliseconds before the other. */
    for (i = 0; i < log->waiting.count; i++) {
        Message *message = waiting(log)[i];
        if (!message->measured && message->checksum == part->line->checksum) {
            message->measured = part->line->heard;
            set_station(message, station, part->line->station_length);
            return;
        }
    }
    if (log->measured_count == MEASURED_LIMIT)
        memmove(log->measured, log->measured + 1, --log->measured_count * sizeof *entry);
    entry = &log->measured[log->measured_count++];
    entry->row = part->row;
    entry->time = part->line->heard;
    entry->target = part->line->checksum;
    entry->station_length = (uint8_t)part->line->station_length;
    memcpy(entry->station, station, part->line->station_length);
}

static void take_clock(Log *log, const Part *part)
{
    put_aside(log, ASIDE_CLOCK, 1);
    if (log->clock && part->line->heard < log->clock)
        log->clock_out_of_order = 1; /* two receivers, or a broken clock: it tells no time any more */
    log->clock = part->line->heard;
    log->clock_row = part->row;
}

static void take_line(Log *log, const Part *part)
{
    const Line *line = part->line;
    if (line->kind == EMPTY || line->kind == COMMENT) {
        put_aside(log, line->kind == EMPTY ? ASIDE_EMPTY : ASIDE_COMMENT, 1);
        return;
    }
    if (line->kind == REFUSED) {
        refuse_part(log, part, line->reason);
        return;
    }
    if (log->waiting.count)
        release_waiting(log, part);
    if (line->kind == AIS && line->total == 1)
        take_single(log, part);
    else if (line->kind == AIS)
        take_part(log, part);
    else if (line->kind == MEASURED)
        take_measured(log, part);
    else if (line->kind == CLOCK)
        take_clock(log, part);
    else
        put_aside(log, line->reason, 1);
}

int64_t most_at_once(const Log *log)
{
    return log->bounds.measured_lines + 8;
}

/* A line and what is known of it only now that it is its turn. */
static Part part_of_line(const Log *log, const Scan *scan, const uint8_t *data, const Line *line)
{
    Part part = {line, log->row, scan->base + line->offset, data + line->offset + line->blanks, NULL};
    return part;
}

static void refuse_line(Log *log, const Scan *scan, const uint8_t *data, const Line *line, int reason)
{
    Part part = part_of_line(log, scan, data, line);
    refuse_part(log, &part, (unsigned)reason);
}

/* A position whose payload is judged already and that no other line can change: whether it is a row, and of what time. */
static inline void take_judged(Log *log, const Scan *scan, const uint8_t *data, Line *line)
{
    const Bounds *bounds = &log->bounds;
    int64_t time = line->heard ? line->heard : time_by_clock(log, log->row);
    int fault;
    if (!time && !bounds->undated) {
        refuse_line(log, scan, data, line, NO_TIME);
    } else if (!bounds->repeats &&
               is_known(&log->memory, line->hash, line->word, line->payload_length, time, bounds)) {
        put_aside(log, ASIDE_AGAIN, 1);
    } else if (line->verdict == THEN_NOWHERE) {
        put_aside(log, ASIDE_NO_PLACE, 1);
    } else if ((fault = line->verdict == THEN_REFUSED ? line->reason : is_late(bounds, time)) >= 0) {
        refuse_line(log, scan, data, line, fault);
    } else {
        const uint8_t *station = data + line->offset + line->blanks + line->station;
        line->verdict = TAKEN;
        line->heard = time;
        line->taken.station = number_of_station(log, station, line->station_length);
        line->taken.place = (uint32_t)(log->positions++ - log->first);
        log->used++;
        log->rows++;
    }
}

static void take_any(Log *log, const Scan *scan, const uint8_t *data, const Line *line)
{
    Part part = part_of_line(log, scan, data, line);
    if (line->verdict == UNTOLD || log->waiting.count || log->measured_count)
        take_line(log, &part);
    else if (line->verdict == SURELY_ASIDE)
        put_aside(log, line->reason, 1);
    else
        refuse_part(log, &part, line->reason);
}

int64_t take_lines(Log *log, Scan *scan, const uint8_t *data, int64_t at, int64_t most)
{
    int64_t enough = log->first + log->places - most_at_once(log), count = (int64_t)scan->lines.count;
    int hashed = !log->bounds.repeats;
    Line *lines = scan->lines.data;
    while (at < count && log->rows < most && log->positions <= enough && !log->failed) {
        Line *line = &lines[at++];
        log->row++;
        if (hashed && at + EARLY < count)
            expect(&log->memory, line[EARLY].hash);
        if (line->verdict > SURELY_ASIDE && !log->waiting.count && !log->measured_count)
            take_judged(log, scan, data, line);
        else
            take_any(log, scan, data, line);
    }
    if (log->borrowed)
        keep_borrowed(log);
    return log->failed ? -1 : at;
}

int finish_log(Log *log)
{
    release_waiting(log, NULL);
    while (log->pending.count && !log->failed)
        expire(log, 0);
    return log->failed ? NO_MEMORY : BUILT;
}
