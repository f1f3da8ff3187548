#include "rows.h"

#include "controls.h"
#include "parameters.h"

#include <string.h>

/* What a row is for, when it is not a row of the library's table. */
typedef gboolean (*RowApplies)(GObject *config);

typedef struct {
    dcdp_parameter parameter;
    RowApplies applies; /* NULL: ask the table */
    GtkWidget *label, *control;
} Row;

struct Rows {
    GObject *config;
    GimpDrawable *drawable;
    GtkGrid *main, *advanced;
    int main_count, advanced_count;
    char taken[32]; /* letters that already are a row's keyboard shortcut */
    GArray *rows; /* of Row */
    gulong handler;
};

static gboolean deblurs_with_kernel(GObject *config) {
    return parameters_is(config, "task", "deblur") && parameters_is(config, "blur", "kernel");
}

static gboolean inpaints(GObject *config) {
    return parameters_is(config, "task", "inpaint");
}

static gboolean always(GObject *config) {
    (void)config;
    return TRUE;
}

/* `text` with an underscore before the first letter that is still free. Free with g_free(). */
static char *with_shortcut(Rows *rows, const char *text) {
    for (const char *letter = text; *letter != '\0'; letter++) {
        char lower = g_ascii_tolower(*letter);
        gsize used = strlen(rows->taken);

        if (!g_ascii_isalpha(lower) || strchr(rows->taken, lower) != NULL)
            continue;
        rows->taken[used] = lower;
        return g_strdup_printf("%.*s_%s", (int)(letter - text), text, letter);
    }
    return g_strdup(text);
}

/* Rows that every task shows get a keyboard shortcut: there are not enough letters for all. */
static gboolean is_common(const Row *row) {
    return row->applies == always ||
           (row->applies == NULL && parameters_suits_all_tasks(&row->parameter) &&
            row->parameter.needs_name == NULL);
}

static void add(Rows *rows, Row row, gboolean advanced, const char *text, const char *hint) {
    GtkGrid *grid = advanced ? rows->advanced : rows->main;
    int line = advanced ? rows->advanced_count++ : rows->main_count++;
    char *label = !advanced && is_common(&row) ? with_shortcut(rows, text) : g_strdup(text);

    row.label = gtk_label_new_with_mnemonic(label);
    g_free(label);
    gtk_label_set_xalign(GTK_LABEL(row.label), 0.0f);
    gtk_label_set_mnemonic_widget(GTK_LABEL(row.label), controls_focus(row.control));
    gtk_widget_set_hexpand(row.control, TRUE);
    gtk_widget_set_tooltip_text(row.control, hint);
    gtk_widget_set_tooltip_text(row.label, hint);
    gtk_grid_attach(grid, row.label, 0, line, 1, 1);
    gtk_grid_attach(grid, row.control, 1, line, 1, 1);
    gtk_widget_show_all(row.label);
    gtk_widget_show_all(row.control);
    g_array_append_val(rows->rows, row);
}

static void add_parameter(const dcdp_parameter *p, const char *argument, gpointer user) {
    Rows *rows = user;
    char *text = p->unit[0] != '\0' ? g_strdup_printf("%s (%s)", p->label, p->unit) : g_strdup(p->label);
    Row row = {.parameter = *p};

    row.control = controls_new(rows->config, p, argument);
    add(rows, row, strcmp(p->group, "Advanced") == 0, text, p->hint);
    g_free(text);
    if (strcmp(p->name, "kernel") == 0) {
        Row layer = {.applies = deblurs_with_kernel};

        layer.control = controls_new_drawable(rows->config, ARG_KERNEL_LAYER, rows->drawable,
                                              FALSE, "From the file");
        add(rows, layer, FALSE, "Kernel layer", "Take the blur kernel from this layer instead.");
    }
}

static void on_notify(GObject *config, GParamSpec *pspec, gpointer user) {
    Rows *rows = user;

    (void)pspec;
    for (guint i = 0; i < rows->rows->len; i++) {
        Row *row = &g_array_index(rows->rows, Row, i);
        gboolean applies = row->applies != NULL ? row->applies(config)
                                                : parameters_applies(&row->parameter, config);

        gtk_widget_set_visible(row->label, applies);
        gtk_widget_set_visible(row->control, applies);
    }
}

Rows *rows_new(GObject *config, GimpDrawable *drawable, GtkGrid *main, GtkGrid *advanced) {
    Rows *rows = g_new0(Rows, 1);
    Row mask = {.applies = inpaints}, output = {.applies = always};

    rows->config = config;
    rows->drawable = drawable;
    rows->main = main;
    rows->advanced = advanced;
    /* Restore, Reset, Cancel, Help, Load and Save Settings, Preview, Advanced. */
    g_strlcpy(rows->taken, "orchlspa", sizeof rows->taken);
    rows->rows = g_array_new(FALSE, FALSE, sizeof(Row));
    parameters_foreach(add_parameter, rows);
    mask.control = controls_new_drawable(config, ARG_MASK, drawable, TRUE, "The selection");
    add(rows, mask, FALSE, "Fill in", "The selection, or the light parts of a layer or channel.");
    output.control = controls_new_choice(config, ARG_OUTPUT, output_choices, output_labels, 3);
    add(rows, output, FALSE, "Output", "An enlarged picture is never put in the old place.");
    rows->handler = g_signal_connect(config, "notify", G_CALLBACK(on_notify), rows);
    on_notify(config, NULL, rows);
    return rows;
}

void rows_free(Rows *rows) {
    g_signal_handler_disconnect(rows->config, rows->handler);
    g_array_free(rows->rows, TRUE);
    g_free(rows);
}
