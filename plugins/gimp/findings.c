#include "findings.h"

#include "parameters.h"
#include "spectrum.h"

void findings_clear(Findings *findings) {
    g_free(findings->psf);
    *findings = (Findings){0};
}

static gboolean finds_blur(GObject *config) {
    return parameters_is(config, "task", "deblur") &&
           (parameters_is(config, "blur", "auto") || parameters_is(config, "blur", "shake"));
}

guint findings_wanted(GObject *config, gboolean blur) {
    gboolean deblurs = parameters_is(config, "task", "deblur");
    float given[DCDP_NOISE_SPECTRUM_LENGTH];
    guint bits = 0;

    if (parameters_is(config, "task", "dejpeg"))
        return LOOK_FOR_JPEG;
    if (parameters_get_number(config, "noise") < 0.0 && !spectrum_read(config, given))
        bits |= LOOK_FOR_NOISE;
    if (finds_blur(config) || (blur && deblurs))
        bits |= LOOK_FOR_BLUR;
    if (deblurs || parameters_is(config, "task", "super-resolve"))
        bits |= LOOK_FOR_JPEG;
    return bits;
}

static gboolean check(int32_t status, GError **error) {
    if (status != DCDP_OK)
        g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0, dcdp_last_error());
    return status == DCDP_OK;
}

static const char *light_word(const Findings *found) {
    return found->blur.light == DCDP_LIGHT_LINEAR ? "linear" : "encoded";
}

static gboolean set_blur(const Findings *found, GObject *config, dcdp_options *options,
                         GError **error) {
    return check(dcdp_options_set_string(options, "blur", "kernel"), error) &&
           check(dcdp_options_set_kernel(options, found->psf, found->blur.psf_width,
                                         found->blur.psf_height),
                 error) &&
           (!parameters_is(config, "blur-light", "auto") ||
            check(dcdp_options_set_string(options, "blur_light", light_word(found)), error));
}

gboolean findings_to_options(const Findings *found, GObject *config, dcdp_options *options,
                             GError **error) {
    float given[DCDP_NOISE_SPECTRUM_LENGTH];
    gboolean noise = (found->looked_for & LOOK_FOR_NOISE) != 0 && !spectrum_read(config, given);

    return (!noise || check(dcdp_options_set_noise_spectrum(options, found->spectrum,
                                                            DCDP_NOISE_SPECTRUM_LENGTH),
                            error)) &&
           (found->psf == NULL || !finds_blur(config) || set_blur(found, config, options, error));
}

void findings_fill_in(const Findings *found, GObject *config) {
    const dcdp_blur_info *blur = &found->blur;
    const char *word = blur->kind == DCDP_BLUR_GAUSSIAN ? "gaussian"
                       : blur->kind == DCDP_BLUR_DISK   ? "disk"
                       : blur->kind == DCDP_BLUR_MOTION ? "motion"
                                                        : NULL;

    if ((found->looked_for & LOOK_FOR_BLUR) == 0)
        return;
    if (word == NULL) {
        /* No numbers for what was found now; those that stand there belong to another picture. */
        g_object_set(config, "blur", "auto", NULL);
        return;
    }
    g_object_freeze_notify(config);
    if (blur->kind == DCDP_BLUR_GAUSSIAN) {
        parameters_set_number(config, "blur-sigma", blur->sigma);
    } else if (blur->kind == DCDP_BLUR_DISK) {
        parameters_set_number(config, "blur-radius", blur->radius);
    } else {
        parameters_set_number(config, "blur-length", blur->length);
        parameters_set_number(config, "blur-angle", blur->angle);
    }
    g_object_set(config, "blur", word, "blur-light", light_word(found), NULL);
    g_object_thaw_notify(config);
}

gboolean findings_leave_alone(const Findings *found, GObject *config) {
    return finds_blur(config) && (found->looked_for & LOOK_FOR_BLUR) != 0 && found->psf == NULL;
}
