/* What a picture shows: noise, blur, and the JPEG file it was. Arguments: that file, and its pixels as PPM. */
#include "support.h"

#include <math.h>

static dcdp_context *context;

static uint32_t state;

/* 0...1, the same everywhere. */
static float uniform(void)
{
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / 16777216.0f;
}

/* Mean 0, standard deviation 1. */
static float normal(void)
{
    float sum = -6;
    int i;
    for (i = 0; i < 12; i++)
        sum += uniform();
    return sum;
}

enum { SIDE = 128, COUNT = SIDE * SIDE * 3 };

/* A smooth picture with white noise, of one strength left of the middle and of another right of it. */
static void noisy(float *samples, float left, float right)
{
    int x, y, c;
    state = 1;
    for (y = 0; y < SIDE; y++)
        for (x = 0; x < SIDE; x++)
            for (c = 0; c < 3; c++) {
                float clean = 0.35f + 0.002f * (float)x + 0.001f * (float)y + 0.03f * (float)c;
                *samples++ = clean + (x < SIDE / 2 ? left : right) / 255.0f * normal();
            }
}

static dcdp_noise_info noise_of(const dcdp_options *options, const dcdp_image *image, float *spectrum)
{
    dcdp_noise_info info;
    memset(&info, 0, sizeof info);
    info.struct_size = sizeof info;
    EXPECT_STATUS(dcdp_estimate_noise(options, image, &info, spectrum), DCDP_OK);
    EXPECT(info.struct_size == sizeof info);
    return info;
}

