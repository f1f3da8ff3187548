#include "navigator.h"

#include "i18n.h"

/* Its longest side, in screen pixels. */
#define SIDE 120

typedef struct {
    GdkPixbuf *picture; /* NULL: could not be had */
    double width, height; /* of the drawable */
    GeglRectangle shown;
    NavigatorLook look;
    gpointer user;
} Navigator;

#define KEY "dcdp-navigator"

/* Screen pixels per pixel. */
static double scale_of(const Navigator *n) {
    return SIDE / MAX(n->width, n->height);
}

static gboolean on_draw(GtkWidget *area, cairo_t *cairo, Navigator *n) {
    double scale = scale_of(n);

    (void)area;
    if (n->picture != NULL) {
        cairo_save(cairo);
        cairo_scale(cairo, scale * n->width / gdk_pixbuf_get_width(n->picture),
                    scale * n->height / gdk_pixbuf_get_height(n->picture));
        gdk_cairo_set_source_pixbuf(cairo, n->picture, 0.0, 0.0);
        cairo_paint(cairo);
        cairo_restore(cairo);
    }
    cairo_rectangle(cairo, n->shown.x * scale, n->shown.y * scale, n->shown.width * scale,
                    n->shown.height * scale);
    cairo_set_source_rgb(cairo, 0.0, 0.0, 0.0);
    cairo_set_line_width(cairo, 3.0);
    cairo_stroke_preserve(cairo);
    cairo_set_source_rgb(cairo, 1.0, 1.0, 1.0);
    cairo_set_line_width(cairo, 1.0);
    cairo_stroke(cairo);
    return TRUE;
}

static void look(Navigator *n, double x, double y) {
    double scale = scale_of(n);

    n->look(x / scale, y / scale, n->user);
}

static gboolean on_press(GtkWidget *area, GdkEventButton *event, Navigator *n) {
    (void)area;
    look(n, event->x, event->y);
    return TRUE;
}

static gboolean on_drag(GtkWidget *area, GdkEventMotion *event, Navigator *n) {
    (void)area;
    look(n, event->x, event->y);
    return TRUE;
}

static void free_navigator(Navigator *n) {
    g_clear_object(&n->picture);
    g_free(n);
}

GtkWidget *navigator_new(GimpDrawable *drawable, NavigatorLook told, gpointer user) {
    Navigator *n = g_new0(Navigator, 1);
    GtkWidget *area = gtk_drawing_area_new();
    double scale;

    n->width = gimp_drawable_get_width(drawable);
    n->height = gimp_drawable_get_height(drawable);
    n->look = told;
    n->user = user;
    n->picture = gimp_drawable_get_thumbnail(drawable, SIDE, SIDE, GIMP_PIXBUF_SMALL_CHECKS);
    scale = scale_of(n);
    gtk_widget_set_size_request(area, MAX(1, (int)(n->width * scale)),
                                MAX(1, (int)(n->height * scale)));
    gtk_widget_set_halign(area, GTK_ALIGN_START);
    gtk_widget_set_valign(area, GTK_ALIGN_START);
    gtk_widget_set_tooltip_text(area, _("Click where the preview is to look."));
    gtk_widget_add_events(area, GDK_BUTTON_PRESS_MASK | GDK_BUTTON1_MOTION_MASK);
    g_signal_connect(area, "draw", G_CALLBACK(on_draw), n);
    g_signal_connect(area, "button-press-event", G_CALLBACK(on_press), n);
    g_signal_connect(area, "motion-notify-event", G_CALLBACK(on_drag), n);
    g_object_set_data_full(G_OBJECT(area), KEY, n, (GDestroyNotify)free_navigator);
    return area;
}

void navigator_mark(GtkWidget *area, const GeglRectangle *shown) {
    Navigator *n = g_object_get_data(G_OBJECT(area), KEY);

    n->shown = *shown;
    gtk_widget_queue_draw(area);
}
