/* A part of the picture, before and after, restored in the background as settings change; and what was found in
 * the whole picture. */
#ifndef DCDP_GIMP_PREVIEW_H
#define DCDP_GIMP_PREVIEW_H

#include <dcdp.h>
#include <libgimp/gimpui.h>

typedef struct Preview Preview;

/* Follows `config`. `context` serves analyses (see analysis.h); restorations have one of their own. NULL when that
 * cannot be made. */
Preview *preview_new(GimpDrawable *drawable, GObject *config, dcdp_context *context);

/* The widgets to put into a dialog; they belong to their containers. The line tells what was found and what the
 * restoration will take. */
GtkWidget *preview_widget(Preview *preview);
GtkWidget *preview_line(Preview *preview);

/* The selection may have changed: looks at everything anew, soon, if it has. */
void preview_refresh(Preview *preview);

/* Estimates the blur, soon, and puts what is found into the config. */
void preview_estimate_blur(Preview *preview);

/* Stops what is running, then frees; the widgets must be destroyed before the main loop turns again. */
void preview_free(Preview *preview);

#endif
