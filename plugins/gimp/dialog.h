/* The dialog that asks how to restore. */
#ifndef DCDP_GIMP_DIALOG_H
#define DCDP_GIMP_DIALOG_H

#include <dcdp.h>
#include <libgimp/gimpui.h>

/* Shows the dialog, under `title`, for `drawables` (at least one; the first is previewed), with the values in
 * `config`, which it changes. TRUE when the person wants the restoration to run. `context` must live until
 * analysis_wait_for_all() returns. */
gboolean dialog_run(GimpProcedure *procedure, GimpProcedureConfig *config, GimpDrawable **drawables,
                    dcdp_context *context, const char *title);

#endif
