/* Every task and everything a host does around a restoration. */
#include "support.h"

#include <math.h>

enum { WIDTH = 24, HEIGHT = 20, BYTES = WIDTH * HEIGHT * 3 };

static dcdp_context *context;
static unsigned char given[BYTES];

static dcdp_image input(void)
{
    return picture(DCDP_U8, WIDTH, HEIGHT, 3, given);
}

/* Restores the test picture; how many samples changed. */
static int changes(const dcdp_options *options, unsigned char *made)
{
    dcdp_image from = input(), to = picture(DCDP_U8, WIDTH, HEIGHT, 3, made);
    int i, changed = 0;
    memset(made, 0, BYTES);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_OK);
    for (i = 0; i < BYTES; i++)
        changed += made[i] != given[i];
    return changed;
}

static void deblur(void)
{
    static unsigned char by_kernel[BYTES], by_callback[BYTES];
    static const float SHIFT[9] = {0, 0, 0, 0, 0, 2, 0, 0, 0}, SPOT[1] = {5}, NONE[1] = {0};
    const float odd[1] = {NAN};
    dcdp_options *options = quick_options("deblur");
    EXPECT(changes(options, by_kernel) > BYTES / 4);
    EXPECT_STATUS(dcdp_options_set_string(options, "blur", "motion"), DCDP_OK);
    EXPECT(changes(options, by_callback) > BYTES / 4);
    EXPECT_STATUS(dcdp_options_set_string(options, "blur", "kernel"), DCDP_OK);
    {
        dcdp_image image = input();
        EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_ERROR_MISSING_OPTION);
    }
    EXPECT_STATUS(dcdp_options_set_kernel(options, SHIFT, 3, 3), DCDP_OK);
    EXPECT(changes(options, by_kernel) > BYTES / 4);
    EXPECT_STATUS(dcdp_options_set_kernel(options, SPOT, 1, 1), DCDP_OK);
    EXPECT(changes(options, by_callback) > 0);
    EXPECT(memcmp(by_kernel, by_callback, BYTES) != 0);
    EXPECT_STATUS(dcdp_options_set_kernel(options, NONE, 1, 1), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_kernel(options, odd, 1, 1), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_kernel(options, SPOT, 0, 1), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_kernel(options, SPOT, INT32_MAX, INT32_MAX), DCDP_ERROR_OPTION);
    dcdp_options_destroy(options);
}

/* What is known stays bit for bit, and the mask is read in any type. */
static void inpaint(void)
{
    static unsigned char mask[WIDTH * HEIGHT], made[BYTES], other[BYTES];
    static float real_mask[WIDTH * HEIGHT];
    dcdp_options *options = quick_options("inpaint");
    dcdp_image image = picture(DCDP_U8, WIDTH, HEIGHT, 1, mask);
    int i, filled = 0, changed = 0;
    EXPECT_STATUS(dcdp_options_set_number(options, "noise", 0), DCDP_OK);
    for (i = 0; i < WIDTH * HEIGHT; i++) {
        mask[i] = i % 5 == 0 ? 128 : 127; /* just above and below one half */
        real_mask[i] = i % 5 == 0 ? 0.51f : 0.5f;
    }
    {
        dcdp_image from = input();
        EXPECT_STATUS(dcdp_restore(context, options, &from, &from, NULL, NULL), DCDP_ERROR_MISSING_OPTION);
    }
    EXPECT_STATUS(dcdp_options_set_mask(options, &image), DCDP_OK);
    changes(options, made);
    for (i = 0; i < BYTES; i++) {
        if (i / 3 % 5 == 0)
            filled += made[i] != given[i];
        else
            changed += made[i] != given[i];
    }
    EXPECT(changed == 0);
    EXPECT(filled > BYTES / 10);
    image.type = DCDP_F32;
    image.data = real_mask;
    EXPECT_STATUS(dcdp_options_set_mask(options, &image), DCDP_OK);
    memset(real_mask, 0, sizeof real_mask); /* it was copied */
    changes(options, other);
    EXPECT(memcmp(made, other, BYTES) == 0);
    image.width = WIDTH - 1;
    EXPECT_STATUS(dcdp_options_set_mask(options, &image), DCDP_OK);
    {
        dcdp_image from = input(), to = picture(DCDP_U8, WIDTH, HEIGHT, 3, other);
        EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_ERROR_IMAGE);
    }
    EXPECT(memcmp(made, other, BYTES) == 0); /* a failure writes nothing */
    dcdp_options_destroy(options);
}

