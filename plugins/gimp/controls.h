/* Widgets that edit one property of a procedure's config. Arguments of this plug-in are declared
 * wider than what is allowed (see parameters.c), so the limits of the widgets come from the
 * library's table. */
#ifndef DCDP_GIMP_CONTROLS_H
#define DCDP_GIMP_CONTROLS_H

#include <dcdp.h>
#include <libgimp/gimpui.h>

/* The control for a row of the table. */
GtkWidget *controls_new(GObject *config, const dcdp_parameter *parameter, const char *argument);

/* A list of `count` words with labels, for a string property. */
GtkWidget *controls_new_choice(GObject *config, const char *argument, const char *const *words,
                               const char *const *labels, guint count);

/* A list of the layers and channels that are open, or of those in `drawable`'s image only, but
 * never `drawable` itself, for a drawable property. Its first line, `none`, stands for none. */
GtkWidget *controls_new_drawable(GObject *config, const char *argument, GimpDrawable *drawable,
                                 gboolean same_image, const char *none);

/* The widget inside `control` that takes the keyboard. */
GtkWidget *controls_focus(GtkWidget *control);

#endif
