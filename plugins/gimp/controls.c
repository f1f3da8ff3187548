#include "controls.h"

#include "i18n.h"
#include "parameters.h"

#include <math.h>

#define FOCUS_KEY "dcdp-focus"
/* In the list of drawables: no drawable. No item has this ID. */
#define NONE (-1)

GtkWidget *controls_focus(GtkWidget *control) {
    GtkWidget *focus = g_object_get_data(G_OBJECT(control), FOCUS_KEY);

    return focus != NULL ? focus : control;
}

GtkWidget *controls_new_choice(GObject *config, const char *argument, const char *const *words,
                               const char *const *labels, guint count) {
    GtkListStore *store = gtk_list_store_new(2, G_TYPE_STRING, G_TYPE_STRING);
    GtkWidget *combo;

    for (guint i = 0; i < count; i++)
        gtk_list_store_insert_with_values(store, NULL, -1, 0, words[i], 1, translated(labels[i]),
                                          -1);
    combo = gimp_string_combo_box_new(GTK_TREE_MODEL(store), 0, 1);
    g_object_unref(store);
    g_object_bind_property(config, argument, combo, "value",
                           G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
    return combo;
}

/* A number, with a tick for "automatic" (-1) where the parameter has that. */
typedef struct {
    GObject *config;
    char *argument;
    GtkWidget *spin, *automatic; /* automatic: NULL when there is no such value */
    gulong handler;
    gboolean updating;
} Number;

static void show_number(Number *n) {
    double value = parameters_get_number(n->config, n->argument);
    gboolean automatic = n->automatic != NULL && value == -1.0;

    n->updating = TRUE;
    if (n->automatic != NULL)
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(n->automatic), automatic);
    if (!automatic)
        gtk_spin_button_set_value(GTK_SPIN_BUTTON(n->spin), value);
    gtk_widget_set_sensitive(n->spin, !automatic);
    n->updating = FALSE;
}

static void take_number(Number *n) {
    if (n->updating)
        return;
    if (n->automatic != NULL && gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(n->automatic)))
        parameters_set_number(n->config, n->argument, -1.0);
    else
        parameters_set_number(n->config, n->argument,
                              gtk_spin_button_get_value(GTK_SPIN_BUTTON(n->spin)));
}

static void free_number(Number *n) {
    g_signal_handler_disconnect(n->config, n->handler);
    g_free(n->argument);
    g_free(n);
}

static GtkWidget *new_number(GObject *config, const dcdp_parameter *p, const char *argument) {
    gboolean whole = p->type == DCDP_PARAMETER_INTEGER;
    double range = p->display_maximum - p->display_minimum;
    int digits = whole ? 0 : range <= 1.0 ? 3 : range <= 20.0 ? 2 : 1;
    double step = whole ? 1.0 : pow(10.0, -digits + 1);
    Number *n = g_new0(Number, 1);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    char *signal = g_strconcat("notify::", argument, NULL);

    n->config = config;
    n->argument = g_strdup(argument);
    n->spin = gtk_spin_button_new_with_range(p->minimum, p->maximum, step);
    gtk_spin_button_set_digits(GTK_SPIN_BUTTON(n->spin), (guint)digits);
    gtk_entry_set_width_chars(GTK_ENTRY(n->spin), 7);
    /* Where a person starts who takes the tick away. */
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(n->spin), p->display_minimum + range / 5.0);
    if (p->automatic) {
        n->automatic = gtk_check_button_new_with_label(_("Automatic"));
        gtk_box_pack_start(GTK_BOX(box), n->automatic, FALSE, FALSE, 0);
        g_signal_connect_swapped(n->automatic, "toggled", G_CALLBACK(take_number), n);
    }
    gtk_box_pack_start(GTK_BOX(box), n->spin, TRUE, TRUE, 0);
    g_signal_connect_swapped(n->spin, "value-changed", G_CALLBACK(take_number), n);
    n->handler = g_signal_connect_swapped(config, signal, G_CALLBACK(show_number), n);
    g_object_set_data(G_OBJECT(box), FOCUS_KEY, p->automatic ? n->automatic : n->spin);
    g_object_set_data_full(G_OBJECT(box), "dcdp-number", n, (GDestroyNotify)free_number);
    show_number(n);
    g_free(signal);
    return box;
}

