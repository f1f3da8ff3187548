/*
 * dcdp: image restoration with diffusion models. The C interface of libdcdp.
 *
 * Generated from src/capi by build.rs; change it there.
 *
 * Conventions, unless a function says otherwise:
 * - Functions return a dcdp_status as int32_t: 0 (DCDP_OK) when they did what was asked. The message of the
 *   last failure of the calling thread is dcdp_last_error().
 * - Strings are UTF-8 and end with a NUL. What the library hands out stays its own; what it is given it copies.
 * - Pointers must not be NULL unless NULL has a meaning. A NULL is answered with DCDP_ERROR_ARGUMENT.
 * - Structs begin with struct_size, which the caller sets to sizeof the struct. They may grow at their end in
 *   later versions; programs built with an older header keep working.
 * - Enumerations travel as int32_t; unknown values are refused.
 * - Callbacks must not throw exceptions or jump out (longjmp).
 */


#ifndef DCDP_H
#define DCDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Define DCDP_STATIC when linking the static library on Windows.
#if defined(_WIN32) && !defined(DCDP_STATIC)
#  define DCDP_API __declspec(dllimport)
#else
#  define DCDP_API
#endif


/// What dcdp_abi_version of this library returns: 65536 times the number in its soname, plus a revision
/// that grows whenever something is added.
#define DCDP_ABI_VERSION 2

/// How many numbers a noise spectrum has: for each frequency (i, j) of an 8x8 DCT, i = 0...7 vertical, j = 0...7
/// horizontal, the entries YY, YA, YB, AA, AB, BB of the noise's covariance in luminance Y = (R+G+B)/sqrt(3),
/// A = (R-B)/sqrt(2), B = (R-2G+B)/sqrt(6), in squares of units of 0...255.
#define DCDP_NOISE_SPECTRUM_LENGTH 384

/// What functions return. Numbers never change meaning; later versions may add some, so treat an
/// unknown one as a failure.
typedef enum dcdp_status {
    /// Done.
    DCDP_OK = 0,
    /// Stopped by dcdp_cancel or by a callback.
    DCDP_CANCELLED = 1,
    /// A NULL pointer, an implausible struct_size, text that is not UTF-8, or a call that is not
    /// allowed here.
    DCDP_ERROR_ARGUMENT = 2,
    /// An option's value is not allowed; the message says what is.
    DCDP_ERROR_OPTION = 3,
    /// No option has this name.
    DCDP_ERROR_UNKNOWN_OPTION = 4,
    /// The task needs an option that was not set.
    DCDP_ERROR_MISSING_OPTION = 5,
    /// The option `step` diverges for this operator; the message gives the bound.
    DCDP_ERROR_UNSTABLE_STEP = 6,
    /// An image descriptor is unusable, or two images do not fit together.
    DCDP_ERROR_IMAGE = 7,
    /// A file cannot be read or written.
    DCDP_ERROR_IO = 8,
    /// A file's content is wrong.
    DCDP_ERROR_FILE = 9,
    /// No model has this name.
    DCDP_ERROR_MODEL_NOT_FOUND = 10,
    /// A model is malformed or does not fit the run.
    DCDP_ERROR_MODEL = 11,
    /// ONNX Runtime cannot be found or loaded, or is too old.
    DCDP_ERROR_RUNTIME = 12,
    /// The device cannot be used.
    DCDP_ERROR_DEVICE = 13,
    /// A network failed while running.
    DCDP_ERROR_NETWORK = 14,
    /// The run needs more memory than the option `max_memory` allows, or than can be had.
    DCDP_ERROR_MEMORY = 15,
    /// The context is already running a restoration.
    DCDP_BUSY = 16,
    /// A callback of the caller's own operator failed.
    DCDP_ERROR_OPERATOR = 17,
    /// A defect in this library.
    DCDP_ERROR_INTERNAL = 18,
} dcdp_status;

/// Type of one stored sample (member `type` of dcdp_image).
typedef enum dcdp_type {
    /// 8-bit unsigned, 0...255.
    DCDP_U8 = 0,
    /// 16-bit unsigned, 0...65535, native byte order.
    DCDP_U16 = 1,
    /// IEEE half float, nominal 0...1, native byte order.
    DCDP_F16 = 2,
    /// IEEE single float, nominal 0...1, native byte order.
    DCDP_F32 = 3,
} dcdp_type;

/// How stored colour relates to light (member `transfer` of dcdp_image).
typedef enum dcdp_transfer {
    /// sRGB-encoded (IEC 61966-2-1), as picture files usually are.
    DCDP_SRGB = 0,
    /// Linear light with sRGB primaries.
    DCDP_LINEAR = 1,
} dcdp_transfer;

/// How colour relates to alpha (member `alpha` of dcdp_image).
typedef enum dcdp_alpha {
    /// Colour is independent of alpha.
    DCDP_STRAIGHT = 0,
    /// Colour has been multiplied by alpha.
    DCDP_PREMULTIPLIED = 1,
} dcdp_alpha;

