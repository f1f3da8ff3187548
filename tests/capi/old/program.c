/* A program of the time of dcdp 0.1.0, kept as the binary `program` beside this file. See README.md. */
#include "dcdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 24, HEIGHT = 20, COUNT = WIDTH * HEIGHT * 3 };

static int failures;

#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, dcdp_last_error()); \
            failures++; \
        } \
    } while (0)

static dcdp_image picture(int32_t channels, unsigned char *data)
{
    dcdp_image image;
    memset(&image, 0, sizeof image);
    image.struct_size = sizeof image;
    image.width = WIDTH;
    image.height = HEIGHT;
    image.channels = channels;
    image.type = DCDP_U8;
    image.data = data;
    return image;
}

static bool told(void *user, const dcdp_progress *progress)
{
    EXPECT(progress->struct_size >= sizeof *progress && progress->fraction >= 0 && progress->fraction <= 1);
    EXPECT(progress->round <= progress->rounds && progress->step <= progress->steps && progress->stage[0] != '\0');
    ++*(int *)user;
    return true;
}

static void shown(void *user, const dcdp_image *estimate)
{
    EXPECT(estimate->struct_size >= sizeof *estimate && estimate->width == WIDTH && estimate->height == HEIGHT);
    EXPECT(estimate->type == DCDP_F32 && estimate->channels == 3);
    ++*(int *)user;
}

static void logged(void *user, int32_t level, const char *target, const char *message)
{
    (void)level;
    if (target != NULL && message != NULL)
        ++*(int *)user;
}

static int32_t half(void *user, const dcdp_shape *shape, const float *x, float *y)
{
    int i, count = shape->channels * shape->x_width * shape->x_height;
    EXPECT(shape->struct_size >= sizeof *shape);
    for (i = 0; i < count; i++)
        y[i] = x[i] / 2;
    ++*(int *)user;
    return DCDP_OK;
}

static int32_t half_back(void *user, const dcdp_shape *shape, const float *x, const float *u, float *out)
{
    (void)x;
    return half(user, shape, u, out);
}

/* Structs with room behind them, which the library must leave alone. */
#define GUARDED(type, name) \
    struct { \
        type value; \
        unsigned char after[64]; \
    } name; \
    memset(&name, 0, sizeof name); \
    memset(name.after, 9, sizeof name.after); \
    name.value.struct_size = sizeof(type)

#define UNTOUCHED(name) (name.after[0] == 9 && memcmp(name.after, name.after + 1, sizeof name.after - 1) == 0)

static void tables(void)
{
    GUARDED(dcdp_parameter, parameter);
    GUARDED(dcdp_model, model);
    GUARDED(dcdp_device, device);
    dcdp_models *models = NULL;
    dcdp_devices *devices = NULL;
    uint32_t i;
    EXPECT(dcdp_version()[0] != '\0' && dcdp_abi_version() >= DCDP_ABI_VERSION && dcdp_abi_version() < 65536);
    for (i = 0; i < dcdp_parameter_count(); i++) {
        EXPECT(dcdp_parameter_get(i, &parameter.value) == DCDP_OK && parameter.value.name[0] != '\0');
        EXPECT(parameter.value.struct_size == sizeof(dcdp_parameter));
    }
    EXPECT(i > 20 && UNTOUCHED(parameter));
    EXPECT(dcdp_models_create(getenv("DCDP_TEST_MODEL"), &models) == DCDP_OK && dcdp_models_count(models) == 1);
    EXPECT(dcdp_models_get(models, 0, &model.value) == DCDP_OK && strcmp(model.value.name, "tiny-prior") == 0);
    EXPECT(UNTOUCHED(model));
    dcdp_models_destroy(models);
    EXPECT(dcdp_devices_create(&devices) == DCDP_OK && dcdp_devices_count(devices) > 0);
    EXPECT(dcdp_devices_get(devices, 0, &device.value) == DCDP_OK && strcmp(device.value.name, "cpu") == 0);
    EXPECT(UNTOUCHED(device));
    dcdp_devices_destroy(devices);
    EXPECT(strcmp(dcdp_status_name(DCDP_BUSY), "DCDP_BUSY") == 0);
}

