/* Every pixel type, channel count, memory layout, transfer and alpha mode gives the same restoration. */
#include "support.h"

#include <math.h>

enum { WIDTH = 13, HEIGHT = 11, SAMPLES = WIDTH * HEIGHT * 4, ROOM = 40000 };

static dcdp_context *context;
static dcdp_options *options;

static const int32_t SIZES[] = {1, 2, 2, 4};

/* Half floats of the multiples of 1/256 below 1 are exact; only those are stored here. */
static uint16_t half_of(unsigned char value)
{
    int exponent = 14, mantissa = value;
    if (value == 0)
        return 0;
    while (mantissa < 128) {
        mantissa *= 2;
        exponent--;
    }
    return (uint16_t)(exponent << 10 | (mantissa - 128) << 3);
}

static void store(unsigned char *at, int32_t type, unsigned char value)
{
    uint16_t word = (uint16_t)(value * 257);
    float real = (float)value / 256.0f;
    if (type == DCDP_U8)
        *at = value;
    else if (type == DCDP_U16)
        memcpy(at, &word, 2);
    else if (type == DCDP_F32)
        memcpy(at, &real, 4);
    else {
        word = half_of(value);
        memcpy(at, &word, 2);
    }
}

/* The ways to lay out a picture in memory. */
enum layout { PACKED, PLANAR, BOTTOM_UP, MIRRORED, REVERSED, PADDED, UNALIGNED, INSIDE, LAYOUTS };

/* A descriptor of this layout in `room`. */
static dcdp_image laid_out(enum layout layout, int32_t type, int32_t channels, unsigned char *room)
{
    dcdp_image image = picture(type, WIDTH, HEIGHT, channels, room);
    ptrdiff_t sample = SIZES[type], pixel = sample * channels, row = pixel * WIDTH;
    switch (layout) {
    case PLANAR:
        image.pixel_stride = sample;
        image.row_stride = sample * WIDTH;
        image.channel_stride = sample * WIDTH * HEIGHT;
        break;
    case BOTTOM_UP:
        image.row_stride = -row;
        image.data = room + (HEIGHT - 1) * row;
        break;
    case MIRRORED:
        image.pixel_stride = -pixel;
        image.data = room + (WIDTH - 1) * pixel;
        break;
    case REVERSED: /* such as BGR */
        image.channel_stride = -sample;
        image.data = room + (channels - 1) * sample;
        break;
    case PADDED:
        image.row_stride = row + 5;
        break;
    case UNALIGNED:
        image.data = room + 1;
        break;
    case INSIDE: /* of a picture three times as wide */
        image.row_stride = 3 * row;
        image.data = room + row;
        break;
    default:
        break;
    }
    return image;
}

static ptrdiff_t offset(const dcdp_image *image, int x, int y, int c)
{
    ptrdiff_t sample = SIZES[image->type];
    ptrdiff_t across = image->channel_stride ? image->channel_stride : sample;
    ptrdiff_t right = image->pixel_stride ? image->pixel_stride : sample * image->channels;
    ptrdiff_t wide = right < 0 ? -right : right;
    ptrdiff_t down = image->row_stride ? image->row_stride : wide * WIDTH;
    return x * right + y * down + c * across;
}

/* Restores the test picture in the given layouts; the result as packed samples. */
static void run(enum layout from, enum layout to, int32_t type, int32_t channels, unsigned char *packed)
{
    static unsigned char given[ROOM], made[ROOM];
    dcdp_image input = laid_out(from, type, channels, given);
    dcdp_image output = laid_out(to, type, channels, made);
    ptrdiff_t sample = SIZES[type];
    int x, y, c, touched = 0, i;
    memset(given, 201, sizeof given);
    memset(made, 202, sizeof made);
    for (y = 0; y < HEIGHT; y++)
        for (x = 0; x < WIDTH; x++)
            for (c = 0; c < channels; c++)
                store((unsigned char *)input.data + offset(&input, x, y, c), type, pattern(x, y, c));
    EXPECT_STATUS(dcdp_restore(context, options, &input, &output, NULL, NULL), DCDP_OK);
    for (y = 0; y < HEIGHT; y++)
        for (x = 0; x < WIDTH; x++)
            for (c = 0; c < channels; c++) {
                unsigned char *at = (unsigned char *)output.data + offset(&output, x, y, c);
                memcpy(packed, at, (size_t)sample);
                memset(at, 202, (size_t)sample);
                packed += sample;
            }
    for (i = 0; i < ROOM; i++)
        touched += made[i] != 202;
    EXPECT(touched == 0); /* nothing beside the samples */
}

