#include "measure.h"

#include "i18n.h"
#include "spectrum.h"

typedef struct {
    GObject *config;
    GimpDrawable *drawable;
    GtkWidget *button;
    gulong handler;
    gboolean updating;
} Measure;

#define KEY "dcdp-measure"

static void show(Measure *m) {
    dcdp_noise_info info;
    gboolean measured = spectrum_info(m->config, &info);
    gboolean selected = !gimp_selection_is_empty(gimp_item_get_image(GIMP_ITEM(m->drawable)));

    m->updating = TRUE;
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(m->button), measured);
    gtk_widget_set_sensitive(m->button, measured || selected);
    m->updating = FALSE;
}

static void on_toggled(Measure *m) {
    GError *error = NULL;
    dcdp_noise_info found;

    if (m->updating)
        return;
    if (!gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(m->button))) {
        spectrum_clear(m->config);
    } else if (!spectrum_measure(m->drawable, m->config, &found, &error)) {
        g_message("%s", error->message);
        g_error_free(error);
    }
    show(m);
}

static void free_measure(Measure *m) {
    g_signal_handler_disconnect(m->config, m->handler);
    g_free(m);
}

GtkWidget *measure_new(GObject *config, GimpDrawable *drawable) {
    Measure *m = g_new0(Measure, 1);

    m->config = config;
    m->drawable = drawable;
    m->button = gtk_check_button_new_with_mnemonic(_("_Measure noise in the selection"));
    m->handler = g_signal_connect_swapped(config, "notify::" ARG_NOISE_SPECTRUM, G_CALLBACK(show), m);
    g_signal_connect_swapped(m->button, "toggled", G_CALLBACK(on_toggled), m);
    g_object_set_data_full(G_OBJECT(m->button), KEY, m, (GDestroyNotify)free_measure);
    return m->button;
}

void measure_refresh(GtkWidget *button) {
    show(g_object_get_data(G_OBJECT(button), KEY));
}
