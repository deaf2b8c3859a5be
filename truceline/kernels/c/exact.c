#include "exact.h"

/* A product of two coordinates is a whole multiple of 2^-2252 (two subnormals) and below 2^41: the sum of six
 * of them is kept in words of 32 bits, each in 64 so that carries can wait until the end. */
#define LOWEST_BIT 2256
#define WORDS 76

static void add_bits(int64_t *sum, uint64_t value, int bit, int sign)
{
    int word = bit / 32, shift = bit % 32;
    uint64_t low = (value & 0xffffffffu) << shift, high = (value >> 32) << shift;
    sum[word] += sign * (int64_t)(low & 0xffffffffu);
    sum[word + 1] += sign * (int64_t)((low >> 32) + (high & 0xffffffffu));
    sum[word + 2] += sign * (int64_t)(high >> 32);
}

static void add_product(int64_t *sum, double a, double b, int sign)
{
    int ea, eb;
    uint64_t ma, mb;
    if (a == 0.0 || b == 0.0)
        return;
    if ((a < 0.0) != (b < 0.0))
        sign = -sign;
    ma = (uint64_t)ldexp(frexp(fabs(a), &ea), 53);
    mb = (uint64_t)ldexp(frexp(fabs(b), &eb), 53);
    {
        int bit = ea + eb - 106 + LOWEST_BIT;
        uint64_t a0 = ma & 0xffffffffu, a1 = ma >> 32, b0 = mb & 0xffffffffu, b1 = mb >> 32;
        add_bits(sum, a0 * b0, bit, sign);
        add_bits(sum, a0 * b1, bit + 32, sign);
        add_bits(sum, a1 * b0, bit + 32, sign);
        add_bits(sum, a1 * b1, bit + 64, sign);
    }
}

/* Carry upwards and look at the top: the sign of the whole. */
static int sign_of(int64_t *sum)
{
    const int64_t base = (int64_t)1 << 32;
    int64_t carry = 0;
    int i, some = 0;
    for (i = 0; i < WORDS; i++) {
        int64_t here = sum[i] + carry;
        int64_t rest = here % base;
        if (rest < 0)
            rest += base;
        carry = (here - rest) / base;
        some |= rest != 0;
    }
    return carry < 0 ? -1 : some || carry > 0;
}

int orient_exactly(double ax, double ay, double bx, double by, double px, double py)
{
    int64_t sum[WORDS] = {0};
    add_product(sum, bx, py, 1);
    add_product(sum, bx, ay, -1);
    add_product(sum, ax, py, -1);
    add_product(sum, by, px, -1);
    add_product(sum, by, ax, 1);
    add_product(sum, ay, px, 1);
    return sign_of(sum);
}

/* --- in pairs of floats, as GEOS does it --- */

typedef struct {
    double high, low; /* their sum is the value, `high` its nearest float */
} Pair;

static Pair two_sum(double a, double b) /* Knuth, The Art of Computer Programming 2, 4.2.2 */
{
    Pair sum;
    double b_part;
    sum.high = a + b;
    b_part = sum.high - a;
    sum.low = (b - b_part) + (a - (sum.high - b_part));
    return sum;
}

static Pair renormal(double high, double low)
{
    Pair sum;
    sum.high = high + low;
    sum.low = low + (high - sum.high);
    return sum;
}

static double upper_half(double a) /* the first 26 bits: Dekker 1971 */
{
    double c = 134217729.0 * a;
    return c - (c - a);
}

static Pair two_product(double a, double b) /* Dekker 1971 */
{
    Pair product;
    double a1 = upper_half(a), a0 = a - a1, b1 = upper_half(b), b0 = b - b1;
    product.high = a * b;
    product.low = a1 * b1 - product.high;
    product.low += a1 * b0;
    product.low += a0 * b1;
    product.low += a0 * b0;
    return product;
}

static Pair add(Pair a, Pair b)
{
    Pair high = two_sum(a.high, b.high), low = two_sum(a.low, b.low);
    Pair sum = renormal(high.high, high.low + low.high);
    return renormal(sum.high, low.low + sum.low);
}

static Pair multiply(Pair a, Pair b)
{
    Pair product = two_product(a.high, b.high);
    return renormal(product.high, product.low + (a.high * b.low + a.low * b.high));
}

int orient_as_geos(double ax, double ay, double bx, double by, double px, double py)
{
    double left = (ax - px) * (by - py), right = (ay - py) * (bx - px), cross = left - right;
    Pair one, other;
    if (fabs(cross) >= 1e-15 * fabs(left + right))
        return (cross > 0.0) - (cross < 0.0);
    one = multiply(two_sum(bx, -ax), two_sum(py, -by));
    other = multiply(two_sum(by, -ay), two_sum(px, -bx));
    other.high = -other.high;
    other.low = -other.low;
    one = add(one, other);
    return one.high != 0.0 ? (one.high > 0.0) - (one.high < 0.0) : (one.low > 0.0) - (one.low < 0.0);
}
