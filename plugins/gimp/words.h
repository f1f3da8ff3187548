/* Findings, times and progress in words. Free every result with g_free(). */
#ifndef DCDP_GIMP_WORDS_H
#define DCDP_GIMP_WORDS_H

#include "findings.h"
#include "job.h"

/* "Round 3 of 10, step 2 of 20: purification, about 40 s left" */
char *words_status(const JobStatus *status);

/* "about 40 s, 900 MB"; the number of network calls while the speed is not known. */
char *words_estimate(const dcdp_estimate_info *estimate);

/* "camera noise σ 9, coloured; motion 13 px at 25°, sure", for the settings in `config`. "" when there is nothing
 * to say. */
char *words_found(const Findings *findings, GObject *config);

#endif
