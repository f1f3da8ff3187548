/* One restoration of one drawable: what is read from GIMP before the library runs, and what is
 * written back after. No GUI; everything here belongs to the main thread. */
#ifndef DCDP_GIMP_RESTORATION_H
#define DCDP_GIMP_RESTORATION_H

#include "job.h"
#include "pixels.h"

typedef struct {
    GimpDrawable *drawable;
    dcdp_options *options;
    GeglRectangle area; /* what is restored, in the drawable's coordinates */
    Pixels input;
    Pixels output;      /* filled by the library */
    Pixels weight;      /* how much of the output is wanted; no data: all of it */
    gboolean enlarges;  /* the output is a larger picture than the area */
    gboolean has_work;  /* FALSE: filling in, and nothing in the area is to be filled */
    dcdp_image input_view, output_view;
} Restoration;

/* Why `drawable` cannot be restored with these settings, before anything is read: FALSE and a
 * message for the user. */
gboolean restoration_check(GimpDrawable *drawable, GObject *config, GError **error);

/* Whether GIMP draws the pixels from something else, a linked file or a path, and would lose what
 * is written to them. Text layers remember that they were painted on. */
gboolean restoration_is_drawn_anew(GimpDrawable *drawable);

/* The part of the drawable that has to be worked on: all of it, or for a small selection in a
 * large picture what surrounds the selection. */
GeglRectangle restoration_area(GimpDrawable *drawable, GObject *config);

/* Everything but the pixels: the options, with the mask and the kernel of `area`. NULL and
 * `error` when something is wrong. */
Restoration *restoration_new(GimpDrawable *drawable, GObject *config, const GeglRectangle *area,
                             GError **error);

/* Reads the pixels of the area. */
gboolean restoration_look(Restoration *restoration, GError **error);

/* Reads the pixels of the area and makes room for the output. */
gboolean restoration_read(Restoration *restoration, GError **error);

void restoration_free(Restoration *restoration);

/* How much of each pixel of the area is selected: 0 to 1. */
gboolean restoration_read_selection(const Restoration *restoration, Pixels *plane, GError **error);

/* Runs the library on what restoration_read() read. */
Job *restoration_start(Restoration *restoration, dcdp_context *context);

#endif
