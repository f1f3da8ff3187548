/* dcdp-restore: the procedure plug-in-dcdp-restore, one more per task, and their entries in the Filters
 * menu. */
#include "deliver.h"
#include "dialog.h"
#include "parameters.h"
#include "progress.h"
#include "words.h"

#include <libgimp/gimpui.h>
#include <string.h>

#define PROGRAM "dcdp-restore"
/* How often the progress is shown, in milliseconds. */
#define TICK 50

typedef struct {
    GimpPlugIn parent;
} DcdpPlugIn;
typedef struct {
    GimpPlugInClass parent_class;
} DcdpPlugInClass;

GType dcdp_plug_in_get_type(void);
G_DEFINE_TYPE(DcdpPlugIn, dcdp_plug_in, GIMP_TYPE_PLUG_IN)
GIMP_MAIN(dcdp_plug_in_get_type())

#define ENHANCE "<Image>/Filters/Enhance"
#define SUBMENU "_DCDP"

/* A procedure and its menu entry; all open the same dialog. */
typedef struct {
    const char *name;
    const char *task; /* what the dialog opens at; NULL: what it was left at */
    const char *path, *label, *title, *blurb;
} Entry;

static const Entry entries[] = {
    {"plug-in-dcdp-restore", NULL, ENHANCE, "Res_tore (DCDP)...", "Restore (DCDP)",
     "Remove noise, blur or JPEG artefacts, fill in holes, or enlarge with a diffusion model"},
    {"plug-in-dcdp-denoise", "denoise", ENHANCE "/DCDP", "De_noise...", "Denoise (DCDP)",
     "Remove noise with a diffusion model"},
    {"plug-in-dcdp-deblur", "deblur", ENHANCE "/DCDP", "De_blur...", "Deblur (DCDP)",
     "Remove motion blur, defocus or another blur with a diffusion model"},
    {"plug-in-dcdp-dejpeg", "dejpeg", ENHANCE "/DCDP", "Remove _JPEG artefacts...",
     "Remove JPEG artefacts (DCDP)", "Remove the blocks and rings of JPEG compression with a diffusion model"},
    {"plug-in-dcdp-inpaint", "inpaint", ENHANCE "/DCDP", "_Fill selection...",
     "Fill selection (DCDP)", "Fill in what is selected with a diffusion model"},
    {"plug-in-dcdp-super-resolve", "super-resolve", ENHANCE "/DCDP", "_Enlarge...",
     "Enlarge (DCDP)", "Enlarge a layer, and add the detail it lacks, with a diffusion model"},
};

static const Entry *entry_of(const char *name) {
    for (gsize i = 0; i < G_N_ELEMENTS(entries); i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return &entries[0];
}

/* The main loop that turns while the library works. */
typedef struct {
    Job *job;
    GMainLoop *loop;
    ProgressWindow *window; /* NULL when nobody watches */
} Watch;

static void on_stop(gpointer user) {
    job_stop(((Watch *)user)->job);
}

static gboolean on_tick(gpointer user) {
    Watch *watch = user;
    JobStatus status = job_status(watch->job);

    if (status.finished) {
        g_main_loop_quit(watch->loop);
        return G_SOURCE_REMOVE;
    }
    gimp_progress_update(CLAMP(status.fraction, 0.0, 1.0));
    if (watch->window != NULL) {
        char *text = words_status(&status);

        gimp_progress_set_text_printf("%s", text);
        g_free(text);
        progress_window_update(watch->window, &status);
    }
    return G_SOURCE_CONTINUE;
}

/* Runs the library on `restoration`; its status, and in `message` its last error. */
static int32_t run_job(Restoration *restoration, dcdp_context *context, gboolean interactive,
                       char **message) {
    Watch watch = {.loop = g_main_loop_new(NULL, FALSE)};

    gimp_progress_init("Restoring");
    watch.job = restoration_start(restoration, context);
    if (interactive)
        watch.window = progress_window_new(on_stop, &watch);
    g_timeout_add(TICK, on_tick, &watch);
    g_main_loop_run(watch.loop);
    if (watch.window != NULL)
        progress_window_free(watch.window);
    g_main_loop_unref(watch.loop);
    gimp_progress_end();
    return job_finish(watch.job, message);
}

/* Everything after the dialog. */
static GimpPDBStatusType restore(GimpDrawable *drawable, GObject *config, dcdp_context *context,
                                 gboolean interactive, GimpImage **result_image,
                                 GimpDrawable **result, GError **error) {
    GimpPDBStatusType status = GIMP_PDB_EXECUTION_ERROR;
    GeglRectangle area;
    Restoration *restoration;
    char *message = NULL;
    int32_t code;

    if (!restoration_check(drawable, config, error))
        return GIMP_PDB_CALLING_ERROR;
    area = restoration_area(drawable, config);
    restoration = restoration_new(drawable, config, &area, error);
    if (restoration == NULL)
        return GIMP_PDB_CALLING_ERROR;
    if (!restoration_read(restoration, error)) {
        restoration_free(restoration);
        return GIMP_PDB_CALLING_ERROR;
    }
    code = run_job(restoration, context, interactive, &message);
    if (code == DCDP_CANCELLED)
        status = GIMP_PDB_CANCEL;
    else if (code != DCDP_OK)
        g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0, message);
    else if (deliver(restoration, config, result_image, result, error))
        status = GIMP_PDB_SUCCESS;
    g_free(message);
    restoration_free(restoration);
    return status;
}