static void layouts(void)
{
    static unsigned char reference[SAMPLES * 4], other[SAMPLES * 4];
    int32_t type, channels;
    int layout;
    for (type = DCDP_U8; type <= DCDP_F32; type++)
        for (channels = 1; channels <= 4; channels++) {
            size_t bytes = (size_t)(WIDTH * HEIGHT * channels * SIZES[type]);
            run(PACKED, PACKED, type, channels, reference);
            for (layout = PLANAR; layout < LAYOUTS; layout++) {
                int partner = PLANAR + (layout + channels) % (LAYOUTS - 1);
                run((enum layout)layout, (enum layout)partner, type, channels, other);
                if (memcmp(reference, other, bytes) != 0) {
                    fprintf(stderr, "type %d, %d channels: layout %d to %d differs from packed\n", type,
                            channels, layout, partner);
                    failures++;
                }
            }
        }
}

/* The same values in two types give nearly the same result. */
static void types(void)
{
    static unsigned char bytes[WIDTH * HEIGHT * 3];
    static uint16_t words[WIDTH * HEIGHT * 3];
    static float reals[WIDTH * HEIGHT * 3];
    dcdp_image from = picture(DCDP_U8, WIDTH, HEIGHT, 3, bytes), to = from;
    int i, changed = 0;
    paint(bytes, WIDTH, HEIGHT, 3);
    to.type = DCDP_F32;
    to.data = reals;
    EXPECT_STATUS(dcdp_restore(context, options, &from, &to, NULL, NULL), DCDP_OK);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        changed += fabs(bytes[i] / 255.0 - reals[i]) > 0.01;
    EXPECT(changed > WIDTH * HEIGHT); /* it did restore */
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        words[i] = (uint16_t)(bytes[i] * 257);
    from.type = DCDP_U16;
    from.data = words;
    EXPECT_STATUS(dcdp_restore(context, options, &from, &from, NULL, NULL), DCDP_OK);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        EXPECT(fabs(words[i] / 65535.0 - reals[i]) < 1e-5);
}

static float to_linear(float v)
{
    return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

/* Linear light and premultiplied colour are converted, alpha comes back bit for bit. */
static void meanings(void)
{
    static float plain[WIDTH * HEIGHT * 4], linear[WIDTH * HEIGHT * 4], multiplied[WIDTH * HEIGHT * 4];
    static float alpha[WIDTH * HEIGHT];
    dcdp_image image = picture(DCDP_F32, WIDTH, HEIGHT, 4, plain);
    int i, c;
    for (i = 0; i < WIDTH * HEIGHT; i++) {
        alpha[i] = 0.25f + (float)(i % 7) / 10.0f;
        for (c = 0; c < 3; c++) {
            plain[4 * i + c] = (float)pattern(i % WIDTH, i / WIDTH, c) / 256.0f;
            linear[4 * i + c] = to_linear(plain[4 * i + c]);
            multiplied[4 * i + c] = plain[4 * i + c] * alpha[i];
        }
        plain[4 * i + 3] = linear[4 * i + 3] = multiplied[4 * i + 3] = alpha[i];
    }
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_OK);
    image.transfer = DCDP_LINEAR;
    image.data = linear;
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_OK);
    image.transfer = DCDP_SRGB;
    image.alpha = DCDP_PREMULTIPLIED;
    image.data = multiplied;
    EXPECT_STATUS(dcdp_restore(context, options, &image, &image, NULL, NULL), DCDP_OK);
    for (i = 0; i < WIDTH * HEIGHT; i++) {
        for (c = 0; c < 3; c++) {
            EXPECT(fabsf(to_linear(plain[4 * i + c]) - linear[4 * i + c]) < 1e-4f);
            EXPECT(fabsf(plain[4 * i + c] - multiplied[4 * i + c] / alpha[i]) < 1e-4f);
        }
        EXPECT(memcmp(&plain[4 * i + 3], &alpha[i], sizeof(float)) == 0);
        EXPECT(memcmp(&linear[4 * i + 3], &alpha[i], sizeof(float)) == 0);
        EXPECT(memcmp(&multiplied[4 * i + 3], &alpha[i], sizeof(float)) == 0);
    }
}

