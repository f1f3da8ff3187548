/* Operators of the caller's own: linear, nonlinear, of another size; failing, cancelling, calling back. */
#include "support.h"

#include <math.h>

enum { WIDTH = 16, HEIGHT = 12, BYTES = WIDTH * HEIGHT * 3 };

struct operator_state {
    dcdp_context *context, *other;
    dcdp_options *options;
    int calls, released;
    int32_t answer;
    int32_t inner;
};

static dcdp_context *context;
static unsigned char given[BYTES];

static size_t count(int32_t channels, int32_t width, int32_t height)
{
    return (size_t)channels * (size_t)width * (size_t)height;
}

/* y = x / 2 */
static int32_t half(void *user, const dcdp_shape *shape, const float *x, float *y)
{
    struct operator_state *state = user;
    size_t i, n = count(shape->channels, shape->x_width, shape->x_height);
    EXPECT(shape->struct_size == sizeof(dcdp_shape) && shape->channels == 3);
    for (i = 0; i < n; i++)
        y[i] = 0.5f * x[i];
    state->calls++;
    return state->answer;
}

static int32_t half_adjoint(void *user, const dcdp_shape *shape, const float *x, const float *u, float *out)
{
    (void)x;
    return half(user, shape, u, out);
}

/* y = tanh(x), whose vector-Jacobian product at x is u (1 - tanh(x)^2) */
static int32_t squash(void *user, const dcdp_shape *shape, const float *x, float *y)
{
    struct operator_state *state = user;
    size_t i, n = count(shape->channels, shape->x_width, shape->x_height);
    for (i = 0; i < n; i++)
        y[i] = tanhf(x[i]);
    state->calls++;
    return 0;
}

static int32_t squash_adjoint(void *user, const dcdp_shape *shape, const float *x, const float *u, float *out)
{
    size_t i, n = count(shape->channels, shape->x_width, shape->x_height);
    (void)user;
    for (i = 0; i < n; i++)
        out[i] = u[i] * (1 - tanhf(x[i]) * tanhf(x[i]));
    return 0;
}

/* y = every other pixel of every other row of x */
static int32_t thin(void *user, const dcdp_shape *shape, const float *x, float *y)
{
    int32_t c, i, j;
    (void)user;
    for (c = 0; c < shape->channels; c++)
        for (i = 0; i < shape->y_height; i++)
            for (j = 0; j < shape->y_width; j++)
                *y++ = x[(c * shape->x_height + 2 * i) * shape->x_width + 2 * j];
    return 0;
}

static int32_t thin_adjoint(void *user, const dcdp_shape *shape, const float *x, const float *u, float *out)
{
    int32_t c, i, j;
    (void)user;
    (void)x;
    memset(out, 0, sizeof(float) * count(shape->channels, shape->x_width, shape->x_height));
    for (c = 0; c < shape->channels; c++)
        for (i = 0; i < shape->y_height; i++)
            for (j = 0; j < shape->y_width; j++)
                out[(c * shape->x_height + 2 * i) * shape->x_width + 2 * j] = *u++;
    return 0;
}

static int32_t twice(void *user, int32_t y_width, int32_t y_height, int32_t *x_width, int32_t *x_height)
{
    struct operator_state *state = user;
    *x_width = 2 * y_width;
    *x_height = 2 * y_height;
    return state->answer;
}

static void release(void *user)
{
    ((struct operator_state *)user)->released++;
}

static dcdp_operator operator_of(struct operator_state *state)
{
    dcdp_operator callbacks;
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.struct_size = sizeof callbacks;
    callbacks.linear = 1;
    callbacks.user = state;
    callbacks.measure = half;
    callbacks.adjoint = half_adjoint;
    callbacks.release = release;
    return callbacks;
}

static int32_t restore(const dcdp_options *options, unsigned char *made)
{
    dcdp_image from = picture(DCDP_U8, WIDTH, HEIGHT, 3, given);
    dcdp_image to = picture(DCDP_U8, WIDTH, HEIGHT, 3, made);
    return dcdp_restore(context, options, &from, &to, NULL, NULL);
}

/* The measurement has half the contrast; the restoration has about the whole. */
static void linear(void)
{
    static unsigned char made[BYTES];
    struct operator_state state;
    dcdp_operator callbacks;
    dcdp_options *options = quick_options("denoise"), *copy = NULL;
    double before = 0, after = 0;
    int i;
    memset(&state, 0, sizeof state);
    callbacks = operator_of(&state);
    for (i = 0; i < BYTES; i++)
        given[i] = (unsigned char)(64 + pattern(i / 3 % WIDTH, i / 3 / WIDTH, i % 3) / 2);
    EXPECT_STATUS(dcdp_options_set_number(options, "noise", 0), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "preset", "paper"), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "t_start", 20), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_operator(options, &callbacks), DCDP_OK);
    EXPECT_STATUS(restore(options, made), DCDP_OK);
    EXPECT(state.calls > 10);
    for (i = 0; i < BYTES; i++) {
        before += fabs(given[i] - 127.5);
        after += fabs(made[i] - 127.5);
    }
    EXPECT(after > 1.5 * before && after < 2.5 * before);
    EXPECT_STATUS(dcdp_options_set_number(options, "step", 20), DCDP_OK);
    EXPECT_STATUS(restore(options, made), DCDP_ERROR_UNSTABLE_STEP);
    EXPECT_STATUS(dcdp_options_set_number(options, "step", -1), DCDP_OK);
    callbacks.lambda_max = 0.25;
    EXPECT_STATUS(dcdp_options_set_operator(options, &callbacks), DCDP_OK);
    EXPECT(state.released == 1); /* the first one has no user any more */
    EXPECT_STATUS(dcdp_options_copy(options, &copy), DCDP_OK);
    dcdp_options_destroy(options);
    EXPECT(state.released == 1);
    EXPECT_STATUS(restore(copy, made), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_operator(copy, NULL), DCDP_OK);
    EXPECT(state.released == 2);
    dcdp_options_destroy(copy);
    EXPECT(state.released == 2);
}