static void restorations(dcdp_context *context)
{
    static const char *const TASKS[] = {"denoise", "deblur", "inpaint", "super-resolve"};
    static unsigned char given[COUNT], made[4 * COUNT], mask[WIDTH * HEIGHT];
    const float psf[3] = {1, 2, 1};
    dcdp_image input = picture(3, given), marked = picture(1, mask);
    dcdp_options *options = NULL, *copy = NULL;
    GUARDED(dcdp_estimate_info, info);
    dcdp_operator own;
    char text[32];
    double number = 0;
    size_t needed = 0;
    int calls = 0, previews = 0, i;
    for (i = 0; i < COUNT; i++)
        given[i] = (unsigned char)(i * 7 % 251);
    memset(mask + 100, 255, 50);
    EXPECT(dcdp_options_create(&options) == DCDP_OK);
    EXPECT(dcdp_options_set_string(options, "model", getenv("DCDP_TEST_MODEL")) == DCDP_OK);
    EXPECT(dcdp_options_set_string(options, "device", "cpu") == DCDP_OK);
    EXPECT(dcdp_options_set_string(options, "preset", "paper") == DCDP_OK);
    EXPECT(dcdp_options_set_string(options, "blur", "kernel") == DCDP_OK);
    EXPECT(dcdp_options_set_kernel(options, psf, 3, 1) == DCDP_OK);
    EXPECT(dcdp_options_set_mask(options, &marked) == DCDP_OK);
    EXPECT(dcdp_options_set_number(options, "noise", 5) == DCDP_OK);
    EXPECT(dcdp_options_set_number(options, "rounds", 2) == DCDP_OK);
    EXPECT(dcdp_options_set_preview(options, shown, &previews) == DCDP_OK);
    for (i = 0; i < 4; i++) {
        int32_t width = 0, height = 0;
        dcdp_image output = picture(3, made);
        EXPECT(dcdp_options_set_string(options, "task", TASKS[i]) == DCDP_OK);
        if (i == 3) {
            EXPECT(dcdp_options_set_preview(options, NULL, NULL) == DCDP_OK);
            EXPECT(dcdp_options_set_number(options, "scale", 2) == DCDP_OK);
        }
        EXPECT(dcdp_output_size(options, WIDTH, HEIGHT, &width, &height) == DCDP_OK);
        EXPECT(width == WIDTH * (i == 3 ? 2 : 1) && height == HEIGHT * (i == 3 ? 2 : 1));
        output.width = width;
        output.height = height;
        EXPECT(dcdp_restore(context, options, &input, &output, told, &calls) == DCDP_OK);
        EXPECT(memcmp(made, given, COUNT) != 0);
    }
    EXPECT(calls > 8 && previews == 6);
    EXPECT(dcdp_estimate(context, options, 100, 100, &info.value) == DCDP_OK && info.value.megabytes > 1);
    EXPECT(UNTOUCHED(info));
    EXPECT(dcdp_options_copy(options, &copy) == DCDP_OK);
    dcdp_options_destroy(options);
    EXPECT(dcdp_options_get_number(copy, "rounds", &number) == DCDP_OK && number == 2);
    EXPECT(dcdp_options_get_string(copy, "task", text, sizeof text, &needed) == DCDP_OK && needed == 14);
    EXPECT(dcdp_options_set_number(copy, "no such option", 1) == DCDP_ERROR_UNKNOWN_OPTION);
    EXPECT(dcdp_last_error()[0] != '\0');
    memset(&own, 0, sizeof own);
    own.struct_size = sizeof own;
    own.linear = true;
    own.measure = half;
    own.adjoint = half_back;
    calls = 0;
    own.user = &calls;
    EXPECT(dcdp_options_set_string(copy, "task", "denoise") == DCDP_OK);
    EXPECT(dcdp_options_set_operator(copy, &own) == DCDP_OK);
    EXPECT(dcdp_restore(context, copy, &input, &input, NULL, NULL) == DCDP_OK && calls > 2);
    dcdp_options_destroy(copy);
}

int main(void)
{
    dcdp_context *context = NULL;
    int messages = 0;
    EXPECT(dcdp_set_log(logged, &messages, DCDP_LOG_TRACE) == DCDP_OK);
    EXPECT(dcdp_context_create(NULL, &context) == DCDP_OK);
    tables();
    restorations(context);
    dcdp_cancel(context);
    dcdp_context_destroy(context);
    EXPECT(messages > 0);
    dcdp_shutdown();
    return failures != 0;
}
