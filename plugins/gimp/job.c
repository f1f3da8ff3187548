#include "job.h"

#include <string.h>

struct Job {
    dcdp_context *context;
    const dcdp_options *options;
    const dcdp_image *input;
    const dcdp_image *output;
    GThread *thread;
    gint stop; /* atomic: set by the main thread, read by the library's callback */
    GMutex lock;
    JobStatus status; /* under lock */
    int32_t result;
    char *message;
};

/* Any of the library's threads. */
static bool on_progress(void *user, const dcdp_progress *progress) {
    Job *job = user;

    g_mutex_lock(&job->lock);
    job->status.fraction = progress->fraction;
    job->status.round = progress->round;
    job->status.rounds = progress->rounds;
    job->status.step = progress->step;
    job->status.steps = progress->steps;
    job->status.seconds_left = progress->seconds_left;
    g_strlcpy(job->status.stage, progress->stage != NULL ? progress->stage : "",
              sizeof job->status.stage);
    g_mutex_unlock(&job->lock);
    return !g_atomic_int_get(&job->stop);
}

static gpointer work(gpointer user) {
    Job *job = user;

    job->result =
        dcdp_restore(job->context, job->options, job->input, job->output, on_progress, job);
    /* The library keeps its last error per thread: take it before this one ends. */
    job->message = g_strdup(dcdp_last_error());
    g_mutex_lock(&job->lock);
    job->status.finished = TRUE;
    g_mutex_unlock(&job->lock);
    return NULL;
}

Job *job_start(dcdp_context *context, const dcdp_options *options, const dcdp_image *input,
               const dcdp_image *output) {
    Job *job = g_new0(Job, 1);

    job->context = context;
    job->options = options;
    job->input = input;
    job->output = output;
    job->status.seconds_left = -1.0;
    g_mutex_init(&job->lock);
    job->thread = g_thread_new("dcdp-restore", work, job);
    return job;
}

JobStatus job_status(Job *job) {
    JobStatus status;

    g_mutex_lock(&job->lock);
    status = job->status;
    g_mutex_unlock(&job->lock);
    return status;
}

void job_stop(Job *job) {
    g_atomic_int_set(&job->stop, 1);
    dcdp_cancel(job->context);
}

int32_t job_finish(Job *job, char **message) {
    int32_t result;

    g_thread_join(job->thread);
    result = job->result;
    if (message != NULL)
        *message = job->message;
    else
        g_free(job->message);
    g_mutex_clear(&job->lock);
    g_free(job);
    return result;
}
