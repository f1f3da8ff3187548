// The C++ wrapper: lifetimes, exceptions from calls and out of callbacks, ranges of samples.
#include "dcdp.hpp"

#include "support.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#if __has_include(<span>)
#include <span>
#endif

namespace {

constexpr int width = 24, height = 20;

std::vector<std::uint8_t> painted()
{
    std::vector<std::uint8_t> samples(width * height * 3);
    paint(samples.data(), width, height, 3);
    return samples;
}

dcdp::options quick(const char *task)
{
    dcdp::options options;
    options.set("model", std::getenv("DCDP_TEST_MODEL")).set("task", task).set("device", "cpu");
    options.set("blur", "gaussian").set("noise", 10).set("rounds", 2).set("sampler", "ddim").set("sampler_steps", 2);
    return options;
}

template <class Exception, class Body> std::string thrown(Body &&body)
{
    try {
        body();
    } catch (const Exception &exception) {
        return exception.what();
    }
    return "";
}

void values()
{
    dcdp::options options = quick("deblur"), copy = options;
    copy.set("seed", 7);
    EXPECT(options.number("seed") == 0 && copy.number("seed") == 7 && copy.text("task") == "deblur");
    options = copy;
    EXPECT(options.number("seed") == 7);
    options = std::move(copy);
    EXPECT(options.number("seed") == 7);
    EXPECT(thrown<dcdp::error>([&] { options.set("seed", -5); }).find("seed") != std::string::npos);
    EXPECT(dcdp::parameters().size() == dcdp_parameter_count() && dcdp::version() == dcdp_version());
    EXPECT(dcdp::models(std::getenv("DCDP_TEST_MODEL")).at(0).name == "tiny-prior");
    EXPECT(dcdp::devices().at(0).usable);
}

void restoring(dcdp::context &context)
{
    const std::vector<std::uint8_t> given = painted();
    std::vector<float> made(given.size());
    const dcdp::image input(given, width, height, 3), output(made, width, height, 3);
    int calls = 0, previews = 0;
    dcdp::options options = quick("deblur");
    options.set_preview([&](const dcdp_image &estimate) { previews += estimate.width == width; });
    context.restore(options, input, output, [&](const dcdp_progress &progress) {
        ++calls;
        return progress.fraction >= 0;
    });
    EXPECT(calls > 4 && previews == 2 && made[100] > 0);
    context.restore(options, input, output);
    EXPECT(context.estimate(options, width, height).network_calls == 4);
#ifdef __cpp_lib_span
    context.restore(options, dcdp::image(std::span(given), width, height, 3), output);
#endif
    std::array<float, 3> small{};
    EXPECT(!thrown<dcdp::error>([&] { dcdp::image(small, 2, 1, 3); }).empty());
    options.set("blur", "kernel").set_kernel(small = {1, 2, 1}, 3);
    context.restore(options, input, output.linear());
    EXPECT(!thrown<dcdp::error>([&] { options.set_kernel(small, 2); }).empty());
    std::vector<std::uint8_t> mask(width * height);
    std::fill_n(mask.begin() + width, width, std::uint8_t{255});
    dcdp::options fill = quick("inpaint");
    fill.set_mask(dcdp::image(mask, width, height, 1));
    context.restore(fill, input, output);
    EXPECT(fill.output_size(3, 4).height == 4);
    std::vector<float> scatter(width * height);
    const dcdp::image uncertainty(scatter, width, height, 1);
    calls = 0;
    options.set("preset", "paper").set("samples", 2);
    context.restore_with_uncertainty(options, input, output, uncertainty);
    EXPECT(*std::max_element(scatter.begin(), scatter.end()) > 0);
    EXPECT(thrown<dcdp::cancelled>([&] {
        context.restore_with_uncertainty(options, input, output, uncertainty,
                                         [&](const dcdp_progress &) { return ++calls < 2; });
    }) == "cancelled");
}

void estimates()
{
    const std::vector<std::uint8_t> given = painted();
    const dcdp::image input(given, width, height, 3);
    const std::vector<std::uint8_t> mask(width * height);
    dcdp::options options = quick("denoise");
    const dcdp::noise noise = dcdp::estimate_noise(options, input);
    EXPECT(noise.info.sigma >= 0 && noise.spectrum.size() == DCDP_NOISE_SPECTRUM_LENGTH);
    options.set_noise_spectrum(noise.spectrum);
    options.set_neighbour(1, dcdp::image(mask, width, height, 1)).set_neighbour(-2, dcdp::image(mask, width, height, 1));
    options.set_ignore(dcdp::image(mask, width, height, 1)).set_fill_from(dcdp::image(mask, width, height, 1));
    const dcdp::blur blur = dcdp::estimate_blur(options, input);
    EXPECT((blur.info.kind == DCDP_BLUR_NONE) == blur.psf.empty());
    EXPECT(!thrown<dcdp::error>([&] { options.set_jpeg(given); }).empty());
    EXPECT(!thrown<dcdp::error>([&] { options.set_noise_spectrum(std::vector<float>(3)); }).empty());
}

void exceptions(dcdp::context &context)
{
    std::vector<std::uint8_t> samples = painted();
    const dcdp::image image(samples, width, height, 3);
    const dcdp::options options = quick("deblur");
    EXPECT(thrown<dcdp::cancelled>([&] {
        context.restore(options, image, image, [](const dcdp_progress &) { return false; });
    }) == "cancelled");
    EXPECT(thrown<std::logic_error>([&] {
        context.restore(options, image, image, [](const dcdp_progress &) -> bool { throw std::logic_error("mine"); });
    }) == "mine");
    dcdp::options showing = options;
    showing.set_preview([](const dcdp_image &) { throw std::logic_error("shown"); });
    EXPECT(thrown<std::logic_error>([&] { context.restore(showing, image, image); }) == "shown");
    EXPECT(samples == painted());
    context.restore(options, image, image);
    EXPECT(thrown<dcdp::error>([] { dcdp::context("/no/such/library"); }).find("/no/such") != std::string::npos);
}

struct half : dcdp::forward_operator {
    static int alive;
    int calls = 0;
    int fail_at = -1;
    half() { ++alive; }
    ~half() override { --alive; }
    void measure(const dcdp_shape &shape, const float *x, float *y) override
    {
        if (calls++ == fail_at)
            throw std::logic_error("broken");
        const int count = shape.channels * shape.x_width * shape.x_height;
        for (int i = 0; i < count; ++i)
            y[i] = x[i] / 2;
    }
    void adjoint(const dcdp_shape &shape, const float *, const float *u, float *out) override
    {
        measure(shape, u, out);
    }
};
int half::alive = 0;

void own_operator(dcdp::context &context)
{
    std::vector<std::uint8_t> samples = painted();
    const dcdp::image image(samples, width, height, 3);
    {
        dcdp::options options = quick("denoise");
        auto own = std::make_shared<half>();
        options.set_operator(own);
        context.restore(options, image, image);
        EXPECT(own->calls > 2);
        own->fail_at = own->calls + 3;
        EXPECT(thrown<std::logic_error>([&] { context.restore(options, image, image); }) == "broken");
        context.restore(options, image, image);
        options.set_operator(nullptr);
        EXPECT(own.use_count() == 1);
        options.set_operator(std::move(own));
    }
    EXPECT(half::alive == 0);
}

} // namespace

int main()
{
    try {
        dcdp::context context;
        values();
        restoring(context);
        estimates();
        exceptions(context);
        own_operator(context);
    } catch (const std::exception &exception) {
        std::fprintf(stderr, "%s\n", exception.what());
        return 1;
    }
    dcdp_shutdown();
    return failures != 0;
}
