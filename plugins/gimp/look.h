/* Where a preview looks. No GUI. */
#ifndef DCDP_GIMP_LOOK_H
#define DCDP_GIMP_LOOK_H

#include "findings.h"
#include "restoration.h"

typedef struct {
    GimpDrawable *drawable;
    double x, y;       /* its centre, in the drawable's coordinates */
    int magnification; /* 1 or 2 screen pixels for one of the result */
} Look;

/* The middle of the selection, or of the layer: GIMP does not tell plug-ins what a window shows. */
void look_at_middle(Look *look);

/* How many times larger than the drawable the result is. */
int look_enlargement(GObject *config);

/* The part of the drawable that a view of so many screen pixels shows; moves the centre inside the drawable. */
GeglRectangle look_area(Look *look, GObject *config, int view_width, int view_height);

/* A restoration of that part, with pixels, and with what an analysis found in the whole picture. NULL and `error`
 * when something is wrong. */
Restoration *look_restoration(const Look *look, GObject *config, const GeglRectangle *shown,
                              const Findings *found, GError **error);

/* The part of a finished restoration's output that belongs to `shown`. */
GeglRectangle look_result(const Restoration *restoration, const GeglRectangle *shown);

#endif