/// What values a parameter takes (member `type` of dcdp_parameter).
typedef enum dcdp_parameter_type {
    /// A real number: dcdp_options_set_number.
    DCDP_PARAMETER_NUMBER = 0,
    /// A whole number: dcdp_options_set_number.
    DCDP_PARAMETER_INTEGER = 1,
    /// One of the words in choices: dcdp_options_set_string.
    DCDP_PARAMETER_CHOICE = 2,
    /// Free text: dcdp_options_set_string.
    DCDP_PARAMETER_TEXT = 3,
    /// Path of a file, "" for none: dcdp_options_set_string.
    DCDP_PARAMETER_FILE = 4,
} dcdp_parameter_type;

/// Bits of member `tasks` of dcdp_parameter.
typedef enum dcdp_task {
    /// Task "denoise".
    DCDP_TASK_DENOISE = 1,
    /// Task "deblur".
    DCDP_TASK_DEBLUR = 2,
    /// Task "inpaint".
    DCDP_TASK_INPAINT = 4,
    /// Task "super-resolve".
    DCDP_TASK_SUPER_RESOLVE = 8,
    /// Task "dejpeg".
    DCDP_TASK_DEJPEG = 16,
} dcdp_task;

/// How important a log message is.
typedef enum dcdp_log_level {
    /// Something failed.
    DCDP_LOG_ERROR = 1,
    /// Something is not as it should be, but the work goes on.
    DCDP_LOG_WARNING = 2,
    /// What is being done.
    DCDP_LOG_INFO = 3,
    /// Details for developers.
    DCDP_LOG_DEBUG = 4,
    /// Every detail.
    DCDP_LOG_TRACE = 5,
} dcdp_log_level;

/// Kind of noise (member `kind` of dcdp_noise_info).
typedef enum dcdp_noise_kind {
    /// None that could be removed.
    DCDP_NOISE_NONE = 0,
    /// White, independent in red, green and blue.
    DCDP_NOISE_WHITE = 1,
    /// The same in red, green and blue.
    DCDP_NOISE_GRAY = 2,
    /// Different over frequencies or colours.
    DCDP_NOISE_COLOURED = 3,
} dcdp_noise_kind;

/// Kind of blur (member `kind` of dcdp_blur_info).
typedef enum dcdp_blur_kind {
    /// No blur found.
    DCDP_BLUR_NONE = 0,
    /// Gaussian: option `blur` "gaussian", `blur_sigma`.
    DCDP_BLUR_GAUSSIAN = 1,
    /// Defocus: option `blur` "disk", `blur_radius`.
    DCDP_BLUR_DISK = 2,
    /// Straight motion: option `blur` "motion", `blur_length`, `blur_angle`.
    DCDP_BLUR_MOTION = 3,
    /// Camera shake: option `blur` "kernel", dcdp_options_set_kernel.
    DCDP_BLUR_KERNEL = 4,
} dcdp_blur_kind;

/// In what a blur happened (member `light` of dcdp_blur_info).
typedef enum dcdp_light {
    /// In linear light, as in a camera: option `blur_light` "linear".
    DCDP_LIGHT_LINEAR = 0,
    /// In the encoded values, as by an editor's filter: option `blur_light` "encoded".
    DCDP_LIGHT_ENCODED = 1,
} dcdp_light;

/// What tells of a JPEG file (member `source` of dcdp_jpeg_info).
typedef enum dcdp_jpeg_source {
    /// Nothing.
    DCDP_JPEG_NONE = 0,
    /// The file itself, as given by dcdp_options_set_jpeg.
    DCDP_JPEG_FILE = 1,
    /// The traces that it left in the pixels.
    DCDP_JPEG_TRACES = 2,
} dcdp_jpeg_source;

/// Where restorations run, one at a time. Cheap: models and ONNX Runtime are shared by the whole process, so a
/// program that restores on several threads makes a context for each.
///
/// Any thread may use a context; a second restoration in it gets DCDP_BUSY.
typedef struct dcdp_context dcdp_context;

/// A list of devices, the processor first.
typedef struct dcdp_devices dcdp_devices;

/// A list of models.
typedef struct dcdp_models dcdp_models;

/// What a restoration is told: a value for every parameter, and optionally a mask, a point-spread
/// function, an operator of your own and a preview callback.
///
/// A handle may be used by one thread at a time; different handles are independent. Any number of
/// restorations may use one handle in turn.
typedef struct dcdp_options dcdp_options;

/// Gets a log message. `level` is a dcdp_log_level, `target` names the part of the library; both strings
/// are UTF-8 and valid during the call only.
///
/// Called on any thread, also on several at the same time, and in the middle of work: it must not throw or
/// jump out, and calls of dcdp_restore, dcdp_estimate, dcdp_context_create, dcdp_devices_create, dcdp_set_log
/// and dcdp_shutdown from inside it are refused with DCDP_ERROR_ARGUMENT. Messages that come up meanwhile on
/// the same thread are dropped.
typedef void (*dcdp_log_fn)(void *user, int32_t level, const char *target, const char *message);

