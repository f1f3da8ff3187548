//! OpenEXR: linear light, half or single float, colour multiplied by alpha.

use std::io::{BufRead, Seek, Write};
use std::sync::Arc;

use exr::image::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer};
use exr::math::Vec2;
use exr::meta::MetaData;
use exr::meta::attribute::{AttributeValue, Chromaticities, IntegerBounds, Text};
use exr::meta::header::{ImageAttributes, LayerAttributes};
use exr::prelude::{Compression, ReadChannels, ReadLayers, SmallVec, WritableImage, read};

use super::super::Note;
use super::super::colour::{Colour, Curve, Primaries, icc};
use super::super::metadata::{Attributes, Density, Metadata, Native, Unit};
use super::super::page::{Failure, Limits, Page};
use super::super::picture::{Codes, ImageFile};
use crate::image::{Alpha, Layout, PixelType, Transfer};

type FlatLayer = Layer<AnyChannels<FlatSamples>>;

/// XMP packet, as other programs name the attribute.
const XMP: &str = "xmp";

impl Attributes {
    /// Names of what is there besides the picture.
    fn others(&self) -> Vec<String> {
        let own = |index: usize, channel: &AnyChannel<FlatSamples>| {
            index == self.layer && self.names.contains(&channel.name)
        };
        let layers = self.layers.iter().enumerate();
        layers
            .flat_map(|(index, layer)| {
                let channels = layer.channel_data.list.iter();
                let others = channels.filter(move |channel| !own(index, channel));
                others.map(move |channel| match &layer.attributes.layer_name {
                    Some(name) if self.layers.len() > 1 => format!("{name}/{}", channel.name),
                    _ => channel.name.to_string(),
                })
            })
            .collect()
    }

    /// What no other format holds, in words.
    pub(in crate::image::files) fn peculiar(&self) -> Vec<String> {
        let mut names = self.others();
        let own = &self.layers[self.layer].attributes;
        let mut other: Vec<String> = own
            .other
            .keys()
            .chain(self.image.other.keys())
            .map(|name| format!("EXR attribute {name}"))
            .collect();
        other.sort();
        names.extend(other);
        names
    }
}

/// Names of the channels of a picture, in the order of its layout.
fn plain_names(channels: usize) -> &'static [&'static str] {
    match channels {
        1 => &["Y"],
        2 => &["Y", "A"],
        3 => &["R", "G", "B"],
        _ => &["R", "G", "B", "A"],
    }
}

/// The channels of a layer that are its picture: without a prefix, else those of Blender's combined
/// pass, else those of the first prefix that has colour.
fn pick(layer: &FlatLayer) -> Option<Vec<usize>> {
    let list = &layer.channel_data.list;
    let prefixes = || {
        list.iter().map(|channel| {
            let name = channel.name.to_string();
            let end = name.rfind('.').map_or(0, |dot| dot + 1);
            name[..end].to_owned()
        })
    };
    let find = |name: String| {
        list.iter()
            .position(|channel| channel.name.to_string() == name && channel.sampling == Vec2(1, 1))
    };
    let with = |prefix: &str| -> Option<Vec<usize>> {
        [4, 3, 2, 1].into_iter().find_map(|channels| {
            let names = plain_names(channels).iter();
            names.map(|name| find(format!("{prefix}{name}"))).collect()
        })
    };
    with("")
        .or_else(|| {
            let combined = prefixes().find(|prefix| prefix.ends_with("Combined."))?;
            with(&combined)
        })
        .or_else(|| prefixes().find_map(|prefix| with(&prefix)))
}

