/* On which side of an edge does a point lie? Always the exact answer, nearly always at the price of a float.
 *
 * Shewchuk (1997), "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
 * Predicates": a float result larger than its error bound has the right sign. What is left over is
 * summed exactly, in fixed point wide enough for every product of two coordinates.
 */
#ifndef TRUCELINE_EXACT_H
#define TRUCELINE_EXACT_H

#include <math.h>
#include <stdint.h>

/* Coordinates larger than this are refused before they come here: the sum in exact.c is that wide. */
#define LARGEST_COORDINATE 1048576.0

/* (3 + 16e)e of Shewchuk's ccwerrboundA with e = 2^-53, and a floor for products that underflow. */
#define ORIENT_ERROR 3.3306690738754716e-16
#define ORIENT_FLOOR 1e-290

/* Sign of (b - a) x (p - a), summed exactly: 1 left of a->b, -1 right, 0 on the line. */
int orient_exactly(double ax, double ay, double bx, double by, double px, double py);

/* The sign as GEOS, the library behind Shapely, finds it: in double-double arithmetic, whose last bit is sometimes
 * wrong, and differently for a->b and b->a. For a point within 1e-16 degrees of an edge, zones follow GEOS. */
int orient_as_geos(double ax, double ay, double bx, double by, double px, double py);

/* The same sign, by the float filter where it is sure. */
static inline int orient(double ax, double ay, double bx, double by, double px, double py)
{
    double left = (bx - ax) * (py - ay);
    double right = (by - ay) * (px - ax);
    double cross = left - right;
    double bound = ORIENT_ERROR * (fabs(left) + fabs(right)) + ORIENT_FLOOR;
    if (cross > bound)
        return 1;
    if (cross < -bound)
        return -1;
    if ((bx == ax || py == ay) && (by == ay || px == ax))
        return 0; /* along an edge that runs due north or east: both products are zero */
    return orient_exactly(ax, ay, bx, by, px, py);
}

#endif
