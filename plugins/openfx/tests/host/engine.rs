//! What the node must come to: the engine, called directly.

use std::sync::Arc;

use dcdp::Options;
use dcdp::image::{Alpha, ImageView, ImageViewMut, Layout, OwnedImage, PixelType, Transfer};
use dcdp::restore::{Context, Examination, examine, restore};

use super::memory::Picture;
use super::plugin::model;

/// Options with these settings and the tiny model.
pub fn options(settings: &[(&str, &str)]) -> Options {
    let mut options = Options::new();
    for (name, value) in [&[("model", &*model())], settings].concat() {
        options.set_string(name, value).unwrap();
    }
    options
}

/// A picture as a neighbour of another.
pub fn neighbour(picture: &Picture) -> Arc<OwnedImage> {
    let layout = Layout::packed(
        picture.width,
        picture.height,
        picture.channels,
        PixelType::F32,
    );
    let view = ImageView::new(bytemuck::cast_slice(&picture.samples), layout, 0).unwrap();
    Arc::new(OwnedImage::copy_of(&view).unwrap())
}

/// The picture restored, sRGB-encoded and with straight alpha.
pub fn restored(picture: &Picture, options: &Options) -> Picture {
    restored_as(picture, options, Transfer::Srgb, Alpha::Straight)
}

/// What the engine sees in a picture, sRGB-encoded and with straight alpha.
pub fn examined(picture: &Picture, options: &Options) -> Examination {
    let layout = Layout::packed(
        picture.width,
        picture.height,
        picture.channels,
        PixelType::F32,
    );
    let input = ImageView::new(bytemuck::cast_slice(&picture.samples), layout, 0).unwrap();
    examine(options, &input).unwrap()
}

/// The picture restored.
pub fn restored_as(
    picture: &Picture,
    options: &Options,
    transfer: Transfer,
    alpha: Alpha,
) -> Picture {
    let layout = Layout {
        transfer,
        alpha,
        ..Layout::packed(
            picture.width,
            picture.height,
            picture.channels,
            PixelType::F32,
        )
    };
    let mut result = picture.clone();
    let input = ImageView::new(bytemuck::cast_slice(&picture.samples), layout, 0).unwrap();
    let samples = bytemuck::cast_slice_mut(&mut result.samples);
    let mut output = ImageViewMut::new(samples, layout, 0).unwrap();
    let context = Context::new(None).unwrap();
    restore(&context, options, &input, &mut output, &mut ()).unwrap();
    result
}
