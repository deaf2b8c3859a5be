/* The payload of AIS sentences: eight characters at once. */
#ifndef TRUCELINE_NMEA_ARMOUR_H
#define TRUCELINE_NMEA_ARMOUR_H

#include <string.h>

#include "nmea.h"

#if defined(__SSE2__) && defined(__GNUC__) /* every processor of that kind has it */
#include <emmintrin.h>
#endif

#define EACH(byte) (0x0101010101010101u * (uint64_t)(byte))

static inline int same_sixteen(const uint8_t *one, const uint8_t *two)
{
#if defined(__SSE2__) && defined(__GNUC__)
    __m128i a = _mm_loadu_si128((const __m128i *)one), b = _mm_loadu_si128((const __m128i *)two);
    return _mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) == 0xffff;
#else
    uint64_t a[2], b[2];
    memcpy(a, one, sizeof a);
    memcpy(b, two, sizeof b);
    return a[0] == b[0] && a[1] == b[1];
#endif
}

/* Eight characters, the first in the highest byte. */
static inline uint64_t load(const uint8_t *text)
{
    return (uint64_t)text[0] << 56 | (uint64_t)text[1] << 48 | (uint64_t)text[2] << 40 | (uint64_t)text[3] << 32 |
           (uint64_t)text[4] << 24 | (uint64_t)text[5] << 16 | (uint64_t)text[6] << 8 | (uint64_t)text[7];
}

/* The characters from `at` to the end, fewer than eight, filled up with "0", which is 0. */
static inline uint64_t load_end(const uint8_t *text, size_t at, size_t length)
{
    uint64_t eight = 0;
    size_t count = length - at, i;
    if (at) /* eight there were before: the last eight are read, and those that are known pushed out */
        return load(text + length - CHARACTERS) << 8 * (CHARACTERS - count) | EACH('0') >> 8 * count;
    for (i = 0; i < CHARACTERS; i++)
        eight = eight << 8 | (i < count ? text[i] : '0');
    return eight;
}

/* 0 when each is a character of a payload: M.1371 has "0" to "W" (0x30 to 0x57) and "`" to "w" (0x60 to 0x77). */
static inline uint64_t faults(uint64_t eight)
{
    uint64_t from = (eight | EACH(0x80)) - EACH(0x30), beyond = (eight & EACH(0x7f)) + EACH(0x08);
    uint64_t between = (((eight ^ EACH(0x58)) & EACH(0x78)) + EACH(0x78));
    return (eight | ~from | beyond | ~between) & EACH(0x80);
}

/* The six bits of each, one after the other. */
static inline uint64_t pack(uint64_t eight)
{
    uint64_t small = (eight >> 1 & eight & EACH(0x20)) >> 2; /* 8 for those from "`" on */
    uint64_t sixes = eight - EACH(0x30) - small;
    uint64_t pairs = (sixes & 0x003f003f003f003fu) | (sixes & 0x3f003f003f003f00u) >> 2;
    uint64_t fours = (pairs & 0x00000fff00000fffu) | (pairs & 0x0fff00000fff0000u) >> 4;
    return (fours & 0xffffffu) | (fours >> 32) << 24;
}

static inline int leading_zeros(uint64_t word) /* of a word that is not 0 */
{
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_clzll(word);
#else
    int count = 0;
    for (; !(word >> 63); word <<= 1)
        count++;
    return count;
#endif
}

/* The payload from text on, as far as its first eight characters show: how many there are, and their exclusive or. */
static inline size_t read_eight(const uint8_t *text, uint64_t *eight, uint64_t *sum)
{
    uint64_t wrong, known;
    size_t count;
    *eight = load(text);
    wrong = faults(*eight);
    count = wrong ? (size_t)leading_zeros(wrong) / 8 : CHARACTERS;
    known = count == CHARACTERS ? ~(uint64_t)0 : ~(~(uint64_t)0 >> 8 * count);
    *sum ^= *eight & known;
    *eight = (*eight & known) | (EACH('0') & ~known);
    return count;
}

/* Whether the bytes are the same, and there are any. */
static inline int same_bytes(const uint8_t *one, const uint8_t *two, size_t length)
{
    size_t at;
    if (length < 16)
        return length && !memcmp(one, two, length);
    for (at = 0; at < length - 16; at += 16)
        if (!same_sixteen(one + at, two + at))
            return 0;
    return same_sixteen(one + length - 16, two + length - 16);
}

enum { ALONE = 14 }; /* "!AIVDM,1,1,,A,": where the payload begins */

/* Whether a sentence begins as almost all do: one part, no sequence, and capital letters for talker and channel. Then
 * also the exclusive or of what stands before the payload. */
