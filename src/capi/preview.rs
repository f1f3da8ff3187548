//! The current estimate while a restoration runs.

use std::ffi::c_void;

use ndarray::ArrayView3;

use super::image::{dcdp_alpha, dcdp_image, dcdp_transfer, dcdp_type};

/// Gets the current estimate at the end of each round: 3 channels of DCDP_F32, one plane after the other,
/// sRGB-encoded, 0...1, at the size of the output (a gray picture gets three like planes). Descriptor and
/// samples are the library's, read only, and valid during the call only.
///
/// Called on the thread that called dcdp_restore. As for dcdp_progress_fn otherwise.
pub type dcdp_preview_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, estimate: *const dcdp_image)>;

#[derive(Clone, Copy)]
pub(super) struct Preview {
    pub callback: unsafe extern "C" fn(*mut c_void, *const dcdp_image),
    pub user: *mut c_void,
}

impl Preview {
    /// Shows an estimate, 3×H×W in [-1, 1].
    pub fn show(&self, estimate: ArrayView3<'_, f32>) {
        let (channels, height, width) = estimate.dim();
        // Packed, whatever order the engine keeps its axes in.
        let mut samples: Vec<f32> = estimate.iter().map(|value| (value + 1.0) / 2.0).collect();
        let row = width * size_of::<f32>();
        let image = dcdp_image {
            struct_size: size_of::<dcdp_image>() as u32,
            width: width as i32,
            height: height as i32,
            channels: channels as i32,
            r#type: dcdp_type::DCDP_F32 as i32,
            transfer: dcdp_transfer::DCDP_SRGB as i32,
            alpha: dcdp_alpha::DCDP_STRAIGHT as i32,
            data: samples.as_mut_ptr().cast(),
            pixel_stride: size_of::<f32>() as isize,
            row_stride: row as isize,
            channel_stride: (row * height) as isize,
        };
        // SAFETY: the caller of dcdp_options_set_preview vouches for the callback.
        unsafe { (self.callback)(self.user, &image) };
    }
}