/// Reads the first layer that has colour (R, G, B) or luminance (Y), with alpha (A) where it has it.
pub(in crate::image::files) fn read_picture(
    mut source: impl BufRead + Seek,
    limits: Limits,
) -> Result<Page, Failure> {
    let damaged = |error: exr::error::Error| match error {
        exr::error::Error::NotSupported(_) => {
            "is an EXR of a kind that is not read (deep data, or a compression such as DWAA)"
                .to_owned()
        }
        exr::error::Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "is truncated".to_owned()
        }
        _ => "is truncated or damaged: its pixels cannot be decoded".to_owned(),
    };
    let headers = MetaData::read_from_buffered(&mut source, false)
        .map_err(damaged)?
        .headers;
    for header in &headers {
        // Every channel of every layer is decoded.
        let Vec2(width, height) = header.layer_size;
        limits.check(width, height, 4 * header.channels.list.len())?;
        if header.deep {
            return Err("is an EXR with deep data, which is not read; flatten it first".to_owned());
        }
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
    let mut layers: Vec<FlatLayer> = image.layer_data.into_vec();
    let Some((index, picked)) = layers
        .iter()
        .enumerate()
        .find_map(|(index, layer)| Some((index, pick(layer)?)))
    else {
        let found: Vec<String> = layers
            .iter()
            .flat_map(|layer| &layer.channel_data.list)
            .map(|channel| channel.name.to_string())
            .collect();
        return Err(format!(
            "has no layer with channels R, G, B or Y of full size; its channels: {}",
            found.join(", ")
        ));
    };
    let list = &mut layers[index].channel_data.list;
    let names: Vec<Text> = picked.iter().map(|&at| list[at].name.clone()).collect();
    let planes: Vec<FlatSamples> = picked
        .iter()
        .map(|&at| std::mem::replace(&mut list[at].sample_data, FlatSamples::F32(Vec::new())))
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
    let Vec2(width, height) = layers[index].size;
    let mut layout = Layout::packed(width, height, picked.len(), pixel_type);
    layout.transfer = Transfer::Linear;
    layout.alpha = Alpha::Premultiplied;
    layout.pixel_stride = pixel_type.bytes() as isize;
    layout.row_stride = (width * pixel_type.bytes()) as isize;
    layout.channel_stride = (width * height * pixel_type.bytes()) as isize;
    let colour = Colour {
        primaries: image.attributes.chromaticities.map(primaries),
        ..Colour::plain(Curve::Linear)
    };
    let own = layers[index].attributes.clone();
    let attributes = Attributes {
        image: image.attributes,
        layers: Arc::new(layers),
        layer: index,
        names,
    };
    let mut page = Page::new(bytes, layout, colour, Metadata::default());
    let others = attributes.others();
    if !others.is_empty() {
        let own = attributes.names.iter().map(Text::to_string);
        page.notes.push(Note::new(format!(
            "restored are {}; carried along unrestored: {}",
            own.collect::<Vec<_>>().join(", "),
            others.join(", ")
        )));
    }
    let xmp = own.other.get(&Text::from(XMP));
    page.metadata = Metadata {
        xmp: match xmp {
            Some(AttributeValue::Text(text)) => Some(text.to_string().into_bytes()),
            _ => None,
        },
        texts: own
            .comments
            .iter()
            .map(|text| ("Comment".to_owned(), text.to_string()))
            .collect(),
        density: own.horizontal_density.map(|density| Density {
            x: density.into(),
            y: f64::from(density) * f64::from(attributes.image.pixel_aspect),
            unit: Unit::Inch,
        }),
        native: Native::Exr(Box::new(attributes)),
        ..Metadata::default()
    };
    Ok(page)
}

fn primaries(chromaticities: Chromaticities) -> Primaries {
    let pair = |Vec2(x, y): Vec2<f32>| [f64::from(x), f64::from(y)];
    Primaries {
        red: pair(chromaticities.red),
        green: pair(chromaticities.green),
        blue: pair(chromaticities.blue),
        white: pair(chromaticities.white),
    }
}

/// Writes a picture of half or single floats, with the layers that came with it.
pub(in crate::image::files) fn write_picture(
    target: impl Write + Seek,
    picture: &ImageFile,
    notes: &mut Vec<Note>,
) -> Result<(), Failure> {
    let (width, height) = picture.size();
    let planes = planes(picture)?;
    let (metadata, colour) = (picture.metadata(), picture.colour());
    let mut image = match &metadata.native {
        Native::Exr(attributes) => with_others(attributes, planes, picture, notes),
        _ => {
            let names = plain_names(picture.channels()).iter();
            let channels: SmallVec<[AnyChannel<FlatSamples>; 4]> = names
                .zip(planes)
                .map(|(&name, samples)| AnyChannel::new(name, samples))
                .collect();
            let mut attributes = LayerAttributes::default();
            describe(&mut attributes, metadata);
            Image::from_layers(
                ImageAttributes::new(IntegerBounds::from_dimensions(Vec2(width, height))),
                SmallVec::<[FlatLayer; 2]>::from_iter([Layer::new(
                    (width, height),
                    attributes,
                    Encoding::SMALL_LOSSLESS,
                    AnyChannels::sort(channels),
                )]),
            )
        }
    };
    if let Some(primaries) = &colour.primaries {
        let pair = |[x, y]: [f64; 2]| Vec2(x as f32, y as f32);
        image.attributes.chromaticities = Some(Chromaticities {
            red: pair(primaries.red),
            green: pair(primaries.green),
            blue: pair(primaries.blue),
            white: pair(primaries.white),
        });
    }
    image
        .write()
        .to_buffered(target)
        .map_err(|error| error.to_string())
}

/// What other formats say, as attributes.
fn describe(attributes: &mut LayerAttributes, metadata: &Metadata) {
    let comments: Vec<String> = metadata
        .texts
        .iter()
        .map(|(keyword, text)| match keyword.as_str() {
            "Comment" => text.clone(),
            _ => format!("{keyword}: {text}"),
        })
        .collect();
    if !comments.is_empty() {
        attributes.comments = Text::new_or_none(comments.join("\n"));
    }
    if let Some(packet) = &metadata.xmp
        && let Some(text) = Text::new_or_none(String::from_utf8_lossy(packet))
    {
        let value = AttributeValue::Text(text);
        attributes.other.insert(Text::from(XMP), value);
    }
    if let Some(density) = metadata
        .density
        .filter(|density| density.unit != Unit::Ratio)
    {
        let inch = density.per_metre().0 * 0.0254;
        attributes.horizontal_density = Some(inch as f32);
    }
}

