#include "preview.h"

#include "parameters.h"
#include "restoration.h"
#include "words.h"

#include <math.h>

/* Side of the two views, in screen pixels. */
#define VIEW 208
/* What is restored around the part that is shown, so that its edges look as they will. */
#define MARGIN 32
#define TICK 50

struct Preview {
    GimpDrawable *drawable;
    GObject *config;
    dcdp_context *context;
    GtkWidget *box, *before_view, *after_view, *button, *status;
    double x, y; /* centre of what is shown, in the drawable's coordinates */
    double drag_x, drag_y;
    cairo_surface_t *before, *after; /* after: NULL until restored */
    Restoration *restoration;        /* while running */
    GeglRectangle shown;             /* what the running job will show */
    Job *job;
    guint timer;
    gulong handler;
};

/* How much larger than the picture the views show it. */
static int zoom(const Preview *p) {
    dcdp_options *options = parameters_to_options(p->config, NULL);
    int width = 1, height = 1;

    if (options != NULL && dcdp_output_size(options, 1, 1, &width, &height) != DCDP_OK)
        width = 1;
    dcdp_options_destroy(options);
    return CLAMP(width, 1, VIEW);
}

static GeglRectangle grow_within(const Preview *p, GeglRectangle area, int margin) {
    GeglRectangle whole = {0, 0, gimp_drawable_get_width(p->drawable),
                           gimp_drawable_get_height(p->drawable)};

    area = (GeglRectangle){area.x - margin, area.y - margin, area.width + 2 * margin,
                           area.height + 2 * margin};
    gegl_rectangle_intersect(&area, &area, &whole);
    return area;
}

/* The part of the drawable that fits into a view, moved inside the drawable. */
static GeglRectangle shown_area(Preview *p) {
    int width = gimp_drawable_get_width(p->drawable);
    int height = gimp_drawable_get_height(p->drawable);
    int side = MAX(1, VIEW / zoom(p));
    GeglRectangle area = {0, 0, MIN(side, width), MIN(side, height)};

    p->x = CLAMP(p->x, area.width / 2.0, width - area.width / 2.0);
    p->y = CLAMP(p->y, area.height / 2.0, height - area.height / 2.0);
    area.x = CLAMP((int)(p->x - area.width / 2.0), 0, width - area.width);
    area.y = CLAMP((int)(p->y - area.height / 2.0), 0, height - area.height);
    return area;
}

static guint32 to_screen(const float *pixel, const Pixels *pixels) {
    int colours = pixels->channels - (pixels->alpha ? 1 : 0);
    float alpha = pixels->alpha ? CLAMP(pixel[colours], 0.0f, 1.0f) : 1.0f;
    guint32 screen = 0;

    for (int c = 0; c < 3; c++) {
        float value = CLAMP(pixel[colours == 3 ? c : 0], 0.0f, 1.0f);
        /* Transparent parts look mid-gray. */
        screen = screen << 8 | (guint32)lrintf(255.0f * (value * alpha + 0.5f * (1.0f - alpha)));
    }
    return screen;
}

/* The rectangle of `pixels` as a picture for the screen. */
static cairo_surface_t *to_surface(const Pixels *pixels, GeglRectangle area) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, area.width, area.height);
    guchar *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);

    for (int y = 0; y < area.height; y++) {
        guint32 *row = (guint32 *)(void *)(data + (gsize)y * (gsize)stride);
        gsize first = (gsize)(area.y + y) * (gsize)pixels->width + (gsize)area.x;

        for (int x = 0; x < area.width; x++)
            row[x] = to_screen(pixels->data + (first + (gsize)x) * (gsize)pixels->channels, pixels);
    }
    cairo_surface_mark_dirty(surface);
    return surface;
}

static void clear_surface(cairo_surface_t **surface) {
    if (*surface != NULL)
        cairo_surface_destroy(*surface);
    *surface = NULL;
}

