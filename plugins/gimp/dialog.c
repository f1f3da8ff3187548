#include "dialog.h"

#include "parameters.h"
#include "preview.h"
#include "restoration.h"
#include "rows.h"
#include "words.h"

/* After a change, the estimate waits this long for the next one, in milliseconds. */
#define ESTIMATE_DELAY 200

typedef struct {
    GimpDrawable *drawable;
    GObject *config;
    dcdp_context *context;
    GtkWidget *estimate;
    guint timer;
} Dialog;

static char *estimate_text(Dialog *d) {
    dcdp_estimate_info info = {.struct_size = sizeof info};
    GeglRectangle area = restoration_area(d->drawable, d->config);
    Restoration *restoration = NULL;
    GError *error = NULL;
    char *text;

    if (restoration_check(d->drawable, d->config, &error))
        restoration = restoration_new(d->drawable, d->config, &area, &error);
    if (restoration == NULL)
        text = g_strdup(error->message);
    else if (dcdp_estimate(d->context, restoration->options, area.width, area.height, &info) !=
             DCDP_OK)
        text = g_strdup(dcdp_last_error());
    else
        text = words_estimate(&info);
    restoration_free(restoration);
    g_clear_error(&error);
    return text;
}

static gboolean show_estimate(gpointer user) {
    Dialog *d = user;
    char *text = estimate_text(d);

    d->timer = 0;
    gtk_label_set_text(GTK_LABEL(d->estimate), text);
    g_free(text);
    return G_SOURCE_REMOVE;
}

static void outdate_estimate(Dialog *d) {
    if (d->timer != 0)
        g_source_remove(d->timer);
    d->timer = g_timeout_add(ESTIMATE_DELAY, show_estimate, d);
}

/* The selection may have changed while the person was in GIMP's own window. */
static gboolean on_focus(GtkWidget *window, GdkEvent *event, Dialog *d) {
    (void)window;
    (void)event;
    outdate_estimate(d);
    return FALSE;
}

/* The help stands beside the program. */
static void show_help(const char *help_id, gpointer user) {
    char *folder = g_path_get_dirname(gimp_get_progname());
    char *path = g_build_filename(folder, "help.html", NULL);
    char *uri = g_filename_to_uri(path, NULL, NULL);
    GError *error = NULL;

    (void)help_id;
    (void)user;
    if (uri == NULL || !gtk_show_uri_on_window(NULL, uri, GDK_CURRENT_TIME, &error)) {
        g_message("The help is in %s%s%s", path, error != NULL ? ": " : "",
                  error != NULL ? error->message : "");
        g_clear_error(&error);
    }
    g_free(uri);
    g_free(path);
    g_free(folder);
}

static GtkWidget *new_grid(void) {
    GtkWidget *grid = gtk_grid_new();

    gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    return grid;
}

static GtkWidget *new_advanced(GtkWidget *grid) {
    GtkWidget *expander = gtk_expander_new_with_mnemonic("_Advanced");
    GtkWidget *window = gtk_scrolled_window_new(NULL, NULL);

    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(window), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(window), 260);
    gtk_widget_set_vexpand(window, TRUE);
    gtk_container_set_border_width(GTK_CONTAINER(grid), 6);
    gtk_container_add(GTK_CONTAINER(window), grid);
    gtk_container_add(GTK_CONTAINER(expander), window);
    return expander;
}

static void fill(Dialog *d, GtkWidget *dialog, GtkWidget *grid, GtkWidget *advanced,
                 Preview *preview) {
    GtkWidget *columns = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 18);
    GtkWidget *left = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);

    d->estimate = gtk_label_new("");
    gtk_label_set_xalign(GTK_LABEL(d->estimate), 0.0f);
    gtk_label_set_line_wrap(GTK_LABEL(d->estimate), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(d->estimate), 40);
    gtk_box_pack_start(GTK_BOX(left), grid, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(left), new_advanced(advanced), TRUE, TRUE, 0);
    gtk_box_pack_end(GTK_BOX(left), d->estimate, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(columns), left, TRUE, TRUE, 0);
    if (preview != NULL)
        gtk_box_pack_start(GTK_BOX(columns), preview_widget(preview), FALSE, FALSE, 0);
    gtk_widget_show_all(columns);
    gtk_box_pack_start(GTK_BOX(gtk_dialog_get_content_area(GTK_DIALOG(dialog))), columns, TRUE,
                       TRUE, 0);
}

gboolean dialog_run(GimpProcedure *procedure, GimpProcedureConfig *config, GimpDrawable *drawable,
                    dcdp_context *context, const char *title) {
    Dialog d = {.drawable = drawable, .config = G_OBJECT(config), .context = context};
    GtkWidget *grid = new_grid(), *advanced = new_grid(), *dialog;
    Preview *preview = preview_new(drawable, d.config);
    gboolean accepted;
    gulong handler;
    Rows *rows;

    dialog = g_object_new(GIMP_TYPE_PROCEDURE_DIALOG, "procedure", procedure, "config", config,
                          "title", title, "help-func", show_help, NULL);
    gimp_procedure_dialog_set_ok_label(GIMP_PROCEDURE_DIALOG(dialog), "Rest_ore");
    fill(&d, dialog, grid, advanced, preview);
    rows = rows_new(d.config, drawable, GTK_GRID(grid), GTK_GRID(advanced));
    handler = g_signal_connect_swapped(config, "notify", G_CALLBACK(outdate_estimate), &d);
    g_signal_connect(dialog, "focus-in-event", G_CALLBACK(on_focus), &d);
    outdate_estimate(&d);

    accepted = gimp_procedure_dialog_run(GIMP_PROCEDURE_DIALOG(dialog));

    g_signal_handler_disconnect(config, handler);
    if (d.timer != 0)
        g_source_remove(d.timer);
    rows_free(rows);
    if (preview != NULL)
        preview_free(preview);
    gtk_widget_destroy(dialog);
    return accepted;
}
