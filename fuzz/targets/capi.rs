//! The C options and image descriptors: any sequence of calls with any numbers ends in a known status.
#![no_main]

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use dcdp::capi::*;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

unsafe extern "C" {
    /// Of the C interface only.
    fn dcdp_last_error() -> *const c_char;
}

/// Bytes of memory that pictures may lie in.
const ROOM: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Unstructured::new(bytes);
    let mut options = ptr::null_mut();
    // SAFETY: every pointer leads to memory of this function, which outlives the calls.
    unsafe {
        assert_eq!(dcdp_options_create(&mut options), 0);
        while !input.is_empty() {
            if act(&mut input, options).is_err() {
                break;
            }
        }
        dcdp_options_destroy(options);
    }
});

/// One call.
///
/// # Safety
/// `options` is a live handle.
unsafe fn act(input: &mut Unstructured<'_>, options: *mut dcdp_options) -> Result<()> {
    // SAFETY: as in the target.
    unsafe {
        match input.int_in_range(0..=6)? {
            0 => {
                let (name, value) = (name(input)?, input.arbitrary()?);
                let status = dcdp_options_set_number(options, name.as_ptr(), value);
                let mut read = f64::NAN;
                if known(status) == 0 {
                    assert_eq!(
                        dcdp_options_get_number(options, name.as_ptr(), &mut read),
                        0
                    );
                    assert_eq!(read, value);
                }
            }
            1 => {
                let (name, value) = (name(input)?, text(input)?);
                known(dcdp_options_set_string(
                    options,
                    name.as_ptr(),
                    value.as_ptr(),
                ));
                let mut needed = 0;
                if dcdp_options_get_string(options, name.as_ptr(), ptr::null_mut(), 0, &mut needed)
                    == 0
                {
                    let mut buffer = vec![1; needed];
                    let buffer = buffer.as_mut_ptr();
                    assert_eq!(
                        dcdp_options_get_string(
                            options,
                            name.as_ptr(),
                            buffer,
                            needed,
                            ptr::null_mut()
                        ),
                        0
                    );
                    assert_eq!(CStr::from_ptr(buffer).to_bytes().len() + 1, needed);
                }
            }
            2 => {
                let mut room = [0_u8; ROOM];
                let image = image(input, &mut room)?;
                known(dcdp_options_set_mask(options, &image));
            }
            3 => {
                let values: [f32; 16] = input.arbitrary()?;
                let (width, height): (i32, i32) = (input.arbitrary()?, input.arbitrary()?);
                // What lies within its sides must be the caller's.
                let fits = (1..=16).contains(&(i64::from(width) * i64::from(height)));
                if fits || !(1..=4096).contains(&width) || !(1..=4096).contains(&height) {
                    known(dcdp_options_set_kernel(
                        options,
                        values.as_ptr(),
                        width,
                        height,
                    ));
                }
            }
            4 => {
                let (mut width, mut height) = (-1, -1);
                let status = dcdp_output_size(
                    options,
                    input.arbitrary()?,
                    input.arbitrary()?,
                    &mut width,
                    &mut height,
                );
                assert_eq!(known(status) == 0, width > 0 && height > 0);
            }
            5 => {
                let operator = dcdp_operator {
                    struct_size: input.arbitrary()?,
                    linear: input.arbitrary()?,
                    user: ptr::null_mut(),
                    measure: input.arbitrary::<bool>()?.then_some(measure),
                    adjoint: input.arbitrary::<bool>()?.then_some(adjoint),
                    picture_size: input.arbitrary::<bool>()?.then_some(picture_size),
                    release: None,
                    lambda_max: input.arbitrary()?,
                };
                // More than there is must not be claimed.
                if operator.struct_size as usize <= size_of::<dcdp_operator>() {
                    known(dcdp_options_set_operator(options, &operator));
                }
            }
            _ => {
                let mut copy = ptr::null_mut();
                assert_eq!(dcdp_options_copy(options, &mut copy), 0);
                dcdp_options_destroy(copy);
            }
        }
    }
    Ok(())
}

/// The status, if it is one of the header's and no defect.
fn known(status: i32) -> i32 {
    // SAFETY: static text, and this thread's last message.
    let (name, message) = unsafe {
        (
            CStr::from_ptr(dcdp_status_name(status)),
            CStr::from_ptr(dcdp_last_error()),
        )
    };
    assert_ne!(name, c"unknown status");
    assert_ne!(
        status,
        dcdp_status::DCDP_ERROR_INTERNAL as i32,
        "{message:?}"
    );
    assert!(status == 0 || !message.is_empty());
    status
}

