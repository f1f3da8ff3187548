/*
 * dcdp: image restoration with diffusion models. A thin C++17 wrapper of dcdp.h, all in this header.
 *
 * Handles free themselves, failures are exceptions (dcdp::error, dcdp::cancelled), callbacks are any callable,
 * and exceptions that leave them come out of restore(). What each call does, and from which threads it may be
 * made, stands in dcdp.h under the same name.
 */
#ifndef DCDP_HPP
#define DCDP_HPP

#include "dcdp.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace dcdp {

/// A call failed; what() is the message of dcdp_last_error.
class error : public std::runtime_error {
public:
    error(int32_t status, const std::string &message) : std::runtime_error(message), status_(status) {}

    /// A dcdp_status.
    int32_t status() const noexcept { return status_; }

private:
    int32_t status_;
};

/// The restoration was cancelled.
class cancelled : public error {
public:
    cancelled() : error(DCDP_CANCELLED, "cancelled") {}
};

/// Throws unless `status` is DCDP_OK.
inline void check(int32_t status)
{
    if (status == DCDP_CANCELLED)
        throw cancelled();
    if (status != DCDP_OK)
        throw error(status, dcdp_last_error());
}

/// Version of the library in use.
inline std::string version() { return dcdp_version(); }

/// The dcdp_type of samples of type T; half floats have no C++17 type, so name DCDP_F16 yourself.
template <class T> constexpr int32_t type_of()
{
    using value = std::remove_cv_t<T>;
    static_assert(std::is_same_v<value, std::uint8_t> || std::is_same_v<value, std::uint16_t>
                      || std::is_same_v<value, float>,
                  "samples are uint8_t, uint16_t or float");
    return std::is_same_v<value, std::uint8_t> ? DCDP_U8 : std::is_same_v<value, std::uint16_t> ? DCDP_U16 : DCDP_F32;
}

/// A picture in memory that somebody else owns: a dcdp_image with every member at hand.
struct image : dcdp_image {
    /// Samples at `data`, packed unless the stride members say otherwise.
    image(const void *data, int32_t type, int32_t width, int32_t height, int32_t channels) : dcdp_image{}
    {
        this->struct_size = sizeof(dcdp_image);
        this->width = width;
        this->height = height;
        this->channels = channels;
        this->type = type;
        // An input is never written to, whatever the C struct says.
        this->data = const_cast<void *>(data);
    }

    /// Packed samples in a std::vector, std::array, std::span or any other contiguous range.
    template <class Range, class T = std::remove_pointer_t<decltype(std::data(std::declval<Range &>()))>>
    image(Range &&samples, int32_t width, int32_t height, int32_t channels)
        : image(std::data(samples), type_of<T>(), width, height, channels)
    {
        if (width < 1 || height < 1 || channels < 1
            || std::size(samples) / static_cast<std::size_t>(width) / static_cast<std::size_t>(height)
                   < static_cast<std::size_t>(channels))
            throw error(DCDP_ERROR_IMAGE, "image: the range holds fewer samples than the picture has");
    }

    /// The same picture in linear light.
    image linear() const
    {
        image copy = *this;
        copy.transfer = DCDP_LINEAR;
        return copy;
    }

    /// The same picture with colour multiplied by alpha.
    image premultiplied() const
    {
        image copy = *this;
        copy.alpha = DCDP_PREMULTIPLIED;
        return copy;
    }
};

/// Width and height in pixels.
struct size {
    int32_t width;
    int32_t height;
};

/// A forward operator of your own, y = A(x). See dcdp_operator; the functions are called on threads of the
/// library. An exception ends the restoration and comes out of it.
class forward_operator {
public:
    virtual ~forward_operator() = default;
    virtual void measure(const dcdp_shape &shape, const float *x, float *y) = 0;
    virtual void adjoint(const dcdp_shape &shape, const float *x, const float *u, float *out) = 0;
    virtual bool linear() const { return true; }
    virtual double lambda_max() const { return 0; }
    /// Size of the picture x that belongs to a measurement of this size.
    virtual size picture_size(size measurement) const { return measurement; }
};