static void refresh(Preview *p) {
    gtk_widget_queue_draw(p->before_view);
    gtk_widget_queue_draw(p->after_view);
}

static void read_before(Preview *p) {
    GeglRectangle area = shown_area(p);
    Pixels pixels;

    clear_surface(&p->before);
    if (pixels_read(p->drawable, &area, &pixels, NULL)) {
        p->before = to_surface(&pixels, (GeglRectangle){0, 0, area.width, area.height});
        pixels_clear(&pixels);
    }
    refresh(p);
}

static void say(Preview *p, const char *text) {
    gtk_label_set_text(GTK_LABEL(p->status), text);
}

/* Joins the job and forgets what belonged to it; the library's status. */
static int32_t finish_job(Preview *p, char **message) {
    int32_t status = job_finish(p->job, message);

    p->job = NULL;
    if (p->timer != 0)
        g_source_remove(p->timer);
    p->timer = 0;
    gtk_button_set_label(GTK_BUTTON(p->button), "_Preview");
    return status;
}

static void show_after(Preview *p) {
    const Restoration *r = p->restoration;
    int factor = r->output.width / r->area.width;
    GeglRectangle part = {(p->shown.x - r->area.x) * factor, (p->shown.y - r->area.y) * factor,
                          p->shown.width * factor, p->shown.height * factor};

    clear_surface(&p->after);
    if (r->weight.data != NULL)
        pixels_blend(&p->restoration->output, &r->input, &r->weight);
    p->after = to_surface(&r->output, part);
    refresh(p);
}

static gboolean on_tick(gpointer user) {
    Preview *p = user;
    JobStatus status = job_status(p->job);
    char *text = NULL;
    int32_t code;

    if (!status.finished) {
        text = words_status(&status);
        say(p, text);
        g_free(text);
        return G_SOURCE_CONTINUE;
    }
    p->timer = 0; /* removed by returning */
    code = finish_job(p, &text);
    say(p, code == DCDP_OK ? "" : text);
    if (code == DCDP_OK)
        show_after(p);
    g_free(text);
    g_clear_pointer(&p->restoration, restoration_free);
    return G_SOURCE_REMOVE;
}

static void stop(Preview *p) {
    if (p->job == NULL)
        return;
    job_stop(p->job);
    finish_job(p, NULL);
    g_clear_pointer(&p->restoration, restoration_free);
    say(p, "");
}

static void start(Preview *p) {
    GError *error = NULL;
    GeglRectangle area;

    p->shown = shown_area(p);
    area = grow_within(p, p->shown, MARGIN);
    if (restoration_check(p->drawable, p->config, &error))
        p->restoration = restoration_new(p->drawable, p->config, &area, &error);
    if (p->restoration == NULL || !restoration_read(p->restoration, &error)) {
        say(p, error->message);
        g_error_free(error);
        g_clear_pointer(&p->restoration, restoration_free);
    } else if (!p->restoration->has_work) {
        say(p, "Nothing to fill in this part. Drag the picture.");
        g_clear_pointer(&p->restoration, restoration_free);
    } else {
        p->job = restoration_start(p->restoration, p->context);
        gtk_button_set_label(GTK_BUTTON(p->button), "S_top Preview");
        p->timer = g_timeout_add(TICK, on_tick, p);
    }
}

static void on_clicked(Preview *p) {
    if (p->job != NULL)
        stop(p);
    else
        start(p);
}

static void outdate(Preview *p) {
    stop(p);
    clear_surface(&p->after);
    read_before(p);
}

static gboolean on_press(GtkWidget *view, GdkEventButton *event, Preview *p) {
    (void)view;
    p->drag_x = event->x;
    p->drag_y = event->y;
    return TRUE;
}

static gboolean on_drag(GtkWidget *view, GdkEventMotion *event, Preview *p) {
    int factor = zoom(p);

    (void)view;
    p->x -= (event->x - p->drag_x) / factor;
    p->y -= (event->y - p->drag_y) / factor;
    p->drag_x = event->x;
    p->drag_y = event->y;
    outdate(p);
    return TRUE;
}