/// One option, described so that a user interface can be built from it. Filled by dcdp_parameter_get;
/// all strings are static, UTF-8 and not NULL unless said otherwise.
typedef struct dcdp_parameter {
    /// sizeof(dcdp_parameter); on return the bytes filled.
    uint32_t struct_size;
    /// Canonical name, as the setters take it.
    const char *name;
    /// What a person reads.
    const char *label;
    /// One or two sentences of help.
    const char *hint;
    /// Unit, or "".
    const char *unit;
    /// What a person reads above the group it belongs to: "Task", "Quality", "Advanced".
    const char *group;
    /// A dcdp_parameter_type.
    int32_t type;
    /// Numbers: the smallest value allowed; else 0, as all following numbers.
    double minimum;
    /// The largest value allowed.
    double maximum;
    /// Low end of a sensible slider.
    double display_minimum;
    /// High end of a sensible slider.
    double display_maximum;
    /// Value when nothing is set.
    double default_number;
    /// Whether -1 is allowed too and means "automatic".
    bool automatic;
    /// Choices and texts: the value when nothing is set; else "".
    const char *default_text;
    /// Choices: choice_count canonical words; else NULL.
    const char *const *choices;
    /// Choices: choice_count labels for persons, in the same order; else NULL.
    const char *const *choice_labels;
    /// Number of choices.
    uint32_t choice_count;
    /// Tasks the parameter matters for: bits of dcdp_task.
    uint32_t tasks;
    /// It only matters while the choice of this name ... NULL if it always does.
    const char *needs_name;
    /// ... has this word. NULL if it always matters.
    const char *needs_choice;
} dcdp_parameter;

/// A picture in the caller's memory. Set every member you do not use to 0, struct_size to
/// sizeof(dcdp_image).
///
/// Sample (x, y, c) lies at data + x * pixel_stride + y * row_stride + c * channel_stride bytes. Strides
/// may be negative (data is then not the lowest address) and samples need no alignment. A stride of 0
/// means packed, interleaved samples: channel_stride is one sample, pixel_stride all channels, row_stride
/// width times the absolute pixel_stride. Values outside 0...1 in float images, infinities and NaN are
/// allowed and kept where they can be.
///
/// The library keeps no pointer to data beyond the call.
typedef struct dcdp_image {
    /// sizeof(dcdp_image). A caller that ends the struct after data gets packed strides.
    uint32_t struct_size;
    /// Pixels per row, at least 1.
    int32_t width;
    /// Rows, at least 1.
    int32_t height;
    /// 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
    int32_t channels;
    /// A dcdp_type.
    int32_t type;
    /// A dcdp_transfer.
    int32_t transfer;
    /// A dcdp_alpha; matters with 2 or 4 channels.
    int32_t alpha;
    /// Sample (0, 0, 0): the first channel of the top left pixel.
    void *data;
    /// Bytes from a pixel to its right neighbour; 0 is packed.
    ptrdiff_t pixel_stride;
    /// Bytes from a row to the next lower one; 0 is packed.
    ptrdiff_t row_stride;
    /// Bytes from a channel to the next; 0 is packed.
    ptrdiff_t channel_stride;
} dcdp_image;

/// Gets the current estimate at the end of each round: 3 channels of DCDP_F32, one plane after the other,
/// sRGB-encoded, 0...1, at the size of the output (a gray picture gets three like planes). Descriptor and
/// samples are the library's, read only, and valid during the call only.
///
/// Called on the thread that called dcdp_restore. As for dcdp_progress_fn otherwise.
typedef void (*dcdp_preview_fn)(void *user, const struct dcdp_image *estimate);

/// Sizes of the picture x and of the measurement y = A(x) of an operator of your own.
typedef struct dcdp_shape {
    /// Bytes filled. Read no member beyond them.
    uint32_t struct_size;
    /// Planes of both.
    int32_t channels;
    /// Width of x.
    int32_t x_width;
    /// Height of x.
    int32_t x_height;
    /// Width of y.
    int32_t y_width;
    /// Height of y.
    int32_t y_height;
} dcdp_shape;

/// Part of dcdp_operator: y = A(x). `x` is read, all of `y` is written.
typedef int32_t (*dcdp_measure_fn)(void *user, const struct dcdp_shape *shape, const float *x, float *y);

/// Part of dcdp_operator: out = J(x)^T u, the vector-Jacobian product of A at x, which for a linear operator is
/// A^T u whatever x is. `u` has the size of y, all of `out` is written and has the size of x.
typedef int32_t (*dcdp_adjoint_fn)(void *user,
                                   const struct dcdp_shape *shape,
                                   const float *x,
                                   const float *u,
                                   float *out);

/// Part of dcdp_operator: the size of the picture x that belongs to a measurement of y_width by y_height pixels.
typedef int32_t (*dcdp_picture_size_fn)(void *user,
                                        int32_t y_width,
                                        int32_t y_height,
                                        int32_t *x_width,
                                        int32_t *x_height);

/// Part of dcdp_operator: nobody will use `user` any more.
typedef void (*dcdp_release_fn)(void *user);

