//! What a picture shows about the JPEG file it was.

use std::mem::offset_of;

use super::abi::{Sized32, handle, struct_size, write_struct};
use super::image::{Located, dcdp_image};
use super::options::dcdp_options;
use super::{guard, log};
use crate::restore::{self, JpegFinding};

/// What tells of a JPEG file (member `source` of dcdp_jpeg_info).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_jpeg_source {
    /// Nothing.
    DCDP_JPEG_NONE = 0,
    /// The file itself, as given by dcdp_options_set_jpeg.
    DCDP_JPEG_FILE = 1,
    /// The traces that it left in the pixels.
    DCDP_JPEG_TRACES = 2,
}

/// The JPEG file that a picture was. Filled by dcdp_estimate_jpeg.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_jpeg_info {
    /// sizeof(dcdp_jpeg_info); on return the bytes filled.
    pub struct_size: u32,
    /// A dcdp_jpeg_source.
    pub source: i32,
    /// libjpeg's quality, 1...100; 0 when its tables are none of libjpeg's.
    pub quality: i32,
    /// 0.
    pub reserved: i32,
}

// SAFETY: repr(C), begins with a u32, and holds numbers only.
unsafe impl Sized32 for dcdp_jpeg_info {
    const NAME: &'static str = "dcdp_jpeg_info";
    const OLDEST: usize = offset_of!(dcdp_jpeg_info, reserved) + size_of::<i32>();
}

/// Looks for the JPEG file that `input` was, as task "dejpeg" does: the file of dcdp_options_set_jpeg, or else the
/// traces of one in the pixels. Set out->struct_size first. No model is opened.
///
/// Any thread; the options must not change meanwhile. On failure `out` stays as it was: DCDP_ERROR_IMAGE (a bad
/// descriptor), DCDP_ERROR_ARGUMENT (NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_estimate_jpeg(
    options: *const dcdp_options,
    input: *const dcdp_image,
    out: *mut dcdp_jpeg_info,
) -> i32 {
    guard(|| {
        log::outside()?;
        // SAFETY: all are as the contract in the header says.
        let found = unsafe {
            let options = handle(options, "options")?;
            struct_size(out)?;
            Located::new(input)?.with_view(|input| restore::shown_jpeg(&options.options, input))?
        };
        let (source, quality) = match found {
            None => (dcdp_jpeg_source::DCDP_JPEG_NONE, None),
            Some(JpegFinding::File { quality }) => (dcdp_jpeg_source::DCDP_JPEG_FILE, quality),
            Some(JpegFinding::Traces { quality }) => (dcdp_jpeg_source::DCDP_JPEG_TRACES, quality),
        };
        let info = dcdp_jpeg_info {
            struct_size: size_of::<dcdp_jpeg_info>() as u32,
            source: source as i32,
            quality: quality.unwrap_or(0) as i32,
            reserved: 0,
        };
        // SAFETY: `out` is as the contract in the header says.
        unsafe { write_struct(out, &info) }
    })
}