namespace detail {

/// The first exception that left a callback.
class failure {
public:
    template <class Body> bool guard(Body &&body) noexcept
    {
        try {
            body();
            return true;
        } catch (...) {
            std::lock_guard<std::mutex> lock(mutex_);
            if (!first_)
                first_ = std::current_exception();
            return false;
        }
    }

    bool happened()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        return first_ != nullptr;
    }

    void rethrow()
    {
        std::exception_ptr first;
        {
            std::lock_guard<std::mutex> lock(mutex_);
            std::swap(first, first_);
        }
        if (first)
            std::rethrow_exception(first);
    }

private:
    std::mutex mutex_;
    std::exception_ptr first_;
};

struct operator_state {
    std::shared_ptr<forward_operator> own;
    std::shared_ptr<dcdp::detail::failure> failure;

    static int32_t measure(void *user, const dcdp_shape *shape, const float *x, float *y)
    {
        auto &state = *static_cast<operator_state *>(user);
        return state.failure->guard([&] { state.own->measure(*shape, x, y); }) ? DCDP_OK : DCDP_ERROR_OPERATOR;
    }

    static int32_t adjoint(void *user, const dcdp_shape *shape, const float *x, const float *u, float *out)
    {
        auto &state = *static_cast<operator_state *>(user);
        return state.failure->guard([&] { state.own->adjoint(*shape, x, u, out); }) ? DCDP_OK
                                                                                 : DCDP_ERROR_OPERATOR;
    }

    static int32_t picture_size(void *user, int32_t y_width, int32_t y_height, int32_t *x_width, int32_t *x_height)
    {
        auto &state = *static_cast<operator_state *>(user);
        return state.failure->guard([&] {
            const size x = state.own->picture_size({y_width, y_height});
            *x_width = x.width;
            *x_height = x.height;
        })
                   ? DCDP_OK
                   : DCDP_ERROR_OPERATOR;
    }

    static void release(void *user) { delete static_cast<operator_state *>(user); }
};

struct preview_state {
    std::function<void(const dcdp_image &)> callback;
    std::shared_ptr<dcdp::detail::failure> failure;

    static void call(void *user, const dcdp_image *estimate)
    {
        auto &state = *static_cast<preview_state *>(user);
        state.failure->guard([&] { state.callback(*estimate); });
    }
};

struct deleter {
    void operator()(dcdp_options *options) const { dcdp_options_destroy(options); }
    void operator()(dcdp_context *context) const { dcdp_context_destroy(context); }
};

} // namespace detail

/// What a restoration is told. Copies are independent.
class options {
public:
    options()
    {
        dcdp_options *made = nullptr;
        check(dcdp_options_create(&made));
        handle_.reset(made);
    }

    options(const options &other) : failure_(other.failure_), preview_(other.preview_)
    {
        dcdp_options *made = nullptr;
        check(dcdp_options_copy(other.get(), &made));
        handle_.reset(made);
    }

    options(options &&) noexcept = default;
    options &operator=(options other) noexcept
    {
        std::swap(handle_, other.handle_);
        std::swap(failure_, other.failure_);
        std::swap(preview_, other.preview_);
        return *this;
    }
    ~options() = default;

    /// Sets a number by its canonical name.
    options &set(const std::string &name, double value)
    {
        check(dcdp_options_set_number(get(), name.c_str(), value));
        return *this;
    }

    /// Sets any parameter from text by its canonical name.
    options &set(const std::string &name, const std::string &value)
    {
        check(dcdp_options_set_string(get(), name.c_str(), value.c_str()));
        return *this;
    }

    double number(const std::string &name) const
    {
        double value = 0;
        check(dcdp_options_get_number(get(), name.c_str(), &value));
        return value;
    }

