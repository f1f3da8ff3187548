/* One restoration in a thread of its own, so that the thread that talks to GIMP stays free. */
#ifndef DCDP_GIMP_JOB_H
#define DCDP_GIMP_JOB_H

#include <dcdp.h>
#include <glib.h>

typedef struct Job Job;

/* How far a job is. `seconds_left` < 0: not known yet. */
typedef struct {
    double fraction;
    guint round, rounds, step, steps;
    guint layer, layers; /* which of how many; 0: there is one */
    double seconds_left;
    char stage[64];
    gboolean finished;
} JobStatus;

/* Starts dcdp_restore(). Everything passed in is borrowed until job_finish() returns. */
Job *job_start(dcdp_context *context, const dcdp_options *options, const dcdp_image *input,
               const dcdp_image *output);

/* What the library said last. Never blocks. */
JobStatus job_status(Job *job);

/* Asks the library to stop; job_status() says finished soon after. May be called twice. */
void job_stop(Job *job);

/* Waits for the thread, frees the job and returns the library's status. `message`, when not
 * NULL, receives the library's last error, to be freed with g_free(). */
int32_t job_finish(Job *job, char **message);

#endif
