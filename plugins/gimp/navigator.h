/* All of a layer, small; a frame marks the part that is looked at, and a click moves it. */
#ifndef DCDP_GIMP_NAVIGATOR_H
#define DCDP_GIMP_NAVIGATOR_H

#include <libgimp/gimpui.h>

/* Told where the person clicked, in the drawable's coordinates. */
typedef void (*NavigatorLook)(double x, double y, gpointer user);

GtkWidget *navigator_new(GimpDrawable *drawable, NavigatorLook look, gpointer user);

/* Puts the frame there. */
void navigator_mark(GtkWidget *navigator, const GeglRectangle *shown);

#endif
