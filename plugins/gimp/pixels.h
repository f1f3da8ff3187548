/* Pixels between GIMP's buffers and plain float arrays. No GUI. */
#ifndef DCDP_GIMP_PIXELS_H
#define DCDP_GIMP_PIXELS_H

#include <dcdp.h>
#include <gegl.h>
#include <libgimp/gimp.h>

/* A packed float picture, rows from the top: 1 or 3 colours, sRGB-encoded, and straight alpha
 * last where there is any. Values outside [0, 1] are kept. */
typedef struct {
    int width, height, channels;
    gboolean alpha;
    float *data;
} Pixels;

/* Room for a picture; FALSE and `error` when there is not enough memory. */
gboolean pixels_allocate(Pixels *pixels, int width, int height, int channels, gboolean alpha,
                         GError **error);
void pixels_clear(Pixels *pixels);

/* The library's view of `pixels`, which must outlive it. */
dcdp_image pixels_describe(const Pixels *pixels);

/* Reads `area` (in the drawable's own coordinates), converted from the image's colour profile. */
gboolean pixels_read(GimpDrawable *drawable, const GeglRectangle *area, Pixels *pixels,
                     GError **error);

/* Writes `pixels` at (x, y) of `buffer`, converted to the profile of `drawable`'s image. The
 * buffer is one of `drawable`: its own or its shadow. */
void pixels_write(GeglBuffer *buffer, GimpDrawable *drawable, int x, int y, const Pixels *pixels);

/* Reads a single-channel picture: the stored values of a gray `drawable`, the luma of a coloured
 * one, times its alpha; 0 outside it. */
gboolean pixels_read_plane(GimpDrawable *drawable, const GeglRectangle *area, Pixels *plane,
                           GError **error);

/* Moves `result` back towards `original` where `weight` (one channel) is below 1. */
void pixels_blend(Pixels *result, const Pixels *original, const Pixels *weight);

#endif
