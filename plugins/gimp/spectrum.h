/* A noise spectrum as text, the argument `noise-spectrum`. */
#ifndef DCDP_GIMP_SPECTRUM_H
#define DCDP_GIMP_SPECTRUM_H

#include <dcdp.h>
#include <libgimp/gimp.h>

/* The numbers of dcdp_options_set_noise_spectrum(), with blanks between; empty: measured in the layer. */
#define ARG_NOISE_SPECTRUM "noise-spectrum"

/* Whether the config holds a spectrum, which `values` (DCDP_NOISE_SPECTRUM_LENGTH numbers) receives. */
gboolean spectrum_read(GObject *config, float *values);
void spectrum_write(GObject *config, const float *values);
void spectrum_clear(GObject *config);

/* What the spectrum of the config is; FALSE when it holds none. */
gboolean spectrum_info(GObject *config, dcdp_noise_info *info);

/* Tells `options`; FALSE and `error` when the text is no spectrum. */
gboolean spectrum_to_options(GObject *config, dcdp_options *options, GError **error);

/* Measures the noise in the selected part of `drawable` and puts it into `config`. */
gboolean spectrum_measure(GimpDrawable *drawable, GObject *config, dcdp_noise_info *found,
                          GError **error);

#endif
