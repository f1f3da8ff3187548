#include "progress.h"

#include "i18n.h"
#include "words.h"

#include <libgimp/gimpui.h>

struct ProgressWindow {
    GtkWidget *dialog, *bar, *label;
    void (*stop)(gpointer user);
    gpointer user;
    gboolean stopping;
};

/* Every way to leave the dialog means stop: the button, Escape, and the window's own cross. */
static void on_response(GtkDialog *dialog, int response, gpointer user) {
    ProgressWindow *window = user;

    (void)dialog;
    (void)response;
    if (window->stopping)
        return;
    window->stopping = TRUE;
    gtk_label_set_text(GTK_LABEL(window->label), _("Stopping…"));
    gtk_dialog_set_response_sensitive(GTK_DIALOG(window->dialog), GTK_RESPONSE_CANCEL, FALSE);
    window->stop(window->user);
}

ProgressWindow *progress_window_new(void (*stop)(gpointer user), gpointer user) {
    ProgressWindow *window = g_new0(ProgressWindow, 1);
    GtkWidget *box;

    window->stop = stop;
    window->user = user;
    window->dialog = gimp_dialog_new(_("Restoring (DCDP)"), "dcdp-restore-progress", NULL, 0, NULL,
                                     NULL, _("_Stop"), GTK_RESPONSE_CANCEL, NULL);
    gimp_window_set_transient(GTK_WINDOW(window->dialog));
    gtk_window_set_default_size(GTK_WINDOW(window->dialog), 420, -1);
    box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    gtk_container_set_border_width(GTK_CONTAINER(box), 12);
    window->bar = gtk_progress_bar_new();
    gtk_progress_bar_set_show_text(GTK_PROGRESS_BAR(window->bar), TRUE);
    window->label = gtk_label_new(_("Starting…"));
    gtk_label_set_xalign(GTK_LABEL(window->label), 0.0f);
    gtk_box_pack_start(GTK_BOX(box), window->bar, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(box), window->label, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(gtk_dialog_get_content_area(GTK_DIALOG(window->dialog))), box, TRUE,
                       TRUE, 0);
    g_signal_connect(window->dialog, "response", G_CALLBACK(on_response), window);
    /* Keep the window until the library has really stopped. */
    g_signal_connect(window->dialog, "delete-event", G_CALLBACK(gtk_true), NULL);
    gtk_widget_show_all(window->dialog);
    return window;
}

void progress_window_update(ProgressWindow *window, const JobStatus *status) {
    char *text;

    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(window->bar), CLAMP(status->fraction, 0.0, 1.0));
    if (window->stopping)
        return;
    text = words_status(status);
    gtk_label_set_text(GTK_LABEL(window->label), text);
    g_free(text);
}

void progress_window_free(ProgressWindow *window) {
    gtk_widget_destroy(window->dialog);
    g_free(window);
}
