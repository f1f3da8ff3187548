/* GIMP checks arguments against their declared range and choices before a plug-in sees them, and
 * a value that does not fit is quietly replaced by the default when it is passed by name. So
 * every number is declared without limits and every choice as a string: the library, which knows
 * the limits, refuses what is wrong and says why. */
#include "parameters.h"

#include "i18n.h"
#include "spectrum.h"

#include <string.h>

const char *const output_choices[] = {OUTPUT_IN_PLACE, OUTPUT_NEW_LAYER, OUTPUT_NEW_IMAGE, NULL};
const char *const output_labels[] = {N_("Change this layer"), N_("New layer"),
                                      N_("New image"), NULL};

void parameters_foreach(ParameterVisitor visit, gpointer user) {
    uint32_t count = dcdp_parameter_count();

    for (uint32_t i = 0; i < count; i++) {
        dcdp_parameter parameter = {.struct_size = sizeof parameter};
        char *argument;

        if (dcdp_parameter_get(i, &parameter) != DCDP_OK)
            continue;
        /* Pixels are handed over sRGB-encoded whatever the image's own encoding, and a layer is no
         * sequence of frames. */
        if (strcmp(parameter.name, "transfer") == 0 ||
            strcmp(parameter.name, "temporal_frames") == 0)
            continue;
        parameter.label = translated(parameter.label);
        parameter.hint = translated(parameter.hint);
        parameter.unit = translated(parameter.unit);
        argument = g_strdelimit(g_strdup(parameter.name), "_", '-');
        visit(&parameter, argument, user);
        g_free(argument);
    }
}

static void append_limits(GString *text, const dcdp_parameter *p) {
    if (p->type == DCDP_PARAMETER_CHOICE) {
        g_string_append(text, _(" One of:"));
        for (uint32_t i = 0; i < p->choice_count; i++)
            g_string_append_printf(text, "%s %s", i > 0 ? "," : "", p->choices[i]);
        g_string_append_c(text, '.');
    } else if (p->type == DCDP_PARAMETER_NUMBER || p->type == DCDP_PARAMETER_INTEGER) {
        g_string_append_printf(text, _(" From %g to %g%s."), p->minimum, p->maximum,
                               p->automatic ? _(", or -1") : "");
    }
}

/* GIMP's whole numbers have 32 bits: a longer one, like the seed, travels as a double. */
static gboolean fits_int(const dcdp_parameter *p) {
    return p->type == DCDP_PARAMETER_INTEGER && p->minimum >= G_MININT && p->maximum <= G_MAXINT;
}

typedef struct {
    GimpProcedure *procedure;
    const char *task;
} Registration;

static void register_one(const dcdp_parameter *p, const char *argument, gpointer user) {
    const Registration *registration = user;
    GimpProcedure *procedure = registration->procedure;
    gboolean is_task = registration->task != NULL && strcmp(p->name, "task") == 0;
    const char *text = is_task ? registration->task : p->default_text;
    GString *blurb = g_string_new(p->hint);
    GParamFlags flags = G_PARAM_READWRITE;

    append_limits(blurb, p);
    switch (p->type) {
    case DCDP_PARAMETER_NUMBER:
    case DCDP_PARAMETER_INTEGER:
        if (fits_int(p))
            gimp_procedure_add_int_argument(procedure, argument, p->label, blurb->str, G_MININT,
                                            G_MAXINT, (int)p->default_number, flags);
        else
            gimp_procedure_add_double_argument(procedure, argument, p->label, blurb->str,
                                               -G_MAXDOUBLE, G_MAXDOUBLE, p->default_number, flags);
        break;
    case DCDP_PARAMETER_FILE:
        /* ANY: with OPEN, GIMP replaces a file that does not exist by none. */
        gimp_procedure_add_file_argument(procedure, argument, p->label, blurb->str,
                                         GIMP_FILE_CHOOSER_ACTION_ANY, TRUE, NULL, flags);
        break;
    default:
        /* The device is this machine's business, not a script's: remembered, never passed. */
        if (strcmp(p->name, "device") == 0)
            gimp_procedure_add_string_aux_argument(procedure, argument, p->label, blurb->str,
                                                   text, flags);
        else
            gimp_procedure_add_string_argument(procedure, argument, p->label, blurb->str, text,
                                               flags);
        break;
    }
    g_string_free(blurb, TRUE);
}

void parameters_register(GimpProcedure *procedure, const char *task) {
    Registration registration = {procedure, task};

    parameters_foreach(register_one, &registration);
    gimp_procedure_add_drawable_argument(
        procedure, ARG_KERNEL_LAYER, _("Kernel _layer"),
        _("Layer or channel that holds the blur kernel, used in place of the kernel file."), TRUE,
        G_PARAM_READWRITE);
    gimp_procedure_add_drawable_argument(
        procedure, ARG_MASK, _("_Mask"),
        _("Layer or channel whose light parts are filled in. None: the selection is filled in."),
        TRUE, G_PARAM_READWRITE);
    gimp_procedure_add_string_argument(
        procedure, ARG_NOISE_SPECTRUM, _("Noise spectrum"),
        _("Noise as measured elsewhere, taken while noise is -1: the 384 numbers of dcdp_estimate_noise with blanks between. Empty: it is measured in the layer."),
        "", G_PARAM_READWRITE);
    gimp_procedure_add_string_argument(
        procedure, ARG_OUTPUT, _("_Output"),
        _("Where the result goes. One of: in-place, new-layer, new-image. An enlarged picture does not fit in its old place: for super-resolve, in-place makes a new image too."),
        OUTPUT_IN_PLACE, G_PARAM_READWRITE);
}