/// A forward operator A of your own: the input of dcdp_restore is y = A(x) plus noise, its output x.
///
/// Arrays are packed planes of float, channel after channel, in the range -1...1 (2 v - 1 of an sRGB-encoded
/// value v of 0...1). Callbacks return 0, or DCDP_CANCELLED to stop the run, or any other number, which ends it
/// with DCDP_ERROR_OPERATOR. They run on a thread of the library, one at a time in each restoration, and must
/// not throw or jump out. They may call the library.
typedef struct dcdp_operator {
    /// sizeof(dcdp_operator).
    uint32_t struct_size;
    /// Not 0 when A is linear: A(a x + b z) = a A(x) + b A(z). The option `step` is then checked for stability.
    int32_t linear;
    /// Handed to every callback.
    void *user;
    /// y = A(x). Not NULL.
    dcdp_measure_fn measure;
    /// out = J(x)^T u. Not NULL.
    dcdp_adjoint_fn adjoint;
    /// Size of x; NULL when it equals that of y.
    dcdp_picture_size_fn picture_size;
    /// Called once when no options and no restoration use the operator any more; may be NULL. On any thread.
    dcdp_release_fn release;
    /// Upper bound of the largest eigenvalue of A^T A; 0 when unknown (it is then estimated).
    double lambda_max;
} dcdp_operator;

/// Where a restoration stands. The library fills it; struct_size says how much of it this library knows.
typedef struct dcdp_progress {
    /// Bytes filled. Read no member beyond them.
    uint32_t struct_size;
    /// Share of the work done, 0...1, never falling.
    double fraction;
    /// Round, 1...rounds; 0 before the first.
    uint32_t round;
    /// Number of rounds.
    uint32_t rounds;
    /// Network call within the round, 1...steps; 0 during data fidelity.
    uint32_t step;
    /// Network calls in this round.
    uint32_t steps;
    /// Estimated seconds left; negative while unknown.
    double seconds_left;
    /// What is being done, in English: "load", "prepare", "data fidelity", "purify", "finish". Valid during
    /// the call only.
    const char *stage;
} dcdp_progress;

/// Told where a restoration stands, often enough to cancel promptly (about every 40 ms); returning false
/// cancels.
///
/// Called on the thread that called dcdp_restore, with the `user` given there. It must not throw or jump out.
/// It may call the library, even start a restoration in another context; in its own it gets DCDP_BUSY.
typedef bool (*dcdp_progress_fn)(void *user, const struct dcdp_progress *progress);

/// What a restoration will take. Filled by dcdp_estimate.
typedef struct dcdp_estimate_info {
    /// sizeof(dcdp_estimate_info); on return the bytes filled.
    uint32_t struct_size;
    /// Network calls on the whole picture.
    uint32_t network_calls;
    /// Peak memory in MB (10^6 bytes).
    double megabytes;
    /// Seconds, from the speed of this process's earlier restorations; negative while unknown.
    double seconds;
} dcdp_estimate_info;

/// The noise of a picture. Filled by dcdp_estimate_noise.
typedef struct dcdp_noise_info {
    /// sizeof(dcdp_noise_info); on return the bytes filled.
    uint32_t struct_size;
    /// A dcdp_noise_kind.
    int32_t kind;
    /// Standard deviation in red, green and blue (root mean square), in units of 0...255; also where it is too
    /// little to be called noise.
    double sigma;
} dcdp_noise_info;

/// The blur of a picture, in its pixels. Filled by dcdp_estimate_blur; numbers that do not belong to the kind
/// are 0.
typedef struct dcdp_blur_info {
    /// sizeof(dcdp_blur_info); on return the bytes filled.
    uint32_t struct_size;
    /// A dcdp_blur_kind.
    int32_t kind;
    /// Standard deviation of a Gaussian.
    double sigma;
    /// Radius of a disk.
    double radius;
    /// Length of a motion.
    double length;
    /// Direction of a motion: degrees in 0...180, counter-clockwise from +x.
    double angle;
    /// How sure it is, 0...1; also that there is no blur.
    double confidence;
    /// A dcdp_light.
    int32_t light;
    /// Width of the point-spread function; 0 without blur.
    int32_t psf_width;
    /// Its height.
    int32_t psf_height;
    /// 0.
    int32_t reserved;
} dcdp_blur_info;

/// The JPEG file that a picture was. Filled by dcdp_estimate_jpeg.
typedef struct dcdp_jpeg_info {
    /// sizeof(dcdp_jpeg_info); on return the bytes filled.
    uint32_t struct_size;
    /// A dcdp_jpeg_source.
    int32_t source;
    /// libjpeg's quality, 1...100; 0 when its tables are none of libjpeg's.
    int32_t quality;
    /// 0.
    int32_t reserved;
} dcdp_jpeg_info;

/// One model. Filled by dcdp_models_get; strings live as long as the list and are never NULL.
typedef struct dcdp_model {
    /// sizeof(dcdp_model); on return the bytes filled.
    uint32_t struct_size;
    /// Not 0 when its manifest is in order; else only folder and reason are filled.
    int32_t usable;
    /// Its name, as the option `model` takes it.
    const char *name;
    /// Version of the model.
    const char *version;
    /// Licence of its weights.
    const char *licence;
    /// "pixel", "consistency" or "latent".
    const char *kind;
    /// One sentence for persons.
    const char *description;
    /// Where it stands.
    const char *folder;
    /// What is wrong with it; "" when nothing is.
    const char *reason;
} dcdp_model;

