/* Restores drawables one after the other and puts the results where they belong. */
#ifndef DCDP_GIMP_LAYERS_H
#define DCDP_GIMP_LAYERS_H

#include <dcdp.h>
#include <libgimp/gimp.h>

/* `drawables` (at least one, of one image, NULL at the end) with the values in `config`: all or none, as one undo
 * step. `interactive` shows the progress in a window, with a way to stop, and new images in windows of their own.
 * `image` and `result` receive where the result of the last one is. */
GimpPDBStatusType layers_restore(GimpDrawable **drawables, GObject *config, dcdp_context *context,
                                 gboolean interactive, GimpImage **image, GimpDrawable **result,
                                 GError **error);

#endif
