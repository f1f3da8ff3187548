#include "splitview.h"

#include "i18n.h"
#include "screen.h"

#include <math.h>

/* The least room, in screen pixels. */
#define WIDTH 420
#define HEIGHT 340
/* So near the line a press takes the line. */
#define REACH 10.0
/* What an arrow key moves the line by. */
#define KEY_STEP 0.05

typedef struct {
    cairo_surface_t *surface; /* NULL: none */
    double scale;
} Side;

struct SplitView {
    GtkWidget *area;
    SplitViewMoved moved;
    gpointer user;
    Side before, after;
    double line; /* where the line is, as a part of the width */
    double last_x, last_y;
    gboolean takes_line; /* what is dragged is the line */
};

void split_view_size(SplitView *view, int *width, int *height) {
    *width = MAX(gtk_widget_get_allocated_width(view->area), WIDTH);
    *height = MAX(gtk_widget_get_allocated_height(view->area), HEIGHT);
}

static void set_side(Side *side, cairo_surface_t *surface, double scale) {
    if (surface != NULL)
        cairo_surface_reference(surface);
    screen_clear(&side->surface);
    side->surface = surface;
    side->scale = scale;
}

void split_view_show(SplitView *view, cairo_surface_t *before, double before_scale,
                     cairo_surface_t *after, double after_scale) {
    set_side(&view->before, before, before_scale);
    set_side(&view->after, after, after_scale);
    gtk_widget_queue_draw(view->area);
}

static void draw_side(cairo_t *cairo, const Side *side, int width, int height, double scale) {
    cairo_pattern_t *pattern;

    cairo_save(cairo);
    cairo_translate(
        cairo, floor((width - cairo_image_surface_get_width(side->surface) * side->scale) / 2.0),
        floor((height - cairo_image_surface_get_height(side->surface) * side->scale) / 2.0));
    cairo_scale(cairo, side->scale, side->scale);
    cairo_set_source_surface(cairo, side->surface, 0.0, 0.0);
    pattern = cairo_get_source(cairo);
    /* Pixels are shown as they are; only what will be enlarged is smoothed meanwhile. */
    cairo_pattern_set_filter(pattern,
                             side->scale == scale ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR);
    cairo_paint(cairo);
    cairo_restore(cairo);
}

static void draw_text(SplitView *view, cairo_t *cairo, const char *text, gboolean right) {
    PangoLayout *layout = gtk_widget_create_pango_layout(view->area, text);
    int width, height, text_width, text_height;
    double x, y;

    split_view_size(view, &width, &height);
    pango_layout_get_pixel_size(layout, &text_width, &text_height);
    x = right ? width - text_width - 10.0 : 10.0;
    y = height - text_height - 8.0;
    cairo_set_source_rgba(cairo, 0.0, 0.0, 0.0, 0.55);
    cairo_rectangle(cairo, x - 4.0, y - 2.0, text_width + 8.0, text_height + 4.0);
    cairo_fill(cairo);
    cairo_set_source_rgb(cairo, 1.0, 1.0, 1.0);
    cairo_move_to(cairo, x, y);
    pango_cairo_show_layout(cairo, layout);
    g_object_unref(layout);
}

static void draw_line(SplitView *view, cairo_t *cairo, double x, int height) {
    cairo_set_source_rgba(cairo, 0.0, 0.0, 0.0, 0.6);
    cairo_rectangle(cairo, x - 2.0, 0.0, 4.0, height);
    cairo_fill(cairo);
    if (gtk_widget_has_focus(view->area))
        cairo_set_source_rgb(cairo, 1.0, 0.85, 0.3);
    else
        cairo_set_source_rgb(cairo, 1.0, 1.0, 1.0);
    cairo_rectangle(cairo, x - 1.0, 0.0, 2.0, height);
    cairo_fill(cairo);
    cairo_arc(cairo, x, height / 2.0, 7.0, 0.0, 2.0 * G_PI);
    cairo_fill(cairo);
}

