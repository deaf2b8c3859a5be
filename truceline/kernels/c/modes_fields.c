/* Fields of an extended squitter, each as the reference reads it. Bits: ICAO Doc 9871, RTCA DO-260B. */
#include <math.h>
#include <string.h>

#include "modes.h"

#define DEGREES (180.0 / 3.141592653589793)

static uint32_t by_byte[4][256]; /* the remainder of a byte that 0 to 3 bytes follow */

__attribute__((constructor)) static void fill_remainders(void)
{
    uint32_t byte, value;
    int k;
    for (byte = 0; byte < 256; byte++) {
        value = byte << 16;
        for (k = 0; k < 8; k++)
            value = (value << 1) ^ (value & 0x800000 ? 0x1fff409 : 0);
        by_byte[0][byte] = value & 0xffffff;
    }
    for (k = 1; k < 4; k++)
        for (byte = 0; byte < 256; byte++) {
            value = by_byte[k - 1][byte];
            by_byte[k][byte] = ((value << 8) & 0xffffff) ^ by_byte[0][value >> 16];
        }
}

uint32_t remainder_of(const uint8_t *frame)
{
    uint32_t value = 0;
    int i;
    for (i = 0; i < 8; i += 4) /* four bytes at a time */
        value = by_byte[3][(value >> 16) ^ frame[i]] ^ by_byte[2][(value >> 8 & 255) ^ frame[i + 1]] ^
                by_byte[1][(value & 255) ^ frame[i + 2]] ^ by_byte[0][frame[i + 3]];
    for (; i < 11; i++)
        value = ((value << 8) & 0xffffff) ^ by_byte[0][(value >> 16) ^ frame[i]];
    return value ^ ((uint32_t)frame[11] << 16 | (uint32_t)frame[12] << 8 | frame[13]);
}

static unsigned bit(uint32_t code, int at, int to)
{
    return (code >> at & 1) << to;
}

static int32_t unreflect(unsigned value)
{
    unsigned shift;
    for (shift = value >> 1; shift; shift >>= 1)
        value ^= shift;
    return (int32_t)value;
}

/* Order of the bits: C1 A1 C2 A2 C4 A4 B1 Q B2 D2 B4 D4. */
static int32_t read_gillham(uint32_t code)
{
    int32_t fives = unreflect(bit(code, 2, 7) | bit(code, 0, 6) | bit(code, 10, 5) | bit(code, 8, 4) |
                              bit(code, 6, 3) | bit(code, 5, 2) | bit(code, 3, 1) | bit(code, 1, 0));
    int32_t ones = unreflect(bit(code, 11, 2) | bit(code, 9, 1) | bit(code, 7, 0));
    if (ones == 0 || ones == 5 || ones == 6)
        return NO_NUMBER;
    if (ones == 7)
        ones = 5;
    return fives * 500 + (fives % 2 ? 6 - ones : ones) * 100 - 1300;
}

int32_t read_altitude_ft(uint64_t message)
{
    uint32_t code = message >> 36 & 0xfff;
    if (!code)
        return NO_NUMBER;
    if (code & 0x10)
        return (int32_t)((code & 0xfe0) >> 1 | (code & 0xf)) * 25 - 1000;
    return read_gillham(code);
}

double read_movement_kn(uint64_t message)
{
    static const struct {
        int first;
        double speed, step;
    } rows[] = {{109, 100.0, 5.0}, {94, 70.0, 2.0}, {39, 15.0, 1.0}, {13, 2.0, 0.5}, {9, 1.0, 0.25}, {2, 0.125, 0.125}};
    int code = (int)(message >> 44 & 0x7f), i = 0;
    if (code == 1)
        return 0.0;
    if (code < 2 || code > 123)
        return NAN;
    while (code < rows[i].first)
        i++;
    return rows[i].speed + (code - rows[i].first) * rows[i].step;
}

int read_velocity(uint64_t message, float *speed_kn, float *course_deg)
{
    int kind = (int)(message >> 48 & 7), east = (int)(message >> 32 & 0x3ff), north = (int)(message >> 21 & 0x3ff);
    int factor = kind == 2 ? 4 : 1, x, y;
    if ((kind != 1 && kind != 2) || !east || !north || east == 1023 || north == 1023) /* none, or beyond the scale */
        return 0;
    x = (east - 1) * factor * (message >> 42 & 1 ? -1 : 1);
    y = (north - 1) * factor * (message >> 31 & 1 ? -1 : 1);
    *speed_kn = (float)sqrt((double)(x * x + y * y));
    *course_deg = (float)floor_mod(atan2(x, y) * DEGREES, 360.0);
    return 1;
}

/* Vertical rate, height above the ellipsoid less barometric altitude, and accuracy, of a velocity. */
void read_rates(uint64_t message, Squitter *out)
{
    int kind = (int)(message >> 48 & 7), rate = (int)(message >> 10 & 0x1ff), difference = (int)(message & 0x7f);
    if (kind < 1 || kind > 4)
        return;
    out->nac_v = message >> 43 & 7;
    if (rate && rate < 0x1ff)
        out->vertical_rate_ft_min = (int16_t)((rate - 1) * 64 * (message >> 19 & 1 ? -1 : 1));
    if (difference && difference < 0x7f)
        out->geometric_minus_barometric_ft = (int16_t)((difference - 1) * 25 * (message >> 7 & 1 ? -1 : 1));
}

/* Version of the standard and, from version 1, what the aircraft says of its own accuracy. */
void read_status(uint64_t message, Squitter *out)
{
    if ((message >> 48 & 7) > 1)
        return;
    out->version = message >> 13 & 7;
    if (!out->version)
        return;
    out->nac_p = message >> 8 & 0xf;
    out->sil = message >> 4 & 3;
}

int read_callsign(uint64_t message, char *out)
{
    static const char letters[] = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######";
    int i, length = 8;
    for (i = 0; i < 8; i++)
        out[i] = letters[message >> (42 - 6 * i) & 0x3f];
    while (length && out[length - 1] == ' ')
        out[--length] = 0;
    if (length && !memchr(out, '#', (size_t)length))
        return 1;
    memset(out, 0, 8);
    return 0;
}
