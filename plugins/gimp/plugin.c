/* dcdp-restore: the procedure plug-in-dcdp-restore, one more per task, and their entries in the Filters
 * menu. */
#include "analysis.h"
#include "dialog.h"
#include "i18n.h"
#include "layers.h"
#include "parameters.h"

#include <libgimp/gimpui.h>
#include <string.h>

#define PROGRAM "dcdp-restore"

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

/* GIMP's action search finds an entry by the words of its label and of its blurb: those that people look for. */
static const Entry entries[] = {
    {"plug-in-dcdp-restore", NULL, ENHANCE, N_("Res_tore (DCDP)..."), N_("Restore (DCDP)"),
     N_("Restore a photo with AI: denoise, deblur and sharpen, remove JPEG artefacts, fill holes, or enlarge")},
    {"plug-in-dcdp-denoise", "denoise", ENHANCE "/DCDP", N_("De_noise..."), N_("Denoise (DCDP)"),
     N_("Remove noise, film grain and colour speckles of high ISO, and smooth a noisy photo (AI noise reduction)")},
    {"plug-in-dcdp-deblur", "deblur", ENHANCE "/DCDP", N_("De_blur..."), N_("Deblur (DCDP)"),
     N_("Sharpen a blurry photo: camera shake, motion blur, out of focus or a soft lens (AI deconvolution)")},
    {"plug-in-dcdp-dejpeg", "dejpeg", ENHANCE "/DCDP", N_("Remove _JPEG artefacts..."),
     N_("Remove JPEG artefacts (DCDP)"),
     N_("Remove JPEG artifacts, blocks and ringing, and repair a picture compressed too much")},
    {"plug-in-dcdp-inpaint", "inpaint", ENHANCE "/DCDP", N_("_Fill selection..."),
     N_("Fill selection (DCDP)"),
     N_("Fill in what is selected: remove an object, heal scratches, dust or text (inpainting)")},
    {"plug-in-dcdp-super-resolve", "super-resolve", ENHANCE "/DCDP", N_("_Enlarge..."),
     N_("Enlarge (DCDP)"),
     N_("Upscale a layer and add the detail it lacks (super-resolution, AI resize)")},
};

static const Entry *entry_of(const char *name) {
    for (gsize i = 0; i < G_N_ELEMENTS(entries); i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return &entries[0];
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

    (void)image;
    (void)run_data;
    gegl_init(NULL, NULL);
    if (drawables == NULL || drawables[0] == NULL) {
        g_set_error_literal(&error, GIMP_PLUG_IN_ERROR, 0, _("Choose a layer to restore."));
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
        !dialog_run(procedure, config, drawables, context, _(entry->title)))
        status = GIMP_PDB_CANCEL;
    else
        status = layers_restore(drawables, G_OBJECT(config), context, interactive, &result_image,
                                &result, &error);
    analysis_wait_for_all();
    dcdp_context_destroy(context);
    if (status != GIMP_PDB_SUCCESS)
        return gimp_procedure_new_return_values(procedure, status, error);
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
    gimp_procedure_set_sensitivity_mask(procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE |
                                                       GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
    if (entry->task != NULL)
        gimp_plug_in_add_menu_branch(plug_in, ENHANCE, SUBMENU);
    gimp_procedure_set_menu_label(procedure, _(entry->label));
    gimp_procedure_add_menu_path(procedure, entry->path);
    gimp_procedure_set_documentation(
        procedure, _(entry->blurb),
        _("Restores layers, channels or layer masks by decoupled data consistency with diffusion purification. Where there is a selection it is the region that is filled in (inpaint) or changed (the other tasks but enlarging). -1 lets the preset decide."),
        name);
    gimp_procedure_set_attribution(procedure, "The dcdp authors", "MIT OR Apache-2.0", "2026");
    parameters_register(procedure, entry->task);
    gimp_procedure_add_image_return_value(procedure, "result-image", _("Result image"),
                                          _("The image that holds the result"), TRUE,
                                          G_PARAM_READWRITE);
    gimp_procedure_add_drawable_return_value(procedure, "result", _("Result"),
                                             _("The layer or channel that holds the result, the last one of several"), TRUE,
                                             G_PARAM_READWRITE);
    return procedure;
}

/* Catalogues are looked for under the default names, the plug-in's own and `locale`, where there are any. */
static gboolean set_i18n(GimpPlugIn *plug_in, const char *procedure_name, char **domain,
                         char **folder) {
    char *place = g_path_get_dirname(gimp_get_progname());
    char *catalogues = g_build_filename(place, "locale", NULL);
    gboolean translated = g_file_test(catalogues, G_FILE_TEST_IS_DIR);

    (void)plug_in;
    (void)procedure_name;
    *domain = NULL;
    *folder = NULL;
    g_free(catalogues);
    g_free(place);
    return translated;
}

static void dcdp_plug_in_class_init(DcdpPlugInClass *klass) {
    GimpPlugInClass *plug_in_class = GIMP_PLUG_IN_CLASS(klass);

    plug_in_class->query_procedures = query_procedures;
    plug_in_class->create_procedure = create_procedure;
    plug_in_class->set_i18n = set_i18n;
}

static void dcdp_plug_in_init(DcdpPlugIn *plug_in) {
    (void)plug_in;
}