static gboolean on_draw(GtkWidget *view, cairo_t *cairo, Preview *p) {
    cairo_surface_t *surface = view == p->before_view ? p->before : p->after;
    double scale;
    int width;

    cairo_set_source_rgb(cairo, 0.2, 0.2, 0.2);
    cairo_paint(cairo);
    if (surface == NULL)
        return TRUE;
    width = cairo_image_surface_get_width(surface);
    /* The picture before an enlargement is shown as large as the one after it. */
    scale = view == p->before_view ? zoom(p) : 1.0;
    cairo_translate(cairo, (VIEW - width * scale) / 2.0,
                    (VIEW - cairo_image_surface_get_height(surface) * scale) / 2.0);
    cairo_scale(cairo, scale, scale);
    cairo_set_source_surface(cairo, surface, 0.0, 0.0);
    cairo_paint(cairo);
    return TRUE;
}

static GtkWidget *new_view(Preview *p, GtkWidget *grid, int column, const char *title) {
    GtkWidget *view = gtk_drawing_area_new();
    GtkWidget *label = gtk_label_new(title);

    gtk_widget_set_size_request(view, VIEW, VIEW);
    gtk_widget_set_tooltip_text(view, "Drag to look at another part");
    gtk_widget_add_events(view, GDK_BUTTON_PRESS_MASK | GDK_BUTTON1_MOTION_MASK);
    g_signal_connect(view, "draw", G_CALLBACK(on_draw), p);
    g_signal_connect(view, "button-press-event", G_CALLBACK(on_press), p);
    g_signal_connect(view, "motion-notify-event", G_CALLBACK(on_drag), p);
    gtk_grid_attach(GTK_GRID(grid), label, column, 0, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), view, column, 1, 1, 1);
    return view;
}

/* Where the person is most likely looking: GIMP does not tell plug-ins what a view shows, so the
 * middle of the selection, or of the layer. */
static void look_at_middle(Preview *p) {
    int x, y, width, height;

    if (!gimp_drawable_mask_intersect(p->drawable, &x, &y, &width, &height)) {
        x = y = 0;
        width = gimp_drawable_get_width(p->drawable);
        height = gimp_drawable_get_height(p->drawable);
    }
    p->x = x + width / 2.0;
    p->y = y + height / 2.0;
}

Preview *preview_new(GimpDrawable *drawable, GObject *config) {
    Preview *p = g_new0(Preview, 1);
    GtkWidget *grid = gtk_grid_new();

    if (dcdp_context_create(NULL, &p->context) != DCDP_OK) {
        g_free(p);
        return NULL;
    }
    p->drawable = drawable;
    p->config = config;
    p->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 6);
    p->before_view = new_view(p, grid, 0, "Before");
    p->after_view = new_view(p, grid, 1, "After");
    p->button = gtk_button_new_with_mnemonic("_Preview");
    p->status = gtk_label_new("");
    gtk_label_set_xalign(GTK_LABEL(p->status), 0.0f);
    gtk_label_set_line_wrap(GTK_LABEL(p->status), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(p->status), 50);
    g_signal_connect_swapped(p->button, "clicked", G_CALLBACK(on_clicked), p);
    gtk_box_pack_start(GTK_BOX(p->box), grid, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(p->box), p->button, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(p->box), p->status, FALSE, FALSE, 0);
    p->handler = g_signal_connect_swapped(config, "notify", G_CALLBACK(outdate), p);
    look_at_middle(p);
    read_before(p);
    gtk_widget_show_all(p->box);
    return p;
}

GtkWidget *preview_widget(Preview *p) {
    return p->box;
}

void preview_free(Preview *p) {
    stop(p);
    g_signal_handler_disconnect(p->config, p->handler);
    clear_surface(&p->before);
    clear_surface(&p->after);
    dcdp_context_destroy(p->context);
    g_free(p);
}
