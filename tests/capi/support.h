/* What the C programs of the tests share: checks that count, and options for quick restorations. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include "dcdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, dcdp_last_error()); \
            failures++; \
        } \
    } while (0)

#define EXPECT_STATUS(call, expected) \
    do { \
        int32_t status_ = (call); \
        if (status_ != (expected)) { \
            fprintf(stderr, "%s:%d: %s gave %s, not %s (%s)\n", __FILE__, __LINE__, #call, \
                    dcdp_status_name(status_), dcdp_status_name(expected), dcdp_last_error()); \
            failures++; \
        } \
    } while (0)

/* Options for a quick restoration with the model in the environment variable DCDP_TEST_MODEL. */
static inline dcdp_options *quick_options(const char *task)
{
    dcdp_options *options = NULL;
    const char *model = getenv("DCDP_TEST_MODEL");
    if (model == NULL) {
        fprintf(stderr, "DCDP_TEST_MODEL is not set\n");
        exit(2);
    }
    EXPECT_STATUS(dcdp_options_create(&options), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "model", model), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "device", "cpu"), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "task", task), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "blur", "gaussian"), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "noise", 10), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "rounds", 2), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "sampler", "ddim"), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "sampler_steps", 2), DCDP_OK);
    return options;
}

/* A packed sRGB picture in `data`. */
static inline dcdp_image picture(int32_t type, int32_t width, int32_t height, int32_t channels, void *data)
{
    dcdp_image image;
    memset(&image, 0, sizeof image);
    image.struct_size = sizeof image;
    image.width = width;
    image.height = height;
    image.channels = channels;
    image.type = type;
    image.data = data;
    return image;
}

/* Sample (x, y, c) of a test picture with an edge, a ramp and texture; 0...255. */
static inline unsigned char pattern(int x, int y, int c)
{
    int edge = (x / 6 + y / 5) % 2 ? 70 : 0;
    return (unsigned char)((x * 5 + y * 3 + c * 40 + (x * 7 + y * 13) % 11 + edge) % 256);
}

/* Fills a packed 8-bit picture with the pattern. */
static inline void paint(unsigned char *samples, int width, int height, int channels)
{
    int x, y, c;
    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++)
            for (c = 0; c < channels; c++)
                *samples++ = pattern(x, y, c);
}

#endif
