#include "layers.h"

#include "deliver.h"
#include "i18n.h"
#include "progress.h"
#include "restoration.h"
#include "source.h"
#include "words.h"

#include <libgimp/gimpui.h>

/* How often the progress is shown, in milliseconds. */
#define TICK 50
/* From this part of the work on, the time that several layers have taken tells what is left. */
#define ENOUGH 0.03

/* The main loop that turns while the library works. */
typedef struct {
    Job *job;
    GMainLoop *loop;
    ProgressWindow *window; /* NULL when nobody watches */
    guint layer, layers;    /* which of how many, from 1 */
    gint64 start;
} Watch;

static void on_stop(gpointer user) {
    job_stop(((Watch *)user)->job);
}

/* Of all layers, where the library tells that of one. */
static void count_layers(const Watch *watch, JobStatus *status) {
    double seconds = (double)(g_get_monotonic_time() - watch->start) / G_USEC_PER_SEC;

    if (watch->layers == 1)
        return;
    status->layer = watch->layer;
    status->layers = watch->layers;
    status->fraction = (watch->layer - 1 + CLAMP(status->fraction, 0.0, 1.0)) / watch->layers;
    status->seconds_left = status->fraction < ENOUGH
                               ? -1.0
                               : seconds * (1.0 - status->fraction) / status->fraction;
}

static gboolean on_tick(gpointer user) {
    Watch *watch = user;
    JobStatus status = job_status(watch->job);

    if (status.finished) {
        g_main_loop_quit(watch->loop);
        return G_SOURCE_REMOVE;
    }
    count_layers(watch, &status);
    gimp_progress_update(CLAMP(status.fraction, 0.0, 1.0));
    if (watch->window != NULL) {
        char *text = words_status(&status);

        gimp_progress_set_text_printf("%s", text);
        g_free(text);
        progress_window_update(watch->window, &status);
    }
    return G_SOURCE_CONTINUE;
}

/* Computes one layer; what the library says, as a status of GIMP's. */
static GimpPDBStatusType compute(Restoration *restoration, dcdp_context *context, Watch *watch,
                                 GError **error) {
    char *message = NULL;
    int32_t code;

    watch->job = restoration_start(restoration, context);
    g_timeout_add(TICK, on_tick, watch);
    g_main_loop_run(watch->loop);
    code = job_finish(watch->job, &message);
    if (code != DCDP_OK && code != DCDP_CANCELLED)
        g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0, message);
    g_free(message);
    return code == DCDP_OK          ? GIMP_PDB_SUCCESS
           : code == DCDP_CANCELLED ? GIMP_PDB_CANCEL
                                    : GIMP_PDB_EXECUTION_ERROR;
}

static Restoration *prepare(GimpDrawable *drawable, GObject *config, GError **error) {
    GeglRectangle area = restoration_area(drawable, config);
    Restoration *restoration = restoration_new(drawable, config, &area, error);

    if (restoration != NULL && !restoration_read(restoration, error))
        g_clear_pointer(&restoration, restoration_free);
    return restoration;
}

/* Computes every layer; nothing is written yet, so that stopping leaves the picture as it was. */
static GimpPDBStatusType compute_all(GimpDrawable **drawables, GObject *config,
                                     dcdp_context *context, gboolean interactive, GPtrArray *done,
                                     GError **error) {
    Watch watch = {.loop = g_main_loop_new(NULL, FALSE),
                   .layers = (guint)gimp_core_object_array_get_length((GObject **)drawables),
                   .start = g_get_monotonic_time()};
    GimpPDBStatusType status = GIMP_PDB_SUCCESS;

    gimp_progress_init(_("Restoring"));
    if (interactive)
        watch.window = progress_window_new(on_stop, &watch);
    for (guint i = 0; i < watch.layers && status == GIMP_PDB_SUCCESS; i++) {
        Restoration *restoration = prepare(drawables[i], config, error);

        watch.layer = i + 1;
        if (restoration == NULL) {
            status = GIMP_PDB_CALLING_ERROR;
            break;
        }
        g_ptr_array_add(done, restoration);
        status = compute(restoration, context, &watch, error);
        if (status == GIMP_PDB_SUCCESS)
            deliver_prepare(restoration);
    }
    if (watch.window != NULL)
        progress_window_free(watch.window);
    g_main_loop_unref(watch.loop);
    gimp_progress_end();
    return status;
}

static gboolean deliver_all(GPtrArray *done, GObject *config, GimpImage *from, gboolean interactive,
                            GimpImage **image, GimpDrawable **result, GError **error) {
    gboolean fine = TRUE;

    if (done->len > 1)
        gimp_image_undo_group_start(from);
    for (guint i = 0; i < done->len && fine; i++) {
        fine = deliver(g_ptr_array_index(done, i), config, image, result, error);
        if (fine && interactive && *image != from)
            gimp_display_new(*image);
    }
    if (done->len > 1)
        gimp_image_undo_group_end(from);
    return fine;
}

GimpPDBStatusType layers_restore(GimpDrawable **drawables, GObject *config, dcdp_context *context,
                                 gboolean interactive, GimpImage **image, GimpDrawable **result,
                                 GError **error) {
    GPtrArray *done = g_ptr_array_new_with_free_func((GDestroyNotify)restoration_free);
    GimpPDBStatusType status = GIMP_PDB_SUCCESS;

    source_forget();
    for (guint i = 0; drawables[i] != NULL && status == GIMP_PDB_SUCCESS; i++)
        if (!restoration_check(drawables[i], config, error))
            status = GIMP_PDB_CALLING_ERROR;
    if (status == GIMP_PDB_SUCCESS)
        status = compute_all(drawables, config, context, interactive, done, error);
    if (status == GIMP_PDB_SUCCESS &&
        !deliver_all(done, config, gimp_item_get_image(GIMP_ITEM(drawables[0])), interactive, image,
                     result, error))
        status = GIMP_PDB_EXECUTION_ERROR;
    g_ptr_array_free(done, TRUE);
    return status;
}
