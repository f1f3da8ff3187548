/*
 * Cancels restorations from another thread at random moments; prints the milliseconds from dcdp_cancel to
 * the return of dcdp_restore. Arguments: side of the picture in pixels, how often, latest moment in seconds.
 */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

struct canceller {
    pthread_t thread;
    dcdp_context *context;
    double delay, at;
    atomic_int started;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void sleep_for(double seconds)
{
    struct timespec time;
    time.tv_sec = (time_t)seconds;
    time.tv_nsec = (long)(1e9 * (seconds - (double)time.tv_sec));
    nanosleep(&time, NULL);
}

static bool started(void *user, const dcdp_progress *progress)
{
    struct canceller *canceller = user;
    if (progress->round > 0)
        atomic_store(&canceller->started, 1);
    return true;
}

static void *cancel(void *argument)
{
    struct canceller *canceller = argument;
    while (!atomic_load(&canceller->started))
        sleep_for(0.002);
    sleep_for(canceller->delay);
    canceller->at = now();
    dcdp_cancel(canceller->context);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments)
{
    int side = count > 1 ? atoi(arguments[1]) : 512, times = count > 2 ? atoi(arguments[2]) : 3, i;
    double latest = count > 3 ? atof(arguments[3]) : 1;
    unsigned char *samples = malloc((size_t)(3 * side * side));
    double *latencies = malloc((size_t)times * sizeof *latencies);
    dcdp_image image = picture(DCDP_U8, side, side, 3, samples);
    struct canceller canceller;
    dcdp_options *options = quick_options("deblur");
    memset(&canceller, 0, sizeof canceller);
    EXPECT_STATUS(dcdp_context_create(NULL, &canceller.context), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "blur", "motion"), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "rounds", 1000), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "t_start", 1000), DCDP_OK);
    paint(samples, side, side, 3);
    for (i = 0; i < times; i++) {
        int32_t status;
        atomic_store(&canceller.started, 0);
        canceller.delay = latest * (i + 0.5) / times;
        if (pthread_create(&canceller.thread, NULL, cancel, &canceller) != 0)
            return 2;
        status = dcdp_restore(canceller.context, options, &image, &image, started, &canceller);
        latencies[i] = 1e3 * (now() - canceller.at);
        EXPECT_STATUS(status, DCDP_CANCELLED);
        pthread_join(canceller.thread, NULL);
    }
    EXPECT(samples[0] == pattern(0, 0, 0) && samples[3 * side * side - 1] == pattern(side - 1, side - 1, 2));
    qsort(latencies, (size_t)times, sizeof *latencies, by_value);
    printf("milliseconds to cancel: median %.0f, 90%% %.0f, most %.0f\n", latencies[times / 2],
           latencies[times * 9 / 10], latencies[times - 1]);
    dcdp_options_destroy(options);
    dcdp_context_destroy(canceller.context);
    free(latencies);
    free(samples);
    dcdp_shutdown();
    return failures != 0;
}
