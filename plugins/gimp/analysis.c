#include "analysis.h"

struct Analysis {
    Restoration *restoration;
    dcdp_context *context;
    guint look_for;
    GThread *thread;
    Findings findings;
    dcdp_estimate_info cost;
    char *message; /* what was wrong; NULL: nothing */
    gboolean finished, abandoned; /* under lock */
};

static GMutex lock;
static GCond ended;
static int abandoned_count; /* under lock */

static int32_t look_at_blur(Analysis *a, const dcdp_image *image) {
    Findings *found = &a->findings;
    int32_t status;
    gsize count;

    found->blur.struct_size = sizeof found->blur;
    status = dcdp_estimate_blur(a->restoration->options, image, &found->blur, NULL, 0);
    count = (gsize)found->blur.psf_width * (gsize)found->blur.psf_height;
    if (status != DCDP_OK || count == 0)
        return status;
    found->psf = g_new(float, count);
    return dcdp_estimate_blur(a->restoration->options, image, &found->blur, found->psf, count);
}

static int32_t look(Analysis *a, guint bit, const dcdp_image *image) {
    Findings *found = &a->findings;
    int32_t status = DCDP_OK;

    if ((a->look_for & bit) == 0)
        return DCDP_OK;
    if (bit == LOOK_FOR_NOISE) {
        found->noise.struct_size = sizeof found->noise;
        status =
            dcdp_estimate_noise(a->restoration->options, image, &found->noise, found->spectrum);
    } else if (bit == LOOK_FOR_BLUR) {
        status = look_at_blur(a, image);
    } else {
        found->jpeg.struct_size = sizeof found->jpeg;
        status = dcdp_estimate_jpeg(a->restoration->options, image, &found->jpeg);
    }
    if (status == DCDP_OK)
        found->looked_for |= bit;
    return status;
}

static void free_analysis(Analysis *a) {
    restoration_free(a->restoration);
    findings_clear(&a->findings);
    g_free(a->message);
    g_free(a);
}

static gpointer work(gpointer user) {
    Analysis *a = user;
    dcdp_image image = pixels_describe(&a->restoration->input);
    const GeglRectangle *area = &a->restoration->area;
    int32_t status = DCDP_OK;
    gboolean abandoned;

    for (guint bit = LOOK_FOR_NOISE; bit <= LOOK_FOR_JPEG && status == DCDP_OK; bit *= 2)
        status = look(a, bit, &image);
    a->cost.struct_size = sizeof a->cost;
    if (status == DCDP_OK)
        status = dcdp_estimate(a->context, a->restoration->options, area->width, area->height,
                               &a->cost);
    if (status != DCDP_OK)
        a->message = g_strdup(dcdp_last_error());
    g_mutex_lock(&lock);
    a->finished = TRUE;
    abandoned = a->abandoned;
    g_mutex_unlock(&lock);
    if (abandoned) {
        free_analysis(a);
        g_mutex_lock(&lock);
        abandoned_count--;
        g_cond_signal(&ended);
        g_mutex_unlock(&lock);
    }
    return NULL;
}

Analysis *analysis_start(Restoration *restoration, dcdp_context *context, guint look_for) {
    Analysis *a = g_new0(Analysis, 1);

    a->restoration = restoration;
    a->context = context;
    a->look_for = restoration->input.data != NULL ? look_for : 0;
    a->thread = g_thread_new("dcdp-analysis", work, a);
    return a;
}

gboolean analysis_is_finished(Analysis *a) {
    gboolean finished;

    g_mutex_lock(&lock);
    finished = a->finished;
    g_mutex_unlock(&lock);
    return finished;
}

gboolean analysis_finish(Analysis *a, Findings *findings, dcdp_estimate_info *cost, GError **error) {
    gboolean fine;

    g_thread_join(a->thread);
    *findings = a->findings;
    a->findings = (Findings){0};
    *cost = a->cost;
    fine = a->message == NULL;
    if (!fine)
        g_set_error_literal(error, GIMP_PLUG_IN_ERROR, 0, a->message);
    free_analysis(a);
    return fine;
}

void analysis_abandon(Analysis *a) {
    GThread *thread = a->thread;
    gboolean finished;

    g_mutex_lock(&lock);
    finished = a->finished;
    a->abandoned = !finished;
    abandoned_count += finished ? 0 : 1;
    g_mutex_unlock(&lock);
    if (finished) {
        g_thread_join(thread);
        free_analysis(a);
    } else {
        g_thread_unref(thread);
    }
}

void analysis_wait_for_all(void) {
    g_mutex_lock(&lock);
    while (abandoned_count > 0)
        g_cond_wait(&ended, &lock);
    g_mutex_unlock(&lock);
}
