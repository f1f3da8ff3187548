/*
 * Restores a picture:
 *
 *   restore IN.ppm OUT.ppm [name=value ...]
 *
 * with any parameter of the table, such as task=denoise noise=25, or task=super-resolve scale=2.
 * `restore` alone lists the parameters. Build it with
 *
 *   cc -std=c99 restore.c $(pkg-config --cflags --libs dcdp)
 */
#include <dcdp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ppm.h"

/* Prints what went wrong; the exit status. */
static int failed(int32_t status)
{
    fprintf(stderr, "%s: %s\n", dcdp_status_name(status), dcdp_last_error());
    return 1;
}

static int list_parameters(void)
{
    dcdp_parameter parameter;
    uint32_t index;
    memset(&parameter, 0, sizeof parameter);
    parameter.struct_size = sizeof parameter;
    for (index = 0; dcdp_parameter_get(index, &parameter) == DCDP_OK; index++)
        printf("%-16s %s\n", parameter.name, parameter.hint);
    return 2;
}

/* Called on the thread that called dcdp_restore. */
static bool show(void *user, const dcdp_progress *progress)
{
    int *shown = user, percent = (int)(100 * progress->fraction);
    if (percent != *shown) {
        printf("\r%3d %% %-14s", percent, progress->stage);
        fflush(stdout);
        *shown = percent;
    }
    return true; /* go on */
}

/* Sets `name=value`. */
static int32_t set(dcdp_options *options, char *assignment)
{
    char *value = strchr(assignment, '=');
    if (value == NULL)
        return dcdp_options_set_string(options, assignment, "");
    *value = '\0';
    return dcdp_options_set_string(options, assignment, value + 1);
}

/* An 8-bit RGB picture, packed, sRGB-encoded. */
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

/* Restores `in` into `out`, whose samples it allocates. */
static int32_t restore(const dcdp_options *options, const struct ppm *in, struct ppm *out)
{
    dcdp_context *context = NULL;
    dcdp_image input = describe(in), output;
    int32_t width = 0, height = 0, status;
    int shown = -1;
    status = dcdp_output_size(options, in->width, in->height, &width, &height);
    if (status != DCDP_OK)
        return status;
    out->width = width;
    out->height = height;
    out->samples = malloc((size_t)width * (size_t)height * 3);
    if (out->samples == NULL)
        return DCDP_ERROR_MEMORY;
    output = describe(out);
    status = dcdp_context_create(NULL, &context);
    if (status == DCDP_OK)
        status = dcdp_restore(context, options, &input, &output, show, &shown);
    dcdp_context_destroy(context);
    printf("\n");
    return status;
}

int main(int count, char **arguments)
{
    dcdp_options *options = NULL;
    struct ppm in = {0, 0, NULL}, out = {0, 0, NULL};
    int32_t status;
    int i, exit_status = 1;
    if (count < 3)
        return list_parameters();
    status = dcdp_options_create(&options);
    for (i = 3; i < count && status == DCDP_OK; i++)
        status = set(options, arguments[i]);
    if (status != DCDP_OK) {
        exit_status = failed(status);
    } else if (ppm_read(arguments[1], &in)) {
        status = restore(options, &in, &out);
        exit_status = status != DCDP_OK ? failed(status) : !ppm_write(arguments[2], &out);
    }
    free(in.samples);
    free(out.samples);
    dcdp_options_destroy(options);
    dcdp_shutdown();
    return exit_status;
}
