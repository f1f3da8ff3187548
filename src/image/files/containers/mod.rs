//! One module per format: its container, read into a [`Page`](super::page::Page) and written from a
//! picture.

pub(super) mod animation;
pub(super) mod exr;
pub(super) mod jpeg;
mod jpeg_segments;
mod overlay;
pub(super) mod png;
mod tiff_form;
mod tiff_page;
pub(super) mod tiff_read;
pub(super) mod tiff_tags;
pub(super) mod tiff_write;
pub(super) mod webp;
mod webp_frames;
