/* Loads the library (first argument), restores and unloads it 50 times in one process. */
#include <dlfcn.h>

#include "dcdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* C99 has no conversion from an object pointer to a function pointer. */
static void find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    if (symbol == NULL) {
        fprintf(stderr, "no %s\n", name);
        exit(1);
    }
    memcpy(function, &symbol, sizeof symbol);
}

static int once(const char *path)
{
    unsigned char samples[8 * 8 * 3];
    dcdp_image image;
    dcdp_context *context = NULL;
    dcdp_options *options = NULL;
    int32_t (*context_create)(const char *, dcdp_context **);
    void (*context_destroy)(dcdp_context *);
    int32_t (*options_create)(dcdp_options **);
    void (*options_destroy)(dcdp_options *);
    int32_t (*set_string)(dcdp_options *, const char *, const char *);
    int32_t (*restore)(dcdp_context *, const dcdp_options *, const dcdp_image *, const dcdp_image *,
                       dcdp_progress_fn, void *);
    const char *(*last_error)(void);
    void (*shutdown)(void);
    int failed;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    find(library, "dcdp_context_create", &context_create);
    find(library, "dcdp_context_destroy", &context_destroy);
    find(library, "dcdp_options_create", &options_create);
    find(library, "dcdp_options_destroy", &options_destroy);
    find(library, "dcdp_options_set_string", &set_string);
    find(library, "dcdp_restore", &restore);
    find(library, "dcdp_last_error", &last_error);
    find(library, "dcdp_shutdown", &shutdown);
    memset(samples, 99, sizeof samples);
    memset(&image, 0, sizeof image);
    image.struct_size = sizeof image;
    image.width = image.height = 8;
    image.channels = 3;
    image.data = samples;
    failed = context_create(NULL, &context) != DCDP_OK || options_create(&options) != DCDP_OK
             || set_string(options, "model", getenv("DCDP_TEST_MODEL")) != DCDP_OK
             || restore(context, options, &image, &image, NULL, NULL) != DCDP_OK;
    if (failed)
        fprintf(stderr, "%s\n", last_error());
    options_destroy(options);
    context_destroy(context);
    shutdown();
    failed |= dlclose(library) != 0;
    return failed;
}

int main(int count, char **arguments)
{
    int round;
    if (count < 2)
        return 2;
    for (round = 0; round < 50; round++)
        if (once(arguments[1]))
            return 1;
    return 0;
}
