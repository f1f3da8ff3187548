#include "finding_view.h"

#include "i18n.h"
#include "parameters.h"
#include "screen.h"
#include "spectrum.h"

#include <math.h>

/* Side of the picture, in screen pixels. */
#define SIDE 96
#define KEY "dcdp-finding"

typedef struct {
    GtkWidget *view, *caption;
    cairo_surface_t *surface; /* NULL: nothing to show */
} Picture;

static gboolean on_draw(GtkWidget *view, cairo_t *cairo, Picture *picture) {
    double scale;
    int width, height;

    (void)view;
    if (picture->surface == NULL)
        return TRUE;
    width = cairo_image_surface_get_width(picture->surface);
    height = cairo_image_surface_get_height(picture->surface);
    scale = (double)SIDE / MAX(width, height);
    cairo_set_source_rgb(cairo, 0.0, 0.0, 0.0);
    cairo_paint(cairo);
    cairo_translate(cairo, (SIDE - width * scale) / 2.0, (SIDE - height * scale) / 2.0);
    cairo_scale(cairo, scale, scale);
    cairo_set_source_surface(cairo, picture->surface, 0.0, 0.0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
    cairo_paint(cairo);
    return TRUE;
}

static void free_picture(Picture *picture) {
    screen_clear(&picture->surface);
    g_free(picture);
}

GtkWidget *finding_view_new(void) {
    Picture *picture = g_new0(Picture, 1);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

    picture->view = gtk_drawing_area_new();
    picture->caption = gtk_label_new("");
    gtk_widget_set_size_request(picture->view, SIDE, SIDE);
    gtk_widget_set_valign(picture->view, GTK_ALIGN_START);
    gtk_label_set_xalign(GTK_LABEL(picture->caption), 0.0f);
    gtk_label_set_yalign(GTK_LABEL(picture->caption), 0.0f);
    gtk_label_set_line_wrap(GTK_LABEL(picture->caption), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(picture->caption), 22);
    gtk_box_pack_start(GTK_BOX(box), picture->view, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(box), picture->caption, TRUE, TRUE, 0);
    g_signal_connect(picture->view, "draw", G_CALLBACK(on_draw), picture);
    g_object_set_data_full(G_OBJECT(box), KEY, picture, (GDestroyNotify)free_picture);
    return box;
}

/* Bars: the variance of luminance at the frequencies from coarse to fine, relative to the largest. */
static cairo_surface_t *noise_surface(const float *spectrum) {
    enum { BARS = 8, BAR = 12, ENTRIES = DCDP_NOISE_SPECTRUM_LENGTH / (BARS * BARS) };
    float values[SIDE * SIDE] = {0}, sums[BARS] = {0}, largest = 0.0f;

    for (int i = 0; i < BARS * BARS; i++)
        sums[MAX(i / BARS, i % BARS)] += MAX(spectrum[i * ENTRIES], 0.0f);
    for (int bar = 0; bar < BARS; bar++) {
        sums[bar] /= (float)(2 * bar + 1); /* so many frequencies */
        largest = MAX(largest, sums[bar]);
    }
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            values[y * SIDE + x] =
                x % BAR > 1 && (float)(SIDE - y) * largest <= sums[x / BAR] * (SIDE - 8) ? 1.0f
                                                                                         : 0.0f;
    return screen_values(values, SIDE, SIDE);
}

void finding_view_show(GtkWidget *box, const Findings *found, GObject *config) {
    Picture *picture = g_object_get_data(G_OBJECT(box), KEY);
    float measured[DCDP_NOISE_SPECTRUM_LENGTH];
    const float *spectrum = spectrum_read(config, measured) ? measured : found->spectrum;
    gboolean has_noise = spectrum == measured || ((found->looked_for & LOOK_FOR_NOISE) != 0 &&
                                                  found->noise.kind != DCDP_NOISE_NONE);
    const char *caption = "";

    screen_clear(&picture->surface);
    if (parameters_is(config, "task", "deblur")) {
        if (found->psf != NULL) {
            picture->surface =
                screen_values(found->psf, found->blur.psf_width, found->blur.psf_height);
            caption = _("The blur: what a bright point became.");
        } else if ((found->looked_for & LOOK_FOR_BLUR) != 0) {
            caption = _("No blur found.");
        }
    } else if (has_noise && parameters_get_number(config, "noise") < 0.0) {
        picture->surface = noise_surface(spectrum);
        caption = _("The noise, from coarse on the left to fine on the right.");
    }
    gtk_label_set_text(GTK_LABEL(picture->caption), caption);
    gtk_widget_queue_draw(picture->view);
}
