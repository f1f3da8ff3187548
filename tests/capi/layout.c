/* The offsets that every program built with this header relies on (64-bit), and what needs no model. */
#include "dcdp.h"

#include <stdio.h>
#include <string.h>

#define AT(type, member, offset) \
    typedef char type##_##member##_stays[offsetof(type, member) == (offset) ? 1 : -1]
#define SIZE(type, size) typedef char type##_keeps_its_size[sizeof(type) == (size) ? 1 : -1]

AT(dcdp_image, struct_size, 0);
AT(dcdp_image, width, 4);
AT(dcdp_image, height, 8);
AT(dcdp_image, channels, 12);
AT(dcdp_image, type, 16);
AT(dcdp_image, transfer, 20);
AT(dcdp_image, alpha, 24);
AT(dcdp_image, data, 32);
AT(dcdp_image, pixel_stride, 40);
AT(dcdp_image, row_stride, 48);
AT(dcdp_image, channel_stride, 56);
SIZE(dcdp_image, 64);
AT(dcdp_progress, fraction, 8);
AT(dcdp_progress, round, 16);
AT(dcdp_progress, steps, 28);
AT(dcdp_progress, seconds_left, 32);
AT(dcdp_progress, stage, 40);
SIZE(dcdp_progress, 48);
AT(dcdp_operator, linear, 4);
AT(dcdp_operator, user, 8);
AT(dcdp_operator, lambda_max, 48);
SIZE(dcdp_operator, 56);
AT(dcdp_parameter, name, 8);
AT(dcdp_parameter, type, 48);
AT(dcdp_parameter, default_text, 104);
AT(dcdp_parameter, needs_choice, 144);
SIZE(dcdp_parameter, 152);
SIZE(dcdp_estimate_info, 24);
SIZE(dcdp_shape, 24);
SIZE(dcdp_device, 24);
SIZE(dcdp_noise_info, 16);
SIZE(dcdp_blur_info, 64);
SIZE(dcdp_jpeg_info, 16);
SIZE(dcdp_model, 64);

static int failures;

#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, dcdp_last_error()); \
            failures++; \
        } \
    } while (0)

static void parameters(void)
{
    dcdp_parameter parameter;
    memset(&parameter, 0, sizeof parameter);
    parameter.struct_size = sizeof parameter;
    EXPECT(dcdp_parameter_count() > 20);
    EXPECT(dcdp_parameter_get(0, &parameter) == DCDP_OK);
    EXPECT(strcmp(parameter.name, "task") == 0 && parameter.type == DCDP_PARAMETER_CHOICE);
    EXPECT(parameter.choice_count == 5 && strcmp(parameter.choices[1], "deblur") == 0);
    EXPECT(dcdp_parameter_get(dcdp_parameter_count(), &parameter) == DCDP_ERROR_ARGUMENT);
    EXPECT(dcdp_parameter_get(0, NULL) == DCDP_ERROR_ARGUMENT);
    parameter.struct_size = 3;
    EXPECT(dcdp_parameter_get(0, &parameter) == DCDP_ERROR_ARGUMENT);
}

static void options(void)
{
    dcdp_options *options = NULL, *copy = NULL;
    double number = 0;
    char text[16];
    size_t needed = 0;
    EXPECT(dcdp_options_create(NULL) == DCDP_ERROR_ARGUMENT);
    EXPECT(dcdp_options_create(&options) == DCDP_OK);
    EXPECT(dcdp_options_set_number(options, "noise", 25) == DCDP_OK);
    EXPECT(dcdp_options_set_number(options, "noise", 300) == DCDP_ERROR_OPTION);
    EXPECT(dcdp_options_set_number(options, "rounds", 0.0 / 1.0 + 2.5) == DCDP_ERROR_OPTION);
    EXPECT(dcdp_options_set_number(options, "noize", 1) == DCDP_ERROR_UNKNOWN_OPTION);
    EXPECT(dcdp_options_set_number(options, NULL, 1) == DCDP_ERROR_ARGUMENT);
    EXPECT(dcdp_options_set_string(options, "task", "deblur") == DCDP_OK);
    EXPECT(dcdp_options_set_string(options, "task", "debluR") == DCDP_ERROR_OPTION);
    EXPECT(dcdp_options_set_string(options, "model", "\xff") == DCDP_ERROR_ARGUMENT);
    EXPECT(dcdp_options_copy(options, &copy) == DCDP_OK);
    dcdp_options_destroy(options);
    EXPECT(dcdp_options_get_number(copy, "noise", &number) == DCDP_OK && number == 25);
    EXPECT(dcdp_options_get_number(copy, "task", &number) == DCDP_ERROR_OPTION);
    EXPECT(dcdp_options_get_string(copy, "task", NULL, 0, &needed) == DCDP_OK && needed == 7);
    EXPECT(dcdp_options_get_string(copy, "task", text, 6, NULL) == DCDP_ERROR_ARGUMENT);
    EXPECT(dcdp_options_get_string(copy, "task", text, 7, NULL) == DCDP_OK);
    EXPECT(strcmp(text, "deblur") == 0);
    dcdp_options_destroy(copy);
    dcdp_options_destroy(NULL);
}

/* Bad descriptors, and one of an older program that ends after data. */
static void images(void)
{
    unsigned char samples[64];
    dcdp_options *options = NULL;
    dcdp_image image;
    memset(samples, 255, sizeof samples);
    memset(&image, 0, sizeof image);
    EXPECT(dcdp_options_create(&options) == DCDP_OK);
    image.struct_size = offsetof(dcdp_image, pixel_stride);
    image.width = image.height = 4;
    image.channels = 1;
    image.data = samples + 1;
    image.pixel_stride = PTRDIFF_MAX; /* beyond struct_size: not read */
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_OK);
    image.struct_size = sizeof image;
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_ERROR_IMAGE);
    image.pixel_stride = PTRDIFF_MIN;
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_ERROR_IMAGE);
    image.pixel_stride = -2;
    image.row_stride = -8;
    image.data = samples + 63;
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_OK);
    image.pixel_stride = image.row_stride = 0;
    image.data = samples;
    image.width = image.height = INT32_MAX;
    image.channels = 4;
    image.type = DCDP_F32;
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_ERROR_IMAGE);
    image.width = image.height = 4;
    image.type = DCDP_U8;
    image.channels = 5;
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_ERROR_IMAGE);
    image.channels = 1;
    image.type = 99;
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_ERROR_IMAGE);
    image.type = DCDP_U8;
    image.width = -4;
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_ERROR_IMAGE);
    image.width = 4;
    image.data = NULL;
    EXPECT(dcdp_options_set_mask(options, &image) == DCDP_ERROR_ARGUMENT);
    EXPECT(dcdp_options_set_mask(options, NULL) == DCDP_OK);
    dcdp_options_destroy(options);
}

int main(void)
{
    int32_t width = 0, height = 0;
    EXPECT(dcdp_abi_version() == DCDP_ABI_VERSION);
    EXPECT(strcmp(dcdp_status_name(DCDP_BUSY), "DCDP_BUSY") == 0);
    EXPECT(dcdp_output_size(NULL, 1, 1, &width, &height) == DCDP_ERROR_ARGUMENT);
    EXPECT(dcdp_restore(NULL, NULL, NULL, NULL, NULL, NULL) == DCDP_ERROR_ARGUMENT);
    EXPECT(strcmp(dcdp_last_error(), "context is NULL") == 0);
    parameters();
    options();
    images();
    dcdp_cancel(NULL);
    dcdp_context_destroy(NULL);
    dcdp_shutdown();
    return failures != 0;
}