/// The picture's channels as planes of light.
fn planes(picture: &ImageFile) -> Result<Vec<FlatSamples>, Failure> {
    let view = picture.view().map_err(|error| error.to_string())?;
    let layout = *view.layout();
    let pixels = || (0..layout.height).flat_map(|y| (0..layout.width).map(move |x| (x, y)));
    let mut values: Vec<Vec<f32>> = (0..layout.channels)
        .map(|channel| pixels().map(|(x, y)| view.get(x, y, channel)).collect())
        .collect();
    let colours = layout.channels - usize::from(layout.has_alpha());
    if let Codes::Curve(curve) = picture.codes() {
        let alpha = values.get(colours).cloned();
        for plane in &mut values[..colours] {
            for (at, value) in plane.iter_mut().enumerate() {
                // Colour is multiplied with alpha here.
                let coverage = alpha.as_ref().map_or(1.0, |plane| plane[at]);
                if coverage > 0.0 {
                    let code = crate::image::transfer::encode(*value / coverage);
                    *value = curve.decode(code) * coverage;
                }
            }
        }
    }
    if let Codes::Profile(profile) = picture.codes()
        && layout.channels >= 3
    {
        let codes: Vec<f32> = (0..layout.width * layout.height)
            .flat_map(|at| [0, 1, 2].map(|channel| values[channel][at]))
            .map(crate::image::transfer::encode)
            .collect();
        if let Some(light) = icc::to_linear_srgb(profile, &codes) {
            for (at, pixel) in light.chunks_exact(3).enumerate() {
                for channel in 0..3 {
                    values[channel][at] = pixel[channel];
                }
            }
        }
    }
    let planes = values.into_iter().map(|plane| match layout.pixel_type {
        PixelType::F16 => FlatSamples::F16(plane.into_iter().map(half::f16::from_f32).collect()),
        _ => FlatSamples::F32(plane),
    });
    Ok(planes.collect())
}

/// The layers of the source with the picture's new samples in place of its old ones. Layers and
/// channels of another size than the picture now has are left out of its own layer.
fn with_others(
    attributes: &Attributes,
    planes: Vec<FlatSamples>,
    picture: &ImageFile,
    notes: &mut Vec<Note>,
) -> Image<SmallVec<[FlatLayer; 2]>> {
    let (width, height) = picture.size();
    let old = attributes.layers[attributes.layer].size;
    let is_resized = old != Vec2(width, height);
    let mut planes: Vec<Option<FlatSamples>> = planes.into_iter().map(Some).collect();
    let mut layers: SmallVec<[FlatLayer; 2]> = SmallVec::new();
    for (index, layer) in attributes.layers.iter().enumerate() {
        let mut layer = layer.clone();
        layer.encoding.compression = match layer.encoding.compression {
            // What is lossy would lose again.
            Compression::B44 | Compression::B44A | Compression::PXR24 => Compression::ZIP16,
            other => other,
        };
        if index == attributes.layer {
            let (mut kept, mut lost) =
                (SmallVec::<[AnyChannel<FlatSamples>; 4]>::new(), Vec::new());
            for mut channel in std::mem::take(&mut layer.channel_data.list) {
                let own = attributes
                    .names
                    .iter()
                    .position(|name| *name == channel.name);
                match own.and_then(|own| planes.get_mut(own)?.take()) {
                    Some(samples) => channel.sample_data = samples,
                    None if is_resized => {
                        lost.push(channel.name.to_string());
                        continue;
                    }
                    None => {}
                }
                kept.push(channel);
            }
            if !lost.is_empty() {
                notes.push(Note::new(format!(
                    "left out, since the result has another size: {}",
                    lost.join(", ")
                )));
            }
            layer.size = Vec2(width, height);
            layer.channel_data = AnyChannels::sort(kept);
            if is_resized {
                let Vec2(x, y) = layer.attributes.layer_position;
                layer.attributes.layer_position =
                    Vec2(scaled(x, width, old.0), scaled(y, height, old.1));
            }
            layer.attributes.preview = None;
        }
        layers.push(layer);
    }
    let mut image = attributes.image.clone();
    if is_resized {
        let window = image.display_window;
        let end = window.end();
        let start = Vec2(
            scaled(window.position.0, width, old.0),
            scaled(window.position.1, height, old.1),
        );
        let extent = |first: i32, last: i32, (new, old): (usize, usize)| {
            let after = scaled(last.saturating_add(1), new, old);
            after.saturating_sub(first).max(1) as usize
        };
        let size = Vec2(
            extent(start.0, end.0, (width, old.0)),
            extent(start.1, end.1, (height, old.1)),
        );
        image.display_window = IntegerBounds::new(start, size);
    }
    Image::from_layers(image, layers)
}

fn scaled(value: i32, new: usize, old: usize) -> i32 {
    (f64::from(value) * new as f64 / old as f64).round() as i32
}
