#include "deliver.h"

#include "i18n.h"
#include "parameters.h"

#include <string.h>

static guchar *read_stored(GeglBuffer *buffer, const GeglRectangle *area, const Babl *format) {
    gsize row = (gsize)area->width * (gsize)babl_format_get_bytes_per_pixel(format);
    guchar *data = g_try_malloc_n((gsize)area->height, row);

    if (data != NULL)
        gegl_buffer_get(buffer, area, 1.0, format, data, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    return data;
}

/* Blending in 32-bit precision, GIMP rounds the last bits of the unselected pixels inside the
 * selection's bounds too. Putting them back after the merge leaves its undo step as it is. */
static gboolean put_back_unselected(const Restoration *r, GeglBuffer *buffer, const Babl *format,
                                    const guchar *original) {
    gsize bytes = (gsize)babl_format_get_bytes_per_pixel(format);
    gsize count = (gsize)r->area.width * (gsize)r->area.height;
    guchar *merged = read_stored(buffer, &r->area, format);
    Pixels selection = {0};
    gboolean ready = merged != NULL && restoration_read_selection(r, &selection, NULL);

    if (ready) {
        for (gsize i = 0; i < count; i++)
            if (selection.data[i] == 0.0f)
                memcpy(merged + i * bytes, original + i * bytes, bytes);
        gegl_buffer_set(buffer, &r->area, 0, format, merged, GEGL_AUTO_ROWSTRIDE);
    }
    pixels_clear(&selection);
    g_free(merged);
    return ready;
}

/* One write to the shadow buffer and one merge: GIMP takes care of the selection, its feathering
 * and the undo step, and a plug-in killed before the merge has changed nothing. */
static gboolean merge_shadow(GimpDrawable *target, const Restoration *r) {
    GeglBuffer *shadow = gimp_drawable_get_shadow_buffer(target);

    pixels_write(shadow, target, r->area.x, r->area.y, &r->output);
    g_object_unref(shadow);
    return gimp_drawable_merge_shadow(target, TRUE);
}

static gboolean merge(GimpDrawable *target, const Restoration *r) {
    const Babl *format = gimp_drawable_get_format(target);
    gboolean fine = babl_format_get_bytes_per_pixel(format) >=
                    4 * babl_format_get_n_components(format);
    gboolean selected = !gimp_selection_is_empty(gimp_item_get_image(GIMP_ITEM(target)));
    gboolean done;

    if (selected && fine) {
        GeglBuffer *buffer = gimp_drawable_get_buffer(target);
        guchar *original = read_stored(buffer, &r->area, format);

        done = original != NULL && merge_shadow(target, r);
        g_object_unref(buffer);
        if (done) {
            /* A new buffer: the old one may still hold the tiles from before the merge. */
            buffer = gimp_drawable_get_buffer(target);
            done = put_back_unselected(r, buffer, format, original);
            g_object_unref(buffer);
        }
        g_free(original);
    } else {
        done = merge_shadow(target, r);
    }
    return done &&
           gimp_drawable_update(target, r->area.x, r->area.y, r->area.width, r->area.height);
}

static char *result_name(GimpDrawable *drawable) {
    char *old = gimp_item_get_name(GIMP_ITEM(drawable));
    char *name = g_strdup_printf(_("%s restored"), old);

    g_free(old);
    return name;
}

/* A layer of `image` that holds exactly the output, not yet inserted. */
static GimpLayer *output_layer(GimpImage *image, const Restoration *r) {
    GimpImageType type = gimp_drawable_type(r->drawable);
    char *name = result_name(r->drawable);
    GimpLayer *layer = gimp_layer_new(image, name, r->output.width, r->output.height, type, 100.0,
                                      gimp_image_get_default_new_layer_mode(image));

    g_free(name);
    if (layer != NULL) {
        GeglBuffer *buffer = gimp_drawable_get_buffer(GIMP_DRAWABLE(layer));

        pixels_write(buffer, GIMP_DRAWABLE(layer), 0, 0, &r->output);
        g_object_unref(buffer);
    }
    return layer;
}

/* A copy of the layer just above it, changed where the layer itself would have been. */
static GimpLayer *copy_layer(const Restoration *r) {
    GimpLayer *copy = gimp_layer_copy(GIMP_LAYER(r->drawable));
    char *name = result_name(r->drawable);

    gimp_item_set_lock_content(GIMP_ITEM(copy), FALSE);
    gimp_item_set_name(GIMP_ITEM(copy), name);
    g_free(name);
    return copy;
}

static gboolean to_new_layer(Restoration *r, GimpDrawable **drawable) {
    GimpImage *image = gimp_item_get_image(GIMP_ITEM(r->drawable));
    GimpItem *parent = gimp_item_get_parent(GIMP_ITEM(r->drawable));
    int position = gimp_image_get_item_position(image, GIMP_ITEM(r->drawable));
    GimpLayer *layer;
    gboolean done;
    int x, y;

    gimp_image_undo_group_start(image);
    layer = r->enlarges ? output_layer(image, r) : copy_layer(r);
    done = layer != NULL &&
           gimp_image_insert_layer(image, layer, parent != NULL ? GIMP_LAYER(parent) : NULL,
                                   position);
#ifdef GIMP_TYPE_RASTERIZABLE
    if (done && restoration_is_drawn_anew(GIMP_DRAWABLE(layer)))
        done = gimp_rasterizable_rasterize(GIMP_RASTERIZABLE(layer));
#endif
    if (done && r->enlarges) {
        gimp_drawable_get_offsets(r->drawable, &x, &y);
        done = gimp_layer_set_offsets(layer, x, y);
    } else if (done) {
        done = merge(GIMP_DRAWABLE(layer), r);
    }
    gimp_image_undo_group_end(image);
    *drawable = GIMP_DRAWABLE(layer);
    return done;
}

static void copy_properties(GimpImage *from, GimpImage *to) {
    GimpColorProfile *profile = gimp_image_get_color_profile(from);
    GimpMetadata *metadata = gimp_image_get_metadata(from);
    double x, y;

    if (profile != NULL) {
        gimp_image_set_color_profile(to, profile);
        g_object_unref(profile);
    }
    if (metadata != NULL) {
        gimp_image_set_metadata(to, metadata);
        g_object_unref(metadata);
    }
    if (gimp_image_get_resolution(from, &x, &y))
        gimp_image_set_resolution(to, x, y);
}

static gboolean to_new_image(Restoration *r, GimpImage **image, GimpDrawable **drawable) {
    GimpImage *from = gimp_item_get_image(GIMP_ITEM(r->drawable));
    GimpImageBaseType base = gimp_drawable_is_gray(r->drawable) ? GIMP_GRAY : GIMP_RGB;
    GimpImage *to = gimp_image_new_with_precision(r->output.width, r->output.height, base,
                                                  gimp_image_get_precision(from));
    GimpLayer *layer;

    gimp_image_undo_disable(to);
    copy_properties(from, to);
    layer = output_layer(to, r);
    if (layer == NULL || !gimp_image_insert_layer(to, layer, NULL, 0)) {
        gimp_image_delete(to);
        return FALSE;
    }
    gimp_image_undo_enable(to);
    *image = to;
    *drawable = GIMP_DRAWABLE(layer);
    return TRUE;
}

void deliver_prepare(Restoration *r) {
    if (r->weight.data != NULL)
        pixels_blend(&r->output, &r->input, &r->weight);
    pixels_clear(&r->weight);
    pixels_clear(&r->input);
}

gboolean deliver(Restoration *r, GObject *config, GimpImage **image, GimpDrawable **drawable,
                 GError **error) {
    gboolean done;

    *image = gimp_item_get_image(GIMP_ITEM(r->drawable));
    *drawable = r->drawable;
    if (parameters_is(config, ARG_OUTPUT, OUTPUT_NEW_LAYER))
        done = to_new_layer(r, drawable);
    else if (parameters_is(config, ARG_OUTPUT, OUTPUT_NEW_IMAGE) || r->enlarges)
        done = to_new_image(r, image, drawable);
    else
        done = merge(r->drawable, r);
    if (!done) {
        const char *why = gimp_pdb_get_last_error(gimp_get_pdb());
        g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0,
                            why != NULL ? why : _("GIMP refused the result"));
    }
    return done;
}
