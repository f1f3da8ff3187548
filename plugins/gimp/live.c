#include "live.h"

#include "i18n.h"
#include "parameters.h"
#include "words.h"

/* After a change, this long is waited for the next one, in milliseconds. */
#define DELAY 300
#define TICK 50

struct Live {
    const Look *look;
    GObject *config;
    dcdp_context *context, *shared;
    const LiveListener *listener;
    gpointer user;
    GeglRectangle shown;
    Findings findings;
    char *seen; /* what the findings belong to; NULL: there are none */
    dcdp_estimate_info cost;
    gboolean cost_known;
    char *problem; /* what is wrong; NULL: nothing */
    Analysis *analysis;
    char *analysed; /* what the running analysis looks at */
    Restoration *restoration;
    Job *job;
    gboolean outdated; /* nobody wants what the running job makes */
    gboolean changed;  /* since the last analysis */
    gboolean restored; /* or there is nothing to restore */
    gboolean wanted;
    gboolean blur_wanted; /* also when the settings do not need it */
    gboolean fills_in;
    guint delay, tick;
};

/* Findings hold while this stays the same. */
static char *key_of(const Live *l, const GeglRectangle *area) {
    char *task = parameters_dup_string(l->config, "task");
    int x = 0, y = 0, width = 0, height = 0;
    char *key;

    gimp_drawable_mask_intersect(l->look->drawable, &x, &y, &width, &height);
    key = g_strdup_printf("%s %u %g %d %d %d %d %d %d %d %d", task,
                          findings_wanted(l->config, l->blur_wanted),
                          parameters_get_number(l->config, "noise"), area->x, area->y, area->width,
                          area->height, x, y, width, height);
    g_free(task);
    return key;
}

static void set_problem(Live *l, GError *error) {
    g_free(l->problem);
    l->problem = error != NULL ? g_strdup(error->message) : NULL;
    g_clear_error(&error);
}

/* Begins to look at the whole layer; FALSE when something is wrong. */
static gboolean analyse(Live *l) {
    GimpDrawable *drawable = l->look->drawable;
    GeglRectangle area = restoration_area(drawable, l->config);
    char *key = key_of(l, &area);
    gboolean known = g_strcmp0(key, l->seen) == 0;
    Restoration *restoration = NULL;
    GError *error = NULL;

    if (restoration_check(drawable, l->config, &error))
        restoration = restoration_new(drawable, l->config, &area, &error);
    if (restoration == NULL || (!known && !restoration_look(restoration, &error))) {
        restoration_free(restoration);
        set_problem(l, error);
        l->fills_in = FALSE;
        g_free(key);
        l->listener->told(l->user);
        return FALSE;
    }
    set_problem(l, NULL);
    l->analysis =
        analysis_start(restoration, l->shared, findings_wanted(l->config, l->blur_wanted));
    g_free(l->analysed);
    l->analysed = key;
    return TRUE;
}

static void take_analysis(Live *l) {
    Findings findings = {0};
    GError *error = NULL;

    l->cost_known = analysis_finish(l->analysis, &findings, &l->cost, &error);
    l->analysis = NULL;
    set_problem(l, error);
    if (g_strcmp0(l->analysed, l->seen) != 0) {
        findings_clear(&l->findings);
        l->findings = findings;
        g_free(l->seen);
        l->seen = g_steal_pointer(&l->analysed);
    }
    l->listener->told(l->user);
    if (l->fills_in && !l->changed) {
        l->fills_in = FALSE;
        findings_fill_in(&l->findings, l->config);
    }
}

static void start_job(Live *l) {
    GError *error = NULL;

    l->restored = TRUE;
    if (findings_leave_alone(&l->findings, l->config)) {
        l->listener->restored(NULL, l->user);
        l->listener->said(_("No blur found: the picture stays as it is."), l->user);
        return;
    }
    l->restoration = look_restoration(l->look, l->config, &l->shown, &l->findings, &error);
    if (l->restoration == NULL) {
        l->listener->said(error->message, l->user);
        g_error_free(error);
    } else if (!l->restoration->has_work) {
        l->listener->said(_("Nothing to fill in this part. Drag the picture."), l->user);
        g_clear_pointer(&l->restoration, restoration_free);
    } else {
        l->outdated = FALSE;
        l->job = restoration_start(l->restoration, l->context);
    }
}