/// One device. Filled by dcdp_devices_get; strings live as long as the list.
typedef struct dcdp_device {
    /// sizeof(dcdp_device); on return the bytes filled.
    uint32_t struct_size;
    /// Not 0 when it can be used.
    int32_t usable;
    /// Its word for the option `device`, such as "cpu".
    const char *name;
    /// Why it cannot be used; "" when it can.
    const char *reason;
} dcdp_device;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// The name of a status, such as "DCDP_BUSY"; "unknown status" for any other number.
///
/// Any thread. Never NULL; static.
DCDP_API const char *dcdp_status_name(int32_t status);

/// The message of this thread's last failure, in English and UTF-8: what is wrong, with which value,
/// and what is allowed. "" when nothing has failed yet; a success keeps the message.
///
/// Never NULL. Owned by the library; valid until the next failure on this thread or its end.
DCDP_API const char *dcdp_last_error(void);

/// Version of the library, such as "1.2.3".
///
/// Any thread. Never NULL; static.
DCDP_API const char *dcdp_version(void);

/// ABI version of the library in use. A program runs with it when the upper 16 bits equal those of its
/// header's DCDP_ABI_VERSION and the lower 16 bits are not smaller.
///
/// Any thread.
DCDP_API uint32_t dcdp_abi_version(void);

/// Lets go of what the process shares: the models kept in memory, and the log callback, which is not
/// called any more once this returns. Handles stay valid, restorations that are running finish, and
/// everything may be used again afterwards: models are then loaded anew. ONNX Runtime itself stays
/// loaded.
///
/// Any thread, except inside the log callback. Calling it before the program ends is good manners, not a
/// duty.
DCDP_API void dcdp_shutdown(void);

/// Sends log messages up to `max_level` (a dcdp_log_level) to `callback`; NULL turns them off, which they
/// are at first. One callback serves the whole process; the previous one is not running any more when
/// this returns. `user` is handed to the callback.
///
/// Any thread, except inside the log callback. Fails with DCDP_ERROR_ARGUMENT there and for an unknown
/// level.
DCDP_API int32_t dcdp_set_log(dcdp_log_fn callback, void *user, int32_t max_level);

/// How many parameters there are. Later versions may add some.
///
/// Any thread.
DCDP_API uint32_t dcdp_parameter_count(void);

/// Describes parameter number `index`, 0...dcdp_parameter_count() - 1, in the order user interfaces show
/// them. Set out->struct_size first.
///
/// Any thread. Fails with DCDP_ERROR_ARGUMENT when `out` is NULL or `index` too large.
DCDP_API int32_t dcdp_parameter_get(uint32_t index, struct dcdp_parameter *out);

/// Creates options with the defaults of the parameter table. Free them with dcdp_options_destroy.
///
/// Any thread. On failure `out` stays as it was: DCDP_ERROR_ARGUMENT when it is NULL.
DCDP_API int32_t dcdp_options_create(struct dcdp_options **out);

/// Copies options with all they hold. Free the copy with dcdp_options_destroy.
///
/// As dcdp_options_create.
DCDP_API int32_t dcdp_options_copy(const struct dcdp_options *options, struct dcdp_options **out);

/// Frees options. NULL is a no-op. Options may be freed while a restoration uses them: it has its own copy.
DCDP_API void dcdp_options_destroy(struct dcdp_options *options);

/// Sets a number or whole number by its canonical name; -1 means "automatic" where the parameter allows it.
/// Numbers are exact up to 2^53.
///
/// On failure nothing changes: DCDP_ERROR_UNKNOWN_OPTION, DCDP_ERROR_OPTION (no number, not finite, not
/// whole, out of range), DCDP_ERROR_ARGUMENT (NULL).
DCDP_API int32_t dcdp_options_set_number(struct dcdp_options *options, const char *name, double value);

/// Sets any parameter from UTF-8 text by its canonical name: a choice's word, a text, a path, or a number in
/// decimal. The text is copied.
///
/// On failure nothing changes: DCDP_ERROR_UNKNOWN_OPTION, DCDP_ERROR_OPTION (not what the parameter takes),
/// DCDP_ERROR_ARGUMENT (NULL, not UTF-8). Whether a model or file exists is seen when it is used.
DCDP_API int32_t dcdp_options_set_string(struct dcdp_options *options, const char *name, const char *value);

/// Reads a number or whole number into `out`.
///
/// Fails with DCDP_ERROR_UNKNOWN_OPTION, DCDP_ERROR_OPTION (the parameter is no number) or
/// DCDP_ERROR_ARGUMENT (NULL).
DCDP_API int32_t dcdp_options_get_number(const struct dcdp_options *options, const char *name, double *out);

/// Reads any parameter as UTF-8 text (numbers in decimal) into `buffer`, which has room for `capacity` bytes
/// with the terminating NUL. `needed`, unless NULL, gets the bytes it takes, NUL included: call with
/// `buffer` NULL and `capacity` 0 to ask for them.
///
/// Fails with DCDP_ERROR_UNKNOWN_OPTION, or with DCDP_ERROR_ARGUMENT when `buffer` is too small (it then
/// stays as it was), or `options` or `name` is NULL.
DCDP_API
int32_t dcdp_options_get_string(const struct dcdp_options *options,
                                const char *name,
                                char *buffer,
                                size_t capacity,
                                size_t *needed);