static GimpValueArray *success(GimpProcedure *procedure, GimpImage *image, GimpDrawable *drawable) {
    GimpValueArray *values = gimp_procedure_new_return_values(procedure, GIMP_PDB_SUCCESS, NULL);

    GIMP_VALUES_SET_IMAGE(values, 1, image);
    GIMP_VALUES_SET_DRAWABLE(values, 2, drawable);
    return values;
}

static GimpValueArray *run(GimpProcedure *procedure, GimpRunMode run_mode, GimpImage *image,
                           GimpDrawable **drawables, GimpProcedureConfig *config,
                           gpointer run_data) {
    gboolean interactive = run_mode != GIMP_RUN_NONINTERACTIVE;
    const Entry *entry = entry_of(gimp_procedure_get_name(procedure));
    GimpPDBStatusType status = GIMP_PDB_EXECUTION_ERROR;
    GimpImage *result_image = NULL;
    GimpDrawable *result = NULL;
    dcdp_context *context = NULL;
    GError *error = NULL;

    (void)run_data;
    gegl_init(NULL, NULL);
    if (gimp_core_object_array_get_length((GObject **)drawables) != 1) {
        g_set_error_literal(&error, GIMP_PLUG_IN_ERROR, 0, "Choose exactly one layer to restore.");
        return gimp_procedure_new_return_values(procedure, GIMP_PDB_CALLING_ERROR, error);
    }
    if (dcdp_context_create(NULL, &context) != DCDP_OK) {
        g_set_error_literal(&error, GIMP_PLUG_IN_ERROR, 0, dcdp_last_error());
        return gimp_procedure_new_return_values(procedure, status, error);
    }
    if (interactive)
        gimp_ui_init(PROGRAM);
    if (run_mode == GIMP_RUN_INTERACTIVE && entry->task != NULL)
        g_object_set(config, "task", entry->task, NULL);
    if (run_mode == GIMP_RUN_INTERACTIVE &&
        !dialog_run(procedure, config, drawables[0], context, entry->title))
        status = GIMP_PDB_CANCEL;
    else
        status = restore(drawables[0], G_OBJECT(config), context, interactive, &result_image,
                         &result, &error);
    dcdp_context_destroy(context);
    if (status != GIMP_PDB_SUCCESS)
        return gimp_procedure_new_return_values(procedure, status, error);
    if (interactive && result_image != image)
        gimp_display_new(result_image);
    return success(procedure, result_image, result);
}

static GList *query_procedures(GimpPlugIn *plug_in) {
    GList *names = NULL;

    (void)plug_in;
    for (gsize i = 0; i < G_N_ELEMENTS(entries); i++)
        names = g_list_append(names, g_strdup(entries[i].name));
    return names;
}

static GimpProcedure *create_procedure(GimpPlugIn *plug_in, const char *name) {
    const Entry *entry = entry_of(name);
    GimpProcedure *procedure =
        gimp_image_procedure_new(plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

    gimp_procedure_set_image_types(procedure, "RGB*, GRAY*");
    gimp_procedure_set_sensitivity_mask(procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
    if (entry->task != NULL)
        gimp_plug_in_add_menu_branch(plug_in, ENHANCE, SUBMENU);
    gimp_procedure_set_menu_label(procedure, entry->label);
    gimp_procedure_add_menu_path(procedure, entry->path);
    gimp_procedure_set_documentation(
        procedure, entry->blurb,
        "Restores one layer, channel or layer mask by decoupled data consistency with diffusion "
        "purification. Where there is a selection it is the region that is filled in (inpaint) or "
        "changed (the other tasks but enlarging). -1 lets the preset decide.",
        name);
    gimp_procedure_set_attribution(procedure, "The dcdp authors", "MIT OR Apache-2.0", "2026");
    parameters_register(procedure, entry->task);
    gimp_procedure_add_image_return_value(procedure, "result-image", "Result image",
                                          "The image that holds the result", TRUE,
                                          G_PARAM_READWRITE);
    gimp_procedure_add_drawable_return_value(procedure, "result", "Result",
                                             "The layer or channel that holds the result", TRUE,
                                             G_PARAM_READWRITE);
    return procedure;
}

static void dcdp_plug_in_class_init(DcdpPlugInClass *klass) {
    GimpPlugInClass *plug_in_class = GIMP_PLUG_IN_CLASS(klass);

    plug_in_class->query_procedures = query_procedures;
    plug_in_class->create_procedure = create_procedure;
    plug_in_class->set_i18n = NULL; /* English only: there are no catalogues to look for */
}

static void dcdp_plug_in_init(DcdpPlugIn *plug_in) {
    (void)plug_in;
}
