/* Masks of every kind, where patches come from, and what is ignored. */
#include "support.h"

#include <math.h>

static dcdp_context *context;

enum { WIDTH = 64, HEIGHT = 40 };

static unsigned char mask[WIDTH * HEIGHT];

/* Marks columns left...right - 1 of rows 14...25. */
static void mark(int left, int right, unsigned char value)
{
    int x, y;
    for (y = 14; y < 26; y++)
        for (x = left; x < right; x++)
            mask[y * WIDTH + x] = value;
}

/* How much the picture varies where the hole is. */
static double contrast(const unsigned char *samples)
{
    double sum = 0, squares = 0;
    int x, y, count = 0;
    for (y = 14; y < 26; y++)
        for (x = 10; x < 22; x++) {
            double value = samples[3 * (y * WIDTH + x)];
            sum += value;
            squares += value * value;
            count++;
        }
    return sqrt(squares / count - sum / count * (sum / count));
}

static void masks(void)
{
    static unsigned char given[WIDTH * HEIGHT * 3], made[WIDTH * HEIGHT * 3], other[WIDTH * HEIGHT * 3];
    static unsigned char rgb[WIDTH * HEIGHT * 3], everything[WIDTH * HEIGHT];
    dcdp_options *options = quick_options("inpaint");
    dcdp_image image = picture(DCDP_U8, WIDTH, HEIGHT, 3, given), to = picture(DCDP_U8, WIDTH, HEIGHT, 3, made);
    dcdp_image marked = picture(DCDP_U8, WIDTH, HEIGHT, 1, mask);
    float unknown[1] = {NAN};
    dcdp_image bad = picture(DCDP_F32, 1, 1, 1, unknown);
    double plain;
    int i;
    /* Flat on the left, checked on the right. */
    for (i = 0; i < WIDTH * HEIGHT * 3; i++) {
        int x = i / 3 % WIDTH, y = i / 3 / WIDTH;
        given[i] = x < 32 ? 128 : (x / 2 + y / 2) % 2 ? 68 : 188;
    }
    EXPECT_STATUS(dcdp_options_set_number(options, "noise", 0), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "fill", "patch"), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "grain", "off"), DCDP_OK);

    /* Nothing, and everything. */
    EXPECT_STATUS(dcdp_options_set_mask(options, &marked), DCDP_OK);
    memset(made, 9, sizeof made);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_ERROR_OPTION);
    EXPECT(strstr(dcdp_last_error(), "mask") != NULL && made[0] == 9);
    memset(mask, 255, sizeof mask);
    EXPECT_STATUS(dcdp_options_set_mask(options, &marked), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_ERROR_OPTION);
    EXPECT(strstr(dcdp_last_error(), "mask") != NULL && made[0] == 9);
    EXPECT_STATUS(dcdp_options_set_string(options, "task", "denoise"), DCDP_OK); /* where it does not matter */
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_string(options, "task", "inpaint"), DCDP_OK);

    /* White on black, a label map of 0 and 1, and red on black say the same. */
    memset(mask, 0, sizeof mask);
    mark(10, 22, 255);
    EXPECT_STATUS(dcdp_options_set_mask(options, &marked), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        EXPECT(mask[i / 3] != 0 || made[i] == given[i]);
    plain = contrast(made);
    to.data = other;
    for (i = 0; i < WIDTH * HEIGHT; i++)
        rgb[3 * i] = mask[i];
    mark(10, 22, 1);
    EXPECT_STATUS(dcdp_options_set_mask(options, &marked), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(made, other, sizeof made) == 0);
    {
        dcdp_image red = picture(DCDP_U8, WIDTH, HEIGHT, 3, rgb);
        EXPECT_STATUS(dcdp_options_set_mask(options, &red), DCDP_OK);
        EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
        EXPECT(memcmp(made, other, sizeof made) == 0);
    }

    /* Patches from the checks only. */
    memset(mask, 0, sizeof mask);
    for (i = 0; i < WIDTH * HEIGHT; i++)
        mask[i] = i % WIDTH >= 32 ? 255 : 0;
    EXPECT_STATUS(dcdp_options_set_fill_from(options, &marked), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    EXPECT(plain < 5 && contrast(other) > 20);
    EXPECT_STATUS(dcdp_options_set_fill_from(options, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(made, other, sizeof made) == 0);
    marked.data = everything; /* black: from nowhere */
    EXPECT_STATUS(dcdp_options_set_fill_from(options, &marked), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_ERROR_OPTION);
    marked.width--;
    EXPECT_STATUS(dcdp_options_set_fill_from(options, &marked), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_options_set_fill_from(options, NULL), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_ignore(options, &marked), DCDP_OK);
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_ERROR_IMAGE);
    EXPECT(memcmp(made, other, sizeof made) == 0);

    EXPECT_STATUS(dcdp_options_set_mask(options, &bad), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_ignore(options, &bad), DCDP_ERROR_OPTION);
    EXPECT_STATUS(dcdp_options_set_fill_from(options, &bad), DCDP_ERROR_OPTION);
    bad.channels = 5;
    EXPECT_STATUS(dcdp_options_set_ignore(options, &bad), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_options_set_fill_from(options, &bad), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_options_set_ignore(NULL, &marked), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_options_set_fill_from(NULL, &marked), DCDP_ERROR_ARGUMENT);
    dcdp_options_destroy(options);
}

int main(void)
{
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_OK);
    masks();
    dcdp_context_destroy(context);
    dcdp_shutdown();
    return failures != 0;
}