static void noise(void)
{
    static float given[COUNT], made[COUNT], again[COUNT], spectrum[DCDP_NOISE_SPECTRUM_LENGTH];
    static unsigned char mask[SIDE * SIDE];
    dcdp_options *options = quick_options("denoise");
    dcdp_image image = picture(DCDP_F32, SIDE, SIDE, 3, given), marked = picture(DCDP_U8, SIDE, SIDE, 1, mask);
    dcdp_image to = picture(DCDP_F32, SIDE, SIDE, 3, made);
    dcdp_noise_info info, other;
    double farthest = 0;
    int i;
    EXPECT_STATUS(dcdp_options_set_number(options, "noise", -1), DCDP_OK);

    noisy(given, 12, 12);
    info = noise_of(options, &image, spectrum);
    EXPECT(info.kind == DCDP_NOISE_WHITE && fabs(info.sigma - 12) < 1);
    EXPECT(fabs(spectrum[0] - info.sigma * info.sigma) < 1 && spectrum[1] == 0);
    other = noise_of(options, &image, NULL);
    EXPECT(other.kind == info.kind && other.sigma == info.sigma);

    /* What was measured, given back, is what the restoration would measure. */
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_noise_spectrum(options, spectrum, DCDP_NOISE_SPECTRUM_LENGTH), DCDP_OK);
    to.data = again;
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    for (i = 0; i < COUNT; i++)
        farthest = fmax(farthest, fabs(made[i] - again[i]));
    EXPECT(farthest < 1e-3);
    /* Another spectrum makes another result. */
    memset(spectrum, 0, sizeof spectrum);
    EXPECT_STATUS(dcdp_options_set_noise_spectrum(options, spectrum, DCDP_NOISE_SPECTRUM_LENGTH), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(made, again, sizeof made) != 0);
    EXPECT_STATUS(dcdp_options_set_noise_spectrum(options, spectrum, 383), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_noise_spectrum(options, spectrum, UINT32_MAX), DCDP_ERROR_OPTION);
    spectrum[7] = NAN;
    EXPECT_STATUS(dcdp_options_set_noise_spectrum(options, spectrum, DCDP_NOISE_SPECTRUM_LENGTH), DCDP_ERROR_OPTION);
    spectrum[7] = 0;
    spectrum[0] = -1;
    EXPECT_STATUS(dcdp_options_set_noise_spectrum(options, spectrum, DCDP_NOISE_SPECTRUM_LENGTH), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_noise_spectrum(NULL, spectrum, DCDP_NOISE_SPECTRUM_LENGTH), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_noise_spectrum(options, NULL, 0), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(made, again, sizeof made) == 0);

    /* What is ignored has no say. */
    noisy(given, 4, 25);
    for (i = 0; i < SIDE * SIDE; i++)
        mask[i] = i % SIDE < SIDE / 2 ? 255 : 0;
    EXPECT(noise_of(options, &image, NULL).sigma < 15);
    EXPECT_STATUS(dcdp_options_set_ignore(options, &marked), DCDP_OK);
    info = noise_of(options, &image, NULL);
    EXPECT(fabs(info.sigma - 25) < 3);
    for (i = 0; i < SIDE * SIDE; i++)
        if (mask[i] != 0)
            given[3 * i] = given[3 * i + 1] = given[3 * i + 2] = 0.5f;
    EXPECT(fabs(noise_of(options, &image, NULL).sigma - info.sigma) < 0.01 * info.sigma);
    /* The same for what an inpainting fills. */
    EXPECT_STATUS(dcdp_options_set_ignore(options, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "task", "inpaint"), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_mask(options, &marked), DCDP_OK);
    EXPECT(fabs(noise_of(options, &image, NULL).sigma - info.sigma) < 0.01 * info.sigma);
    marked.height--;
    EXPECT_STATUS(dcdp_options_set_ignore(options, &marked), DCDP_OK);
    info.sigma = -3;
    EXPECT_STATUS(dcdp_estimate_noise(options, &image, &info, NULL), DCDP_ERROR_IMAGE);
    memset(mask, 255, sizeof mask);
    marked.height++;
    EXPECT_STATUS(dcdp_options_set_ignore(options, &marked), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_mask(options, NULL), DCDP_OK);
    EXPECT(noise_of(options, &image, NULL).sigma >= 0); /* nothing is left to look at */

    EXPECT_STATUS(dcdp_estimate_noise(NULL, &image, &info, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_estimate_noise(options, NULL, &info, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_estimate_noise(options, &image, NULL, NULL), DCDP_ERROR_ARGUMENT);
    info.struct_size = 8;
    EXPECT_STATUS(dcdp_estimate_noise(options, &image, &info, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT(info.sigma == -3);
    dcdp_options_destroy(options);
}

enum { WIDE = 256, BLUR = 9 };

/* Rectangles before each other, as things in a photograph, moved along x while the shutter was open. */
static void moved(float *samples)
{
    static float scene[WIDE * (WIDE + BLUR)];
    int i, x, y, k;
    state = 7;
    for (i = 0; i < 600; i++) {
        int left = (int)(uniform() * (WIDE + BLUR)), top = (int)(uniform() * WIDE);
        int right = left + 4 + (int)(uniform() * 40), bottom = top + 4 + (int)(uniform() * 40);
        float value = 0.05f + 0.9f * uniform();
        for (y = top - 20; y < bottom - 20; y++)
            for (x = left - 20; x < right - 20; x++)
                if (x >= 0 && x < WIDE + BLUR && y >= 0 && y < WIDE)
                    scene[y * (WIDE + BLUR) + x] = value;
    }
    for (y = 0; y < WIDE; y++)
        for (x = 0; x < WIDE; x++) {
            float sum = 0;
            for (k = 0; k < BLUR; k++)
                sum += scene[y * (WIDE + BLUR) + x + k];
            for (k = 0; k < 3; k++)
                *samples++ = sum / BLUR + 0.3f / 255 * normal();
        }
}

static void blur(void)
{
    static float given[WIDE * WIDE * 3], psf[4096];
    dcdp_options *options = quick_options("denoise");
    dcdp_image image = picture(DCDP_F32, WIDE, WIDE, 3, given);
    dcdp_blur_info info;
    double sum = 0;
    int i, count;
    image.transfer = DCDP_LINEAR;
    memset(&info, 0, sizeof info);
    info.struct_size = sizeof info;
    EXPECT_STATUS(dcdp_options_set_number(options, "noise", 1), DCDP_OK);
    moved(given);
    EXPECT_STATUS(dcdp_estimate_blur(options, &image, &info, NULL, 0), DCDP_OK);
    EXPECT(info.kind == DCDP_BLUR_MOTION && fabs(info.length - BLUR) < 1.5);
    EXPECT(info.angle < 6 || info.angle > 174);
    EXPECT(info.confidence > 0 && info.confidence <= 1 && info.sigma == 0 && info.radius == 0);
    EXPECT(info.light == DCDP_LIGHT_LINEAR);
    count = info.psf_width * info.psf_height;
    EXPECT(info.psf_width >= BLUR && count <= 4096);
    psf[0] = psf[count] = -7;
    EXPECT_STATUS(dcdp_estimate_blur(options, &image, &info, psf, (size_t)count - 1), DCDP_ERROR_ARGUMENT);
    EXPECT(psf[0] == -7 && info.psf_width * info.psf_height == count);
    EXPECT_STATUS(dcdp_estimate_blur(options, &image, &info, psf, (size_t)count), DCDP_OK);
    for (i = 0; i < count; i++)
        sum += psf[i];
    EXPECT(fabs(sum - 1) < 1e-5 && psf[count] == -7);
    EXPECT_STATUS(dcdp_options_set_kernel(options, psf, info.psf_width, info.psf_height), DCDP_OK);
    EXPECT_STATUS(dcdp_estimate_blur(options, &image, &info, NULL, 4096), DCDP_ERROR_ARGUMENT);

    /* One colour: no blur is found, and there is no point-spread function to write. */
    for (i = 0; i < WIDE * WIDE * 3; i++)
        given[i] = 0.4f;
    psf[0] = -7;
    EXPECT_STATUS(dcdp_estimate_blur(options, &image, &info, psf, 4096), DCDP_OK);
    EXPECT(info.kind == DCDP_BLUR_NONE && info.length == 0 && info.psf_width == 0 && info.psf_height == 0);
    EXPECT(psf[0] == -7);
    image.width = image.height = 1;
    EXPECT_STATUS(dcdp_estimate_blur(options, &image, &info, NULL, 0), DCDP_OK);
    EXPECT(info.kind == DCDP_BLUR_NONE);

    info.confidence = -3;
    EXPECT_STATUS(dcdp_estimate_blur(NULL, &image, &info, NULL, 0), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_estimate_blur(options, NULL, &info, NULL, 0), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_estimate_blur(options, &image, NULL, NULL, 0), DCDP_ERROR_ARGUMENT);
    info.struct_size = 4;
    EXPECT_STATUS(dcdp_estimate_blur(options, &image, &info, NULL, 0), DCDP_ERROR_ARGUMENT);
    EXPECT(info.confidence == -3);
    dcdp_options_destroy(options);
}

static unsigned char *whole_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes;
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*size);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size)
        exit(2);
    fclose(file);
    return bytes;
}

