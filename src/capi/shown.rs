//! What a picture shows about how it was made.

use std::mem::offset_of;

use super::abi::{Sized32, handle, struct_size, write_struct};
use super::image::{Located, dcdp_image};
use super::options::dcdp_options;
use super::{guard, log};
use crate::estimate::blur::{Blur, Light};
use crate::estimate::noise::{NoiseKind, NoiseSpectrum};
use crate::restore;
use crate::{Error, Result};

/// How many numbers a noise spectrum has: for each frequency (i, j) of an 8x8 DCT, i = 0...7 vertical, j = 0...7
/// horizontal, the entries YY, YA, YB, AA, AB, BB of the noise's covariance in luminance Y = (R+G+B)/sqrt(3),
/// A = (R-B)/sqrt(2), B = (R-2G+B)/sqrt(6), in squares of units of 0...255.
pub const DCDP_NOISE_SPECTRUM_LENGTH: u32 = 384;

const _: () = assert!(DCDP_NOISE_SPECTRUM_LENGTH as usize == NoiseSpectrum::LENGTH);

/// Kind of noise (member `kind` of dcdp_noise_info).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_noise_kind {
    /// None that could be removed.
    DCDP_NOISE_NONE = 0,
    /// White, independent in red, green and blue.
    DCDP_NOISE_WHITE = 1,
    /// The same in red, green and blue.
    DCDP_NOISE_GRAY = 2,
    /// Different over frequencies or colours.
    DCDP_NOISE_COLOURED = 3,
}

/// The noise of a picture. Filled by dcdp_estimate_noise.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_noise_info {
    /// sizeof(dcdp_noise_info); on return the bytes filled.
    pub struct_size: u32,
    /// A dcdp_noise_kind.
    pub kind: i32,
    /// Standard deviation in red, green and blue (root mean square), in units of 0...255; also where it is too
    /// little to be called noise.
    pub sigma: f64,
}

// SAFETY: repr(C), begins with a u32, and holds numbers only.
unsafe impl Sized32 for dcdp_noise_info {
    const NAME: &'static str = "dcdp_noise_info";
    const OLDEST: usize = offset_of!(dcdp_noise_info, sigma) + size_of::<f64>();
}

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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_estimate_noise(
    options: *const dcdp_options,
    input: *const dcdp_image,
    out: *mut dcdp_noise_info,
    spectrum: *mut f32,
) -> i32 {
    guard(|| {
        log::outside()?;
        // SAFETY: all are as the contract in the header says.
        let found = unsafe {
            let options = handle(options, "options")?;
            struct_size(out)?;
            Located::new(input)?.with_view(|input| restore::shown_noise(&options.options, input))?
        };
        let kind = match found.kind {
            NoiseKind::None => dcdp_noise_kind::DCDP_NOISE_NONE,
            NoiseKind::White => dcdp_noise_kind::DCDP_NOISE_WHITE,
            NoiseKind::Gray => dcdp_noise_kind::DCDP_NOISE_GRAY,
            NoiseKind::Coloured => dcdp_noise_kind::DCDP_NOISE_COLOURED,
        };
        let info = dcdp_noise_info {
            struct_size: size_of::<dcdp_noise_info>() as u32,
            kind: kind as i32,
            sigma: found.sigma,
        };
        // SAFETY: both are as the contract in the header says.
        unsafe {
            write_struct(out, &info)?;
            if !spectrum.is_null() {
                put(spectrum, &found.spectrum.covariance());
            }
        }
        Ok(())
    })
}

/// Stores numbers in the caller's memory, which needs no alignment.
///
/// # Safety
/// `to` has room for them.
unsafe fn put(to: *mut f32, values: &[f32]) {
    // SAFETY: as promised by the caller; in bytes because of the alignment.
    unsafe {
        std::ptr::copy_nonoverlapping(
            values.as_ptr().cast::<u8>(),
            to.cast::<u8>(),
            size_of_val(values),
        );
    }
}

/// Kind of blur (member `kind` of dcdp_blur_info).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_blur_kind {
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
}

/// In what a blur happened (member `light` of dcdp_blur_info).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_light {
    /// In linear light, as in a camera: option `blur_light` "linear".
    DCDP_LIGHT_LINEAR = 0,
    /// In the encoded values, as by an editor's filter: option `blur_light` "encoded".
    DCDP_LIGHT_ENCODED = 1,
}

