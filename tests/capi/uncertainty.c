/* The scatter of several restorations as a second picture. */
#include "support.h"

#include <math.h>

static dcdp_context *context;

enum { WIDTH = 64, HEIGHT = 40 };

static bool stops(void *user, const dcdp_progress *progress)
{
    (void)user;
    return progress->fraction < 0.5;
}

static void uncertainty(void)
{
    static unsigned char given[WIDTH * HEIGHT * 3], made[WIDTH * HEIGHT * 3], mean[WIDTH * HEIGHT * 3];
    static unsigned char colours[WIDTH * HEIGHT * 3];
    static float scatter[WIDTH * HEIGHT];
    dcdp_options *options = quick_options("deblur");
    dcdp_image image = picture(DCDP_U8, WIDTH, HEIGHT, 3, given), to = picture(DCDP_U8, WIDTH, HEIGHT, 3, made);
    dcdp_image gray = picture(DCDP_F32, WIDTH, HEIGHT, 1, scatter);
    dcdp_image rgb = picture(DCDP_U8, WIDTH, HEIGHT, 3, colours);
    double total = 0;
    int i;
    paint(given, WIDTH, HEIGHT, 3);
    EXPECT_STATUS(dcdp_options_set_string(options, "preset", "paper"), DCDP_OK);
    EXPECT_STATUS(dcdp_options_set_number(options, "samples", 3), DCDP_OK);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, &image, &to, &gray, NULL, NULL), DCDP_OK);
    for (i = 0; i < WIDTH * HEIGHT; i++) {
        EXPECT(scatter[i] >= 0 && scatter[i] < 0.5f);
        total += scatter[i];
    }
    EXPECT(total > 0);
    to.data = mean;
    EXPECT_STATUS(dcdp_restore(context, options, &image, &to, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(made, mean, sizeof made) == 0);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, &image, &image, &rgb, NULL, NULL), DCDP_OK);
    EXPECT(memcmp(given, mean, sizeof given) == 0);
    for (i = 0; i < WIDTH * HEIGHT; i++) {
        double average = (colours[3 * i] + colours[3 * i + 1] + colours[3 * i + 2]) / 3.0 / 255.0;
        EXPECT(fabs(average - scatter[i]) < 0.5 / 255 + 1e-6);
    }

    /* Failures write nothing. */
    memset(made, 9, sizeof made);
    memset(colours, 9, sizeof colours);
    to.data = made;
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, &image, &to, &rgb, stops, NULL), DCDP_CANCELLED);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, &image, &to, NULL, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, &image, &rgb, &rgb, NULL, NULL), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, &rgb, &to, &rgb, NULL, NULL), DCDP_ERROR_IMAGE);
    rgb.width--;
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, &image, &to, &rgb, NULL, NULL), DCDP_ERROR_IMAGE);
    rgb = picture(DCDP_U8, WIDTH, HEIGHT, 2, colours);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, &image, &to, &rgb, NULL, NULL), DCDP_ERROR_IMAGE);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(NULL, options, &image, &to, &gray, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, NULL, &image, &to, &gray, NULL, NULL), DCDP_ERROR_ARGUMENT);
    EXPECT_STATUS(dcdp_restore_with_uncertainty(context, options, NULL, &to, &gray, NULL, NULL), DCDP_ERROR_ARGUMENT);
    for (i = 0; i < WIDTH * HEIGHT * 3; i++)
        EXPECT(made[i] == 9 && colours[i] == 9);
    dcdp_options_destroy(options);
}

int main(void)
{
    EXPECT_STATUS(dcdp_context_create(NULL, &context), DCDP_OK);
    uncertainty();
    dcdp_context_destroy(context);
    dcdp_shutdown();
    return failures != 0;
}
