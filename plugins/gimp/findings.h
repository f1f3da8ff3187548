/* What was found in a picture, and what that means for the settings. No GUI. */
#ifndef DCDP_GIMP_FINDINGS_H
#define DCDP_GIMP_FINDINGS_H

#include <dcdp.h>
#include <libgimp/gimp.h>

/* What to look for, as bits. */
enum { LOOK_FOR_NOISE = 1, LOOK_FOR_BLUR = 2, LOOK_FOR_JPEG = 4 };

typedef struct {
    guint looked_for; /* the bits of what the other members tell */
    dcdp_noise_info noise;
    float spectrum[DCDP_NOISE_SPECTRUM_LENGTH];
    dcdp_blur_info blur;
    float *psf; /* blur.psf_height rows of blur.psf_width values; NULL without blur */
    dcdp_jpeg_info jpeg;
} Findings;

void findings_clear(Findings *findings);

/* The bits that matter for the settings in `config`; with the blur, if the task has one, when `blur`. */
guint findings_wanted(GObject *config, gboolean blur);

/* Tells `options`, for a part of the picture that shows less than all of it, what was found in all of it. */
gboolean findings_to_options(const Findings *findings, GObject *config, dcdp_options *options,
                             GError **error);

/* Puts the blur that was found into `config`, or, if it has no numbers, that it is to be looked for. */
void findings_fill_in(const Findings *findings, GObject *config);

/* Whether the picture stays as it is because no blur was found. */
gboolean findings_leave_alone(const Findings *findings, GObject *config);

#endif