static void super_resolve(void)
{
    static unsigned char made[9 * BYTES];
    dcdp_options *options = quick_options("super-resolve");
    dcdp_image from = input(), to;
    int32_t width = 0, height = 0;
    EXPECT_STATUS(dcdp_options_set_number(options, "scale", 3), DCDP_OK);
    EXPECT_STATUS(dcdp_output_size(options, WIDTH, HEIGHT, &width, &height), DCDP_OK);
    EXPECT(width == 3 * WIDTH && height == 3 * HEIGHT);
    to = picture(DCDP_U8, width, height, 3, made);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_OK);
    EXPECT(abs((int)made[3 * (5 * 3 * WIDTH + 5)] - given[3 * (WIDTH + 1)]) < 60);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &from, NULL, NULL), DCDP_ERROR_IMAGE);
    width = height = -7;
    EXPECT_STATUS(dcdp_output_size(options, INT32_MAX, 1, &width, &height), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_output_size(options, 0, 1, &width, &height), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_output_size(options, 1, -1, &width, &height), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_output_size(options, 1, 1, NULL, &height), DCDP_ERROR_ARGUMENT);
    EXPECT(width == -7 && height == -7);
    dcdp_options_destroy(options);
}

struct watch {
    int calls, previews;
    double fraction;
    uint32_t round, rounds, steps;
    int stop_at;
    bool in_order;
};

static bool watch_progress(void *user, const dcdp_progress *progress)
{
    struct watch *watch = user;
    /* A program built when dcdp_progress ended after seconds_left reads no further than this. */
    EXPECT(progress->struct_size >= offsetof(dcdp_progress, stage));
    EXPECT(progress->struct_size == sizeof(dcdp_progress) && progress->stage[0] != '\0');
    watch->in_order &= progress->fraction >= watch->fraction && progress->fraction <= 1.0;
    watch->in_order &= progress->round >= watch->round && progress->round <= progress->rounds;
    watch->in_order &= progress->step <= progress->steps;
    watch->fraction = progress->fraction;
    watch->round = progress->round;
    watch->rounds = progress->rounds;
    if (progress->steps > watch->steps)
        watch->steps = progress->steps;
    watch->calls++;
    return watch->calls != watch->stop_at;
}

static void watch_preview(void *user, const dcdp_image *estimate)
{
    struct watch *watch = user;
    const float *samples = estimate->data;
    watch->previews++;
    EXPECT(estimate->struct_size == sizeof(dcdp_image));
    EXPECT(estimate->width == WIDTH && estimate->height == HEIGHT && estimate->channels == 3);
    EXPECT(estimate->type == DCDP_F32 && estimate->transfer == DCDP_SRGB);
    EXPECT(estimate->channel_stride == (ptrdiff_t)sizeof(float) * WIDTH * HEIGHT);
    EXPECT(samples[0] > -0.5f && samples[WIDTH * HEIGHT * 3 - 1] < 1.5f);
}

