/* The library's parameter table, seen as arguments of a GIMP procedure. No GUI. */
#ifndef DCDP_GIMP_PARAMETERS_H
#define DCDP_GIMP_PARAMETERS_H

#include <dcdp.h>
#include <libgimp/gimp.h>

/* Names of the arguments that this plug-in adds to those of the table. */
#define ARG_OUTPUT "output"             /* where the result goes: one of output_choices */
#define ARG_MASK "mask"                 /* drawable: what to fill; none: the selection */
#define ARG_KERNEL_LAYER "kernel-layer" /* drawable: the blur kernel; none: the file */

#define OUTPUT_IN_PLACE "in-place"
#define OUTPUT_NEW_LAYER "new-layer"
#define OUTPUT_NEW_IMAGE "new-image"

/* NULL-terminated, in the order the dialog shows them. */
extern const char *const output_choices[];
extern const char *const output_labels[];

/* Called once per parameter that GIMP shows. `argument` is the name with dashes. */
typedef void (*ParameterVisitor)(const dcdp_parameter *parameter, const char *argument,
                                 gpointer user);

/* Walks the table in its order, in the person's language, leaving out what GIMP decides itself (the transfer curve) and what
 * is about sequences. */
void parameters_foreach(ParameterVisitor visit, gpointer user);

/* Registers every argument on `procedure`. `task`, when not NULL, is its default of the task. */
void parameters_register(GimpProcedure *procedure, const char *task);

/* True when the parameter matters for every task. */
gboolean parameters_suits_all_tasks(const dcdp_parameter *parameter);

/* True when the parameter matters for the values now in `config`. */
gboolean parameters_applies(const dcdp_parameter *parameter, GObject *config);

/* Copies the values in `config` to fresh options. On a value the library refuses, returns NULL
 * and sets `error` to the library's own words. The mask and the kernel layer are pixels: see
 * restoration.c. Free with dcdp_options_destroy(). */
dcdp_options *parameters_to_options(GObject *config, GError **error);

/* The property's string, never NULL. */
char *parameters_dup_string(GObject *config, const char *argument);

/* The value of a number argument, whether GIMP keeps it as an int or as a double. */
double parameters_get_number(GObject *config, const char *argument);
void parameters_set_number(GObject *config, const char *argument, double number);

/* True when the config's `argument` holds `value`. */
gboolean parameters_is(GObject *config, const char *argument, const char *value);

/* Checks the plug-in's own choice argument, `output`. */
gboolean parameters_check_output(GObject *config, GError **error);

#endif
