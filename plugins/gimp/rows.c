#include "rows.h"

#include "controls.h"
#include "i18n.h"
#include "measure.h"
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
    void (*estimate)(gpointer user);
    gpointer user;
    GtkWidget *grids[ROWS_PLACES], *headings[ROWS_PLACES];
    int counts[ROWS_PLACES];
    char taken[64]; /* letters that already are a row's keyboard shortcut */
    GtkWidget *measure;
    GArray *rows; /* of Row */
    gulong handler;
};

static gboolean deblurs_with_kernel(GObject *config) {
    return parameters_is(config, "task", "deblur") && parameters_is(config, "blur", "kernel");
}

static gboolean inpaints(GObject *config) {
    return parameters_is(config, "task", "inpaint");
}

/* Where noise is measured and removed. */
static gboolean measures(GObject *config) {
    return !inpaints(config) && !parameters_is(config, "task", "dejpeg") &&
           parameters_get_number(config, "noise") < 0.0;
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

static void add(Rows *rows, Row row, RowsPlace place, const char *text, const char *hint) {
    GtkGrid *grid = GTK_GRID(rows->grids[place]);
    int line = rows->counts[place]++;
    char *label =
        place != ROWS_ADVANCED && is_common(&row) ? with_shortcut(rows, text) : g_strdup(text);

    row.label = gtk_label_new_with_mnemonic(label);
    g_free(label);
    gtk_label_set_xalign(GTK_LABEL(row.label), 0.0f);
    gtk_label_set_mnemonic_widget(GTK_LABEL(row.label), controls_focus(row.control));
    gtk_widget_set_hexpand(row.control, TRUE);
    gtk_widget_set_tooltip_text(row.control, hint);
    gtk_widget_set_tooltip_text(row.label, hint);
    gtk_grid_attach(grid, row.label, 0, line, 1, 1);
    gtk_grid_attach(grid, row.control, 1, line, 1, 1);
    g_array_append_val(rows->rows, row);
}

static RowsPlace place_of(const dcdp_parameter *p) {
    if (strcmp(p->name, "task") == 0)
        return ROWS_TOP;
    return strcmp(p->group, "Task") == 0      ? ROWS_TASK
           : strcmp(p->group, "Quality") == 0 ? ROWS_QUALITY
                                              : ROWS_ADVANCED;
}

/* `control` with the button Estimate beside it. */
static GtkWidget *with_estimate(Rows *rows, GtkWidget *control) {
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *button = gtk_button_new_with_mnemonic(_("Est_imate"));

    gtk_widget_set_tooltip_text(
        button, _("Looks for the blur of the picture and fills in what it finds, for you to change."));
    g_signal_connect_swapped(button, "clicked", G_CALLBACK(rows->estimate), rows->user);
    gtk_box_pack_start(GTK_BOX(box), control, TRUE, TRUE, 0);
    gtk_box_pack_start(GTK_BOX(box), button, FALSE, FALSE, 0);
    return box;
}

static void add_measure(Rows *rows) {
    Row row = {.applies = measures};

    rows->measure = measure_new(rows->config, rows->drawable);
    row.control = rows->measure;
    add(rows, row, ROWS_TASK, "",
        _("Measures the noise in what is selected now, a plain part at best, and takes it for the whole layer. The selection can be changed afterwards."));
}

static void add_parameter(const dcdp_parameter *p, const char *argument, gpointer user) {
    Rows *rows = user;
    char *text = p->unit[0] != '\0' ? g_strdup_printf("%s (%s)", p->label, p->unit)
                                    : g_strdup(p->label);
    Row row = {.parameter = *p};

    row.control = controls_new(rows->config, p, argument);
    if (strcmp(p->name, "blur") == 0)
        row.control = with_estimate(rows, row.control);
    add(rows, row, place_of(p), text, p->hint);
    g_free(text);
    if (strcmp(p->name, "noise") == 0)
        add_measure(rows);
    if (strcmp(p->name, "kernel") == 0) {
        Row layer = {.applies = deblurs_with_kernel};

        layer.control = controls_new_drawable(rows->config, ARG_KERNEL_LAYER, rows->drawable,
                                              FALSE, _("From the file"));
        add(rows, layer, ROWS_TASK, _("Kernel layer"),
            _("Take the blur kernel from this layer instead."));
    }
}

/* The heading over the rows of a task is the task's own label. */
static void show_task(Rows *rows) {
    char *task = parameters_dup_string(rows->config, "task");
    const dcdp_parameter *row = &g_array_index(rows->rows, Row, 0).parameter;

    for (guint i = 0; i < row->choice_count; i++)
        if (strcmp(row->choices[i], task) == 0) {
            char *markup = g_markup_printf_escaped("<b>%s</b>", translated(row->choice_labels[i]));

            gtk_label_set_markup(GTK_LABEL(rows->headings[ROWS_TASK]), markup);
            g_free(markup);
        }
    g_free(task);
}

void rows_refresh(Rows *rows) {
    for (guint i = 0; i < rows->rows->len; i++) {
        Row *row = &g_array_index(rows->rows, Row, i);
        gboolean applies = row->applies != NULL ? row->applies(rows->config)
                                                : parameters_applies(&row->parameter, rows->config);

        gtk_widget_set_visible(row->label, applies);
        gtk_widget_set_visible(row->control, applies);
    }
    show_task(rows);
    measure_refresh(rows->measure);
}

static void make_places(Rows *rows) {
    const char *headings[ROWS_PLACES] = {[ROWS_QUALITY] = _("Quality"), [ROWS_OUTPUT] = _("Result")};

    for (int place = 0; place < ROWS_PLACES; place++) {
        GtkWidget *grid = gtk_grid_new(), *heading = gtk_label_new("");

        gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
        gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
        gtk_label_set_xalign(GTK_LABEL(heading), 0.0f);
        if (headings[place] != NULL) {
            char *markup = g_markup_printf_escaped("<b>%s</b>", headings[place]);

            gtk_label_set_markup(GTK_LABEL(heading), markup);
            g_free(markup);
        }
        rows->grids[place] = grid;
        rows->headings[place] = heading;
    }
}

Rows *rows_new(GObject *config, GimpDrawable *drawable, void (*estimate)(gpointer user),
               gpointer user) {
    Rows *rows = g_new0(Rows, 1);
    Row mask = {.applies = inpaints}, output = {.applies = always};

    rows->config = config;
    rows->drawable = drawable;
    rows->estimate = estimate;
    rows->user = user;
    make_places(rows);
    /* TRANSLATORS: the letters that are shortcuts already: Restore, Reset, Cancel, Help, Load and Save Settings,
     * Preview, Advanced, Estimate, Measure. */
    g_strlcpy(rows->taken, _("orchlspaim"), sizeof rows->taken / 2);
    rows->rows = g_array_new(FALSE, FALSE, sizeof(Row));
    parameters_foreach(add_parameter, rows);
    mask.control = controls_new_drawable(config, ARG_MASK, drawable, TRUE, _("The selection"));
    add(rows, mask, ROWS_TASK, _("Fill in"),
        _("The selection, or the light parts of a layer or channel."));
    output.control = controls_new_choice(config, ARG_OUTPUT, output_choices, output_labels, 3);
    add(rows, output, ROWS_OUTPUT, _("Output"),
        _("An enlarged picture is never put in the old place."));
    rows->handler = g_signal_connect_swapped(config, "notify", G_CALLBACK(rows_refresh), rows);
    return rows;
}

GtkWidget *rows_grid(Rows *rows, RowsPlace place) {
    return rows->grids[place];
}

GtkWidget *rows_heading(Rows *rows, RowsPlace place) {
    return rows->headings[place];
}

void rows_free(Rows *rows) {
    g_signal_handler_disconnect(rows->config, rows->handler);
    g_array_free(rows->rows, TRUE);
    g_free(rows);
}
