#include "dialog.h"

#include "i18n.h"
#include "preview.h"
#include "rows.h"
#include "spectrum.h"

typedef struct {
    Rows *rows;
    Preview *preview; /* NULL when there can be none */
} Dialog;

/* The selection may have changed while the person was in GIMP's own window. */
static gboolean on_focus(GtkWidget *window, GdkEvent *event, Dialog *d) {
    (void)window;
    (void)event;
    rows_refresh(d->rows);
    if (d->preview != NULL)
        preview_refresh(d->preview);
    return FALSE;
}

static void on_estimate(gpointer user) {
    Dialog *d = user;

    if (d->preview != NULL)
        preview_estimate_blur(d->preview);
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
        g_message(_("The help is in %s%s%s"), path, error != NULL ? ": " : "",
                  error != NULL ? error->message : "");
        g_clear_error(&error);
    }
    g_free(uri);
    g_free(path);
    g_free(folder);
}

/* A part of the dialog with a heading; `content` is moved to the right. */
static GtkWidget *new_section(GtkWidget *heading, GtkWidget *content) {
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

    gtk_widget_set_margin_start(content, 12);
    gtk_box_pack_start(GTK_BOX(box), heading, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(box), content, FALSE, FALSE, 0);
    return box;
}

static GtkWidget *new_advanced(GtkWidget *grid) {
    GtkWidget *expander = gtk_expander_new_with_mnemonic(_("_Advanced"));
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

/* The rows, section by section. */
static GtkWidget *new_settings(Rows *rows) {
    GtkWidget *settings = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);

    gtk_box_pack_start(GTK_BOX(settings), rows_grid(rows, ROWS_TOP), FALSE, FALSE, 0);
    for (RowsPlace place = ROWS_TASK; place <= ROWS_OUTPUT; place++)
        gtk_box_pack_start(GTK_BOX(settings),
                           new_section(rows_heading(rows, place), rows_grid(rows, place)), FALSE,
                           FALSE, 0);
    gtk_box_pack_start(GTK_BOX(settings), new_advanced(rows_grid(rows, ROWS_ADVANCED)), TRUE, TRUE,
                       0);
    return settings;
}

static void fill(Dialog *d, GtkWidget *dialog, guint layers) {
    GtkWidget *area = gtk_dialog_get_content_area(GTK_DIALOG(dialog));
    GtkWidget *columns = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 18);

    gtk_box_pack_start(GTK_BOX(columns), new_settings(d->rows), FALSE, TRUE, 0);
    if (d->preview != NULL)
        gtk_box_pack_start(GTK_BOX(columns), preview_widget(d->preview), TRUE, TRUE, 0);
    gtk_widget_show_all(columns);
    rows_refresh(d->rows);
    gtk_box_pack_start(GTK_BOX(area), columns, TRUE, TRUE, 0);
    if (d->preview != NULL) {
        gtk_widget_show(preview_line(d->preview));
        gtk_box_pack_start(GTK_BOX(area), preview_line(d->preview), FALSE, FALSE, 6);
    }
    if (layers > 1) {
        char *text = g_strdup_printf(_("%u layers will be restored, one after the other. The preview shows the first."), layers);
        GtkWidget *label = gtk_label_new(text);

        gtk_label_set_xalign(GTK_LABEL(label), 0.0f);
        gtk_widget_show(label);
        gtk_box_pack_start(GTK_BOX(area), label, FALSE, FALSE, 0);
        g_free(text);
    }
}

gboolean dialog_run(GimpProcedure *procedure, GimpProcedureConfig *config, GimpDrawable **drawables,
                    dcdp_context *context, const char *title) {
    guint layers = (guint)gimp_core_object_array_get_length((GObject **)drawables);
    GtkWidget *dialog;
    gboolean accepted;
    Dialog d;

    /* What was measured in another picture says nothing about this one. */
    spectrum_clear(G_OBJECT(config));
    dialog = g_object_new(GIMP_TYPE_PROCEDURE_DIALOG, "procedure", procedure, "config", config,
                          "title", title, "help-func", show_help, NULL);
    gimp_procedure_dialog_set_ok_label(GIMP_PROCEDURE_DIALOG(dialog), _("Rest_ore"));
    d.preview = preview_new(drawables[0], G_OBJECT(config), context);
    d.rows = rows_new(G_OBJECT(config), drawables[0], on_estimate, &d);
    fill(&d, dialog, layers);
    g_signal_connect(dialog, "focus-in-event", G_CALLBACK(on_focus), &d);

    accepted = gimp_procedure_dialog_run(GIMP_PROCEDURE_DIALOG(dialog));

    gtk_widget_hide(dialog);
    rows_free(d.rows);
    if (d.preview != NULL)
        preview_free(d.preview);
    gtk_widget_destroy(dialog);
    return accepted;
}