#if defined(__SSE2__) && defined(__GNUC__)
static inline int is_alone(const uint8_t *text, uint64_t *sum)
{
    static const uint8_t FIXED[16] = {255, 0, 0, 255, 255, 253, 255, 255, 255, 255, 255, 255, 0, 255}; /* "M" or "O" */
    static const uint8_t SHAPE[16] = {'!', 0, 0, 'V', 'D', 'M', ',', '1', ',', '1', ',', ',', 0, ','};
    static const uint8_t SUMMED[16] = {0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    enum { LETTERS = 1 << 1 | 1 << 2 | 1 << 12 };
    __m128i all = _mm_loadu_si128((const __m128i *)text), from = _mm_sub_epi8(all, _mm_set1_epi8('A'));
    __m128i fixed = _mm_and_si128(all, _mm_loadu_si128((const __m128i *)FIXED));
    int shaped = _mm_movemask_epi8(_mm_cmpeq_epi8(fixed, _mm_loadu_si128((const __m128i *)SHAPE)));
    int capital = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(25)), from));
    uint64_t half[2];
    _mm_storeu_si128((__m128i *)half, _mm_and_si128(all, _mm_loadu_si128((const __m128i *)SUMMED)));
    *sum = half[0] ^ half[1];
    return shaped == 0xffff && (capital & LETTERS) == LETTERS;
}
#else
static inline int is_alone(const uint8_t *text, uint64_t *sum)
{
    const uint64_t tops = 0x808080;
    uint64_t front = load(text), back = load(text + ALONE - 8);
    uint64_t letters = (front >> 32 & 0xffff00) | (back >> 8 & 0xff);
    *sum = (front << 8) ^ (back << 16);
    return (front & 0xff0000fffffdffffu) == 0x21000056444d2c31u && (back & 0xffffffffffff00ffu) == 0x2c312c312c2c002cu &&
           ((letters | ~((letters | tops) - 0x414141) | ((letters & 0x7f7f7f) + 0x252525)) & tops) == 0;
}
#endif

/* The same of the first 32, which become words, 0 before: sixteen at once where the processor can, or eight. */
#if defined(__SSE2__) && defined(__GNUC__)
static inline __m128i sixes_of(__m128i text, __m128i *right)
{
    __m128i low = _mm_sub_epi8(text, _mm_set1_epi8(0x30)), high = _mm_sub_epi8(text, _mm_set1_epi8(0x60));
    __m128i is_low = _mm_cmpeq_epi8(_mm_min_epu8(low, _mm_set1_epi8(0x27)), low);
    __m128i is_high = _mm_cmpeq_epi8(_mm_min_epu8(high, _mm_set1_epi8(0x17)), high);
    *right = _mm_or_si128(is_low, is_high);
    return _mm_sub_epi8(low, _mm_and_si128(is_high, _mm_set1_epi8(8)));
}

static inline __m128i pack_sixteen(__m128i sixes)
{
    __m128i first = _mm_and_si128(sixes, _mm_set1_epi16(0xff));
    __m128i twos = _mm_or_si128(_mm_slli_epi16(first, 6), _mm_srli_epi16(sixes, 8));
    __m128i fours = _mm_madd_epi16(twos, _mm_set1_epi32(1 << 16 | 1 << 12));
    return _mm_or_si128(_mm_srli_epi64(_mm_slli_epi64(fours, 32), 8), _mm_srli_epi64(fours, 32));
}

static inline size_t read_words(const uint8_t *text, uint64_t *word, uint64_t *sum)
{
    static const uint8_t KEPT[64] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    __m128i one = _mm_loadu_si128((const __m128i *)text), two = _mm_loadu_si128((const __m128i *)(text + 16));
    __m128i right_one, right_two, six_one = sixes_of(one, &right_one), six_two = sixes_of(two, &right_two), all;
    uint64_t right = (uint64_t)_mm_movemask_epi8(right_one) | (uint64_t)_mm_movemask_epi8(right_two) << 16, half[2];
    size_t count = (size_t)__builtin_ctzll(~right);
    __m128i kept_one = _mm_loadu_si128((const __m128i *)(KEPT + 32 - count));
    __m128i kept_two = _mm_loadu_si128((const __m128i *)(KEPT + 48 - count));
    _mm_storeu_si128((__m128i *)word, pack_sixteen(_mm_and_si128(six_one, kept_one)));
    _mm_storeu_si128((__m128i *)(word + 2), pack_sixteen(_mm_and_si128(six_two, kept_two)));
    all = _mm_xor_si128(_mm_and_si128(one, kept_one), _mm_and_si128(two, kept_two));
    _mm_storeu_si128((__m128i *)half, all);
    *sum ^= half[0] ^ half[1];
    return count;
}
#else
static inline size_t read_words(const uint8_t *text, uint64_t *word, uint64_t *sum)
{
    uint64_t eight;
    size_t count = 0, at, more = CHARACTERS;
    for (at = 0; at < LINE_WORDS && more == CHARACTERS; at++) {
        more = read_eight(text + count, &eight, sum);
        word[at] = pack(eight);
        count += more;
    }
    return count;
}
#endif

#endif
