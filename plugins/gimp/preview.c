#include "preview.h"

#include "finding_view.h"
#include "i18n.h"
#include "live.h"
#include "navigator.h"
#include "parameters.h"
#include "screen.h"
#include "splitview.h"

struct Preview {
    Look look;
    GObject *config;
    Live *live;
    SplitView *view;
    GtkWidget *box, *navigator, *finding, *status, *line;
    GeglRectangle shown, selected;
    cairo_surface_t *before, *after; /* after: NULL until restored */
    gulong handler;
};

static void show(Preview *p) {
    split_view_show(p->view, p->before, p->look.magnification * look_enlargement(p->config),
                    p->after, p->look.magnification);
    navigator_mark(p->navigator, &p->shown);
}

static void on_said(const char *text, gpointer user) {
    gtk_label_set_text(GTK_LABEL(((Preview *)user)->status), text);
}

static void on_told(gpointer user) {
    Preview *p = user;
    char *text = live_line(p->live);

    gtk_label_set_text(GTK_LABEL(p->line), text);
    finding_view_show(p->finding, live_findings(p->live), p->config);
    g_free(text);
}

static void on_restored(Restoration *r, gpointer user) {
    Preview *p = user;

    screen_clear(&p->after);
    if (r != NULL) {
        GeglRectangle part = look_result(r, &p->shown);

        if (r->weight.data != NULL)
            pixels_blend(&r->output, &r->input, &r->weight);
        p->after = screen_picture(&r->output, &part);
    }
    show(p);
}

static const LiveListener listener = {on_told, on_said, on_restored};

/* What was shown after belongs to another part, or to pixels that have changed. */
static void read_before(Preview *p) {
    GeglRectangle whole = {0, 0, p->shown.width, p->shown.height};
    Pixels pixels;

    screen_clear(&p->before);
    screen_clear(&p->after);
    if (pixels_read(p->look.drawable, &p->shown, &pixels, NULL)) {
        p->before = screen_picture(&pixels, &whole);
        pixels_clear(&pixels);
    }
    on_said("", p);
}

/* Reads anew what is shown when that is another part now; whether it is. */
static gboolean look_again(Preview *p) {
    GeglRectangle old = p->shown;
    gboolean moved;
    int width, height;

    split_view_size(p->view, &width, &height);
    p->shown = look_area(&p->look, p->config, width, height);
    moved = !gegl_rectangle_equal(&old, &p->shown);
    if (moved)
        read_before(p);
    show(p);
    return moved;
}

static void follow(Preview *p) {
    if (look_again(p))
        live_restart(p->live, &p->shown);
}

static void on_moved(double dx, double dy, gpointer user) {
    Preview *p = user;
    double scale = p->look.magnification * look_enlargement(p->config);

    p->look.x -= dx / scale;
    p->look.y -= dy / scale;
    follow(p);
}

static void on_look(double x, double y, gpointer user) {
    Preview *p = user;

    p->look.x = x;
    p->look.y = y;
    follow(p);
}

static void on_zoom(GtkToggleButton *button, Preview *p) {
    p->look.magnification = gtk_toggle_button_get_active(button) ? 2 : 1;
    follow(p);
}

static void on_wanted(GtkToggleButton *button, Preview *p) {
    gboolean wanted = gtk_toggle_button_get_active(button);

    live_set_wanted(p->live, wanted);
    if (!wanted) {
        screen_clear(&p->after);
        on_said("", p);
        show(p);
    }
}

static void on_notify(Preview *p) {
    look_again(p);
    live_restart(p->live, &p->shown);
}

/* Where the selection is; what is to be filled in counts pixel by pixel, so that it always is another one. */
static gboolean selects_anew(Preview *p) {
    GeglRectangle old = p->selected;

    gimp_drawable_mask_intersect(p->look.drawable, &p->selected.x, &p->selected.y,
                                 &p->selected.width, &p->selected.height);
    return !gegl_rectangle_equal(&old, &p->selected) || parameters_is(p->config, "task", "inpaint");
}

