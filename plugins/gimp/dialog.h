/* The dialog that asks how to restore. */
#ifndef DCDP_GIMP_DIALOG_H
#define DCDP_GIMP_DIALOG_H

#include <dcdp.h>
#include <libgimp/gimpui.h>

/* Shows the dialog, under `title`, for `drawable`, with the values in `config`, which it changes. TRUE when the
 * person wants the restoration to run. `context` serves the preview and the estimate. */
gboolean dialog_run(GimpProcedure *procedure, GimpProcedureConfig *config, GimpDrawable *drawable,
                    dcdp_context *context, const char *title);

#endif