/// Has `callback` shown the current estimate at the end of each round, with the `user` given here, by every
/// restoration that these options are used for. NULL turns it off.
///
/// Fails with DCDP_ERROR_ARGUMENT when `options` is NULL.
DCDP_API int32_t dcdp_options_set_preview(struct dcdp_options *options, dcdp_preview_fn callback, void *user);

/// Sets the region to fill for inpainting: where `mask` is above 0.5 (of 1; integers count 255 or 65535 as 1).
/// It must have the input's width and height, and a part above 0.5 and a part that is not: that is seen when
/// a restoration begins. The samples are copied. NULL takes the mask back.
///
/// Pictures are read as a person sees them. Colours count as bright as they are (Rec. 709 luma, as stored, times
/// alpha). Where all that is visible has one colour, alpha decides: paint on nothing. In a picture of two values
/// that brightness does not tell apart (0 and 1 of 255, red on black) the smaller area is filled.
///
/// On failure nothing changes: DCDP_ERROR_IMAGE (a bad descriptor), DCDP_ERROR_OPTION (a value that is not
/// finite), DCDP_ERROR_ARGUMENT (`options` is NULL).
DCDP_API
int32_t dcdp_options_set_mask(struct dcdp_options *options,
                              const struct dcdp_image *mask);

/// Sets which pixels of the input hold no data, such as dust, a time stamp or a dead sensor row: where `mask` is
/// above 0.5. Noise and blur are measured without them, and deblurring, denoising and super-resolution do not
/// believe them. The rules for pictures are those of dcdp_options_set_mask; nothing or everything may be marked.
/// It must have the input's width and height. The samples are copied. NULL takes it back.
///
/// On failure nothing changes; fails as dcdp_options_set_mask.
DCDP_API
int32_t dcdp_options_set_ignore(struct dcdp_options *options,
                                const struct dcdp_image *mask);

/// Sets where patches that fill wide holes may come from: where `mask` is above 0.5. It counts for inpainting.
/// The rules for pictures are those of dcdp_options_set_mask. It must have the input's width and height. The
/// samples are copied. NULL takes it back: from everywhere around the hole.
///
/// On failure nothing changes; fails as dcdp_options_set_mask. Where no whole patch may come from, the restoration
/// fails with DCDP_ERROR_OPTION.
DCDP_API
int32_t dcdp_options_set_fill_from(struct dcdp_options *options,
                                   const struct dcdp_image *mask);

/// Sets the point-spread function for deblurring, what a single bright point became: `height` rows of `width`
/// values from the top left, packed, at most 4096 a side, of any scale (the sum becomes 1). It counts while
/// the option `blur` is "kernel", and then goes before the option `kernel`. The values are copied. NULL takes
/// it back.
///
/// On failure nothing changes: DCDP_ERROR_OPTION (a side out of range, a value that is not finite, a sum that
/// is not positive), DCDP_ERROR_ARGUMENT (`options` is NULL).
DCDP_API
int32_t dcdp_options_set_kernel(struct dcdp_options *options,
                                const float *psf,
                                int32_t width,
                                int32_t height);

/// Sets the noise that the option `noise` takes while it is automatic (-1), as measured elsewhere: in another
/// frame, in a flat part of the picture. `values` are `count` = DCDP_NOISE_SPECTRUM_LENGTH numbers, as
/// dcdp_estimate_noise gives them. They are copied. NULL takes them back: the noise is measured in each input.
///
/// On failure nothing changes: DCDP_ERROR_OPTION (another count, a value that is not finite, six values that
/// are no covariance), DCDP_ERROR_ARGUMENT (`options` is NULL).
DCDP_API
int32_t dcdp_options_set_noise_spectrum(struct dcdp_options *options,
                                        const float *values,
                                        uint32_t count);

/// Sets the JPEG file that the input was decoded from: `size` bytes, the whole file. What was lost in it is then
/// known: task "dejpeg" is faithful to its coefficients, the other tasks know how exact the pixels are. The input
/// must be the whole picture, at the file's size. The bytes are read at once and not kept. NULL takes it back.
///
/// On failure nothing changes: DCDP_ERROR_IMAGE (no JPEG file, damaged, truncated, or of a kind without such
/// coefficients: CMYK, 12 bits, lossless), DCDP_ERROR_ARGUMENT (`options` is NULL).
DCDP_API
int32_t dcdp_options_set_jpeg(struct dcdp_options *options,
                              const uint8_t *bytes,
                              size_t size);

/// Sets the frame of a sequence that stands `offset` frames after the input: -2, -1, 1 or 2. The option
/// `temporal_frames` says how many frames a result is restored from: with 3 the neighbours at -1 and 1 count, with 5
/// all four, with 1, the default, none. At the ends of a clip some are missing. They count for task "denoise" with
/// its automatic rounds.
///
/// What a neighbour shows is brought to where the input has it, and counts only where the two differ by no more
/// than their noise: a cut, or what moved on its own, adds nothing. A neighbour with the same noise as the input or
/// another is a copy, and counts as none.
///
/// `frame` has the input's width, height and channels, its noise, and any type: that is seen when a restoration
/// begins. The samples are copied. NULL takes the frame back.
///
/// On failure nothing changes: DCDP_ERROR_IMAGE (a bad descriptor), DCDP_ERROR_ARGUMENT (another offset, `options`
/// is NULL).
DCDP_API
int32_t dcdp_options_set_neighbour(struct dcdp_options *options,
                                   int32_t offset,
                                   const struct dcdp_image *frame);

