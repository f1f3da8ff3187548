/* A small part of the picture, before and after, restored when the person asks for it. */
#ifndef DCDP_GIMP_PREVIEW_H
#define DCDP_GIMP_PREVIEW_H

#include <dcdp.h>
#include <libgimp/gimpui.h>

typedef struct Preview Preview;

/* `config` is read at every press of the button. The preview has a library context of its own.
 * NULL when that cannot be made. */
Preview *preview_new(GimpDrawable *drawable, GObject *config);

/* The widget to put into a dialog; it belongs to its container. */
GtkWidget *preview_widget(Preview *preview);

/* Stops what is running, then frees; the widget must be destroyed before the main loop turns again. */
void preview_free(Preview *preview);

#endif
