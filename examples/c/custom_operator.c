/*
 * Restores a picture with an operator of the program's own: a field of an interlaced picture, which holds
 * only every second row.
 *
 *   custom_operator FIELD.ppm OUT.ppm
 *
 * The result is twice as high. Build it with
 *
 *   cc -std=c99 custom_operator.c $(pkg-config --cflags --libs dcdp)
 */
#include <dcdp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ppm.h"

/* y = A(x): the even rows of every plane. */
static int32_t measure(void *user, const dcdp_shape *shape, const float *x, float *y)
{
    size_t row = (size_t)shape->x_width;
    int32_t i;
    (void)user;
    for (i = 0; i < shape->channels * shape->y_height; i++)
        memcpy(y + i * row, x + 2 * i * row, row * sizeof *x);
    return 0;
}

/* out = A^T u: rows go back where they came from, the others are zero. A is linear, so x does not matter. */
static int32_t adjoint(void *user, const dcdp_shape *shape, const float *x, const float *u, float *out)
{
    size_t row = (size_t)shape->x_width;
    int32_t i;
    (void)user;
    (void)x;
    for (i = 0; i < shape->channels * shape->y_height; i++) {
        memcpy(out + 2 * i * row, u + i * row, row * sizeof *u);
        memset(out + (2 * i + 1) * row, 0, row * sizeof *u);
    }
    return 0;
}

/* The picture that a field of this size belongs to. */
static int32_t picture_size(void *user, int32_t y_width, int32_t y_height, int32_t *x_width, int32_t *x_height)
{
    (void)user;
    *x_width = y_width;
    *x_height = 2 * y_height;
    return 0;
}

static dcdp_image describe(const struct ppm *picture)
{
    dcdp_image image;
    memset(&image, 0, sizeof image);
    image.struct_size = sizeof image;
    image.width = picture->width;
    image.height = picture->height;
    image.channels = 3;
    image.type = DCDP_U8;
    image.transfer = DCDP_SRGB;
    image.data = picture->samples;
    return image;
}

static int32_t restore(const struct ppm *field, struct ppm *out)
{
    dcdp_context *context = NULL;
    dcdp_options *options = NULL;
    dcdp_operator callbacks;
    dcdp_image input = describe(field), output = describe(out);
    int32_t status;
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.struct_size = sizeof callbacks;
    callbacks.linear = 1;
    callbacks.measure = measure;
    callbacks.adjoint = adjoint;
    callbacks.picture_size = picture_size;
    callbacks.lambda_max = 1; /* A^T A is 1 on the even rows and 0 on the others */
    status = dcdp_options_create(&options);
    if (status == DCDP_OK)
        status = dcdp_options_set_operator(options, &callbacks);
    if (status == DCDP_OK) /* filling in rows is like inpainting */
        status = dcdp_options_set_string(options, "task", "inpaint");
    if (status == DCDP_OK)
        status = dcdp_options_set_number(options, "noise", 0);
    if (status == DCDP_OK)
        status = dcdp_context_create(NULL, &context);
    if (status == DCDP_OK)
        status = dcdp_restore(context, options, &input, &output, NULL, NULL);
    dcdp_context_destroy(context);
    dcdp_options_destroy(options);
    return status;
}

int main(int count, char **arguments)
{
    struct ppm field = {0, 0, NULL}, out = {0, 0, NULL};
    int exit_status = 1;
    if (count != 3) {
        fprintf(stderr, "usage: custom_operator FIELD.ppm OUT.ppm\n");
        return 2;
    }
    if (ppm_read(arguments[1], &field)) {
        out.width = field.width;
        out.height = 2 * field.height;
        out.samples = malloc((size_t)out.width * (size_t)out.height * 3);
        if (out.samples == NULL) {
            fprintf(stderr, "no memory\n");
        } else {
            int32_t status = restore(&field, &out);
            if (status != DCDP_OK)
                fprintf(stderr, "%s: %s\n", dcdp_status_name(status), dcdp_last_error());
            else
                exit_status = !ppm_write(arguments[2], &out);
        }
    }
    free(field.samples);
    free(out.samples);
    dcdp_shutdown();
    return exit_status;
}
