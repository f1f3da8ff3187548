/* The JPEG file that a layer was opened from. */
#ifndef DCDP_GIMP_SOURCE_H
#define DCDP_GIMP_SOURCE_H

#include <libgimp/gimp.h>

/* The bytes of the JPEG file that `drawable`'s image was opened from, while the drawable's pixels are still
 * those of the file; else NULL. Opens the file once for each drawable, unless source_forget() is called. */
GBytes *source_jpeg(GimpDrawable *drawable);

/* Pixels may have changed: look again. */
void source_forget(void);

#endif