/// Sets an operator of your own in place of the one that the option `task` names. The struct is copied, `user`
/// is not: it must live until release is called. NULL takes the operator back.
///
/// On failure nothing changes, and release is not called: DCDP_ERROR_ARGUMENT (`options`, measure or adjoint is
/// NULL, lambda_max is negative or not finite).
DCDP_API
int32_t dcdp_options_set_operator(struct dcdp_options *options,
                                  const struct dcdp_operator *callbacks);

/// Creates a context. Free it with dcdp_context_destroy.
///
/// `runtime_library` is the ONNX Runtime shared library (1.22 or newer), or the folder it stands in: UTF-8, on
/// Unix the file system's own bytes. NULL searches: the environment variable DCDP_ORT_DYLIB, beside libdcdp,
/// then the system. The first context loads it; the process keeps it to its end.
///
/// Any thread. On failure `out` stays as it was: DCDP_ERROR_RUNTIME (not found, not loadable, too old, or
/// another one is in use already), DCDP_ERROR_ARGUMENT (`out` is NULL).
DCDP_API
int32_t dcdp_context_create(const char *runtime_library,
                            struct dcdp_context **out);

/// Cancels what runs in the context and frees it. NULL is a no-op. The restoration that runs returns
/// DCDP_CANCELLED in its thread; start no other call with this context at the same time.
DCDP_API void dcdp_context_destroy(struct dcdp_context *context);

/// Cancels the restoration that runs in this context; it returns DCDP_CANCELLED soon, even from inside a
/// network call. Does nothing when none runs: a restoration started later is not cancelled. NULL is a no-op.
///
/// Any thread, also inside callbacks; not inside a signal handler.
DCDP_API void dcdp_cancel(struct dcdp_context *context);

/// Restores `input` (the measurement) into `output`, and blocks until it is done.
///
/// `output` has the size that dcdp_output_size gives and the input's channels; type and strides are free.
/// Both may share memory in any way, also be the very same picture; without overlap and with packed rows
/// (up to 63 bytes of padding) nothing is copied. Alpha is carried through. The same input, options and
/// version give the same bytes on the same device, however many threads there are.
///
/// `progress` may be NULL; it and the preview callback are called on this thread. The options are copied: other
/// threads may change or free them once the first callback is called.
///
/// Any thread. Unless it returns DCDP_OK the output stays as it was. Fails with any status; among them
/// DCDP_CANCELLED, DCDP_BUSY (the context runs another), DCDP_ERROR_IMAGE (bad descriptor, wrong size of output or
/// mask), DCDP_ERROR_MEMORY (refused before work starts).
DCDP_API
int32_t dcdp_restore(struct dcdp_context *context,
                     const struct dcdp_options *options,
                     const struct dcdp_image *input,
                     const struct dcdp_image *output,
                     dcdp_progress_fn progress,
                     void *user);

/// As dcdp_restore, and fills `uncertainty` with how far each pixel of the result is certain: the standard
/// deviation over the restorations whose mean the result is, as a part of the sRGB-encoded range 0...1, whatever
/// its transfer. The option `samples` says how many those are; left automatic, eight are taken. 0 everywhere
/// means that nothing random was involved.
///
/// `uncertainty` has the output's width and height and 1 channel (the mean over the channels) or 3; type and
/// strides are free. From its first to its last byte it shares no memory with input or output.
///
/// As dcdp_restore otherwise; both pictures stay as they were unless it returns DCDP_OK. DCDP_ERROR_IMAGE also for
/// an uncertainty of another size, with alpha, or in shared memory.
DCDP_API
int32_t dcdp_restore_with_uncertainty(struct dcdp_context *context,
                                      const struct dcdp_options *options,
                                      const struct dcdp_image *input,
                                      const struct dcdp_image *output,
                                      const struct dcdp_image *uncertainty,
                                      dcdp_progress_fn progress,
                                      void *user);

/// The size of the result for an input of this size: multiplied by `scale` for super-resolution, what
/// picture_size says for an operator of your own, else unchanged.
///
/// On failure both outputs stay as they were: DCDP_ERROR_IMAGE (a side below 1, a result too large),
/// DCDP_ERROR_ARGUMENT (NULL), or what picture_size led to.
DCDP_API
int32_t dcdp_output_size(const struct dcdp_options *options,
                         int32_t width,
                         int32_t height,
                         int32_t *out_width,
                         int32_t *out_height);

/// Estimates what restoring an input of this size will take. Opens the model, so that the first restoration
/// need not. Set out->struct_size first.
///
/// Any thread. On failure `out` stays as it was; fails as dcdp_restore does before its first network call, but
/// for DCDP_ERROR_MEMORY.
DCDP_API
int32_t dcdp_estimate(const struct dcdp_context *context,
                      const struct dcdp_options *options,
                      int32_t width,
                      int32_t height,
                      struct dcdp_estimate_info *out);

