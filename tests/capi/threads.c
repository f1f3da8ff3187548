/* Restoring and cancelling at random from eight threads; the first argument is how many seconds. */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <pthread.h>
#include <time.h>

enum { THREADS = 8, SHARED = 3, WIDTH = 32, HEIGHT = 24, BYTES = WIDTH * HEIGHT * 3 };

struct worker {
    pthread_t thread;
    unsigned random;
    int done, cancelled, busy, wrong;
};

static dcdp_context *contexts[SHARED];
static unsigned char expected[BYTES];
static time_t end;

static unsigned next_random(struct worker *worker, unsigned below)
{
    worker->random = worker->random * 1664525u + 1013904223u;
    return (worker->random >> 8) % below;
}

struct stop {
    int after;
};

static bool progress(void *user, const dcdp_progress *now)
{
    struct stop *stop = user;
    (void)now;
    return stop->after < 0 || stop->after-- > 0;
}

/* One random act: restore in a shared or an own context, cancel another thread's, shut down. */
static void act(struct worker *worker, dcdp_context *own, const dcdp_options *options)
{
    unsigned char samples[BYTES];
    dcdp_image image = picture(DCDP_U8, WIDTH, HEIGHT, 3, samples);
    struct stop stop;
    unsigned choice = next_random(worker, 16);
    int32_t status;
    if (choice < 4) {
        dcdp_cancel(contexts[next_random(worker, SHARED)]);
        return;
    }
    if (choice == 4) {
        dcdp_shutdown();
        return;
    }
    paint(samples, WIDTH, HEIGHT, 3);
    stop.after = choice < 10 ? -1 : (int)next_random(worker, 12);
    status = dcdp_restore(choice % 2 ? own : contexts[next_random(worker, SHARED)], options, &image, &image,
                          progress, &stop);
    if (status == DCDP_OK) {
        worker->done++;
        worker->wrong += memcmp(samples, expected, BYTES) != 0;
    } else if (status == DCDP_CANCELLED) {
        worker->cancelled++;
    } else if (status == DCDP_BUSY) {
        worker->busy++;
    } else {
        fprintf(stderr, "%s: %s\n", dcdp_status_name(status), dcdp_last_error());
        worker->wrong++;
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    dcdp_context *own = NULL;
    dcdp_options *options = quick_options("deblur");
    EXPECT_STATUS(dcdp_context_create(NULL, &own), DCDP_OK);
    while (time(NULL) < end)
        act(worker, own, options);
    dcdp_options_destroy(options);
    dcdp_context_destroy(own);
    return NULL;
}

int main(int count, char **arguments)
{
    struct worker workers[THREADS];
    dcdp_options *options;
    dcdp_image image = picture(DCDP_U8, WIDTH, HEIGHT, 3, expected);
    int i, done = 0, cancelled = 0, busy = 0;
    memset(workers, 0, sizeof workers);
    for (i = 0; i < SHARED; i++)
        EXPECT_STATUS(dcdp_context_create(NULL, &contexts[i]), DCDP_OK);
    options = quick_options("deblur");
    paint(expected, WIDTH, HEIGHT, 3);
    EXPECT_STATUS(dcdp_restore(contexts[0], options, &image, &image, NULL, NULL), DCDP_OK);
    end = time(NULL) + (count > 1 ? atoi(arguments[1]) : 3);
    for (i = 0; i < THREADS; i++) {
        workers[i].random = (unsigned)i + 1;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            return 2;
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        done += workers[i].done;
        cancelled += workers[i].cancelled;
        busy += workers[i].busy;
        EXPECT(workers[i].wrong == 0);
    }
    printf("%d restored, %d cancelled, %d busy\n", done, cancelled, busy);
    EXPECT(done > 0 && cancelled > 0);
    dcdp_options_destroy(options);
    for (i = 0; i < SHARED; i++)
        dcdp_context_destroy(contexts[i]);
    dcdp_shutdown();
    return failures != 0;
}
