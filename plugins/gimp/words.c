#include "words.h"

#include <math.h>

static char *duration(double seconds) {
    int whole = (int)ceil(CLAMP(seconds, 1.0, 1e6));
    int minutes = (whole + 59) / 60;

    if (whole < 100)
        return g_strdup_printf("%d s", whole);
    if (minutes < 100)
        return g_strdup_printf("%d min", minutes);
    return g_strdup_printf("%d h %d min", minutes / 60, minutes % 60);
}

char *words_status(const JobStatus *status) {
    GString *text = g_string_new(NULL);

    if (status->round > 0)
        g_string_append_printf(text, "Round %u of %u", status->round, status->rounds);
    if (status->step > 0 && status->steps > 1)
        g_string_append_printf(text, ", step %u of %u", status->step, status->steps);
    if (status->stage[0] != '\0')
        g_string_append_printf(text, "%s%s", text->len > 0 ? ": " : "", status->stage);
    if (status->seconds_left >= 0.0) {
        char *left = duration(status->seconds_left);

        g_string_append_printf(text, "%sabout %s left", text->len > 0 ? ", " : "", left);
        g_free(left);
    }
    return g_string_free(text, FALSE);
}

char *words_estimate(const dcdp_estimate_info *estimate) {
    gboolean large = estimate->megabytes >= 1000.0;
    char *memory = large ? g_strdup_printf("%.1f GB", estimate->megabytes / 1000.0)
                         : g_strdup_printf("%.0f MB", estimate->megabytes);
    char *text;

    if (estimate->seconds < 0.0) {
        text = g_strdup_printf("%u network %s, about %s", estimate->network_calls,
                               estimate->network_calls == 1 ? "call" : "calls", memory);
    } else {
        char *time = duration(estimate->seconds);

        text = g_strdup_printf("about %s, %s", time, memory);
        g_free(time);
    }
    g_free(memory);
    return text;
}
