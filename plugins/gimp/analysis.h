/* What a picture shows and what restoring it will take, found in a thread of its own. */
#ifndef DCDP_GIMP_ANALYSIS_H
#define DCDP_GIMP_ANALYSIS_H

#include "findings.h"
#include "restoration.h"

typedef struct Analysis Analysis;

/* Looks for what the bits say in the pixels that `restoration` has read, if any, and estimates the cost of
 * running it. Takes `restoration` over; `context` must live until analysis_wait_for_all() returns. */
Analysis *analysis_start(Restoration *restoration, dcdp_context *context, guint look_for);

gboolean analysis_is_finished(Analysis *analysis);

/* Waits for the end and frees. `findings` (which were clear) and `cost` receive what was found; FALSE and `error`
 * when something was wrong, in which case `findings` holds what was found before. */
gboolean analysis_finish(Analysis *analysis, Findings *findings, dcdp_estimate_info *cost,
                         GError **error);

/* Nobody wants to know any more; it ends and frees itself by itself. */
void analysis_abandon(Analysis *analysis);

/* Waits until no abandoned analysis runs. */
void analysis_wait_for_all(void);

#endif
