//! What options hold besides named values: masks, a point-spread function, noise, a JPEG file, further frames.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use super::abi::handle_mut;
use super::guard;
use super::image::{Located, dcdp_image};
use super::options::dcdp_options;
use crate::estimate::noise::{NoiseFinding, NoiseSpectrum};
use crate::image::{FillMap, JpegSource, OwnedImage};
use crate::{Error, Result};

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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_mask(
    options: *mut dcdp_options,
    mask: *const dcdp_image,
) -> i32 {
    guard(|| {
        // SAFETY: both are as the contract in the header says.
        let (options, mask) = unsafe { (handle_mut(options, "options")?, read_mask(mask)?) };
        options.options.set_mask(mask);
        Ok(())
    })
}

/// Sets which pixels of the input hold no data, such as dust, a time stamp or a dead sensor row: where `mask` is
/// above 0.5. Noise and blur are measured without them, and deblurring, denoising and super-resolution do not
/// believe them. The rules for pictures are those of dcdp_options_set_mask; nothing or everything may be marked.
/// It must have the input's width and height. The samples are copied. NULL takes it back.
///
/// On failure nothing changes; fails as dcdp_options_set_mask.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_ignore(
    options: *mut dcdp_options,
    mask: *const dcdp_image,
) -> i32 {
    guard(|| {
        // SAFETY: both are as the contract in the header says.
        let (options, mask) = unsafe { (handle_mut(options, "options")?, read_mask(mask)?) };
        options.options.set_ignore(mask);
        Ok(())
    })
}

/// Sets where patches that fill wide holes may come from: where `mask` is above 0.5. It counts for inpainting.
/// The rules for pictures are those of dcdp_options_set_mask. It must have the input's width and height. The
/// samples are copied. NULL takes it back: from everywhere around the hole.
///
/// On failure nothing changes; fails as dcdp_options_set_mask. Where no whole patch may come from, the restoration
/// fails with DCDP_ERROR_OPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_fill_from(
    options: *mut dcdp_options,
    mask: *const dcdp_image,
) -> i32 {
    guard(|| {
        // SAFETY: both are as the contract in the header says.
        let (options, mask) = unsafe { (handle_mut(options, "options")?, read_mask(mask)?) };
        options.options.set_fill_from(mask);
        Ok(())
    })
}

/// A picture of a mask, H×W in 0…1; NULL is `None`.
///
/// # Safety
/// `mask` is NULL, or points to `struct_size` readable bytes that describe readable samples.
unsafe fn read_mask(mask: *const dcdp_image) -> Result<Option<Array2<f32>>> {
    if mask.is_null() {
        return Ok(None);
    }
    // SAFETY: as promised by the caller.
    let map = unsafe { Located::new(mask)?.with_view(FillMap::unchecked)? };
    Ok(Some(map.into_values()))
}

/// Sides of a point-spread function are limited to this.
const MAX_KERNEL_SIDE: i32 = 4096;

/// Sets the point-spread function for deblurring, what a single bright point became: `height` rows of `width`
/// values from the top left, packed, at most 4096 a side, of any scale (the sum becomes 1). It counts while
/// the option `blur` is "kernel", and then goes before the option `kernel`. The values are copied. NULL takes
/// it back.
///
/// On failure nothing changes: DCDP_ERROR_OPTION (a side out of range, a value that is not finite, a sum that
/// is not positive), DCDP_ERROR_ARGUMENT (`options` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_kernel(
    options: *mut dcdp_options,
    psf: *const f32,
    width: i32,
    height: i32,
) -> i32 {
    guard(|| {
        // SAFETY: `options` is as the contract in the header says.
        let options = unsafe { handle_mut(options, "options")? };
        if psf.is_null() {
            return options.options.set_kernel(None);
        }
        let sides = 1..=MAX_KERNEL_SIDE;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(Error::invalid(
                "kernel",
                format!("{width}x{height} values"),
                format!("1 to {MAX_KERNEL_SIDE} a side"),
            ));
        }
        let (width, height) = (width as usize, height as usize);
        // SAFETY: the caller's `width * height` floats.
        let values = unsafe { copied(psf, width * height) };
        let view = ArrayView2::from_shape((height, width), &values)
            .map_err(|error| Error::Internal(error.to_string()))?;
        options.options.set_kernel(Some(view.to_owned()))
    })
}