static gboolean on_draw(GtkWidget *area, cairo_t *cairo, SplitView *view) {
    int width = gtk_widget_get_allocated_width(area), height = gtk_widget_get_allocated_height(area);
    gboolean both = view->before.surface != NULL && view->after.surface != NULL;
    double x = round(view->line * width);

    cairo_set_source_rgb(cairo, 0.2, 0.2, 0.2);
    cairo_paint(cairo);
    if (view->before.surface == NULL)
        return TRUE;
    draw_side(cairo, &view->before, width, height,
              both ? view->after.scale : view->before.scale);
    if (both) {
        cairo_save(cairo);
        cairo_rectangle(cairo, x, 0.0, width - x, height);
        cairo_clip(cairo);
        cairo_set_source_rgb(cairo, 0.2, 0.2, 0.2);
        cairo_paint(cairo);
        draw_side(cairo, &view->after, width, height, view->after.scale);
        cairo_restore(cairo);
        draw_text(view, cairo, _("After"), TRUE);
    }
    draw_text(view, cairo, _("Before"), FALSE);
    draw_line(view, cairo, x, height);
    return TRUE;
}

static gboolean is_near_line(SplitView *view, double x) {
    return fabs(x - view->line * gtk_widget_get_allocated_width(view->area)) <= REACH;
}

static void move_line(SplitView *view, double line) {
    view->line = CLAMP(line, 0.0, 1.0);
    gtk_widget_queue_draw(view->area);
}

static gboolean on_press(GtkWidget *area, GdkEventButton *event, SplitView *view) {
    gtk_widget_grab_focus(area);
    view->takes_line = is_near_line(view, event->x);
    view->last_x = event->x;
    view->last_y = event->y;
    return TRUE;
}

static void show_cursor(SplitView *view, double x) {
    GdkDisplay *display = gtk_widget_get_display(view->area);
    GdkCursor *cursor =
        gdk_cursor_new_from_name(display, is_near_line(view, x) ? "col-resize" : "grab");

    gdk_window_set_cursor(gtk_widget_get_window(view->area), cursor);
    g_clear_object(&cursor);
}

static gboolean on_motion(GtkWidget *area, GdkEventMotion *event, SplitView *view) {
    if ((event->state & GDK_BUTTON1_MASK) == 0) {
        show_cursor(view, event->x);
    } else if (view->takes_line) {
        move_line(view, event->x / MAX(1, gtk_widget_get_allocated_width(area)));
    } else {
        view->moved(event->x - view->last_x, event->y - view->last_y, view->user);
        view->last_x = event->x;
        view->last_y = event->y;
    }
    return TRUE;
}

static gboolean on_key(GtkWidget *area, GdkEventKey *event, SplitView *view) {
    (void)area;
    if (event->keyval != GDK_KEY_Left && event->keyval != GDK_KEY_Right)
        return FALSE;
    move_line(view, view->line + (event->keyval == GDK_KEY_Left ? -KEY_STEP : KEY_STEP));
    return TRUE;
}

static void on_size(SplitView *view) {
    view->moved(0.0, 0.0, view->user);
}

static void free_view(SplitView *view) {
    screen_clear(&view->before.surface);
    screen_clear(&view->after.surface);
    g_free(view);
}

SplitView *split_view_new(SplitViewMoved moved, gpointer user) {
    SplitView *view = g_new0(SplitView, 1);

    view->area = gtk_drawing_area_new();
    view->moved = moved;
    view->user = user;
    view->line = 0.5;
    gtk_widget_set_size_request(view->area, WIDTH, HEIGHT);
    gtk_widget_set_can_focus(view->area, TRUE);
    gtk_widget_set_tooltip_text(view->area, _("Before is left of the line, after right of it. Drag the line to compare, or the picture to look elsewhere."));
    gtk_widget_add_events(view->area, GDK_BUTTON_PRESS_MASK | GDK_BUTTON1_MOTION_MASK |
                                          GDK_POINTER_MOTION_MASK | GDK_KEY_PRESS_MASK);
    g_signal_connect(view->area, "draw", G_CALLBACK(on_draw), view);
    g_signal_connect(view->area, "button-press-event", G_CALLBACK(on_press), view);
    g_signal_connect(view->area, "motion-notify-event", G_CALLBACK(on_motion), view);
    g_signal_connect(view->area, "key-press-event", G_CALLBACK(on_key), view);
    g_signal_connect_swapped(view->area, "size-allocate", G_CALLBACK(on_size), view);
    g_object_set_data_full(G_OBJECT(view->area), "dcdp-split-view", view,
                           (GDestroyNotify)free_view);
    return view;
}

GtkWidget *split_view_widget(SplitView *view) {
    return view->area;
}