GtkWidget *controls_new(GObject *config, const dcdp_parameter *p, const char *argument) {
    const GBindingFlags both = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;
    GtkWidget *control;

    switch (p->type) {
    case DCDP_PARAMETER_NUMBER:
    case DCDP_PARAMETER_INTEGER:
        return new_number(config, p, argument);
    case DCDP_PARAMETER_CHOICE:
        return controls_new_choice(config, argument, p->choices, p->choice_labels,
                                   p->choice_count);
    case DCDP_PARAMETER_FILE:
        control = gimp_file_chooser_new(GIMP_FILE_CHOOSER_ACTION_OPEN, NULL, p->label, NULL);
        g_object_bind_property(config, argument, control, "file", both);
        return control;
    default:
        control = gtk_entry_new();
        g_object_bind_property(config, argument, control, "text", both);
        return control;
    }
}

/* One argument that names a drawable; lives as long as its list. */
typedef struct {
    GObject *config;
    char *argument;
    GimpDrawable *drawable; /* what gets restored */
    gboolean same_image;
    GtkWidget *combo;
    gulong handler;
} Choice;

static gboolean is_offered(GimpImage *image, GimpItem *item, gpointer user) {
    Choice *choice = user;

    return item != GIMP_ITEM(choice->drawable) && !gimp_item_is_group(item) &&
           (!choice->same_image || image == gimp_item_get_image(GIMP_ITEM(choice->drawable)));
}

static void take_choice(Choice *choice) {
    int id = NONE;

    gimp_int_combo_box_get_active(GIMP_INT_COMBO_BOX(choice->combo), &id);
    g_signal_handler_block(choice->config, choice->handler);
    g_object_set(choice->config, choice->argument,
                 id != NONE ? gimp_drawable_get_by_id(id) : NULL, NULL);
    g_signal_handler_unblock(choice->config, choice->handler);
}

static void show_choice(Choice *choice) {
    GimpDrawable *current = NULL;
    int id = NONE;

    g_object_get(choice->config, choice->argument, &current, NULL);
    if (current != NULL &&
        is_offered(gimp_item_get_image(GIMP_ITEM(current)), GIMP_ITEM(current), choice))
        id = gimp_item_get_id(GIMP_ITEM(current));
    g_clear_object(&current);
    gimp_int_combo_box_set_active(GIMP_INT_COMBO_BOX(choice->combo), id);
}

static void free_choice(Choice *choice) {
    g_signal_handler_disconnect(choice->config, choice->handler);
    g_free(choice->argument);
    g_free(choice);
}

GtkWidget *controls_new_drawable(GObject *config, const char *argument, GimpDrawable *drawable,
                                 gboolean same_image, const char *none) {
    Choice *choice = g_new0(Choice, 1);
    char *signal = g_strconcat("notify::", argument, NULL);

    choice->config = config;
    choice->argument = g_strdup(argument);
    choice->drawable = drawable;
    choice->same_image = same_image;
    choice->combo = gimp_drawable_combo_box_new(is_offered, choice, NULL);
    gimp_int_combo_box_prepend(GIMP_INT_COMBO_BOX(choice->combo), GIMP_INT_STORE_VALUE, NONE,
                               GIMP_INT_STORE_LABEL, none, -1);
    choice->handler = g_signal_connect_swapped(config, signal, G_CALLBACK(show_choice), choice);
    show_choice(choice);
    g_signal_connect_swapped(choice->combo, "changed", G_CALLBACK(take_choice), choice);
    /* A drawable remembered from another image is not offered: forget it. */
    take_choice(choice);
    g_object_set_data_full(G_OBJECT(choice->combo), "dcdp-choice", choice,
                           (GDestroyNotify)free_choice);
    g_free(signal);
    return choice->combo;
}