/// `count` numbers of the caller's, which need no alignment.
///
/// # Safety
/// `values` points to so many readable numbers.
unsafe fn copied(values: *const f32, count: usize) -> Vec<f32> {
    let mut copy = vec![0.0_f32; count];
    // SAFETY: as promised by the caller; in bytes because of the alignment.
    unsafe {
        std::ptr::copy_nonoverlapping(
            values.cast::<u8>(),
            copy.as_mut_ptr().cast::<u8>(),
            size_of_val(copy.as_slice()),
        );
    }
    copy
}

/// Sets the noise that the option `noise` takes while it is automatic (-1), as measured elsewhere: in another
/// frame, in a flat part of the picture. `values` are `count` = DCDP_NOISE_SPECTRUM_LENGTH numbers, as
/// dcdp_estimate_noise gives them. They are copied. NULL takes them back: the noise is measured in each input.
///
/// On failure nothing changes: DCDP_ERROR_OPTION (another count, a value that is not finite, six values that
/// are no covariance), DCDP_ERROR_ARGUMENT (`options` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_noise_spectrum(
    options: *mut dcdp_options,
    values: *const f32,
    count: u32,
) -> i32 {
    guard(|| {
        // SAFETY: `options` is as the contract in the header says.
        let options = unsafe { handle_mut(options, "options")? };
        if values.is_null() {
            options.options.set_noise_found(None);
            return Ok(());
        }
        if count as usize != NoiseSpectrum::LENGTH {
            return Err(Error::invalid(
                "noise_spectrum",
                format!("{count} values"),
                format!("{} values", NoiseSpectrum::LENGTH),
            ));
        }
        // SAFETY: the caller's `count` floats.
        let values = unsafe { copied(values, count as usize) };
        let spectrum = NoiseSpectrum::from_covariance(&values)?;
        options
            .options
            .set_noise_found(Some(NoiseFinding::from(spectrum)));
        Ok(())
    })
}

/// Sets the JPEG file that the input was decoded from: `size` bytes, the whole file. What was lost in it is then
/// known: task "dejpeg" is faithful to its coefficients, the other tasks know how exact the pixels are. The input
/// must be the whole picture, at the file's size. The bytes are read at once and not kept. NULL takes it back.
///
/// On failure nothing changes: DCDP_ERROR_IMAGE (no JPEG file, damaged, truncated, or of a kind without such
/// coefficients: CMYK, 12 bits, lossless), DCDP_ERROR_ARGUMENT (`options` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_jpeg(
    options: *mut dcdp_options,
    bytes: *const u8,
    size: usize,
) -> i32 {
    guard(|| {
        // SAFETY: `options` is as the contract in the header says.
        let options = unsafe { handle_mut(options, "options")? };
        if bytes.is_null() {
            options.options.set_jpeg(None);
            return Ok(());
        }
        if isize::try_from(size).is_err() {
            return Err(Error::InvalidArgument(format!(
                "size is {size} bytes; no file in memory has so many"
            )));
        }
        // SAFETY: the caller's `size` bytes, as the contract in the header says.
        let file = unsafe { std::slice::from_raw_parts(bytes, size) };
        options
            .options
            .set_jpeg(Some(JpegSource::from_bytes(file)?));
        Ok(())
    })
}

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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_neighbour(
    options: *mut dcdp_options,
    offset: i32,
    frame: *const dcdp_image,
) -> i32 {
    guard(|| {
        // SAFETY: `options` is as the contract in the header says.
        let options = unsafe { handle_mut(options, "options")? };
        let frame = match frame.is_null() {
            true => None,
            // SAFETY: as the contract in the header says.
            false => Some(Arc::new(unsafe {
                Located::new(frame)?.with_view(OwnedImage::copy_of)?
            })),
        };
        options.options.set_neighbour(offset, frame)
    })
}
