//! OpenEXR: linear light, half or single float, colour multiplied by alpha.

use std::io::{BufRead, Seek, Write};

use exr::image::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer};
use exr::math::Vec2;
use exr::meta::MetaData;
use exr::meta::attribute::IntegerBounds;
use exr::meta::header::{ImageAttributes, LayerAttributes};
use exr::prelude::{ReadChannels, ReadLayers, SmallVec, WritableImage, read};

use crate::image::{Alpha, ImageView, Layout, PixelType, Transfer};

/// What a file says besides its pixels; carried from input to output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attributes {
    image: ImageAttributes,
    layer: LayerAttributes,
    size: [usize; 2],
}

/// Channel names of a picture with `channels` channels.
fn names(channels: usize) -> &'static [&'static str] {
    match channels {
        1 => &["Y"],
        2 => &["Y", "A"],
        3 => &["R", "G", "B"],
        _ => &["R", "G", "B", "A"],
    }
}

/// Reads the first layer that has colour (R, G, B) or luminance (Y), with alpha (A) where it has it.
pub(super) fn read_picture(
    mut source: impl BufRead + Seek,
    check_size: impl Fn(usize, usize, usize) -> Result<(), String>,
) -> Result<(Vec<u8>, Layout, Attributes), String> {
    let damaged = |error: exr::error::Error| error.to_string();
    let headers = MetaData::read_from_buffered(&mut source, false)
        .map_err(damaged)?
        .headers;
    for header in &headers {
        // Every channel of every layer is decoded.
        let Vec2(width, height) = header.layer_size;
        let sample = 4 * header.channels.list.len();
        check_size(width, height, sample)?;
    }
    source.rewind().map_err(|error| error.to_string())?;
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .all_layers()
        .all_attributes()
        .from_buffered(source)
        .map_err(damaged)?;
    let find = |layer: &Layer<AnyChannels<FlatSamples>>, name: &str| {
        let list = &layer.channel_data.list;
        list.iter()
            .position(|channel| channel.name == *name && channel.sampling == Vec2(1, 1))
    };
    let pick = |layer: &Layer<AnyChannels<FlatSamples>>| -> Option<Vec<usize>> {
        [4, 3, 2, 1].into_iter().find_map(|channels| {
            names(channels)
                .iter()
                .map(|name| find(layer, name))
                .collect()
        })
    };
    let Some((layer, picked)) = image
        .layer_data
        .iter()
        .find_map(|layer| Some((layer, pick(layer)?)))
    else {
        let found: Vec<String> = image
            .layer_data
            .iter()
            .flat_map(|layer| &layer.channel_data.list)
            .map(|channel| channel.name.to_string())
            .collect();
        return Err(format!(
            "has no layer with channels R, G, B or Y of full size; its channels: {}",
            found.join(", ")
        ));
    };
    let planes: Vec<&FlatSamples> = picked
        .iter()
        .map(|&index| &layer.channel_data.list[index].sample_data)
        .collect();
    let is_half = planes
        .iter()
        .all(|plane| matches!(plane, FlatSamples::F16(_)));
    let mut bytes = Vec::new();
    for plane in planes {
        match plane {
            FlatSamples::F16(samples) if is_half => {
                bytes.extend(samples.iter().flat_map(|value| value.to_ne_bytes()));
            }
            other => bytes.extend(other.values_as_f32().flat_map(f32::to_ne_bytes)),
        }
    }
    let pixel_type = if is_half {
        PixelType::F16
    } else {
        PixelType::F32
    };
    let Vec2(width, height) = layer.size;
    let mut layout = Layout::packed(width, height, picked.len(), pixel_type);
    layout.transfer = Transfer::Linear;
    layout.alpha = Alpha::Premultiplied;
    layout.pixel_stride = pixel_type.bytes() as isize;
    layout.row_stride = (width * pixel_type.bytes()) as isize;
    layout.channel_stride = (width * height * pixel_type.bytes()) as isize;
    let attributes = Attributes {
        image: image.attributes,
        layer: layer.attributes.clone(),
        size: [width, height],
    };
    Ok((bytes, layout, attributes))
}

/// Writes a picture of half or single floats as one layer, ZIP-compressed.
pub(super) fn write_picture(
    target: impl Write + Seek,
    view: &ImageView<'_>,
    attributes: Option<&Attributes>,
) -> Result<(), exr::error::Error> {
    let layout = view.layout();
    let (width, height) = (layout.width, layout.height);
    let pixels = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let channels: SmallVec<[AnyChannel<FlatSamples>; 4]> = names(layout.channels)
        .iter()
        .enumerate()
        .map(|(channel, &name)| {
            let samples = pixels().map(|(x, y)| view.get(x, y, channel));
            let samples = match layout.pixel_type {
                PixelType::F16 => FlatSamples::F16(samples.map(half::f16::from_f32).collect()),
                _ => FlatSamples::F32(samples.collect()),
            };
            AnyChannel::new(name, samples)
        })
        .collect();
    let (image_attributes, layer_attributes) = placed(attributes, [width, height]);
    let layer = Layer::new(
        (width, height),
        layer_attributes,
        Encoding::SMALL_LOSSLESS,
        AnyChannels::sort(channels),
    );
    let mut image = Image::from_layer(layer);
    image.attributes = image_attributes;
    image.write().to_buffered(target)
}

/// The attributes for a result of `size`, its windows enlarged or reduced with it.
fn placed(attributes: Option<&Attributes>, size: [usize; 2]) -> (ImageAttributes, LayerAttributes) {
    let Some(attributes) = attributes else {
        let window = IntegerBounds::from_dimensions(Vec2(size[0], size[1]));
        return (ImageAttributes::new(window), LayerAttributes::default());
    };
    let (mut image, mut layer) = (attributes.image.clone(), attributes.layer.clone());
    if attributes.size != size {
        let scaled = |value: i32, axis: usize| {
            (f64::from(value) * size[axis] as f64 / attributes.size[axis] as f64).round() as i32
        };
        let Vec2(x, y) = layer.layer_position;
        layer.layer_position = Vec2(scaled(x, 0), scaled(y, 1));
        let window = image.display_window;
        let end = window.end();
        let start = Vec2(scaled(window.position.0, 0), scaled(window.position.1, 1));
        let extent = |first: i32, last: i32, axis: usize| {
            (scaled(last.saturating_add(1), axis).saturating_sub(first)).max(1) as usize
        };
        let window_size = Vec2(extent(start.0, end.0, 0), extent(start.1, end.1, 1));
        image.display_window = IntegerBounds::new(start, window_size);
    }
    (image, layer)
}
