/* Whole messages are decided: a row, set aside with a reason, or refused with one. */
#include <math.h>
#include <string.h>

#include "nmea_log.h"

/* Keep bytes in the batch's text; where they begin, or -1. */
static int64_t keep_text(Log *log, const uint8_t *text, size_t length)
{
    int64_t at = (int64_t)log->text.count;
    void *room = grow(&log->text, length);
    if (!room) {
        log->failed = 1;
        return -1;
    }
    memcpy(room, text, length);
    return at;
}

void refuse_part(Log *log, const Part *part, unsigned reason)
{
    size_t length = part->line->length < FOUND_LIMIT ? part->line->length : FOUND_LIMIT;
    int64_t found = keep_text(log, part->text, length);
    Refusal *refusal = grow(&log->refusals, 1);
    log->rows++;
    if (!refusal || found < 0) {
        log->failed = 1;
        return;
    }
    memset(refusal, 0, sizeof *refusal);
    refusal->row = part->row;
    refusal->offset = part->offset;
    refusal->reason = reason;
    refusal->found = found;
    refusal->length = (uint32_t)length;
}

static void refuse_all(Log *log, const Message *message, unsigned reason)
{
    int i;
    for (i = 0; i < message->count; i++)
        refuse_part(log, &message->part[i], reason);
}

static int is_station(const Log *log, int32_t number, const uint8_t *name, size_t length)
{
    const int64_t *entry;
    if (number < 0)
        return 0;
    entry = (const int64_t *)log->stations.data + 2 * number;
    return entry[1] == (int64_t)length && !memcmp((uint8_t *)log->text.data + entry[0], name, length);
}

/* It may have several numbers. */
static int32_t look_up_station(Log *log, const uint8_t *name, size_t length)
{
    uint32_t hash = 2166136261u;
    int64_t *entry;
    int32_t *known;
    int64_t at;
    size_t i;
    for (i = 0; i < length; i++)
        hash = (hash ^ name[i]) * 16777619u;
    known = &log->known_station[(hash ^ hash >> 15) & 255];
    if (is_station(log, *known, name, length))
        return *known;
    at = keep_text(log, name, length);
    entry = grow(&log->stations, 2);
    if (at < 0 || !entry) {
        log->failed = 1;
        return -1;
    }
    entry[0] = at;
    entry[1] = (int64_t)length;
    return *known = (int32_t)(log->stations.count / 2 - 1);
}

int32_t find_station(Log *log, const uint8_t *name, size_t length)
{
    if (!is_station(log, log->last_station, name, length))
        log->last_station = look_up_station(log, name, length);
    return log->last_station;
}

/* The payloads of all parts as one, as far as messages in use reach; returns the number of characters of all. */
static size_t join_payloads(const Message *message, uint64_t *word)
{
    uint8_t joined[CHARACTERS * WORDS] = {0};
    size_t total = 0, kept = 0;
    int i;
    for (i = 0; i < message->count; i++) {
        const Line *line = message->part[i].line;
        size_t room = sizeof joined - kept, take = line->payload_length < room ? line->payload_length : room;
        memcpy(joined + kept, message->part[i].text + line->payload, take);
        kept += take;
        total += line->payload_length;
    }
    unarmour(joined, kept, word, WORDS);
    return total;
}

/* What the message's lines say of its time, or the receiver's clock lines do; 0: nothing. */
static int64_t time_of(const Log *log, const Message *message)
{
    if (message->measured)
        return message->measured;
    if (message->heard)
        return message->heard;
    if (log->bounds.arrival_is_measured && message->arrived)
        return message->arrived;
    return time_by_clock(log, message->part[0].row);
}

/* When it reached the logger, where that is said and is not its time. */
static int64_t arrival_of(const Message *message, int64_t time)
{
    int64_t arrived = !message->arrived && message->measured ? message->heard : message->arrived;
    return arrived == time ? 0 : arrived;
}

static void add_static(Log *log, const Message *message, const uint64_t *word, unsigned type, size_t length)
{
    Static *found = grow(&log->statics, 1);
    if (!found) {
        log->failed = 1;
        return;
    }
    memset(found, 0, sizeof *found);
    found->row = message->part[0].row;
    found->offset = message->part[0].offset;
    found->before = log->positions;
    find_static(word, type, length, found);
}

static void use(Log *log, const Message *message)
{
    log->used += message->count;
    log->rows += message->count;
}

/* What a position's lines say beside its payload. */
static void complete(Log *log, const Message *message, int64_t time, Position *position)
{
    position->station = number_of_station(log, message->station, message->station_length);
    position->row = message->part[0].row;
    position->offset = message->part[0].offset;
    position->time = time;
    position->received = arrival_of(message, time);
    position->parts = (uint8_t)message->count;
    position->flags |= message->part[0].line->unchecked ? UNCHECKED : 0;
    use(log, message);
}

/* The row is written where it is to stay, and stays there if it is one: to copy it would cost more. */
static void add_position(Log *log, const Message *message, const uint64_t *word, unsigned type, int64_t time)
{
    Position *position = &log->room[log->positions - log->first];
    int fault;
    clear_sixteens(position, sizeof *position);
    if (find_position(word, type, position)) {
        fault = fault_of(position);
        fault = fault < 0 ? is_late(&log->bounds, time) : fault;
        if (fault < 0) {
            complete(log, message, time, position);
            log->positions++;
            return;
        }
        refuse_all(log, message, (unsigned)fault);
    } else if (is_static(type)) {
        use(log, message);
    } else {
        put_aside(log, ASIDE_NO_PLACE, message->count);
    }
}

static void write_message(Log *log, const Message *message, const uint64_t *word, unsigned type, size_t length,
                          int64_t time)
{
    if (is_static(type))
        add_static(log, message, word, type, length);
    if (is_position(type))
        add_position(log, message, word, type, time);
    else
        use(log, message);
}

static int was_heard(Log *log, const uint64_t *word, uint32_t characters, int64_t time)
{
    uint32_t hash = hash_of(log->memory.key, word, characters);
    return is_known(&log->memory, hash, word, characters, time, &log->bounds);
}

void decide(Log *log, Message *message)
{
    const Line *last = message->part[message->count - 1].line;
    uint64_t joined[WORDS];
    const uint64_t *word = joined;
    size_t characters, length;
    unsigned type;
    int64_t time;
    if (message->count == 1 && last->payload_length <= CHARACTERS * LINE_WORDS) {
        word = last->word;
        characters = last->payload_length;
    } else {
        characters = join_payloads(message, joined);
    }
    if (!characters) {
        refuse_all(log, message, WITHOUT_PAYLOAD);
        return;
    }
    type = (unsigned)(word[0] >> (WORD - 6));
    length = 6 * characters - last->fill;
    time = time_of(log, message);
    if (!right_length(type, length))
        refuse_all(log, message, WRONG_LENGTH);
    else if (!is_position(type) && !is_static(type))
        put_aside(log, (int)(TYPE_UNUSED + type), message->count);
    else if (!time && is_position(type) && !log->bounds.undated)
        refuse_all(log, message, NO_TIME);
    else if (!log->bounds.repeats && was_heard(log, word, (uint32_t)characters, time))
        put_aside(log, ASIDE_AGAIN, message->count);
    else if (type == 24 && part_of(word) > 1)
        refuse_all(log, message, NOT_DECODABLE);
    else if (mmsi_of(word) < 1 || mmsi_of(word) > 999999999)
        refuse_all(log, message, MMSI_NOT_VALID);
    else
        write_message(log, message, word, type, length, time);
}
