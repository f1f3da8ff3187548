/* Calls no program should make: they are answered with an error, and write nothing. */
#include "support.h"

#include <math.h>

static dcdp_context *context;

/* Every function with NULL for every pointer. */
static void null_pointers(void)
{
    dcdp_options *options = quick_options("denoise");
    dcdp_image image;
    unsigned char samples[48];
    int32_t side = -7;
    double number = -7;
    size_t needed = 7;
    memset(samples, 9, sizeof samples);
    image = picture(DCDP_U8, 4, 4, 3, samples);
    EXPECT_STATUS(dcdp_context_create(NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_create(NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_copy(NULL, &options), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_copy(options, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_number(NULL, "seed", 1), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_number(options, NULL, 1), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_string(NULL, "seed", "1"), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_string(options, NULL, "1"), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_string(options, "seed", NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_get_number(NULL, "seed", &number), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_get_number(options, NULL, &number), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_get_number(options, "seed", NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_get_string(NULL, "seed", NULL, 0, &needed), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_get_string(options, NULL, NULL, 0, &needed), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_get_string(options, "seed", NULL, 9, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_mask(NULL, &image), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_kernel(NULL, NULL, 1, 1), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_operator(NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_preview(NULL, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_output_size(NULL, 1, 1, &side, &side), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_output_size(options, 1, 1, &side, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_restore(NULL, options, &image, &image, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_restore(context, NULL, &image, &image, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_restore(context, options, NULL, &image, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_restore(context, options, &image, NULL, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_estimate(NULL, options, 1, 1, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_models_create(NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_models_get(NULL, 0, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_devices_create(NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_devices_get(NULL, 0, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_parameter_get(0, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT(dcdp_models_count(NULL) == 0 && dcdp_devices_count(NULL) == 0);
    EXPECT_STATUS(dcdp_set_log(NULL, NULL, 0), DCDP_OK);
    dcdp_cancel(NULL);
    dcdp_context_destroy(NULL);
    dcdp_options_destroy(NULL);
    dcdp_models_destroy(NULL);
    dcdp_devices_destroy(NULL);
    image.data = NULL;
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT(side == -7 && number == -7 && needed == 7 && samples[0] == 9 && samples[47] == 9);
    dcdp_options_destroy(options);
}

/* Integers that are no member of their enumeration. */
static void enumerations(void)
{
    static const int32_t ODD[] = {-1, 4, 99, INT32_MAX, INT32_MIN};
    dcdp_options *options = quick_options("denoise");
    unsigned char samples[48] = {0};
    dcdp_image good = picture(DCDP_U8, 4, 4, 3, samples), bad;
    size_t i;
    for (i = 0; i < sizeof ODD / sizeof ODD[0]; i++) {
        int32_t *members[4];
        int member;
        members[0] = &bad.type;
        members[1] = &bad.transfer;
        members[2] = &bad.alpha;
        members[3] = &bad.channels;
        for (member = 0; member < 4; member++) {
            bad = good;
            *members[member] = ODD[i] == 4 && member == 3 ? 5 : ODD[i];
            EXPECT_STATUS(dcdp_restore(context, options, &bad, &good, NULL, NULL), DCDP_ERROR_IMAGE);
            EXPECT_STATUS(dcdp_restore(context, options, &good, &bad, NULL, NULL), DCDP_ERROR_IMAGE);
            EXPECT_STATUS(dcdp_options_set_mask(options, &bad), DCDP_ERROR_IMAGE);
        }
        EXPECT(strcmp(dcdp_status_name(ODD[i] == 4 ? 1000 : ODD[i]), "unknown status") == 0 || ODD[i] == 99);
    }
    EXPECT_STATUS(dcdp_set_log(NULL, NULL, 99), DCDP_OK); /* the level of no callback does not matter */
    EXPECT_STATUS(dcdp_options_set_string(options, "task", "Denoise"), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_string(options, "task", "\xff\xfe"), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_string(options, "\xff\xfe", "x"), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_string(options, "", "x"), DCDP_ERROR_UNKNOWN_OPTION);
    dcdp_options_destroy(options);
}

/* Numbers that are none, or beyond every range, for every parameter. */
static void numbers(void)
{
    const double odd[] = {NAN, INFINITY, -INFINITY, -2, 1e300, -1e300};
    static const char *const TEXTS[] = {"", "nan", "inf", "1e999", "0x10", "1,5", "%n%s", "-2"};
    dcdp_options *options = quick_options("denoise");
    dcdp_parameter parameter;
    uint32_t index;
    size_t i;
    memset(&parameter, 0, sizeof parameter);
    parameter.struct_size = sizeof parameter;
    for (index = 0; index < dcdp_parameter_count(); index++) {
        bool number;
        EXPECT_STATUS(dcdp_parameter_get(index, &parameter), DCDP_OK);
        number = parameter.type == DCDP_PARAMETER_NUMBER || parameter.type == DCDP_PARAMETER_INTEGER;
        for (i = 0; i < sizeof odd / sizeof odd[0]; i++)
            if (!(odd[i] == -2 && parameter.minimum <= -2))
                EXPECT_STATUS(dcdp_options_set_number(options, parameter.name, odd[i]), DCDP_ERROR_OPTION);
        for (i = 0; number && i < sizeof TEXTS / sizeof TEXTS[0]; i++)
            if (!(strcmp(TEXTS[i], "-2") == 0 && parameter.minimum <= -2))
                EXPECT_STATUS(dcdp_options_set_string(options, parameter.name, TEXTS[i]), DCDP_ERROR_OPTION);
        if (parameter.type == DCDP_PARAMETER_INTEGER)
            EXPECT_STATUS(dcdp_options_set_number(options, parameter.name, 1.5), DCDP_ERROR_OPTION);
    }
    EXPECT_STATUS(dcdp_parameter_get(index, &parameter), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_parameter_get(UINT32_MAX, &parameter), DCDP_ERROR_ARGUMENT);
    dcdp_options_destroy(options);
}

/* Sizes and strides that no memory has. */
static void absurd_images(void)
{
    static const int32_t SIDES[] = {0, -1, INT32_MIN, INT32_MAX};
    static const ptrdiff_t STRIDES[] = {PTRDIFF_MAX, PTRDIFF_MIN, PTRDIFF_MIN + 1, PTRDIFF_MAX / 2};
    dcdp_options *options = quick_options("denoise");
    unsigned char samples[48] = {0};
    dcdp_image good = picture(DCDP_U8, 4, 4, 3, samples), bad;
    size_t i;
    for (i = 0; i < sizeof SIDES / sizeof SIDES[0]; i++) {
        bad = good;
        bad.width = bad.height = SIDES[i];
        bad.type = DCDP_F32;
        EXPECT_STATUS(dcdp_restore(context, options, &bad, &bad, NULL, NULL), DCDP_ERROR_IMAGE);
        EXPECT_STATUS(dcdp_restore(context, options, &good, &bad, NULL, NULL), DCDP_ERROR_IMAGE);
        bad = good;
        bad.pixel_stride = STRIDES[i];
        EXPECT_STATUS(dcdp_restore(context, options, &bad, &good, NULL, NULL), DCDP_ERROR_IMAGE);
        bad = good;
        bad.row_stride = STRIDES[i];
        EXPECT_STATUS(dcdp_restore(context, options, &good, &bad, NULL, NULL), DCDP_ERROR_IMAGE);
        bad = good;
        bad.channel_stride = STRIDES[i];
        EXPECT_STATUS(dcdp_options_set_mask(options, &bad), DCDP_ERROR_IMAGE);
    }
    bad = good;
    bad.data = (void *)(uintptr_t)-8; /* the picture would wrap around the address space */
    EXPECT_STATUS(dcdp_restore(context, options, &bad, &good, NULL, NULL), DCDP_ERROR_IMAGE);
    bad = good;
    bad.data = (void *)(uintptr_t)8;
    bad.row_stride = -64;
    EXPECT_STATUS(dcdp_restore(context, options, &bad, &good, NULL, NULL), DCDP_ERROR_IMAGE);
    for (i = 0; i < 3; i++) {
        static const uint32_t SIZES[] = {0, 3, UINT32_MAX};
        bad = good;
        bad.struct_size = SIZES[i];
        EXPECT_STATUS(dcdp_restore(context, options, &bad, &good, NULL, NULL), DCDP_ERROR_ARGUMENT);
    }
    /* Channels of input and output must be the same. */
    bad = good;
    bad.channels = 1;
    EXPECT_STATUS(dcdp_restore(context, options, &good, &bad, NULL, NULL), DCDP_ERROR_IMAGE);
    dcdp_options_destroy(options);
}

/* What cannot be had is refused before memory is taken or time spent. */
static void absurd_estimates(void)
{
    static const char *const TASKS[] = {"denoise", "deblur", "super-resolve"};
    dcdp_estimate_info info;
    size_t i;
    memset(&info, 0, sizeof info);
    info.struct_size = sizeof info;
    for (i = 0; i < sizeof TASKS / sizeof TASKS[0]; i++) {
        dcdp_options *options = quick_options(TASKS[i]);
        int32_t status = dcdp_estimate(context, options, 100000, 100000, &info);
        EXPECT(status != DCDP_OK || info.megabytes > 100000);
        EXPECT(status != DCDP_ERROR_INTERNAL);
        dcdp_options_destroy(options);
    }
}

/* Models that are none. */
static void models(void)
{
    unsigned char samples[48] = {0};
    dcdp_image image = picture(DCDP_U8, 4, 4, 3, samples);
    dcdp_options *options = quick_options("denoise");
    dcdp_context *other = NULL;
    EXPECT_STATUS(dcdp_options_set_string(options, "model", "/dev/null"), DCDP_OK);
    EXPECT(dcdp_restore(context, options, &image, &image, NULL, NULL) != DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "model", "../../../etc"), DCDP_OK);
    EXPECT(dcdp_restore(context, options, &image, &image, NULL, NULL) != DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "model", ""), DCDP_OK); /* as "auto" */
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_context_create("/no/such/library", &other), DCDP_ERROR_RUNTIME);
    EXPECT_STATUS(dcdp_context_create("/dev/null", &other), DCDP_ERROR_RUNTIME);
    EXPECT_STATUS(dcdp_context_create("", &other), DCDP_ERROR_RUNTIME);
    EXPECT(other == NULL);
    dcdp_options_destroy(options);
}

static void in_log(void *user, int32_t level, const char *target, const char *message)
{
    int *calls = user;
    dcdp_options *options = NULL;
    EXPECT(level >= DCDP_LOG_ERROR && level <= DCDP_LOG_TRACE && target != NULL && message != NULL);
    EXPECT_STATUS(dcdp_set_log(NULL, NULL, 0), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_ERROR_ARGUMENT);
    dcdp_shutdown(); /* does nothing here */
    EXPECT_STATUS(dcdp_options_create(&options), DCDP_OK);
    dcdp_options_destroy(options);
    ++*calls;
}

/* The log callback calls back; after a shutdown nothing is logged and everything works again. */
static void log_and_shutdown(void)
{
    unsigned char samples[48] = {0};
    dcdp_image image = picture(DCDP_U8, 4, 4, 3, samples);
    dcdp_options *options = quick_options("denoise");
    int calls = 0, before;
    EXPECT_STATUS(dcdp_set_log(in_log, &calls, 99), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_set_log(in_log, &calls, DCDP_LOG_TRACE), DCDP_OK);
    dcdp_shutdown(); /* models are loaded anew, and say so */
    EXPECT_STATUS(dcdp_set_log(in_log, &calls, DCDP_LOG_TRACE), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_OK);
    EXPECT(calls > 0);
    dcdp_shutdown();
    before = calls;
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_OK);
    dcdp_shutdown();
    dcdp_shutdown();
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_OK);
    EXPECT(calls == before);
    dcdp_options_destroy(options);
}

/* Callbacks that start, cancel and free things. */
struct tangle {
    dcdp_context *context, *other;
    dcdp_options *options, *inner;
    int calls;
    int32_t nested;
};

static bool tangled(void *user, const dcdp_progress *progress)
{
    struct tangle *tangle = user;
    unsigned char samples[48] = {0};
    dcdp_image image = picture(DCDP_U8, 4, 4, 3, samples);
    (void)progress;
    if (tangle->calls++ > 0)
        return true;
    EXPECT_STATUS(dcdp_restore(tangle->context, tangle->inner, &image, &image, NULL, NULL), DCDP_BUSY);
    tangle->nested = dcdp_restore(tangle->other, tangle->inner, &image, &image, NULL, NULL);
    dcdp_options_destroy(tangle->options); /* the restoration has its own copy */
    dcdp_shutdown();
    return true;
}

static bool destroys(void *user, const dcdp_progress *progress)
{
    (void)progress;
    dcdp_context_destroy(*(dcdp_context **)user);
    return true;
}

static bool refuses(void *user, const dcdp_progress *progress)
{
    (void)progress;
    ++*(int *)user;
    return false;
}

static void callbacks(void)
{
    unsigned char samples[48] = {0};
    dcdp_image image = picture(DCDP_U8, 4, 4, 3, samples);
    dcdp_context *other = NULL;
    struct tangle tangle;
    int calls = 0;
    memset(&tangle, 0, sizeof tangle);
    tangle.context = context;
    tangle.options = quick_options("deblur");
    tangle.inner = quick_options("denoise");
    EXPECT_STATUS(dcdp_options_set_number(tangle.options, "threads", 1), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(tangle.inner, "threads", 1), DCDP_OK);
    EXPECT_STATUS(dcdp_context_create(NULL, &tangle.other), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, tangle.options, &image, &image, tangled, &tangle), DCDP_OK);
    EXPECT(tangle.calls > 1);
    EXPECT_STATUS(tangle.nested, DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, tangle.inner, &image, &image, refuses, &calls), DCDP_CANCELLED);
    EXPECT(calls == 1);
    dcdp_cancel(context); /* nothing runs: the next one is not cancelled */
    EXPECT_STATUS(dcdp_restore(context, tangle.inner, &image, &image, NULL, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_context_create(NULL, &other), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(other, tangle.inner, &image, &image, destroys, &other), DCDP_CANCELLED);
    dcdp_options_destroy(tangle.inner);
    dcdp_context_destroy(tangle.other);
}

int main(void)
{
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_OK);
    null_pointers();
    enumerations();
    numbers();
    absurd_images();
    absurd_estimates();
    models();
    callbacks();
    log_and_shutdown();
    dcdp_context_destroy(context);
    return failures != 0;
}