fn name(input: &mut Unstructured<'_>) -> Result<CString> {
    let mut parameter = dcdp_parameter_of(input.int_in_range(0..=dcdp_parameter_count())?);
    Ok(match parameter.take() {
        Some(name) => name,
        None => text(input)?,
    })
}

fn dcdp_parameter_of(index: u32) -> Option<CString> {
    let mut parameter = std::mem::MaybeUninit::<dcdp_parameter>::zeroed();
    // SAFETY: zeroed is a valid dcdp_parameter, and the library fills it.
    unsafe {
        (*parameter.as_mut_ptr()).struct_size = size_of::<dcdp_parameter>() as u32;
        (dcdp_parameter_get(index, parameter.as_mut_ptr()) == 0)
            .then(|| CStr::from_ptr((*parameter.as_ptr()).name).to_owned())
    }
}

fn text(input: &mut Unstructured<'_>) -> Result<CString> {
    let bytes: Vec<u8> = input.arbitrary()?;
    Ok(CString::new(bytes.split(|&byte| byte == 0).next().unwrap_or_default()).unwrap_or_default())
}

/// A descriptor of any numbers that claims no memory but `room`, or impossibly much.
fn image(input: &mut Unstructured<'_>, room: &mut [u8; ROOM]) -> Result<dcdp_image> {
    let small = |input: &mut Unstructured<'_>| -> Result<i32> {
        match input.arbitrary::<bool>()? {
            true => input.int_in_range(0..=40),
            false => input.arbitrary(),
        }
    };
    let stride = |input: &mut Unstructured<'_>| -> Result<isize> {
        match input.arbitrary::<bool>()? {
            true => input.int_in_range(-200..=200),
            false => input.arbitrary(),
        }
    };
    let origin = input.int_in_range(0..=ROOM - 1)?;
    let mut image = dcdp_image {
        struct_size: input.int_in_range(0..=size_of::<dcdp_image>() as u32)?,
        width: small(input)?,
        height: small(input)?,
        channels: small(input)?,
        r#type: small(input)?,
        transfer: small(input)?,
        alpha: small(input)?,
        data: room.as_mut_ptr().wrapping_add(origin).cast::<c_void>(),
        pixel_stride: stride(input)?,
        row_stride: stride(input)?,
        channel_stride: stride(input)?,
    };
    if !is_within(&image, origin) {
        image.data = ptr::null_mut();
    }
    Ok(image)
}

/// The descriptor as the library knows it: what lies beyond `struct_size` is 0.
fn as_known(image: &dcdp_image) -> dcdp_image {
    let mut known = std::mem::MaybeUninit::<dcdp_image>::zeroed();
    let bytes = (image.struct_size as usize).min(size_of::<dcdp_image>());
    // SAFETY: both sides have that many bytes, and zero is valid for every member.
    unsafe {
        ptr::copy_nonoverlapping(
            ptr::from_ref(image).cast::<u8>(),
            known.as_mut_ptr().cast::<u8>(),
            bytes,
        );
        known.assume_init()
    }
}

/// Whether the picture lies in the room, or could lie in no memory at all.
fn is_within(image: &dcdp_image, origin: usize) -> bool {
    let image = as_known(image);
    let sample = [1, 2, 2, 4]
        .get(image.r#type as usize)
        .copied()
        .unwrap_or(1);
    let or = |stride: isize, packed: i128| match stride {
        0 => packed,
        stride => stride as i128,
    };
    let (width, height, channels) = (
        i128::from(image.width),
        i128::from(image.height),
        i128::from(image.channels),
    );
    let pixel = or(image.pixel_stride, sample * channels);
    let row = or(image.row_stride, pixel.abs() * width);
    let channel = or(image.channel_stride, sample);
    let (mut low, mut high) = (origin as i128, origin as i128 + sample);
    for (count, stride) in [(channels, channel), (width, pixel), (height, row)] {
        let reach = (count - 1).max(0) * stride;
        low += reach.min(0);
        high += reach.max(0);
    }
    (low >= 0 && high <= ROOM as i128) || high - low > isize::MAX as i128
}

unsafe extern "C" fn measure(
    _: *mut c_void,
    _: *const dcdp_shape,
    _: *const f32,
    _: *mut f32,
) -> i32 {
    0
}

unsafe extern "C" fn adjoint(
    _: *mut c_void,
    _: *const dcdp_shape,
    _: *const f32,
    _: *const f32,
    _: *mut f32,
) -> i32 {
    0
}

unsafe extern "C" fn picture_size(
    _: *mut c_void,
    w: i32,
    h: i32,
    x_width: *mut i32,
    x_height: *mut i32,
) -> i32 {
    // SAFETY: the library lends room for both.
    unsafe {
        *x_width = w.wrapping_mul(2);
        *x_height = h.wrapping_sub(1);
    }
    0
}
