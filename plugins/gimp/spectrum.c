#include "spectrum.h"

#include "i18n.h"
#include "parameters.h"
#include "pixels.h"

#include <math.h>

/* Numbers for one frequency: the entries YY, YA, YB, AA, AB, BB. */
#define ENTRIES 6
#define FREQUENCIES (DCDP_NOISE_SPECTRUM_LENGTH / ENTRIES)
/* As the library judges: how far entries may be from white or gray, relative to the variance. */
#define ROUNDING 1e-5
/* What is measured at most of a selection: a side of its middle, in pixels. */
#define MEASURED_SIDE 1536

/* How many numbers `text` begins with, at most so many as `values` takes; the rest of it in `end`. */
static guint read_numbers(const char *text, float *values, const char **end) {
    guint count = 0;

    for (*end = text; count < DCDP_NOISE_SPECTRUM_LENGTH; count++) {
        char *after;
        double value = g_ascii_strtod(*end, &after);

        if (after == *end)
            break;
        values[count] = (float)value;
        *end = after;
    }
    while (g_ascii_isspace(**end))
        (*end)++;
    return count;
}

gboolean spectrum_read(GObject *config, float *values) {
    char *text = parameters_dup_string(config, ARG_NOISE_SPECTRUM);
    const char *end;
    gboolean whole = read_numbers(text, values, &end) == DCDP_NOISE_SPECTRUM_LENGTH && *end == '\0';

    g_free(text);
    return whole;
}

void spectrum_write(GObject *config, const float *values) {
    GString *text = g_string_new(NULL);
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    for (guint i = 0; i < DCDP_NOISE_SPECTRUM_LENGTH; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                               g_ascii_formatd(number, sizeof number, "%.9g", (double)values[i]));
    g_object_set(config, ARG_NOISE_SPECTRUM, text->str, NULL);
    g_string_free(text, TRUE);
}

void spectrum_clear(GObject *config) {
    g_object_set(config, ARG_NOISE_SPECTRUM, "", NULL);
}

static gboolean is_near(double value, double wanted, double variance) {
    return fabs(value - wanted) <= ROUNDING * variance;
}

gboolean spectrum_info(GObject *config, dcdp_noise_info *info) {
    float values[DCDP_NOISE_SPECTRUM_LENGTH];
    gboolean white = TRUE, gray = TRUE;
    double variance = 0.0;

    if (!spectrum_read(config, values))
        return FALSE;
    for (guint i = 0; i < DCDP_NOISE_SPECTRUM_LENGTH; i += ENTRIES)
        variance += (double)values[i] + (double)values[i + 3] + (double)values[i + 5];
    variance /= 3.0 * FREQUENCIES;
    for (guint i = 0; i < DCDP_NOISE_SPECTRUM_LENGTH; i++) {
        guint entry = i % ENTRIES;
        gboolean diagonal = entry == 0 || entry == 3 || entry == 5;

        white = white && is_near(values[i], diagonal ? variance : 0.0, variance);
        gray = gray && (entry == 0 || is_near(values[i], 0.0, variance));
    }
    *info = (dcdp_noise_info){.struct_size = sizeof *info, .sigma = sqrt(variance)};
    info->kind = variance == 0.0 ? DCDP_NOISE_NONE
                 : white         ? DCDP_NOISE_WHITE
                 : gray          ? DCDP_NOISE_GRAY
                                 : DCDP_NOISE_COLOURED;
    return TRUE;
}

gboolean spectrum_to_options(GObject *config, dcdp_options *options, GError **error) {
    float values[DCDP_NOISE_SPECTRUM_LENGTH];
    char *text = parameters_dup_string(config, ARG_NOISE_SPECTRUM);
    const char *end;
    guint count = read_numbers(text, values, &end);
    gboolean empty = count == 0 && *end == '\0';
    gboolean fine = empty || *end == '\0';

    if (!fine)
        g_set_error(error, GIMP_PLUG_IN_ERROR, 0,
                    ARG_NOISE_SPECTRUM ": \"%.20s\" follows %u numbers; %d numbers are allowed", end,
                    count, DCDP_NOISE_SPECTRUM_LENGTH);
    else if (!empty && dcdp_options_set_noise_spectrum(options, values, count) != DCDP_OK) {
        g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0, dcdp_last_error());
        fine = FALSE;
    }
    g_free(text);
    return fine;
}

/* The selected part of `drawable`, or the middle of it when that is very large, in its own coordinates. */
static gboolean selected_part(GimpDrawable *drawable, GeglRectangle *area) {
    int x, y, width, height;

    if (!gimp_drawable_mask_intersect(drawable, &x, &y, &width, &height))
        return FALSE;
    *area = (GeglRectangle){x, y, MIN(width, MEASURED_SIDE), MIN(height, MEASURED_SIDE)};
    area->x += (width - area->width) / 2;
    area->y += (height - area->height) / 2;
    return TRUE;
}

/* 1 where nothing is selected, in place of the selection of `area`. */
static gboolean read_unselected(GimpDrawable *drawable, GeglRectangle area, Pixels *plane,
                                GError **error) {
    GimpImage *image = gimp_item_get_image(GIMP_ITEM(drawable));
    int x, y;

    gimp_drawable_get_offsets(drawable, &x, &y);
    area.x += x;
    area.y += y;
    if (!pixels_read_plane(GIMP_DRAWABLE(gimp_image_get_selection(image)), &area, plane, error))
        return FALSE;
    for (gsize i = 0; i < (gsize)plane->width * (gsize)plane->height; i++)
        plane->data[i] = 1.0f - plane->data[i];
    return TRUE;
}

gboolean spectrum_measure(GimpDrawable *drawable, GObject *config, dcdp_noise_info *found,
                          GError **error) {
    GimpImage *image = gimp_item_get_image(GIMP_ITEM(drawable));
    float values[DCDP_NOISE_SPECTRUM_LENGTH];
    Pixels pixels = {0}, unselected = {0};
    dcdp_options *options = NULL;
    dcdp_image view, mask;
    GeglRectangle area;
    gboolean done = FALSE;

    *found = (dcdp_noise_info){.struct_size = sizeof *found};
    if (gimp_selection_is_empty(image) || !selected_part(drawable, &area)) {
        g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0,
                            _("Select a part of the layer first, a plain one at best."));
        return FALSE;
    }
    if (pixels_read(drawable, &area, &pixels, error) &&
        read_unselected(drawable, area, &unselected, error)) {
        view = pixels_describe(&pixels);
        mask = pixels_describe(&unselected);
        done = dcdp_options_create(&options) == DCDP_OK &&
               dcdp_options_set_ignore(options, &mask) == DCDP_OK &&
               dcdp_estimate_noise(options, &view, found, values) == DCDP_OK;
        if (!done)
            g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0, dcdp_last_error());
    }
    dcdp_options_destroy(options);
    pixels_clear(&pixels);
    pixels_clear(&unselected);
    if (done)
        spectrum_write(config, values);
    return done;
}
