/*
 * A host that runs a network in an ONNX Runtime of its own (first argument), before, while and after this
 * library runs another one.
 */
#include <dlfcn.h>

#include "support.h"

/* Places in the table of functions that OrtApiBase.GetApi gives; they never change. */
enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION_FROM_ARRAY = 8,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    CREATE_TENSOR_WITH_DATA = 49,
    GET_TENSOR_DATA = 51,
    CREATE_CPU_MEMORY_INFO = 69,
    RELEASE_ENV = 92,
    RELEASE_MEMORY_INFO = 94,
    RELEASE_SESSION = 95,
    RELEASE_VALUE = 96,
    RELEASE_SESSION_OPTIONS = 100
};

typedef void (*function)(void);
typedef struct {
    const function *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} api_base;

static const function *api;

static void check(void *status)
{
    if (status != NULL) {
        fprintf(stderr, "host: %s\n", ((const char *(*)(const void *))api[GET_ERROR_MESSAGE])(status));
        failures++;
    }
}

static void release(int which, void *object)
{
    ((void (*)(void *))api[which])(object);
}

/* An ONNX model of one node, y = Relu(x) on one value. */
static const char MODEL[] =
    "\x08\x08\x3a\x33\x0a\x0c\x0a\x01" "x\x12\x01" "y\"\x04" "Relu\x12\x01" "g\x5a\x0f\x0a\x01" "x\x12\x0a"
    "\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01\x62\x0f\x0a\x01" "y\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02"
    "\x08\x01\x42\x02\x10\x0d";

static void *environment, *session;

static void open_session(void)
{
    void *options = NULL;
    check(((void *(*)(int, const char *, void **))api[CREATE_ENV])(3, "host", &environment));
    check(((void *(*)(void **))api[CREATE_SESSION_OPTIONS])(&options));
    check(((void *(*)(void *, const void *, size_t, void *, void **))api[CREATE_SESSION_FROM_ARRAY])(
        environment, MODEL, sizeof MODEL - 1, options, &session));
    release(RELEASE_SESSION_OPTIONS, options);
}

/* Runs the host's own network on one value. */
static float relu(float value)
{
    static const char *const INPUT[] = {"x"}, *const OUTPUT[] = {"y"};
    const int64_t shape[] = {1};
    void *memory = NULL, *input = NULL, *output = NULL;
    float *data = NULL, result;
    check(((void *(*)(int, int, void **))api[CREATE_CPU_MEMORY_INFO])(0, 0, &memory));
    check(((void *(*)(void *, void *, size_t, const int64_t *, size_t, int, void **))
               api[CREATE_TENSOR_WITH_DATA])(memory, &value, sizeof value, shape, 1, 1, &input));
    check(((void *(*)(void *, const void *, const char *const *, void *const *, size_t, const char *const *,
                      size_t, void **))api[RUN])(session, NULL, INPUT, &input, 1, OUTPUT, 1, &output));
    check(((void *(*)(void *, void *))api[GET_TENSOR_DATA])(output, &data));
    result = *data;
    release(RELEASE_VALUE, input);
    release(RELEASE_VALUE, output);
    release(RELEASE_MEMORY_INFO, memory);
    return result;
}

static bool meanwhile(void *user, const dcdp_progress *progress)
{
    (void)user;
    (void)progress;
    EXPECT(relu(3) == 3 && relu(-3) == 0);
    return true;
}

int main(int count, char **arguments)
{
    unsigned char samples[16 * 16 * 3];
    dcdp_image image = picture(DCDP_U8, 16, 16, 3, samples);
    dcdp_context *context = NULL;
    dcdp_options *options;
    const api_base *(*get_base)(void);
    void *library, *symbol;
    if (count < 2)
        return 2;
    library = dlopen(arguments[1], RTLD_NOW | RTLD_GLOBAL);
    symbol = library ? dlsym(library, "OrtGetApiBase") : NULL;
    if (symbol == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    memcpy(&get_base, &symbol, sizeof symbol);
    api = get_base()->get_api(17);
    open_session();
    EXPECT(relu(2) == 2 && relu(-2) == 0);
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_OK);
    options = quick_options("denoise");
    paint(samples, 16, 16, 3);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, meanwhile, NULL), DCDP_OK);
    EXPECT(relu(4) == 4);
    dcdp_options_destroy(options);
    dcdp_context_destroy(context);
    dcdp_shutdown();
    EXPECT(relu(5) == 5);
    release(RELEASE_SESSION, session);
    open_session();
    EXPECT(relu(6) == 6);
    release(RELEASE_SESSION, session);
    release(RELEASE_ENV, environment);
    printf("host %s\n", get_base()->get_version());
    return failures != 0;
}