static void progress_and_preview(void)
{
    static unsigned char made[BYTES];
    dcdp_options *options = quick_options("deblur");
    dcdp_image from = input(), to = picture(DCDP_U8, WIDTH, HEIGHT, 3, made);
    struct watch watch;
    int stop_at;
    EXPECT_STATUS(dcdp_options_set_number(options, "rounds", 3), DCDP_OK);
    memset(&watch, 0, sizeof watch);
    watch.in_order = true;
    EXPECT_STATUS(dcdp_options_set_preview(options, watch_preview, &watch), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, watch_progress, &watch), DCDP_OK);
    EXPECT(watch.in_order && watch.fraction == 1.0 && watch.rounds == 3 && watch.steps == 2);
    EXPECT(watch.previews == 3);
    memset(made, 9, sizeof made);
    for (stop_at = 1; stop_at < watch.calls; stop_at += 3) {
        struct watch stopped;
        memset(&stopped, 0, sizeof stopped);
        stopped.stop_at = stop_at;
        EXPECT_STATUS(dcdp_restore(context, options, &from, &to, watch_progress, &stopped), DCDP_CANCELLED);
        EXPECT(stopped.calls == stop_at && made[0] == 9 && made[BYTES - 1] == 9);
    }
    EXPECT_STATUS(dcdp_options_set_preview(options, NULL, NULL), DCDP_OK);
    dcdp_options_destroy(options);
}

