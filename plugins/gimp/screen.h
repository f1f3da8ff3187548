/* Pictures for the screen. No GIMP calls. */
#ifndef DCDP_GIMP_SCREEN_H
#define DCDP_GIMP_SCREEN_H

#include "pixels.h"

#include <cairo.h>

/* The rectangle of `pixels`; transparent parts look mid-gray. */
cairo_surface_t *screen_picture(const Pixels *pixels, const GeglRectangle *area);

/* `height` rows of `width` values, black at 0, white at the largest. */
cairo_surface_t *screen_values(const float *values, int width, int height);

/* Lets go of a surface, which may be NULL, and forgets it. */
void screen_clear(cairo_surface_t **surface);

#endif