static void nonlinear(void)
{
    static unsigned char made[BYTES];
    struct operator_state state;
    dcdp_operator callbacks;
    dcdp_options *options = quick_options("denoise");
    memset(&state, 0, sizeof state);
    callbacks = operator_of(&state);
    callbacks.linear = 0;
    callbacks.measure = squash;
    callbacks.adjoint = squash_adjoint;
    EXPECT_STATUS(dcdp_options_set_operator(options, &callbacks), DCDP_OK);
    EXPECT_STATUS(restore(options, made), DCDP_OK);
    EXPECT(state.calls > 10 && memcmp(made, given, BYTES) != 0);
    dcdp_options_destroy(options);
}

/* The size of the result is what picture_size says, in dcdp_output_size as in dcdp_restore. */
static void sizes(void)
{
    static unsigned char made[4 * BYTES];
    struct operator_state state;
    dcdp_operator callbacks;
    dcdp_options *options = quick_options("denoise");
    dcdp_image from = picture(DCDP_U8, WIDTH, HEIGHT, 3, given), to;
    int32_t width = 0, height = 0;
    memset(&state, 0, sizeof state);
    callbacks = operator_of(&state);
    callbacks.measure = thin;
    callbacks.adjoint = thin_adjoint;
    callbacks.picture_size = twice;
    callbacks.lambda_max = 1;
    EXPECT_STATUS(dcdp_options_set_operator(options, &callbacks), DCDP_OK);
    EXPECT_STATUS(dcdp_output_size(options, WIDTH, HEIGHT, &width, &height), DCDP_OK);
    EXPECT(width == 2 * WIDTH && height == 2 * HEIGHT);
    to = picture(DCDP_U8, 2 * WIDTH, 2 * HEIGHT, 3, made);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &from, NULL, NULL), DCDP_ERROR_IMAGE);
    state.answer = 77;
    EXPECT_STATUS(dcdp_output_size(options, WIDTH, HEIGHT, &width, &height), DCDP_ERROR_OPERATOR);
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_ERROR_OPERATOR);
    dcdp_options_destroy(options);
    EXPECT(state.released == 1);
}

static int32_t calls_back(void *user, const dcdp_shape *shape, const float *x, float *y)
{
    struct operator_state *state = user;
    static unsigned char made[BYTES];
    if (state->inner < 0) { /* the first time */
        dcdp_image image = picture(DCDP_U8, WIDTH, HEIGHT, 3, made);
        paint(made, WIDTH, HEIGHT, 3);
        EXPECT_STATUS(dcdp_restore(state->context, state->options, &image, &image, NULL, NULL), DCDP_BUSY);
        state->inner = dcdp_restore(state->other, state->options, &image, &image, NULL, NULL);
    }
    return half(user, shape, x, y);
}

static int32_t cancels(void *user, const dcdp_shape *shape, const float *x, float *y)
{
    dcdp_cancel(((struct operator_state *)user)->context);
    return half(user, shape, x, y);
}

static void misbehaviour(void)
{
    static unsigned char made[BYTES];
    struct operator_state state;
    dcdp_operator callbacks, bad;
    dcdp_options *options = quick_options("denoise");
    memset(&state, 0, sizeof state);
    callbacks = operator_of(&state);
    state.context = context;
    state.options = quick_options("denoise");
    EXPECT_STATUS(dcdp_context_create(NULL, &state.other), DCDP_OK);

    EXPECT_STATUS(dcdp_options_set_operator(options, &callbacks), DCDP_OK);
    state.answer = 5;
    EXPECT_STATUS(restore(options, made), DCDP_ERROR_OPERATOR);
    EXPECT(strstr(dcdp_last_error(), "returned 5") != NULL);
    state.answer = DCDP_CANCELLED;
    EXPECT_STATUS(restore(options, made), DCDP_CANCELLED);
    state.answer = 0;

    bad = callbacks;
    bad.measure = NULL;
    EXPECT_STATUS(dcdp_options_set_operator(options, &bad), DCDP_ERROR_ARGUMENT);
    bad = callbacks;
    bad.lambda_max = -1;
    EXPECT_STATUS(dcdp_options_set_operator(options, &bad), DCDP_ERROR_ARGUMENT);
    bad.lambda_max = NAN;
    EXPECT_STATUS(dcdp_options_set_operator(options, &bad), DCDP_ERROR_ARGUMENT);
    bad.struct_size = 8;
    EXPECT_STATUS(dcdp_options_set_operator(options, &bad), DCDP_ERROR_ARGUMENT);
    EXPECT(state.released == 0);

    callbacks.measure = calls_back;
    state.inner = -1;
    EXPECT_STATUS(dcdp_options_set_operator(options, &callbacks), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "threads", 1), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(state.options, "threads", 1), DCDP_OK);
    EXPECT_STATUS(restore(options, made), DCDP_OK);
    EXPECT_STATUS(state.inner, DCDP_OK);

    callbacks.measure = cancels;
    EXPECT_STATUS(dcdp_options_set_operator(options, &callbacks), DCDP_OK);
    EXPECT_STATUS(restore(options, made), DCDP_CANCELLED);
    dcdp_options_destroy(options);
    EXPECT(state.released == 3);
    dcdp_options_destroy(state.options);
    dcdp_context_destroy(state.other);
}

int main(void)
{
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_OK);
    linear();
    nonlinear();
    sizes();
    misbehaviour();
    dcdp_context_destroy(context);
    dcdp_shutdown();
    return failures != 0;
}