static void jpeg_shown(dcdp_options *options, const dcdp_image *image, int source)
{
    dcdp_jpeg_info info;
    memset(&info, 0, sizeof info);
    info.struct_size = sizeof info;
    EXPECT_STATUS(dcdp_estimate_jpeg(options, image, &info), DCDP_OK);
    EXPECT(info.source == source);
    EXPECT(source == DCDP_JPEG_NONE ? info.quality == 0 : info.quality > 10 && info.quality < 100);
    info.source = -3;
    EXPECT_STATUS(dcdp_estimate_jpeg(NULL, image, &info), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_estimate_jpeg(options, NULL, &info), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_estimate_jpeg(options, image, NULL), DCDP_ERROR_ARGUMENT);
    info.struct_size = 4;
    EXPECT_STATUS(dcdp_estimate_jpeg(options, image, &info), DCDP_ERROR_ARGUMENT);
    EXPECT(info.source == -3);
}

static void jpeg(const char *file, const char *pixels)
{
    size_t size, count, i, changed = 0;
    unsigned char *bytes = whole_file(file, &size), *ppm = whole_file(pixels, &count), *made = malloc(count);
    int width = 0, height = 0, start = 0;
    dcdp_options *options = quick_options("dejpeg");
    dcdp_image image, to;
    if (made == NULL || sscanf((const char *)ppm, "P6 %d %d 255%n", &width, &height, &start) != 2)
        exit(2);
    image = picture(DCDP_U8, width, height, 3, ppm + start + 1);
    to = picture(DCDP_U8, width, height, 3, made);
    EXPECT_STATUS(dcdp_options_set_jpeg(options, bytes, size), DCDP_OK);
    memset(bytes, 0, size); /* it was read */
    jpeg_shown(options, &image, DCDP_JPEG_FILE);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    for (i = 0; i < count - (size_t)start - 1; i++)
        changed += made[i] != ppm[(size_t)start + 1 + i];
    EXPECT(changed > 0);
    image.width = to.width = width - 1;
    image.row_stride = to.row_stride = 3 * width;
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_ERROR_IMAGE);

    EXPECT_STATUS(dcdp_options_set_jpeg(options, bytes, size), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_options_set_jpeg(options, ppm, count), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_options_set_jpeg(options, bytes, 0), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_options_set_jpeg(options, bytes, SIZE_MAX), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_jpeg(NULL, bytes, size), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_jpeg(options, NULL, 0), DCDP_OK);
    image.width = width;
    jpeg_shown(options, &image, DCDP_JPEG_TRACES);
    image.width = width - 1;
    /* Nor do the pixels of one colour say anything of a JPEG file. */
    memset(ppm + start + 1, 77, count - (size_t)start - 1);
    jpeg_shown(options, &image, DCDP_JPEG_NONE);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_ERROR_MISSING_OPTION);
    dcdp_options_destroy(options);
    free(bytes);
    free(ppm);
    free(made);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_OK);
    noise();
    blur();
    jpeg(argv[1], argv[2]);
    dcdp_context_destroy(context);
    dcdp_shutdown();
    return failures != 0;
}
