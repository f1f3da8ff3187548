#include "source.h"

#include <gegl.h>
#include <string.h>

/* Rows that are compared at a time. */
#define ROWS 256

/* What was found out last. */
static int known_id = -1;
static GBytes *known; /* NULL: not a JPEG file, or changed since */

static GBytes *read_jpeg(GFile *file) {
    static const guchar start[] = {0xff, 0xd8, 0xff};
    GBytes *bytes = g_file_load_bytes(file, NULL, NULL, NULL);

    if (bytes != NULL &&
        (g_bytes_get_size(bytes) < sizeof start ||
         memcmp(g_bytes_get_data(bytes, NULL), start, sizeof start) != 0))
        g_clear_pointer(&bytes, g_bytes_unref);
    return bytes;
}

static gboolean rows_are_equal(GeglBuffer *one, GeglBuffer *other, const GeglRectangle *rows,
                               const Babl *format) {
    gsize size = (gsize)rows->width * (gsize)rows->height *
                 (gsize)babl_format_get_bytes_per_pixel(format);
    guchar *first = g_malloc(size), *second = g_malloc(size);
    gboolean equal;

    gegl_buffer_get(one, rows, 1.0, format, first, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    gegl_buffer_get(other, rows, 1.0, format, second, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    equal = memcmp(first, second, size) == 0;
    g_free(first);
    g_free(second);
    return equal;
}

static gboolean pixels_are_equal(GimpDrawable *one, GimpDrawable *other) {
    int width = gimp_drawable_get_width(one), height = gimp_drawable_get_height(one);
    const Babl *format = gimp_drawable_get_format(one);
    gboolean equal = width == gimp_drawable_get_width(other) &&
                     height == gimp_drawable_get_height(other) &&
                     format == gimp_drawable_get_format(other);

    if (equal) {
        GeglBuffer *first = gimp_drawable_get_buffer(one);
        GeglBuffer *second = gimp_drawable_get_buffer(other);

        for (int y = 0; y < height && equal; y += ROWS) {
            GeglRectangle rows = {0, y, width, MIN(ROWS, height - y)};

            equal = rows_are_equal(first, second, &rows, format);
        }
        g_object_unref(first);
        g_object_unref(second);
    }
    return equal;
}

/* GIMP itself opens the file once more, so that the same decoder makes the pixels that are compared. */
static gboolean is_still(GimpDrawable *drawable, GFile *file) {
    GimpImage *image = gimp_file_load(GIMP_RUN_NONINTERACTIVE, file);
    gboolean equal = FALSE;

    if (image == NULL)
        return FALSE;
    gimp_image_policy_rotate(image, FALSE);
    {
        GimpLayer **layers = gimp_image_get_layers(image);

        if (layers != NULL && layers[0] != NULL)
            equal = pixels_are_equal(drawable, GIMP_DRAWABLE(layers[0]));
        g_free(layers);
    }
    gimp_image_delete(image);
    return equal;
}

/* Its coefficients are those of sRGB codes; other profiles are converted from. */
static gboolean is_srgb(GimpDrawable *drawable) {
    return babl_format_get_space(gimp_drawable_get_format(drawable)) == babl_space("sRGB");
}

GBytes *source_jpeg(GimpDrawable *drawable) {
    int id = gimp_item_get_id(GIMP_ITEM(drawable));
    GFile *file;

    if (id == known_id)
        return known;
    source_forget();
    known_id = id;
    if (!GIMP_IS_LAYER(drawable) || !is_srgb(drawable))
        return NULL;
    file = gimp_image_get_imported_file(gimp_item_get_image(GIMP_ITEM(drawable)));
    if (file == NULL)
        return NULL;
    known = read_jpeg(file);
    if (known != NULL && !is_still(drawable, file))
        g_clear_pointer(&known, g_bytes_unref);
    g_object_unref(file);
    return known;
}

void source_forget(void) {
    g_clear_pointer(&known, g_bytes_unref);
    known_id = -1;
}