    std::string text(const std::string &name) const
    {
        std::size_t needed = 0;
        check(dcdp_options_get_string(get(), name.c_str(), nullptr, 0, &needed));
        std::string value(needed, '\0');
        check(dcdp_options_get_string(get(), name.c_str(), value.data(), needed, nullptr));
        value.resize(needed - 1);
        return value;
    }

    /// The region to fill, where `mask` is above one half.
    options &set_mask(const image &mask)
    {
        check(dcdp_options_set_mask(get(), &mask));
        return *this;
    }

    /// The pixels without data, where `mask` is above one half.
    options &set_ignore(const image &mask)
    {
        check(dcdp_options_set_ignore(get(), &mask));
        return *this;
    }

    /// Where patches that fill holes may come from: where `mask` is above one half.
    options &set_fill_from(const image &mask)
    {
        check(dcdp_options_set_fill_from(get(), &mask));
        return *this;
    }

    /// The noise that automatic `noise` takes: DCDP_NOISE_SPECTRUM_LENGTH floats in a contiguous range, as
    /// estimate_noise gives them.
    template <class Range> options &set_noise_spectrum(const Range &values)
    {
        static_assert(std::is_same_v<std::remove_cv_t<std::remove_pointer_t<decltype(std::data(values))>>, float>,
                      "a spectrum is of float");
        check(dcdp_options_set_noise_spectrum(get(), std::data(values), static_cast<uint32_t>(std::size(values))));
        return *this;
    }

    /// The frame of a sequence that stands `offset` frames after the input, -2, -1, 1 or 2. The option
    /// `temporal_frames` says how many count.
    options &set_neighbour(int32_t offset, const image &frame)
    {
        check(dcdp_options_set_neighbour(get(), offset, &frame));
        return *this;
    }

    /// The JPEG file that the input was decoded from, in a contiguous range of bytes.
    template <class Range> options &set_jpeg(const Range &file)
    {
        static_assert(sizeof(*std::data(file)) == 1, "a file is of bytes");
        check(dcdp_options_set_jpeg(get(), reinterpret_cast<const uint8_t *>(std::data(file)), std::size(file)));
        return *this;
    }

    /// The point-spread function: `width` values a row, in a contiguous range of floats. It counts while the
    /// option `blur` is "kernel".
    template <class Range> options &set_kernel(const Range &psf, int32_t width)
    {
        static_assert(std::is_same_v<std::remove_cv_t<std::remove_pointer_t<decltype(std::data(psf))>>, float>,
                      "a kernel is of float");
        const std::size_t count = std::size(psf);
        if (width < 1 || count % static_cast<std::size_t>(width) != 0)
            throw error(DCDP_ERROR_OPTION, "kernel: its values are not whole rows");
        check(dcdp_options_set_kernel(get(), std::data(psf), width,
                                      static_cast<int32_t>(count / static_cast<std::size_t>(width))));
        return *this;
    }

    /// An operator of your own; nullptr takes it back.
    options &set_operator(std::shared_ptr<forward_operator> own)
    {
        if (!own) {
            check(dcdp_options_set_operator(get(), nullptr));
            return *this;
        }
        dcdp_operator callbacks{};
        callbacks.struct_size = sizeof callbacks;
        callbacks.linear = own->linear();
        callbacks.lambda_max = own->lambda_max();
        callbacks.measure = detail::operator_state::measure;
        callbacks.adjoint = detail::operator_state::adjoint;
        callbacks.picture_size = detail::operator_state::picture_size;
        callbacks.release = detail::operator_state::release;
        auto state = std::make_unique<detail::operator_state>(detail::operator_state{std::move(own), failure_});
        callbacks.user = state.get();
        check(dcdp_options_set_operator(get(), &callbacks));
        state.release(); // the library frees it
        return *this;
    }

