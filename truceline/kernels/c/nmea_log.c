/* The memory of one pass over a log, and messages that wait for their $PGHP line. Every memory is bounded. */
#include <stdlib.h>
#include <string.h>

#include "nmea_log.h"

Log *open_log(const Bounds *bounds, uint64_t seed)
{
    Log *log = calloc(1, sizeof *log);
    if (!log)
        return NULL;
    log->bounds = *bounds;
    log->pending.width = sizeof(Pending);
    log->waiting.width = sizeof(Message *);
    log->statics.width = sizeof(Static);
    log->refusals.width = sizeof(Refusal);
    log->text.width = 1;
    log->stations.width = sizeof(int64_t);
    empty_log(log);
    if (start_memory(&log->memory, bounds->heard, seed) != BUILT) {
        close_log(log);
        return NULL;
    }
    return log;
}

void drop_message(Log *log, Message *message)
{
    int i;
    for (i = 0; i < message->count; i++)
        free(message->part[i].own);
    free(log->spare);
    log->spare = message;
}

/* A message, empty but for its parts' places. */
Message *make_message(Log *log)
{
    Message *message = log->spare ? log->spare : malloc(sizeof *message);
    log->spare = NULL;
    if (message) {
        message->count = 0;
        message->checksum = 0;
        message->heard = message->arrived = message->measured = 0;
        message->station_length = 0;
    }
    return message;
}

static Message *take_waiting(Log *log)
{
    Message *first = waiting(log)[0];
    log->waiting.count--;
    memmove(waiting(log), waiting(log) + 1, log->waiting.count * sizeof(Message *));
    return first;
}

Message *take_pending(Log *log, size_t at)
{
    Message *message = pending(log)[at].message;
    log->pending.count--;
    memmove(pending(log) + at, pending(log) + at + 1, (log->pending.count - at) * sizeof(Pending));
    return message;
}

void close_log(Log *log)
{
    while (log->pending.count)
        drop_message(log, take_pending(log, log->pending.count - 1));
    while (log->waiting.count)
        drop_message(log, take_waiting(log));
    release(&log->pending);
    release(&log->waiting);
    release(&log->statics);
    release(&log->refusals);
    release(&log->text);
    release(&log->stations);
    end_memory(&log->memory);
    free(log->spare);
    free(log);
}

void empty_log(Log *log)
{
    log->statics.count = log->refusals.count = log->text.count = log->stations.count = 0;
    log->rows = log->used = log->positions = 0;
    memset(log->aside, 0, sizeof log->aside);
    memset(log->known_station, 255, sizeof log->known_station);
    log->last_station = -1;
}

/* Let a part outlive its block. */
int keep_part(Part *part)
{
    size_t length = part->line->length;
    part->own = malloc(sizeof *part->own + length);
    if (!part->own)
        return 0;
    *part->own = *part->line;
    memcpy(part->own + 1, part->text, length);
    part->line = part->own;
    part->text = (const uint8_t *)(part->own + 1);
    return 1;
}

/* Decode the messages for which no $PGHP line can come any more, now that a sentence (or the end) has come. */
void release_waiting(Log *log, const Part *now)
{
    while (log->waiting.count) {
        Message *first = waiting(log)[0];
        if (now && now->line->arrived && first->arrived) {
            int64_t apart = now->line->arrived - first->arrived;
            if ((apart < 0 ? -apart : apart) <= log->bounds.measured_time &&
                now->row - first->part[first->count - 1].row <= log->bounds.measured_lines)
                return;
        }
        take_waiting(log);
        decide(log, first);
        drop_message(log, first);
    }
}

void set_station(Message *message, const uint8_t *name, size_t length)
{
    if (!length)
        return;
    memcpy(message->station, name, length);
    message->station_length = length;
}

/* Take the time of a $PGHP line that names this message and came a little before. */
static void find_measured(Log *log, Message *message)
{
    int64_t row = message->part[0].row;
    int i, kept = 0;
    for (i = 0; i < log->measured_count; i++)
        if (row - log->measured[i].row <= log->bounds.measured_lines)
            log->measured[kept++] = log->measured[i];
    log->measured_count = kept;
    for (i = kept - 1; i >= 0; i--) {
        const Measured *entry = &log->measured[i];
        if (entry->target == message->checksum && entry->row < row) {
            message->measured = entry->time;
            set_station(message, entry->station, entry->station_length);
            memmove(&log->measured[i], &log->measured[i + 1], (size_t)(kept - i - 1) * sizeof *entry);
            log->measured_count--;
            return;
        }
    }
}

/* Decide a whole message, or let it wait for its $PGHP line; 1 when the parts' own texts are no longer the caller's. */
int take_message(Log *log, Message *message)
{
    Message *stored, **room;
    int i;
    if (log->measured_count)
        find_measured(log, message);
    if (message->measured || !message->arrived) {
        decide(log, message);
        return 0;
    }
    stored = make_message(log);
    room = stored ? grow(&log->waiting, 1) : NULL;
    if (!room) {
        free(stored);
        log->failed = 1;
        return 0;
    }
    *room = stored;
    for (i = 0; i < message->count && !log->failed; i++)
        log->failed = !message->part[i].own && !keep_part(&message->part[i]);
    if (log->failed)
        return 0;
    *stored = *message;
    return 1;
}

void take_single(Log *log, const Part *part)
{
    const Line *line = part->line;
    Message message;
    message.part[0] = *part;
    message.count = 1;
    message.checksum = line->checksum;
    message.heard = line->heard;
    message.arrived = line->arrived;
    message.measured = 0;
    message.station_length = 0;
    set_station(&message, part->text + line->station, line->station_length);
    take_message(log, &message);
}
