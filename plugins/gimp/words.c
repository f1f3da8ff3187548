#include "words.h"

#include "i18n.h"
#include "parameters.h"
#include "spectrum.h"

#include <math.h>

static char *duration(double seconds) {
    int whole = (int)ceil(CLAMP(seconds, 1.0, 1e6));
    int minutes = (whole + 59) / 60;

    if (whole < 100)
        return g_strdup_printf(_("%d s"), whole);
    if (minutes < 100)
        return g_strdup_printf(_("%d min"), minutes);
    return g_strdup_printf(_("%d h %d min"), minutes / 60, minutes % 60);
}

/* The library's stages, which it names in English. */
static const char *const stages[] = {N_("load"), N_("prepare"), N_("data fidelity"), N_("purify"),
                                     N_("finish")};

static const char *stage(const char *name) {
    for (gsize i = 0; i < G_N_ELEMENTS(stages); i++)
        if (g_strcmp0(name, stages[i]) == 0)
            return gettext(stages[i]);
    return name;
}

char *words_status(const JobStatus *status) {
    GString *text = g_string_new(NULL);

    if (status->layers > 1)
        g_string_append_printf(text, _("Layer %u of %u"), status->layer, status->layers);
    if (status->round > 0) {
        g_string_append(text, text->len > 0 ? ", " : "");
        g_string_append_printf(text, _("Round %u of %u"), status->round, status->rounds);
    }
    if (status->step > 0 && status->steps > 1) {
        g_string_append(text, ", ");
        g_string_append_printf(text, _("step %u of %u"), status->step, status->steps);
    }
    if (status->stage[0] != '\0')
        g_string_append_printf(text, "%s%s", text->len > 0 ? ": " : "", stage(status->stage));
    if (status->seconds_left >= 0.0) {
        char *left = duration(status->seconds_left);

        g_string_append(text, text->len > 0 ? ", " : "");
        g_string_append_printf(text, _("about %s left"), left);
        g_free(left);
    }
    return g_string_free(text, FALSE);
}

char *words_estimate(const dcdp_estimate_info *estimate) {
    gboolean large = estimate->megabytes >= 1000.0;
    char *memory = large ? g_strdup_printf(_("%.1f GB"), estimate->megabytes / 1000.0)
                         : g_strdup_printf(_("%.0f MB"), estimate->megabytes);
    char *text;

    if (estimate->seconds < 0.0) {
        text = g_strdup_printf(ngettext("%u network call, about %s", "%u network calls, about %s",
                                        estimate->network_calls),
                               estimate->network_calls, memory);
    } else {
        char *time = duration(estimate->seconds);

        text = g_strdup_printf(_("about %s, %s"), time, memory);
        g_free(time);
    }
    g_free(memory);
    return text;
}

static char *number(double value) {
    return g_strdup_printf(value < 9.95 && fabs(value - round(value)) > 0.049 ? "%.1f" : "%.0f", value);
}

static char *noise_words(const dcdp_noise_info *noise, gboolean in_selection) {
    char *sigma = number(noise->sigma);
    const char *format;
    char *text;

    switch (noise->kind) {
    case DCDP_NOISE_WHITE:
        format = in_selection ? _("white noise σ %s in the selection") : _("white noise σ %s");
        break;
    case DCDP_NOISE_GRAY:
        format = in_selection ? _("gray noise σ %s in the selection") : _("gray noise σ %s");
        break;
    case DCDP_NOISE_COLOURED:
        format = in_selection ? _("camera noise σ %s, coloured, in the selection")
                              : _("camera noise σ %s, coloured");
        break;
    default:
        format = in_selection ? _("no noise found in the selection") : _("no noise found");
        break;
    }
    text = noise->kind == DCDP_NOISE_NONE ? g_strdup(format) : g_strdup_printf(format, sigma);
    g_free(sigma);
    return text;
}

static const char *confidence_words(double confidence) {
    return confidence >= 0.7 ? _("sure") : confidence >= 0.4 ? _("fairly sure") : _("not sure");
}

static char *blur_words(const dcdp_blur_info *blur) {
    const char *sure = confidence_words(blur->confidence);
    char *first = number(blur->kind == DCDP_BLUR_GAUSSIAN ? blur->sigma
                         : blur->kind == DCDP_BLUR_DISK   ? blur->radius
                                                          : blur->length);
    char *text;

    switch (blur->kind) {
    case DCDP_BLUR_GAUSSIAN:
        text = g_strdup_printf(_("Gaussian blur σ %s px, %s"), first, sure);
        break;
    case DCDP_BLUR_DISK:
        text = g_strdup_printf(_("out of focus, radius %s px, %s"), first, sure);
        break;
    case DCDP_BLUR_MOTION:
        text = g_strdup_printf(_("motion %s px at %.0f°, %s"), first, blur->angle, sure);
        break;
    case DCDP_BLUR_KERNEL:
        text = g_strdup_printf(_("camera shake within %d × %d px, %s"), blur->psf_width,
                               blur->psf_height, sure);
        break;
    default:
        text = g_strdup(_("no blur found"));
        break;
    }
    g_free(first);
    return text;
}

static char *jpeg_words(const dcdp_jpeg_info *jpeg, gboolean needed) {
    if (jpeg->source == DCDP_JPEG_NONE)
        return needed ? g_strdup(_("no trace of JPEG found")) : NULL;
    if (jpeg->quality == 0)
        return g_strdup(_("JPEG with tables of its own"));
    return g_strdup_printf(_("JPEG quality %d"), jpeg->quality);
}

static void append(GString *text, char *words) {
    if (words == NULL)
        return;
    g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "", words);
    g_free(words);
}

char *words_found(const Findings *found, GObject *config) {
    GString *text = g_string_new(NULL);
    double noise = parameters_get_number(config, "noise");
    dcdp_noise_info measured;

    if (noise > 0.0) {
        char *sigma = number(noise);

        append(text, g_strdup_printf(_("noise σ %s, as given"), sigma));
        g_free(sigma);
    } else if (noise < 0.0 && spectrum_info(config, &measured)) {
        append(text, noise_words(&measured, TRUE));
    } else if (noise < 0.0 && (found->looked_for & LOOK_FOR_NOISE) != 0) {
        append(text, noise_words(&found->noise, FALSE));
    }
    if ((found->looked_for & LOOK_FOR_BLUR) != 0)
        append(text, blur_words(&found->blur));
    if ((found->looked_for & LOOK_FOR_JPEG) != 0)
        append(text, jpeg_words(&found->jpeg, parameters_is(config, "task", "dejpeg")));
    return g_string_free(text, FALSE);
}