    /// Shows the current estimate at the end of each round: void(const dcdp_image &).
    options &set_preview(std::function<void(const dcdp_image &)> callback)
    {
        auto state = std::make_shared<detail::preview_state>();
        state->callback = std::move(callback);
        state->failure = failure_;
        check(dcdp_options_set_preview(get(), state->callback ? detail::preview_state::call : nullptr, state.get()));
        preview_ = std::move(state);
        return *this;
    }

    /// Size of the result for an input of this size.
    size output_size(int32_t width, int32_t height) const
    {
        size result{};
        const int32_t status = dcdp_output_size(get(), width, height, &result.width, &result.height);
        failure_->rethrow();
        check(status);
        return result;
    }

    dcdp_options *get() const noexcept { return handle_.get(); }

private:
    friend class context;
    std::unique_ptr<dcdp_options, detail::deleter> handle_;
    std::shared_ptr<detail::failure> failure_ = std::make_shared<detail::failure>();
    std::shared_ptr<detail::preview_state> preview_;
};

/// Where restorations run, one at a time.
class context {
public:
    /// Loads ONNX Runtime: this library, or the one that is found when `runtime_library` is empty.
    explicit context(const std::string &runtime_library = {})
    {
        dcdp_context *made = nullptr;
        check(dcdp_context_create(runtime_library.empty() ? nullptr : runtime_library.c_str(), &made));
        handle_.reset(made);
    }

    /// Restores `input` into `output`. `progress` is bool(const dcdp_progress &), false cancels.
    void restore(const options &options, const dcdp_image &input, const dcdp_image &output)
    {
        restore(options, input, output, [](const dcdp_progress &) { return true; });
    }

    template <class Progress>
    void restore(const options &options, const dcdp_image &input, const dcdp_image &output, Progress &&progress)
    {
        run(options, std::ref(progress), [&](dcdp_progress_fn told, void *user) {
            return dcdp_restore(get(), options.get(), &input, &output, told, user);
        });
    }

    /// As restore, and fills `uncertainty` with the standard deviation of each pixel.
    void restore_with_uncertainty(const options &options, const dcdp_image &input, const dcdp_image &output,
                                  const dcdp_image &uncertainty)
    {
        restore_with_uncertainty(options, input, output, uncertainty, [](const dcdp_progress &) { return true; });
    }

    template <class Progress>
    void restore_with_uncertainty(const options &options, const dcdp_image &input, const dcdp_image &output,
                                  const dcdp_image &uncertainty, Progress &&progress)
    {
        run(options, std::ref(progress), [&](dcdp_progress_fn told, void *user) {
            return dcdp_restore_with_uncertainty(get(), options.get(), &input, &output, &uncertainty, told, user);
        });
    }

    /// What restoring an input of this size will take.
    dcdp_estimate_info estimate(const options &options, int32_t width, int32_t height) const
    {
        dcdp_estimate_info info{};
        info.struct_size = sizeof info;
        const int32_t status = dcdp_estimate(get(), options.get(), width, height, &info);
        options.failure_->rethrow();
        check(status);
        return info;
    }

    /// Cancels the restoration that runs, from any thread.
    void cancel() const noexcept { dcdp_cancel(get()); }

    dcdp_context *get() const noexcept { return handle_.get(); }

private:
    /// Calls `body` with a progress callback, and throws what failed in it.
    template <class Body>
    static void run(const options &options, std::function<bool(const dcdp_progress &)> progress, Body &&body)
    {
        // Held here: `options` may be assigned to from inside a callback.
        const std::shared_ptr<detail::failure> failure = options.failure_;
        const std::shared_ptr<detail::preview_state> preview = options.preview_;
        auto state = std::make_pair(std::move(progress), failure.get());
        using state_type = decltype(state);
        const auto trampoline = [](void *user, const dcdp_progress *now) -> bool {
            auto &[call, failed] = *static_cast<state_type *>(user);
            bool go_on = false;
            failed->guard([&, &call = call] { go_on = call(*now); });
            return go_on && !failed->happened();
        };
        const int32_t status = body(trampoline, &state);
        failure->rethrow();
        check(status);
    }

