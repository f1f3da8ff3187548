/* One picture, before to the left of a line and after to its right; the line can be dragged. */
#ifndef DCDP_GIMP_SPLITVIEW_H
#define DCDP_GIMP_SPLITVIEW_H

#include <gtk/gtk.h>

typedef struct SplitView SplitView;

/* Told when the person drags the picture, by so many screen pixels, and when the view has another size
 * (0, 0). */
typedef void (*SplitViewMoved)(double dx, double dy, gpointer user);

/* The widget owns the view. */
SplitView *split_view_new(SplitViewMoved moved, gpointer user);
GtkWidget *split_view_widget(SplitView *view);

/* The room that there is, in screen pixels. */
void split_view_size(SplitView *view, int *width, int *height);

/* Shows `before` and `after`, each as many times larger as its scale says. Either may be NULL: without an
 * `after`, `before` is all there is. The view takes references of its own. */
void split_view_show(SplitView *view, cairo_surface_t *before, double before_scale,
                     cairo_surface_t *after, double after_scale);

#endif
