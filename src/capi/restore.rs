//! Restoring, and what it will take.

use std::ffi::{CString, c_void};
use std::mem::offset_of;
use std::sync::Arc;

use super::abi::{Out, Sized32, handle, write_struct};
use super::context::dcdp_context;
use super::image::{Located, dcdp_image};
use super::options::dcdp_options;
use super::progress::{Callbacks, dcdp_progress_fn};
use super::{guard, log};
use crate::restore;
use crate::{Error, Result};

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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_restore(
    context: *mut dcdp_context,
    options: *const dcdp_options,
    input: *const dcdp_image,
    output: *const dcdp_image,
    progress: dcdp_progress_fn,
    user: *mut c_void,
) -> i32 {
    guard(|| {
        log::outside()?;
        // SAFETY: all are as the contract in the header says. The clones stand in for the handles, which the
        // callbacks may change or free.
        let (context, options, input, output) = unsafe {
            (
                Arc::clone(&handle(context, "context")?.context),
                handle(options, "options")?.clone(),
                Located::new(input)?,
                Located::new(output)?,
            )
        };
        let mut observer = Callbacks {
            progress,
            user,
            preview: options.preview,
            stage: CString::default(),
        };
        // SAFETY: the samples are the caller's to lend, as the contract in the header says; `restore` writes
        // only when it succeeds.
        unsafe {
            Located::with_views(&input, &output, |input, output| {
                restore::restore(&context, &options.options, input, output, &mut observer)
            })?
        };
        Ok(())
    })
}

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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_restore_with_uncertainty(
    context: *mut dcdp_context,
    options: *const dcdp_options,
    input: *const dcdp_image,
    output: *const dcdp_image,
    uncertainty: *const dcdp_image,
    progress: dcdp_progress_fn,
    user: *mut c_void,
) -> i32 {
    guard(|| {
        log::outside()?;
        // SAFETY: as in dcdp_restore.
        let (context, options, input, output, uncertainty) = unsafe {
            (
                Arc::clone(&handle(context, "context")?.context),
                handle(options, "options")?.clone(),
                Located::new(input)?,
                Located::new(output)?,
                Located::new(uncertainty)?,
            )
        };
        if uncertainty.overlaps(&input) || uncertainty.overlaps(&output) {
            return Err(Error::InvalidImage(
                "the uncertainty shares memory with the input or output; allowed: memory of its own"
                    .into(),
            ));
        }
        let mut observer = Callbacks {
            progress,
            user,
            preview: options.preview,
            stage: CString::default(),
        };
        let (context, options) = (&context, &options.options);
        // SAFETY: as in dcdp_restore; the uncertainty shares no byte with the other two.
        unsafe {
            Located::with_views(&input, &output, |input, output| {
                uncertainty.with_view_mut(|scatter| {
                    let outputs = [&mut output.reborrow(), &mut scatter.reborrow()];
                    restore::restore_with_uncertainty(
                        context,
                        options,
                        input,
                        outputs,
                        &mut observer,
                    )
                })
            })?
        };
        Ok(())
    })
}

/// The size of the result for an input of this size: multiplied by `scale` for super-resolution, what
/// picture_size says for an operator of your own, else unchanged.
///
/// On failure both outputs stay as they were: DCDP_ERROR_IMAGE (a side below 1, a result too large),
/// DCDP_ERROR_ARGUMENT (NULL), or what picture_size led to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_output_size(
    options: *const dcdp_options,
    width: i32,
    height: i32,
    out_width: *mut i32,
    out_height: *mut i32,
) -> i32 {
    guard(|| {
        // SAFETY: all are as the contract in the header says.
        let (options, out_width, out_height) = unsafe {
            (
                handle(options, "options")?,
                Out::new(out_width, "out_width")?,
                Out::new(out_height, "out_height")?,
            )
        };
        let (width, height) = sides(width, height)?;
        let (width, height) = restore::output_size(&options.options, width, height)?;
        match (i32::try_from(width), i32::try_from(height)) {
            (Ok(width), Ok(height)) => {
                out_width.set(width);
                out_height.set(height);
                Ok(())
            }
            _ => Err(Error::InvalidImage(format!(
                "the result would have {width}x{height} pixels; allowed: {} a side",
                i32::MAX
            ))),
        }
    })
}

fn sides(width: i32, height: i32) -> Result<(usize, usize)> {
    if width < 1 || height < 1 {
        return Err(Error::InvalidImage(format!(
            "size {width}x{height}; allowed: 1 to {} pixels a side",
            i32::MAX
        )));
    }
    Ok((width as usize, height as usize))
}

/// What a restoration will take. Filled by dcdp_estimate.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_estimate_info {
    /// sizeof(dcdp_estimate_info); on return the bytes filled.
    pub struct_size: u32,
    /// Network calls on the whole picture.
    pub network_calls: u32,
    /// Peak memory in MB (10^6 bytes).
    pub megabytes: f64,
    /// Seconds, from the speed of this process's earlier restorations; negative while unknown.
    pub seconds: f64,
}

// SAFETY: repr(C), begins with a u32, and holds numbers only.
unsafe impl Sized32 for dcdp_estimate_info {
    const NAME: &'static str = "dcdp_estimate_info";
    const OLDEST: usize = offset_of!(dcdp_estimate_info, seconds) + size_of::<f64>();
}

/// Estimates what restoring an input of this size will take. Opens the model, so that the first restoration
/// need not. Set out->struct_size first.
///
/// Any thread. On failure `out` stays as it was; fails as dcdp_restore does before its first network call, but
/// for DCDP_ERROR_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_estimate(
    context: *const dcdp_context,
    options: *const dcdp_options,
    width: i32,
    height: i32,
    out: *mut dcdp_estimate_info,
) -> i32 {
    guard(|| {
        log::outside()?;
        // SAFETY: both are as the contract in the header says.
        let options = unsafe {
            handle(context, "context")?;
            handle(options, "options")?.clone()
        };
        let (width, height) = sides(width, height)?;
        let estimate = restore::estimate(&options.options, width, height)?;
        let info = dcdp_estimate_info {
            struct_size: size_of::<dcdp_estimate_info>() as u32,
            network_calls: u32::try_from(estimate.network_calls).unwrap_or(u32::MAX),
            megabytes: estimate.megabytes,
            seconds: estimate.seconds,
        };
        // SAFETY: `out` is as the contract in the header says.
        unsafe { write_struct(out, &info) }
    })
}