    std::unique_ptr<dcdp_context, detail::deleter> handle_;
};

/// The noise of a picture.
struct noise {
    dcdp_noise_info info;
    /// DCDP_NOISE_SPECTRUM_LENGTH values, for options::set_noise_spectrum.
    std::vector<float> spectrum;
};

/// Measures the noise of `input`.
inline noise estimate_noise(const options &options, const dcdp_image &input)
{
    noise found{};
    found.info.struct_size = sizeof found.info;
    found.spectrum.resize(DCDP_NOISE_SPECTRUM_LENGTH);
    check(dcdp_estimate_noise(options.get(), &input, &found.info, found.spectrum.data()));
    return found;
}

/// The blur of a picture.
struct blur {
    dcdp_blur_info info;
    /// info.psf_height rows of info.psf_width values, for options::set_kernel; empty without blur.
    std::vector<float> psf;
};

/// Estimates the blur of `input`.
inline blur estimate_blur(const options &options, const dcdp_image &input)
{
    blur found{};
    found.info.struct_size = sizeof found.info;
    check(dcdp_estimate_blur(options.get(), &input, &found.info, nullptr, 0));
    found.psf.resize(static_cast<std::size_t>(found.info.psf_width) *
                     static_cast<std::size_t>(found.info.psf_height));
    if (!found.psf.empty())
        check(dcdp_estimate_blur(options.get(), &input, &found.info, found.psf.data(), found.psf.size()));
    return found;
}

/// Looks for the JPEG file that `input` was.
inline dcdp_jpeg_info estimate_jpeg(const options &options, const dcdp_image &input)
{
    dcdp_jpeg_info found{};
    found.struct_size = sizeof found;
    check(dcdp_estimate_jpeg(options.get(), &input, &found));
    return found;
}

/// The parameter table.
inline std::vector<dcdp_parameter> parameters()
{
    std::vector<dcdp_parameter> table(dcdp_parameter_count());
    for (std::size_t index = 0; index < table.size(); ++index) {
        table[index].struct_size = sizeof(dcdp_parameter);
        check(dcdp_parameter_get(static_cast<uint32_t>(index), &table[index]));
    }
    return table;
}

/// One model on the search path.
struct model {
    bool usable;
    std::string name, version, licence, kind, description, folder, reason;
};

/// The model that `name` means, or every model on the search path.
inline std::vector<model> models(const std::string &name = {})
{
    dcdp_models *list = nullptr;
    check(dcdp_models_create(name.empty() ? nullptr : name.c_str(), &list));
    const std::unique_ptr<dcdp_models, void (*)(dcdp_models *)> owner(list, dcdp_models_destroy);
    std::vector<model> result;
    for (uint32_t index = 0; index < dcdp_models_count(list); ++index) {
        dcdp_model one{};
        one.struct_size = sizeof one;
        check(dcdp_models_get(list, index, &one));
        result.push_back({one.usable != 0, one.name, one.version, one.licence, one.kind, one.description,
                          one.folder, one.reason});
    }
    return result;
}

/// One device.
struct device {
    bool usable;
    std::string name, reason;
};

/// Every device, the processor first; needs a context.
inline std::vector<device> devices()
{
    dcdp_devices *list = nullptr;
    check(dcdp_devices_create(&list));
    const std::unique_ptr<dcdp_devices, void (*)(dcdp_devices *)> owner(list, dcdp_devices_destroy);
    std::vector<device> result;
    for (uint32_t index = 0; index < dcdp_devices_count(list); ++index) {
        dcdp_device one{};
        one.struct_size = sizeof one;
        check(dcdp_devices_get(list, index, &one));
        result.push_back({one.usable != 0, one.name, one.reason});
    }
    return result;
}

} // namespace dcdp

#endif
