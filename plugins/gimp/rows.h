/* One labelled control per parameter, kept in step with the procedure's config. */
#ifndef DCDP_GIMP_ROWS_H
#define DCDP_GIMP_ROWS_H

#include <dcdp.h>
#include <libgimp/gimpui.h>

typedef struct Rows Rows;

/* Fills the two grids, whose first column takes labels: `main` with what most people need,
 * `advanced` with the rest. `drawable` is what gets restored. Free with rows_free() after the
 * grids are gone. */
Rows *rows_new(GObject *config, GimpDrawable *drawable, GtkGrid *main, GtkGrid *advanced);
void rows_free(Rows *rows);

#endif
