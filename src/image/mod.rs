//! Pictures in memory and in files: strided views, pixel formats, colour transfer, alpha.

mod convert;
mod files;
mod jpeg;
mod kernel;
mod mask;
mod owned;
mod rows;
pub(crate) mod transfer;
mod turn;
mod view;

pub use convert::Picture;
pub use files::{
    DEFAULT_JPEG_QUALITY, Document, DocumentWriter, FileFormat, ImageFile, Note, Output,
    StagedFile, read_kernel, read_mask,
};
pub use jpeg::{JpegColor, JpegComponent, JpegSource};
pub use kernel::PointSpread;
pub use mask::{FillMap, check_fill, fill_region};
pub use owned::OwnedImage;
pub use rows::Broken;
pub use turn::Turn;
pub use view::{Alpha, ImageView, ImageViewMut, Layout, PixelType, Transfer};