static void estimate(void)
{
    dcdp_options *options = quick_options("denoise");
    dcdp_estimate_info small, large;
    static unsigned char made[BYTES];
    memset(&small, 0, sizeof small);
    small.struct_size = sizeof small;
    large = small;
    EXPECT_STATUS(dcdp_options_set_string(options, "preset", "paper"), DCDP_OK);
    changes(options, made); /* the speed of this process is known from here on */
    EXPECT_STATUS(dcdp_estimate(context, options, 64, 64, &small), DCDP_OK);
    EXPECT_STATUS(dcdp_estimate(context, options, 2048, 1024, &large), DCDP_OK);
    EXPECT(small.struct_size == sizeof small && small.network_calls == 4);
    EXPECT(small.megabytes > 1 && large.megabytes > small.megabytes + 20);
    EXPECT(small.seconds > 0 && large.seconds > 10 * small.seconds);
    EXPECT_STATUS(dcdp_options_set_number(options, "max_memory", floor(large.megabytes / 2)), DCDP_OK);
    EXPECT_STATUS(dcdp_estimate(context, options, 2048, 1024, &large), DCDP_OK);
    small.megabytes = -3;
    EXPECT_STATUS(dcdp_estimate(context, options, 0, 1, &small), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_estimate(context, options, 1, 1, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT(small.megabytes == -3);
    dcdp_options_destroy(options);
}

/* Same seed, same bytes; another seed, others. The input is not changed. */
static void seeds(void)
{
    static unsigned char first[BYTES], second[BYTES], before[BYTES];
    dcdp_options *options = quick_options("deblur");
    memcpy(before, given, BYTES);
    EXPECT_STATUS(dcdp_options_set_string(options, "preset", "paper"), DCDP_OK);
    changes(options, first);
    EXPECT_STATUS(dcdp_options_set_number(options, "threads", 1), DCDP_OK);
    changes(options, second);
    EXPECT(memcmp(first, second, BYTES) == 0);
    EXPECT_STATUS(dcdp_options_set_number(options, "seed", 1), DCDP_OK);
    changes(options, second);
    EXPECT(memcmp(first, second, BYTES) != 0);
    EXPECT(memcmp(before, given, BYTES) == 0);
    dcdp_options_destroy(options);
}

static void lists(void)
{
    dcdp_models *models = NULL;
    dcdp_devices *devices = NULL;
    dcdp_model model;
    dcdp_device device;
    uint32_t i, found = 0;
    memset(&model, 0, sizeof model);
    memset(&device, 0, sizeof device);
    model.struct_size = sizeof model;
    device.struct_size = sizeof device;
    EXPECT_STATUS(dcdp_models_create(NULL, &models), DCDP_OK);
    for (i = 0; i < dcdp_models_count(models); i++) {
        EXPECT_STATUS(dcdp_models_get(models, i, &model), DCDP_OK);
        found += model.usable && strcmp(model.name, "photo") == 0 && strcmp(model.kind, "pixel") == 0;
    }
    EXPECT(found == 1);
    EXPECT_STATUS(dcdp_models_get(models, i, &model), DCDP_ERROR_ARGUMENT);
    dcdp_models_destroy(models);
    EXPECT_STATUS(dcdp_models_create(getenv("DCDP_TEST_MODEL"), &models), DCDP_OK);
    EXPECT(dcdp_models_count(models) == 1 && dcdp_models_get(models, 0, &model) == DCDP_OK);
    EXPECT(strcmp(model.name, "tiny-prior") == 0 && strcmp(model.reason, "") == 0);
    dcdp_models_destroy(models);
    EXPECT_STATUS(dcdp_models_create("no such model", &models), DCDP_ERROR_MODEL_NOT_FOUND);
    EXPECT_STATUS(dcdp_devices_create(&devices), DCDP_OK);
    EXPECT(dcdp_devices_count(devices) >= 1 && dcdp_devices_get(devices, 0, &device) == DCDP_OK);
    EXPECT(strcmp(device.name, "cpu") == 0 && device.usable && strcmp(device.reason, "") == 0);
    EXPECT_STATUS(dcdp_devices_get(devices, 99, &device), DCDP_ERROR_ARGUMENT);
    dcdp_devices_destroy(devices);
}

/* Restores one frame of noise around gray with others of the same shot. */
static void neighbours(void)
{
    static unsigned char frames[3][BYTES], alone[BYTES], made[BYTES];
    unsigned state = 1;
    int i, f;
    dcdp_image from, to, small;
    dcdp_options *options = NULL;
    EXPECT_STATUS(dcdp_options_create(&options), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "model", getenv("DCDP_TEST_MODEL")), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "noise", 30), DCDP_OK);
    for (f = 0; f < 3; f++)
        for (i = 0; i < BYTES; i++) {
            int sum = 0, k;
            for (k = 0; k < 4; k++) {
                state = state * 1664525u + 1013904223u;
                sum += (int)(state >> 24) - 128;
            }
            frames[f][i] = (unsigned char)(128 + sum / 5);
        }
    from = picture(DCDP_U8, WIDTH, HEIGHT, 3, frames[1]);
    to = picture(DCDP_U8, WIDTH, HEIGHT, 3, alone);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_OK);
    to.data = made;
    for (f = 0; f < 3; f += 2) {
        dcdp_image neighbour = picture(DCDP_U8, WIDTH, HEIGHT, 3, frames[f]);
        EXPECT_STATUS(dcdp_options_set_neighbour(options, f - 1, &neighbour), DCDP_OK);
        memset(frames[f], 0, BYTES); /* the samples were copied */
    }
    /* One frame is the default. */
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(made, alone, BYTES) == 0);
    EXPECT_STATUS(dcdp_options_set_number(options, "temporal_frames", 3), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(made, alone, BYTES) != 0);
    /* The frame itself is none of its neighbours. */
    EXPECT_STATUS(dcdp_options_set_neighbour(options, -1, &from), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_neighbour(options, 1, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(made, alone, BYTES) == 0);

    EXPECT_STATUS(dcdp_options_set_number(options, "temporal_frames", 2), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_number(options, "temporal_frames", 3), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_neighbour(options, 0, &from), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_neighbour(options, 3, &from), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_neighbour(NULL, 1, &from), DCDP_ERROR_ARGUMENT);
    small = picture(DCDP_U8, WIDTH - 1, HEIGHT, 3, frames[0]);
    EXPECT_STATUS(dcdp_options_set_neighbour(options, 1, &small), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_ERROR_IMAGE);
    small.channels = 7;
    EXPECT_STATUS(dcdp_options_set_neighbour(options, 1, &small), DCDP_ERROR_IMAGE);
    dcdp_options_destroy(options);
}

int main(void)
{
    paint(given, WIDTH, HEIGHT, 3);
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_OK);
    deblur();
    inpaint();
    super_resolve();
    progress_and_preview();
    estimate();
    seeds();
    neighbours();
    lists();
    dcdp_context_destroy(context);
    dcdp_shutdown();
    return failures != 0;
}