/// The blur of a picture, in its pixels. Filled by dcdp_estimate_blur; numbers that do not belong to the kind
/// are 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_blur_info {
    /// sizeof(dcdp_blur_info); on return the bytes filled.
    pub struct_size: u32,
    /// A dcdp_blur_kind.
    pub kind: i32,
    /// Standard deviation of a Gaussian.
    pub sigma: f64,
    /// Radius of a disk.
    pub radius: f64,
    /// Length of a motion.
    pub length: f64,
    /// Direction of a motion: degrees in 0...180, counter-clockwise from +x.
    pub angle: f64,
    /// How sure it is, 0...1; also that there is no blur.
    pub confidence: f64,
    /// A dcdp_light.
    pub light: i32,
    /// Width of the point-spread function; 0 without blur.
    pub psf_width: i32,
    /// Its height.
    pub psf_height: i32,
    /// 0.
    pub reserved: i32,
}

// SAFETY: repr(C), begins with a u32, and holds numbers only.
unsafe impl Sized32 for dcdp_blur_info {
    const NAME: &'static str = "dcdp_blur_info";
    const OLDEST: usize = offset_of!(dcdp_blur_info, reserved) + size_of::<i32>();
}

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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_estimate_blur(
    options: *const dcdp_options,
    input: *const dcdp_image,
    out: *mut dcdp_blur_info,
    psf: *mut f32,
    capacity: usize,
) -> i32 {
    guard(|| {
        log::outside()?;
        // SAFETY: all are as the contract in the header says.
        let found = unsafe {
            let options = handle(options, "options")?;
            struct_size(out)?;
            Located::new(input)?.with_view(|input| restore::shown_blur(&options.options, input))?
        };
        let kernel = found.psf()?;
        let values: Vec<f32> = kernel.iter().flatten().map(|&value| value as f32).collect();
        let info = described(
            &found.blur,
            found.light,
            found.confidence,
            kernel.as_ref().map_or((0, 0), |kernel| kernel.dim()),
        )?;
        // SAFETY: `out` is as the contract in the header says.
        unsafe { write_struct(out, &info)? };
        if psf.is_null() && capacity == 0 {
            return Ok(());
        }
        if psf.is_null() || capacity < values.len() {
            return Err(Error::InvalidArgument(format!(
                "psf has room for {} values; the point-spread function has {}x{}",
                if psf.is_null() { 0 } else { capacity },
                info.psf_width,
                info.psf_height,
            )));
        }
        // SAFETY: `psf` has room for `capacity` floats, as the contract in the header says.
        unsafe { put(psf, &values) };
        Ok(())
    })
}

fn described(
    blur: &Blur,
    light: Light,
    confidence: f64,
    (height, width): (usize, usize),
) -> Result<dcdp_blur_info> {
    let side = |side: usize| {
        i32::try_from(side).map_err(|_| Error::Internal(format!("a blur of {side} pixels")))
    };
    let mut info = dcdp_blur_info {
        struct_size: size_of::<dcdp_blur_info>() as u32,
        kind: dcdp_blur_kind::DCDP_BLUR_NONE as i32,
        sigma: 0.0,
        radius: 0.0,
        length: 0.0,
        angle: 0.0,
        confidence,
        light: match light {
            Light::Linear => dcdp_light::DCDP_LIGHT_LINEAR,
            Light::Encoded => dcdp_light::DCDP_LIGHT_ENCODED,
        } as i32,
        psf_width: side(width)?,
        psf_height: side(height)?,
        reserved: 0,
    };
    let kind = match blur {
        Blur::None { .. } => dcdp_blur_kind::DCDP_BLUR_NONE,
        Blur::Gaussian { sigma } => {
            info.sigma = *sigma;
            dcdp_blur_kind::DCDP_BLUR_GAUSSIAN
        }
        Blur::Disk { radius } => {
            info.radius = *radius;
            dcdp_blur_kind::DCDP_BLUR_DISK
        }
        Blur::Motion { length, angle } => {
            (info.length, info.angle) = (*length, *angle);
            dcdp_blur_kind::DCDP_BLUR_MOTION
        }
        Blur::Shake { .. } => dcdp_blur_kind::DCDP_BLUR_KERNEL,
    };
    info.kind = kind as i32;
    Ok(info)
}