static GtkWidget *new_label(int characters) {
    GtkWidget *label = gtk_label_new("");

    gtk_label_set_xalign(GTK_LABEL(label), 0.0f);
    gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(label), characters);
    return label;
}

/* Keeps room for two lines: a view that grew and shrank with what is said would start anew each time. */
static void keep_room(GtkWidget *label) {
    PangoLayout *layout = gtk_widget_create_pango_layout(label, "\n");
    int height;

    pango_layout_get_pixel_size(layout, NULL, &height);
    gtk_widget_set_size_request(label, -1, height);
    g_object_unref(layout);
}

/* The choice of the magnification, and whether there is to be a preview. */
static GtkWidget *new_tools(Preview *p) {
    GtkWidget *tools = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *wanted = gtk_check_button_new_with_mnemonic(_("_Preview"));
    GtkWidget *one = gtk_radio_button_new_with_mnemonic(NULL, _("_1:1"));
    GtkWidget *two =
        gtk_radio_button_new_with_mnemonic_from_widget(GTK_RADIO_BUTTON(one), _("_2:1"));

    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(wanted), TRUE);
    gtk_widget_set_tooltip_text(wanted, _("Restore what is shown here whenever a setting changes."));
    gtk_widget_set_tooltip_text(two, _("Show every pixel of the result twice as large."));
    g_signal_connect(wanted, "toggled", G_CALLBACK(on_wanted), p);
    g_signal_connect(two, "toggled", G_CALLBACK(on_zoom), p);
    gtk_box_pack_start(GTK_BOX(tools), wanted, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(tools), one, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(tools), two, FALSE, FALSE, 0);
    p->status = new_label(36);
    gtk_label_set_ellipsize(GTK_LABEL(p->status), PANGO_ELLIPSIZE_END);
    gtk_label_set_lines(GTK_LABEL(p->status), 2);
    keep_room(p->status);
    g_signal_connect(p->status, "style-updated", G_CALLBACK(keep_room), NULL);
    gtk_box_pack_start(GTK_BOX(tools), p->status, TRUE, TRUE, 6);
    return tools;
}

static void build(Preview *p) {
    GtkWidget *below = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

    p->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    p->view = split_view_new(on_moved, p);
    p->navigator = navigator_new(p->look.drawable, on_look, p);
    p->finding = finding_view_new();
    p->line = new_label(60);
    gtk_label_set_selectable(GTK_LABEL(p->line), TRUE);
    gtk_widget_set_can_focus(p->line, FALSE);
    gtk_box_pack_start(GTK_BOX(below), p->navigator, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(below), p->finding, TRUE, TRUE, 0);
    gtk_box_pack_start(GTK_BOX(p->box), split_view_widget(p->view), TRUE, TRUE, 0);
    gtk_box_pack_start(GTK_BOX(p->box), new_tools(p), FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(p->box), below, FALSE, FALSE, 0);
    gtk_widget_show_all(p->box);
}

Preview *preview_new(GimpDrawable *drawable, GObject *config, dcdp_context *context) {
    Preview *p = g_new0(Preview, 1);

    p->live = live_new(&p->look, config, context, &listener, p);
    if (p->live == NULL) {
        g_free(p);
        return NULL;
    }
    p->look = (Look){.drawable = drawable, .magnification = 1};
    p->config = config;
    look_at_middle(&p->look);
    build(p);
    p->handler = g_signal_connect_swapped(config, "notify", G_CALLBACK(on_notify), p);
    selects_anew(p);
    on_notify(p);
    return p;
}

GtkWidget *preview_widget(Preview *p) {
    return p->box;
}

GtkWidget *preview_line(Preview *p) {
    return p->line;
}

void preview_refresh(Preview *p) {
    if (selects_anew(p))
        on_notify(p);
}

void preview_estimate_blur(Preview *p) {
    live_fill_in_blur(p->live);
}

void preview_free(Preview *p) {
    g_signal_handler_disconnect(p->config, p->handler);
    live_free(p->live);
    screen_clear(&p->before);
    screen_clear(&p->after);
    g_free(p);
}
