/* Lines in order: parts are joined, times found, messages decided. Every memory is bounded. */
#include <stdlib.h>
#include <string.h>

#include "nmea_log.h"

enum {
    OWN_NUMBER = 9, /* "!AIVDM,2,1": the place of the part's number */
    EARLY = 8       /* lines after which what is asked for early has come */
};

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

static void drop(Log *log, Message *message)
{
    int i;
    for (i = 0; i < message->count; i++)
        free(message->part[i].own);
    free(log->spare);
    log->spare = message;
}

/* A message, empty but for its parts' places. */
static Message *make_message(Log *log)
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

static Message **waiting(Log *log)
{
    return log->waiting.data;
}

static Pending *pending(Log *log)
{
    return log->pending.data;
}

static Message *take_waiting(Log *log)
{
    Message *first = waiting(log)[0];
    log->waiting.count--;
    memmove(waiting(log), waiting(log) + 1, log->waiting.count * sizeof(Message *));
    return first;
}

static Message *take_pending(Log *log, size_t at)
{
    Message *message = pending(log)[at].message;
    log->pending.count--;
    memmove(pending(log) + at, pending(log) + at + 1, (log->pending.count - at) * sizeof(Pending));
    return message;
}

void close_log(Log *log)
{
    while (log->pending.count)
        drop(log, take_pending(log, log->pending.count - 1));
    while (log->waiting.count)
        drop(log, take_waiting(log));
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
static int keep_part(Part *part)
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

/* Decode the messages for which no $PGHP line can come any more, now that a sentence (or the end) has come. */
static void release_waiting(Log *log, const Part *now)
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
        drop(log, first);
    }
}

static void set_station(Message *message, const uint8_t *name, size_t length)
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
static int take_message(Log *log, Message *message)
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

static void take_single(Log *log, const Part *part)
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
static void expire(Log *log, size_t at)
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
    drop(log, message);
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
    drop(log, message);
}

static void take_part(Log *log, const Part *part)
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

/* Let the parts that wait outlive the block of the caller. */
static void keep_borrowed(Log *log)
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

/* The hash of a line's message, if it will be asked for. */
static uint64_t hash_soon(const Log *log, const Line *line)
{
    int asked = !log->bounds.repeats && line->verdict > SURELY_ASIDE;
    return asked ? expect(&log->memory, line->word, line->payload_length) : 0;
}

int64_t take_lines(Log *log, const Stretch *stretch, int64_t at, int64_t most, int64_t room)
{
    int64_t enough = room - most_at_once(log), next;
    uint64_t hash[EARLY] = {0}, known;
    for (next = at; next < stretch->count && next < at + EARLY; next++)
        hash[next % EARLY] = hash_soon(log, &stretch->line[next]);
    while (at < stretch->count && log->rows < most && log->positions <= enough && !log->failed) {
        const Line *line = &stretch->line[at];
        Part part = {line, ++log->row, stretch->base + line->offset, stretch->data + line->offset + line->blanks, NULL};
        known = hash[at % EARLY];
        if (next < stretch->count) {
            hash[at % EARLY] = hash_soon(log, &stretch->line[next]);
            next++;
        }
        if (line->verdict && !log->waiting.count && !log->measured_count)
            decide_judged(log, &part, &stretch->place[line->place], known);
        else
            take_line(log, &part);
        at++;
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
