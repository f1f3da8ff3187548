/* One labelled control per parameter, kept in step with the procedure's config, in sections. */
#ifndef DCDP_GIMP_ROWS_H
#define DCDP_GIMP_ROWS_H

#include <dcdp.h>
#include <libgimp/gimpui.h>

typedef struct Rows Rows;

/* The sections, in the order the dialog shows them. */
typedef enum { ROWS_TOP, ROWS_TASK, ROWS_QUALITY, ROWS_OUTPUT, ROWS_ADVANCED, ROWS_PLACES } RowsPlace;

/* Makes the rows for `drawable`, what gets restored. `estimate` is called when the person wants the blur to be
 * estimated. Free with rows_free() before the widgets are gone. */
Rows *rows_new(GObject *config, GimpDrawable *drawable, void (*estimate)(gpointer user),
               gpointer user);
void rows_free(Rows *rows);

/* A section's grid and its heading; they belong to their containers. */
GtkWidget *rows_grid(Rows *rows, RowsPlace place);
GtkWidget *rows_heading(Rows *rows, RowsPlace place);

/* Shows the rows that apply, and what the selection allows. */
void rows_refresh(Rows *rows);

#endif
