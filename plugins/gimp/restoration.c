#include "restoration.h"

#include "i18n.h"
#include "parameters.h"
#include "source.h"

#include <string.h>

/* A picture up to this many pixels is always restored as a whole: the result then does not
 * depend on what is selected. */
#define WHOLE_PICTURE_PIXELS (2048.0 * 2048.0)
/* Around a selection in a larger one: as much context as the library's own tiles see. */
#define CONTEXT_PIXELS 256

static gboolean fail(GError **error, const char *message) {
    g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0, message);
    return FALSE;
}

static gboolean content_is_locked(GimpItem *item) {
    for (; item != NULL; item = gimp_item_get_parent(item))
        if (gimp_item_get_lock_content(item))
            return TRUE;
    return FALSE;
}

gboolean restoration_is_drawn_anew(GimpDrawable *drawable) {
#ifdef GIMP_TYPE_RASTERIZABLE /* GIMP 3.2 */
    return GIMP_IS_RASTERIZABLE(drawable) && !GIMP_IS_TEXT_LAYER(drawable) &&
           !gimp_rasterizable_is_rasterized(GIMP_RASTERIZABLE(drawable));
#else
    (void)drawable;
    return FALSE;
#endif
}

static GimpDrawable *chosen_drawable(GObject *config, const char *argument) {
    GimpDrawable *drawable = NULL;

    g_object_get(config, argument, &drawable, NULL);
    if (drawable != NULL)
        g_object_unref(drawable); /* libgimp keeps its own reference for the whole run */
    return drawable;
}

gboolean restoration_check(GimpDrawable *drawable, GObject *config, GError **error) {
    GimpImage *image = gimp_item_get_image(GIMP_ITEM(drawable));
    gboolean inpaint = parameters_is(config, "task", "inpaint");
    gboolean enlarge = parameters_is(config, "task", "super-resolve");
    int x, y, width, height;

    if (!parameters_check_output(config, error))
        return FALSE;
    if (gimp_item_is_group(GIMP_ITEM(drawable)))
        return fail(error, _("A layer group has no pixels of its own. Choose a layer inside it."));
    if (gimp_drawable_is_indexed(drawable))
        return fail(error, _("Indexed images cannot be restored. Convert the image with Image ▸ Mode ▸ RGB first."));
    if (parameters_is(config, ARG_OUTPUT, OUTPUT_IN_PLACE) && !enlarge) {
        if (content_is_locked(GIMP_ITEM(drawable)))
            return fail(error, _("The layer's pixels are locked. Unlock them, or choose another output."));
        if (restoration_is_drawn_anew(drawable))
            return fail(error, _("GIMP draws a link or vector layer anew. Rasterize it, or choose another output."));
    }
    if (parameters_is(config, ARG_OUTPUT, OUTPUT_NEW_LAYER) && !GIMP_IS_LAYER(drawable))
        return fail(error, _("A channel or layer mask cannot become a new layer. Choose another output."));
    if (inpaint && chosen_drawable(config, ARG_MASK) == NULL && gimp_selection_is_empty(image))
        return fail(error, _("Select the region to fill, or choose a mask."));
    if (!enlarge && !gimp_drawable_mask_intersect(drawable, &x, &y, &width, &height))
        return fail(error, _("The selection lies outside the layer."));
    return TRUE;
}

GeglRectangle restoration_area(GimpDrawable *drawable, GObject *config) {
    GeglRectangle whole = {0, 0, gimp_drawable_get_width(drawable),
                           gimp_drawable_get_height(drawable)};
    GeglRectangle area;
    int x, y, width, height;

    if ((double)whole.width * whole.height <= WHOLE_PICTURE_PIXELS ||
        parameters_is(config, "task", "super-resolve") ||
        chosen_drawable(config, ARG_MASK) != NULL ||
        (parameters_is(config, "task", "dejpeg") && source_jpeg(drawable) != NULL) ||
        !gimp_drawable_mask_intersect(drawable, &x, &y, &width, &height))
        return whole;
    area = (GeglRectangle){x - CONTEXT_PIXELS, y - CONTEXT_PIXELS, width + 2 * CONTEXT_PIXELS,
                           height + 2 * CONTEXT_PIXELS};
    gegl_rectangle_intersect(&area, &area, &whole);
    return area;
}

/* Reads what `source` (any drawable) holds under `area` of the restored drawable. */
static gboolean read_under(const Restoration *r, GimpDrawable *source, Pixels *plane, GError **error) {
    GeglRectangle area = r->area;
    int x, y, source_x, source_y;

    gimp_drawable_get_offsets(r->drawable, &x, &y);
    gimp_drawable_get_offsets(source, &source_x, &source_y);
    area.x += x - source_x;
    area.y += y - source_y;
    return pixels_read_plane(source, &area, plane, error);
}

gboolean restoration_read_selection(const Restoration *r, Pixels *plane, GError **error) {
    GimpImage *image = gimp_item_get_image(GIMP_ITEM(r->drawable));

    return read_under(r, GIMP_DRAWABLE(gimp_image_get_selection(image)), plane, error);
}

static gboolean check(int32_t status, GError **error) {
    return status == DCDP_OK || fail(error, dcdp_last_error());
}

/* More than half covered anywhere: the library's own rule for what to fill. */
static gboolean has_light(const Pixels *mask) {
    gsize count = (gsize)mask->width * (gsize)mask->height;

    for (gsize i = 0; i < count; i++)
        if (mask->data[i] > 0.5f)
            return TRUE;
    return FALSE;
}

