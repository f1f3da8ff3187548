#include "look.h"

#include "parameters.h"

/* What is restored around the part that is shown, so that its edges look as they will. */
#define MARGIN 48

void look_at_middle(Look *look) {
    int x, y, width, height;

    if (!gimp_drawable_mask_intersect(look->drawable, &x, &y, &width, &height)) {
        x = y = 0;
        width = gimp_drawable_get_width(look->drawable);
        height = gimp_drawable_get_height(look->drawable);
    }
    look->x = x + width / 2.0;
    look->y = y + height / 2.0;
}

int look_enlargement(GObject *config) {
    dcdp_options *options = parameters_to_options(config, NULL);
    int width = 1, height = 1;

    if (options != NULL && dcdp_output_size(options, 1, 1, &width, &height) != DCDP_OK)
        width = 1;
    dcdp_options_destroy(options);
    return MAX(width, 1);
}

GeglRectangle look_area(Look *look, GObject *config, int view_width, int view_height) {
    int width = gimp_drawable_get_width(look->drawable);
    int height = gimp_drawable_get_height(look->drawable);
    int scale = look->magnification * look_enlargement(config);
    GeglRectangle area = {0, 0, CLAMP(view_width / scale, 1, width),
                          CLAMP(view_height / scale, 1, height)};

    look->x = CLAMP(look->x, area.width / 2.0, width - area.width / 2.0);
    look->y = CLAMP(look->y, area.height / 2.0, height - area.height / 2.0);
    area.x = CLAMP((int)(look->x - area.width / 2.0), 0, width - area.width);
    area.y = CLAMP((int)(look->y - area.height / 2.0), 0, height - area.height);
    return area;
}

Restoration *look_restoration(const Look *look, GObject *config, const GeglRectangle *shown,
                              const Findings *found, GError **error) {
    GeglRectangle whole = {0, 0, gimp_drawable_get_width(look->drawable),
                           gimp_drawable_get_height(look->drawable)};
    GeglRectangle area = {shown->x - MARGIN, shown->y - MARGIN, shown->width + 2 * MARGIN,
                          shown->height + 2 * MARGIN};
    Restoration *restoration;

    gegl_rectangle_intersect(&area, &area, &whole);
    restoration = restoration_new(look->drawable, config, &area, error);
    if (restoration == NULL)
        return NULL;
    if (!findings_to_options(found, config, restoration->options, error) ||
        !restoration_read(restoration, error)) {
        restoration_free(restoration);
        return NULL;
    }
    return restoration;
}

GeglRectangle look_result(const Restoration *r, const GeglRectangle *shown) {
    int factor = r->output.width / r->area.width;

    return (GeglRectangle){(shown->x - r->area.x) * factor, (shown->y - r->area.y) * factor,
                           shown->width * factor, shown->height * factor};
}
