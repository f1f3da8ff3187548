/* Where a finished restoration goes. No GUI. */
#ifndef DCDP_GIMP_DELIVER_H
#define DCDP_GIMP_DELIVER_H

#include "restoration.h"

/* Lets go of what only the computation needed; the output waits for deliver(). */
void deliver_prepare(Restoration *restoration);

/* Writes the prepared output to the place that `config` names, as one undo step. `image` and `drawable`
 * receive where the result now is, both owned by libgimp. */
gboolean deliver(Restoration *restoration, GObject *config, GimpImage **image,
                 GimpDrawable **drawable, GError **error);

#endif
