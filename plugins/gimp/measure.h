/* The button that measures the noise in the selection. */
#ifndef DCDP_GIMP_MEASURE_H
#define DCDP_GIMP_MEASURE_H

#include <libgimp/gimpui.h>

/* Pressed while the config holds a spectrum. */
GtkWidget *measure_new(GObject *config, GimpDrawable *drawable);

/* The selection may have changed. */
void measure_refresh(GtkWidget *button);

#endif