char *parameters_dup_string(GObject *config, const char *argument) {
    char *value = NULL;

    g_object_get(config, argument, &value, NULL);
    return value != NULL ? value : g_strdup("");
}

double parameters_get_number(GObject *config, const char *argument) {
    GValue value = G_VALUE_INIT;
    double number;

    g_value_init(&value, G_TYPE_DOUBLE);
    g_object_get_property(config, argument, &value);
    number = g_value_get_double(&value);
    g_value_unset(&value);
    return number;
}

void parameters_set_number(GObject *config, const char *argument, double number) {
    GValue value = G_VALUE_INIT;

    g_value_init(&value, G_TYPE_DOUBLE);
    g_value_set_double(&value, number);
    g_object_set_property(config, argument, &value);
    g_value_unset(&value);
}

gboolean parameters_is(GObject *config, const char *argument, const char *value) {
    char *current = parameters_dup_string(config, argument);
    gboolean same = strcmp(current, value) == 0;

    g_free(current);
    return same;
}

/* 0 for a task that does not exist, which the library refuses. */
static uint32_t task_bit(GObject *config) {
    static const struct {
        const char *name;
        uint32_t bit;
    } tasks[] = {{"denoise", DCDP_TASK_DENOISE},
                 {"deblur", DCDP_TASK_DEBLUR},
                 {"inpaint", DCDP_TASK_INPAINT},
                 {"super-resolve", DCDP_TASK_SUPER_RESOLVE},
                 {"dejpeg", DCDP_TASK_DEJPEG}};

    for (gsize i = 0; i < G_N_ELEMENTS(tasks); i++)
        if (parameters_is(config, "task", tasks[i].name))
            return tasks[i].bit;
    return 0;
}

gboolean parameters_suits_all_tasks(const dcdp_parameter *parameter) {
    const uint32_t all = DCDP_TASK_DENOISE | DCDP_TASK_DEBLUR | DCDP_TASK_INPAINT |
                         DCDP_TASK_SUPER_RESOLVE | DCDP_TASK_DEJPEG;

    return (parameter->tasks & all) == all;
}

gboolean parameters_applies(const dcdp_parameter *parameter, GObject *config) {
    if ((parameter->tasks & task_bit(config)) == 0)
        return FALSE;
    return parameter->needs_name == NULL ||
           parameters_is(config, parameter->needs_name, parameter->needs_choice);
}

typedef struct {
    GObject *config;
    dcdp_options *options;
    GError **error;
    gboolean failed;
} Transfer;

static int32_t set_file(Transfer *t, const dcdp_parameter *p, const char *argument) {
    int32_t status = DCDP_OK;
    GFile *file = NULL;

    g_object_get(t->config, argument, &file, NULL);
    if (file != NULL) {
        char *path = g_file_get_path(file);

        if (path != NULL && path[0] != '\0')
            status = dcdp_options_set_string(t->options, p->name, path);
        g_free(path);
        g_object_unref(file);
    }
    return status;
}

static void set_one(const dcdp_parameter *p, const char *argument, gpointer user) {
    Transfer *t = user;
    int32_t status = DCDP_OK;

    if (t->failed)
        return;
    switch (p->type) {
    case DCDP_PARAMETER_NUMBER:
    case DCDP_PARAMETER_INTEGER:
        status = dcdp_options_set_number(t->options, p->name,
                                         parameters_get_number(t->config, argument));
        break;
    case DCDP_PARAMETER_FILE:
        /* A kernel that another choice of blur would not read is no reason to refuse. */
        if (parameters_applies(p, t->config))
            status = set_file(t, p, argument);
        break;
    default: {
        char *value = parameters_dup_string(t->config, argument);
        if (p->type == DCDP_PARAMETER_CHOICE || value[0] != '\0')
            status = dcdp_options_set_string(t->options, p->name, value);
        g_free(value);
        break;
    }
    }
    if (status != DCDP_OK) {
        g_set_error_literal(t->error, GIMP_PLUG_IN_ERROR, 0, dcdp_last_error());
        t->failed = TRUE;
    }
}

dcdp_options *parameters_to_options(GObject *config, GError **error) {
    Transfer transfer = {.config = config, .error = error};

    if (dcdp_options_create(&transfer.options) != DCDP_OK) {
        g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0, dcdp_last_error());
        return NULL;
    }
    parameters_foreach(set_one, &transfer);
    if (transfer.failed || !spectrum_to_options(config, transfer.options, error)) {
        dcdp_options_destroy(transfer.options);
        return NULL;
    }
    return transfer.options;
}

gboolean parameters_check_output(GObject *config, GError **error) {
    char *output = parameters_dup_string(config, ARG_OUTPUT);
    gboolean known = g_strv_contains(output_choices, output);

    if (!known)
        g_set_error(error, GIMP_PLUG_IN_ERROR, 0,
                    _("output: \"%s\" is unknown; in-place, new-layer and new-image are allowed"),
                    output);
    g_free(output);
    return known;
}