/// Measures the noise of `input`, as a restoration with automatic `noise` does; whatever the options say about
/// the noise. Pixels that are transparent, ignored (dcdp_options_set_ignore) or, for task "inpaint", to be filled
/// are left out. A part of a picture that shows nothing but noise gives the surest answer: describe it by data and
/// strides. Set out->struct_size first.
///
/// `spectrum` is NULL, or gets DCDP_NOISE_SPECTRUM_LENGTH numbers for dcdp_options_set_noise_spectrum, 0 where
/// there is no noise. No model is opened.
///
/// Any thread; the options must not change meanwhile. On failure `out` and `spectrum` stay as they were:
/// DCDP_ERROR_IMAGE (a bad descriptor, a mask of another size), DCDP_ERROR_OPTION (a mask that fills nothing or
/// everything), DCDP_ERROR_ARGUMENT (NULL).
DCDP_API
int32_t dcdp_estimate_noise(const struct dcdp_options *options,
                            const struct dcdp_image *input,
                            struct dcdp_noise_info *out,
                            float *spectrum);

/// Estimates the blur of `input`, as a deblurring with `blur` "auto" does, or, where the options say "shake", as that
/// does; whatever else the options say about the task and the blur. `blur_light` counts for "shake", the option
/// `noise` counts, and so does dcdp_options_set_ignore. Takes about a second or two, a few more where a camera shake is
/// looked for, and more than that on large pictures only for reading them. Set out->struct_size first. No model is
/// opened.
///
/// `psf` has room for `capacity` floats and gets the point-spread function: out->psf_height rows of out->psf_width
/// values, of sum 1. With `psf` NULL and `capacity` 0 it is left out. Where the room is too small, `out` is filled
/// nevertheless and `psf` stays as it was.
///
/// Any thread; the options must not change meanwhile. DCDP_ERROR_ARGUMENT for NULL and for too small a room; on any
/// other failure `out` and `psf` stay as they were: DCDP_ERROR_IMAGE (a bad descriptor, an ignore mask of another
/// size).
DCDP_API
int32_t dcdp_estimate_blur(const struct dcdp_options *options,
                           const struct dcdp_image *input,
                           struct dcdp_blur_info *out,
                           float *psf,
                           size_t capacity);

/// Looks for the JPEG file that `input` was, as task "dejpeg" does: the file of dcdp_options_set_jpeg, or else the
/// traces of one in the pixels. Set out->struct_size first. No model is opened.
///
/// Any thread; the options must not change meanwhile. On failure `out` stays as it was: DCDP_ERROR_IMAGE (a bad
/// descriptor), DCDP_ERROR_ARGUMENT (NULL).
DCDP_API
int32_t dcdp_estimate_jpeg(const struct dcdp_options *options,
                           const struct dcdp_image *input,
                           struct dcdp_jpeg_info *out);

/// Lists models: the one that `name` means, a name or a folder, or every model on the search path (the
/// environment variable DCDP_MODEL_PATH, beside libdcdp, the user's data folder, the system) for NULL. Reads
/// manifests only. Free the list with dcdp_models_destroy.
///
/// Any thread. On failure `out` stays as it was: DCDP_ERROR_MODEL_NOT_FOUND, DCDP_ERROR_MODEL or DCDP_ERROR_IO
/// (the named one is malformed), DCDP_ERROR_ARGUMENT (`out` is NULL, `name` is not UTF-8).
DCDP_API
int32_t dcdp_models_create(const char *name,
                           struct dcdp_models **out);

/// Frees a list. NULL is a no-op.
DCDP_API void dcdp_models_destroy(struct dcdp_models *models);

/// Number of models in a list; 0 for NULL.
DCDP_API uint32_t dcdp_models_count(const struct dcdp_models *models);

/// Describes model number `index` of a list. Set out->struct_size first.
///
/// Fails with DCDP_ERROR_ARGUMENT when a pointer is NULL or `index` too large.
DCDP_API int32_t dcdp_models_get(const struct dcdp_models *models, uint32_t index, struct dcdp_model *out);

/// Tries out every device; may take seconds. Needs ONNX Runtime, which a context loads. Free the list with
/// dcdp_devices_destroy.
///
/// Any thread. On failure `out` stays as it was: DCDP_ERROR_RUNTIME, DCDP_ERROR_ARGUMENT (`out` is NULL).
DCDP_API int32_t dcdp_devices_create(struct dcdp_devices **out);

/// Frees a list. NULL is a no-op.
DCDP_API void dcdp_devices_destroy(struct dcdp_devices *devices);

/// Number of devices in a list; 0 for NULL.
DCDP_API uint32_t dcdp_devices_count(const struct dcdp_devices *devices);

/// Describes device number `index` of a list. Set out->struct_size first.
///
/// Fails with DCDP_ERROR_ARGUMENT when a pointer is NULL or `index` too large.
DCDP_API
int32_t dcdp_devices_get(const struct dcdp_devices *devices,
                         uint32_t index,
                         struct dcdp_device *out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DCDP_H */