static void take_job(Live *l) {
    char *message = NULL;
    int32_t code = job_finish(l->job, &message);

    l->job = NULL;
    if (code == DCDP_OK && !l->outdated) {
        l->listener->restored(l->restoration, l->user);
        l->listener->said("", l->user);
        /* The speed is known from now on. */
        if (l->cost_known && l->cost.seconds < 0.0)
            analyse(l);
    } else if (code != DCDP_OK && code != DCDP_CANCELLED) {
        l->listener->said(message, l->user);
    }
    g_free(message);
    g_clear_pointer(&l->restoration, restoration_free);
}

static void watch_job(Live *l) {
    JobStatus status = job_status(l->job);

    if (status.finished) {
        take_job(l);
    } else if (!l->outdated) {
        char *text = words_status(&status);

        l->listener->said(text, l->user);
        g_free(text);
    }
}

/* Does the next thing there is to do; the timer goes when there is none. */
static gboolean on_tick(gpointer user) {
    Live *l = user;

    if (l->analysis != NULL && analysis_is_finished(l->analysis))
        take_analysis(l);
    if (l->job != NULL)
        watch_job(l);
    if (l->delay == 0 && l->analysis == NULL && l->job == NULL) {
        if (l->changed) {
            l->changed = FALSE;
            l->restored = !analyse(l);
        } else if (l->wanted && !l->restored && l->problem == NULL) {
            start_job(l);
        }
    }
    if (l->analysis != NULL || l->job != NULL || l->delay != 0 || l->changed)
        return G_SOURCE_CONTINUE;
    l->tick = 0;
    return G_SOURCE_REMOVE;
}

static gboolean on_delay(gpointer user) {
    Live *l = user;

    l->delay = 0;
    return G_SOURCE_REMOVE;
}

static void turn(Live *l) {
    if (l->tick == 0)
        l->tick = g_timeout_add(TICK, on_tick, l);
}

static void stop_job(Live *l) {
    if (l->job != NULL && !l->outdated) {
        l->outdated = TRUE;
        job_stop(l->job);
    }
}

void live_restart(Live *l, const GeglRectangle *shown) {
    l->shown = *shown;
    stop_job(l);
    l->restored = FALSE;
    l->changed = TRUE;
    if (l->delay != 0)
        g_source_remove(l->delay);
    l->delay = g_timeout_add(DELAY, on_delay, l);
    turn(l);
}

void live_set_wanted(Live *l, gboolean wanted) {
    l->wanted = wanted;
    if (!wanted) {
        stop_job(l);
        l->restored = FALSE;
    }
    turn(l);
}

void live_fill_in_blur(Live *l) {
    l->blur_wanted = TRUE;
    l->fills_in = TRUE;
    live_restart(l, &l->shown);
}

const Findings *live_findings(const Live *l) {
    return &l->findings;
}

char *live_line(const Live *l) {
    char *found, *cost, *text;

    if (l->problem != NULL)
        return g_strdup(l->problem);
    found = words_found(&l->findings, l->config);
    cost = l->cost_known ? words_estimate(&l->cost) : g_strdup("");
    text = g_strdup_printf("%s%s%s", found, found[0] != '\0' && cost[0] != '\0' ? "  ·  " : "", cost);
    g_free(found);
    g_free(cost);
    return text;
}

Live *live_new(const Look *look, GObject *config, dcdp_context *shared,
               const LiveListener *listener, gpointer user) {
    Live *l = g_new0(Live, 1);

    if (dcdp_context_create(NULL, &l->context) != DCDP_OK) {
        g_free(l);
        return NULL;
    }
    l->look = look;
    l->config = config;
    l->shared = shared;
    l->listener = listener;
    l->user = user;
    l->wanted = TRUE;
    return l;
}

void live_free(Live *l) {
    if (l->tick != 0)
        g_source_remove(l->tick);
    if (l->delay != 0)
        g_source_remove(l->delay);
    if (l->job != NULL) {
        job_stop(l->job);
        job_finish(l->job, NULL);
    }
    g_clear_pointer(&l->restoration, restoration_free);
    if (l->analysis != NULL)
        analysis_abandon(l->analysis);
    dcdp_context_destroy(l->context);
    findings_clear(&l->findings);
    g_free(l->seen);
    g_free(l->analysed);
    g_free(l->problem);
    g_free(l);
}