/* Only what is selected changes, so noise around it stays, and what fills it gets as much grain. */
static gboolean keep_noise(Restoration *r, GObject *config, GError **error) {
    return parameters_get_number(config, "noise") >= 0.0 ||
           check(dcdp_options_set_number(r->options, "noise", 0.0), error);
}

static gboolean set_mask(Restoration *r, GObject *config, GError **error) {
    GimpDrawable *chosen = chosen_drawable(config, ARG_MASK);
    dcdp_image view;
    gboolean set;
    Pixels mask;

    if (chosen != NULL ? !read_under(r, chosen, &mask, error)
                       : !restoration_read_selection(r, &mask, error))
        return FALSE;
    r->has_work = has_light(&mask);
    view = pixels_describe(&mask);
    set = check(dcdp_options_set_mask(r->options, &view), error);
    /* The selection limits the change by itself, see deliver.c; a mask does not. */
    if (chosen != NULL)
        r->weight = mask;
    else
        pixels_clear(&mask);
    return set;
}

static gboolean set_kernel(Restoration *r, GObject *config, GError **error) {
    GimpDrawable *layer = chosen_drawable(config, ARG_KERNEL_LAYER);
    GeglRectangle area = {0};
    gboolean set;
    Pixels kernel;

    if (layer == NULL)
        return TRUE;
    area.width = gimp_drawable_get_width(layer);
    area.height = gimp_drawable_get_height(layer);
    if (!pixels_read_plane(layer, &area, &kernel, error))
        return FALSE;
    set = check(dcdp_options_set_kernel(r->options, kernel.data, kernel.width, kernel.height),
                error);
    pixels_clear(&kernel);
    return set;
}

/* For a new image there is no selection left to limit the change: it becomes the weight. */
static gboolean limit_to_selection(Restoration *r, GObject *config, GError **error) {
    GimpImage *image = gimp_item_get_image(GIMP_ITEM(r->drawable));
    Pixels selection;

    if (!parameters_is(config, ARG_OUTPUT, OUTPUT_NEW_IMAGE) || gimp_selection_is_empty(image))
        return TRUE;
    if (!restoration_read_selection(r, &selection, error))
        return FALSE;
    if (r->weight.data != NULL) {
        gsize count = (gsize)selection.width * (gsize)selection.height;

        for (gsize i = 0; i < count; i++)
            selection.data[i] *= r->weight.data[i];
        pixels_clear(&r->weight);
    }
    r->weight = selection;
    return TRUE;
}

/* What the layer's own file tells of its pixels, where all of them are restored. A file that the library cannot read
 * tells nothing. */
static void set_source(Restoration *r, GObject *config) {
    GBytes *file = NULL;
    gconstpointer bytes;
    gsize size;

    if (!parameters_is(config, "task", "dejpeg") && !parameters_is(config, "task", "deblur") &&
        !parameters_is(config, "task", "super-resolve"))
        return;
    if (r->area.width == gimp_drawable_get_width(r->drawable) &&
        r->area.height == gimp_drawable_get_height(r->drawable))
        file = source_jpeg(r->drawable);
    if (file == NULL)
        return;
    bytes = g_bytes_get_data(file, &size);
    if (dcdp_options_set_jpeg(r->options, bytes, size) != DCDP_OK)
        dcdp_options_set_jpeg(r->options, NULL, 0);
}

static gboolean set_options(Restoration *r, GObject *config, GError **error) {
    r->options = parameters_to_options(config, error);
    if (r->options == NULL)
        return FALSE;
    if (parameters_is(config, "task", "inpaint") &&
        !(keep_noise(r, config, error) && set_mask(r, config, error)))
        return FALSE;
    if (parameters_is(config, "task", "deblur") && parameters_is(config, "blur", "kernel") &&
        !set_kernel(r, config, error))
        return FALSE;
    set_source(r, config);
    r->enlarges = parameters_is(config, "task", "super-resolve");
    return r->enlarges || limit_to_selection(r, config, error);
}

Restoration *restoration_new(GimpDrawable *drawable, GObject *config, const GeglRectangle *area,
                             GError **error) {
    Restoration *r = g_new0(Restoration, 1);

    r->drawable = drawable;
    r->area = *area;
    r->has_work = TRUE;
    if (!set_options(r, config, error)) {
        restoration_free(r);
        return NULL;
    }
    return r;
}

gboolean restoration_look(Restoration *r, GError **error) {
    return pixels_read(r->drawable, &r->area, &r->input, error);
}

gboolean restoration_read(Restoration *r, GError **error) {
    int width, height;

    return check(dcdp_output_size(r->options, r->area.width, r->area.height, &width, &height),
                 error) &&
           restoration_look(r, error) &&
           pixels_allocate(&r->output, width, height, r->input.channels, r->input.alpha, error);
}

void restoration_free(Restoration *r) {
    if (r == NULL)
        return;
    dcdp_options_destroy(r->options);
    pixels_clear(&r->input);
    pixels_clear(&r->output);
    pixels_clear(&r->weight);
    g_free(r);
}

Job *restoration_start(Restoration *r, dcdp_context *context) {
    r->input_view = pixels_describe(&r->input);
    r->output_view = pixels_describe(&r->output);
    return job_start(context, r->options, &r->input_view, &r->output_view);
}
