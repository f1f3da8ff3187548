#include "screen.h"

#include <math.h>

static guint32 to_screen(const float *pixel, const Pixels *pixels) {
    int colours = pixels->channels - (pixels->alpha ? 1 : 0);
    float alpha = pixels->alpha ? CLAMP(pixel[colours], 0.0f, 1.0f) : 1.0f;
    guint32 screen = 0;

    for (int c = 0; c < 3; c++) {
        float value = CLAMP(pixel[colours == 3 ? c : 0], 0.0f, 1.0f);

        screen = screen << 8 | (guint32)lrintf(255.0f * (value * alpha + 0.5f * (1.0f - alpha)));
    }
    return screen;
}

static guint32 *row_of(cairo_surface_t *surface, int y) {
    guchar *data = cairo_image_surface_get_data(surface);

    return (guint32 *)(void *)(data + (gsize)y * (gsize)cairo_image_surface_get_stride(surface));
}

cairo_surface_t *screen_picture(const Pixels *pixels, const GeglRectangle *area) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, area->width, area->height);

    for (int y = 0; y < area->height; y++) {
        guint32 *row = row_of(surface, y);
        gsize first = (gsize)(area->y + y) * (gsize)pixels->width + (gsize)area->x;

        for (int x = 0; x < area->width; x++)
            row[x] = to_screen(pixels->data + (first + (gsize)x) * (gsize)pixels->channels, pixels);
    }
    cairo_surface_mark_dirty(surface);
    return surface;
}

cairo_surface_t *screen_values(const float *values, int width, int height) {
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    float largest = 0.0f;

    for (int i = 0; i < width * height; i++)
        largest = MAX(largest, values[i]);
    for (int y = 0; y < height; y++) {
        guint32 *row = row_of(surface, y);

        for (int x = 0; x < width; x++) {
            float part = largest > 0.0f ? MAX(values[y * width + x], 0.0f) / largest : 0.0f;

            /* One step of light is one step on the screen, as in a kernel's picture. */
            row[x] = (guint32)lrintf(255.0f * part) * 0x010101u;
        }
    }
    cairo_surface_mark_dirty(surface);
    return surface;
}

void screen_clear(cairo_surface_t **surface) {
    if (*surface != NULL)
        cairo_surface_destroy(*surface);
    *surface = NULL;
}