/* A program built when dcdp_image ended after data. */
static void older_descriptor(void)
{
    static unsigned char given[WIDTH * HEIGHT * 3], whole[WIDTH * HEIGHT * 3], older[WIDTH * HEIGHT * 3];
    dcdp_image input = picture(DCDP_U8, WIDTH, HEIGHT, 3, given);
    dcdp_image output = picture(DCDP_U8, WIDTH, HEIGHT, 3, whole);
    paint(given, WIDTH, HEIGHT, 3);
    EXPECT_STATUS(dcdp_restore(context, options, &input, &output, NULL, NULL), DCDP_OK);
    input.struct_size = output.struct_size = (uint32_t)offsetof(dcdp_image, pixel_stride);
    output.data = older;
    /* What follows is somebody else's memory. */
    input.pixel_stride = input.row_stride = output.channel_stride = PTRDIFF_MAX;
    EXPECT_STATUS(dcdp_restore(context, options, &input, &output, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(whole, older, sizeof whole) == 0);
    input.struct_size = (uint32_t)offsetof(dcdp_image, pixel_stride) - 1;
    EXPECT_STATUS(dcdp_restore(context, options, &input, &output, NULL, NULL), DCDP_ERROR_ARGUMENT);
}

/* Input and output share memory: the very same, the next pixel, the next row, one inside the other. */
static void shared_memory(void)
{
    static unsigned char reference[WIDTH * HEIGHT * 3], given[WIDTH * HEIGHT * 3];
    static unsigned char room[4 * WIDTH * HEIGHT * 3];
    static const ptrdiff_t SHIFTS[] = {0, 1, 3, -3, WIDTH * 3, -WIDTH * 3};
    unsigned char *middle = room + WIDTH * HEIGHT * 3;
    dcdp_image input = picture(DCDP_U8, WIDTH, HEIGHT, 3, given);
    dcdp_image output = picture(DCDP_U8, WIDTH, HEIGHT, 3, reference);
    size_t i;
    paint(given, WIDTH, HEIGHT, 3);
    EXPECT_STATUS(dcdp_restore(context, options, &input, &output, NULL, NULL), DCDP_OK);
    for (i = 0; i < sizeof SHIFTS / sizeof SHIFTS[0]; i++) {
        memcpy(middle, given, sizeof given);
        input.data = middle;
        output.data = middle + SHIFTS[i];
        EXPECT_STATUS(dcdp_restore(context, options, &input, &output, NULL, NULL), DCDP_OK);
        EXPECT(memcmp(output.data, reference, sizeof reference) == 0);
    }
    /* Samples of one output that overlap each other cannot be written. */
    output.row_stride = 3;
    EXPECT_STATUS(dcdp_restore(context, options, &input, &output, NULL, NULL), DCDP_ERROR_IMAGE);
}

/* NaN, infinities and values beyond all light are repaired from their surroundings; of values beyond white no
 * harm comes to others; where nothing is finite, nothing is done. */
static void odd_values(void)
{
    static float plain[WIDTH * HEIGHT * 3], odd[WIDTH * HEIGHT * 3];
    static const int AT[] = {0, 100, 101, 300};
    const float values[] = {NAN, INFINITY, -INFINITY, 1e30f};
    dcdp_image input = picture(DCDP_F32, WIDTH, HEIGHT, 3, plain);
    int i;
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        odd[i] = plain[i] = (float)pattern(i / 3 % WIDTH, i / 3 / WIDTH, i % 3) / 256.0f;
    for (i = 0; i < 4; i++)
        odd[AT[i]] = values[i];
    input.data = odd;
    EXPECT_STATUS(dcdp_restore(context, options, &input, &input, NULL, NULL), DCDP_OK);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        EXPECT(odd[i] > -0.5f && odd[i] < 1.5f);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        odd[i] = 9.0f * plain[i];
    EXPECT_STATUS(dcdp_restore(context, options, &input, &input, NULL, NULL), DCDP_OK);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        EXPECT(odd[i] > -2.0f && odd[i] < 12.0f);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        odd[i] = NAN;
    EXPECT_STATUS(dcdp_restore(context, options, &input, &input, NULL, NULL), DCDP_ERROR_IMAGE);
    EXPECT(strstr(dcdp_last_error(), "0,0") != NULL);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        EXPECT(isnan(odd[i]));
}

int main(void)
{
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_OK);
    options = quick_options("denoise");
    layouts();
    types();
    meanings();
    older_descriptor();
    shared_memory();
    odd_values();
    dcdp_options_destroy(options);
    dcdp_context_destroy(context);
    dcdp_shutdown();
    return failures != 0;
}
