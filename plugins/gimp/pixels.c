#include "pixels.h"

#include "i18n.h"

#include <string.h>

gboolean pixels_allocate(Pixels *pixels, int width, int height, int channels, gboolean alpha,
                         GError **error) {
    gsize row = (gsize)width * (gsize)channels;

    *pixels = (Pixels){.width = width, .height = height, .channels = channels, .alpha = alpha};
    pixels->data = g_try_malloc_n((gsize)height, row * sizeof(float));
    if (pixels->data == NULL) {
        g_set_error(error, GIMP_PLUG_IN_ERROR, 0, _("Not enough memory for a picture of %d × %d pixels"),
                    width, height);
        return FALSE;
    }
    return TRUE;
}

void pixels_clear(Pixels *pixels) {
    g_free(pixels->data);
    *pixels = (Pixels){0};
}

dcdp_image pixels_describe(const Pixels *pixels) {
    return (dcdp_image){
        .struct_size = sizeof(dcdp_image),
        .width = pixels->width,
        .height = pixels->height,
        .channels = pixels->channels,
        .type = DCDP_F32,
        .transfer = DCDP_SRGB,
        .alpha = DCDP_STRAIGHT,
        .data = pixels->data,
    };
}

/* Channels and layer masks hold coverage, not light: their stored values are what a person sees
 * and what is restored, so they are never taken through a transfer curve. */
static const Babl *picture_format(GimpDrawable *drawable, gboolean alpha) {
    if (GIMP_IS_CHANNEL(drawable))
        return babl_format("Y float");
    if (gimp_drawable_is_gray(drawable))
        return babl_format(alpha ? "Y'A float" : "Y' float");
    return babl_format(alpha ? "R'G'B'A float" : "R'G'B' float");
}

gboolean pixels_read(GimpDrawable *drawable, const GeglRectangle *area, Pixels *pixels,
                     GError **error) {
    gboolean alpha = gimp_drawable_has_alpha(drawable);
    int colours = gimp_drawable_is_gray(drawable) ? 1 : 3;
    GeglBuffer *buffer;

    if (!pixels_allocate(pixels, area->width, area->height, colours + (alpha ? 1 : 0), alpha,
                         error))
        return FALSE;
    buffer = gimp_drawable_get_buffer(drawable);
    gegl_buffer_get(buffer, area, 1.0, picture_format(drawable, alpha), pixels->data,
                    GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    g_object_unref(buffer);
    return TRUE;
}

void pixels_write(GeglBuffer *buffer, GimpDrawable *drawable, int x, int y, const Pixels *pixels) {
    GeglRectangle area = {x, y, pixels->width, pixels->height};

    gegl_buffer_set(buffer, &area, 0, picture_format(drawable, pixels->alpha), pixels->data,
                    GEGL_AUTO_ROWSTRIDE);
    gegl_buffer_flush(buffer);
}

/* "Y'A float" or "YA float", whichever leaves the drawable's stored gray values alone. */
static const Babl *stored_format(GimpDrawable *drawable) {
    const char *encoding = babl_format_get_encoding(gimp_drawable_get_format(drawable));
    gboolean linear = GIMP_IS_CHANNEL(drawable) || strchr(encoding, '\'') == NULL;

    return babl_format(linear ? "YA float" : "Y'A float");
}

gboolean pixels_read_plane(GimpDrawable *drawable, const GeglRectangle *area, Pixels *plane,
                           GError **error) {
    gsize count = (gsize)area->width * (gsize)area->height;
    GeglBuffer *buffer;
    Pixels pairs;

    if (!pixels_allocate(&pairs, area->width, area->height, 2, TRUE, error))
        return FALSE;
    if (!pixels_allocate(plane, area->width, area->height, 1, FALSE, error)) {
        pixels_clear(&pairs);
        return FALSE;
    }
    buffer = gimp_drawable_get_buffer(drawable);
    gegl_buffer_get(buffer, area, 1.0, stored_format(drawable), pairs.data, GEGL_AUTO_ROWSTRIDE,
                    GEGL_ABYSS_NONE);
    g_object_unref(buffer);
    for (gsize i = 0; i < count; i++)
        plane->data[i] = pairs.data[2 * i] * pairs.data[2 * i + 1];
    pixels_clear(&pairs);
    return TRUE;
}

void pixels_blend(Pixels *result, const Pixels *original, const Pixels *weight) {
    gsize count = (gsize)result->width * (gsize)result->height;
    int channels = result->channels;

    for (gsize i = 0; i < count; i++) {
        float w = CLAMP(weight->data[i], 0.0f, 1.0f);
        float *to = result->data + i * (gsize)channels;
        const float *from = original->data + i * (gsize)channels;

        for (int c = 0; c < channels; c++)
            to[c] = w == 1.0f ? to[c] : from[c] + w * (to[c] - from[c]);
    }
}
