/* Messages in several lines: parts that wait for the others. */
#include <stdlib.h>
#include <string.h>

#include "nmea_log.h"

enum { OWN_NUMBER = 9 }; /* "!AIVDM,2,1": the place of the part's number */

/* What the parts say together; what the first does not say, a later one may. */
static void sum_up(Message *message)
{
    int i;
    for (i = 0; i < message->count; i++) {
        const Line *line = message->part[i].line;
        message->checksum ^= line->checksum;
        message->heard = message->heard ? message->heard : line->heard;
        message->arrived = message->arrived ? message->arrived : line->arrived;
        if (!message->station_length && line->station_length) {
            message->station_length = line->station_length;
            memcpy(message->station, message->part[i].text + line->station, line->station_length);
        }
    }
}

/* Whose part it is: its group or, without one, its station. */
static const uint8_t *origin_of(const Part *part, size_t *length)
{
    const Line *line = part->line;
    *length = line->group_length ? line->group_length : line->station_length;
    return part->text + (line->group_length ? line->group : line->station);
}

/* Bytes that are no ASCII count as one and the same: so they read in the tables. */
static uint8_t folded(uint8_t c)
{
    return c > 127 ? 128 : c;
}

static int same_origin(const Part *a, const Part *b)
{
    size_t length, other, i;
    const uint8_t *one = origin_of(a, &length), *two = origin_of(b, &other);
    if (length != other)
        return 0;
    for (i = 0; i < length; i++)
        if (folded(one[i]) != folded(two[i]))
            return 0;
    return 1;
}

static size_t header_length(const Line *line)
{
    return line->payload - line->body - 1u;
}

/* Tag, number of parts, sequence and channel: all of the header but the part's own number, which is one digit. */
static int same_header(const Part *a, const Part *b)
{
    const uint8_t *one = a->text + a->line->body, *two = b->text + b->line->body;
    size_t length = header_length(a->line);
    return length == header_length(b->line) && !memcmp(one, two, OWN_NUMBER) &&
           !memcmp(one + OWN_NUMBER + 1, two + OWN_NUMBER + 1, length - OWN_NUMBER - 1);
}

static uint64_t key_of(const Part *part)
{
    const uint8_t *header = part->text + part->line->body;
    size_t length, i;
    const uint8_t *origin = origin_of(part, &length);
    uint64_t key;
    memcpy(&key, header, sizeof key);
    key *= 1099511628211u; /* the rest as FNV-1a */
    for (i = OWN_NUMBER + 1; i < header_length(part->line); i++)
        key = (key ^ header[i]) * 1099511628211u;
    for (i = 0; i < length; i++)
        key = (key ^ folded(origin[i])) * 1099511628211u;
    return key;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* Whether a part comes near enough to the others to be of the same message, and is not there yet. */
static int belongs(const Log *log, const Message *message, const Part *part)
{
    const Part *first = &message->part[0];
    int i;
    for (i = 0; i < message->count; i++)
        if (message->part[i].line->number == part->line->number)
            return 0;
    if (part->row - first->row > log->bounds.part_lines)
        return 0;
    return !first->line->heard || !part->line->heard ||
           distance(first->line->heard, part->line->heard) <= log->bounds.part_time;
}

/* Refuse an incomplete message. */
void expire(Log *log, size_t at)
{
    Message *message = take_pending(log, at);
    unsigned missing = 1, total = message->part[0].line->total;
    int i;
    for (i = 0; i < message->count; i++)
        if (message->part[i].line->number == missing) {
            missing++;
            i = -1;
        }
    for (i = 0; i < message->count; i++)
        refuse_part(log, &message->part[i], PART_MISSING + 10 * missing + total);
    drop_message(log, message);
}

static Message *pending_for(Log *log, const Part *part)
{
    uint64_t key = key_of(part);
    size_t at;
    Pending *room;
    Message *message;
    for (at = 0; at < log->pending.count; at++) {
        message = pending(log)[at].message;
        if (pending(log)[at].key != key || !same_header(&message->part[0], part) ||
            !same_origin(&message->part[0], part))
            continue;
        if (belongs(log, message, part))
            return message;
        expire(log, at);
        break;
    }
    message = make_message(log);
    room = message ? grow(&log->pending, 1) : NULL;
    if (!room) {
        free(message);
        log->failed = 1;
        return NULL;
    }
    room->key = key;
    return room->message = message;
}

static void put_in_order(Message *message)
{
    int i, to;
    for (i = 1; i < message->count; i++) {
        Part part = message->part[i];
        for (to = i; to && message->part[to - 1].line->number > part.line->number; to--)
            message->part[to] = message->part[to - 1];
        message->part[to] = part;
    }
}

static void complete(Log *log, Message *message)
{
    size_t at = 0;
    while (pending(log)[at].message != message)
        at++;
    take_pending(log, at);
    put_in_order(message);
    sum_up(message);
    if (take_message(log, message))
        message->count = 0;
    drop_message(log, message);
}

void take_part(Log *log, const Part *part)
{
    Message *message = pending_for(log, part);
    if (!message)
        return;
    message->part[message->count++] = *part;
    log->borrowed = 1;
    if (message->count == part->line->total)
        complete(log, message);
    while (log->pending.count) {
        const Message *oldest = pending(log)[0].message;
        if ((int64_t)log->pending.count <= log->bounds.pending &&
            part->row - oldest->part[0].row <= log->bounds.part_lines)
            return;
        expire(log, 0);
    }
}

/* Let the parts that wait outlive the block of the caller. */
void keep_borrowed(Log *log)
{
    size_t at;
    int i;
    for (at = 0; at < log->pending.count; at++)
        for (i = 0; i < pending(log)[at].message->count; i++) {
            Part *part = &pending(log)[at].message->part[i];
            if (!part->own && !keep_part(part))
                log->failed = 1;
        }
    log->borrowed = 0;
}
