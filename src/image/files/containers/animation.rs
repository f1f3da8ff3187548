//! Animations: APNG and WebP, frame by frame, each as the whole canvas shows it.

use std::io::{Cursor, Seek, SeekFrom, Write};

use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder};
use image_webp::{LoopCount, WebPEncoder};

use super::super::Note;
use super::super::colour::Colour;
use super::super::metadata::Metadata;
use super::super::page::{Failure, Limits, Page, packed};
use super::super::picture::ImageFile;
use super::{png, webp, webp_frames};
use crate::image::PixelType;

/// An open animation.
pub(in crate::image::files) struct Animation {
    frames: Source,
    /// How many frames there are.
    pub count: usize,
    /// How often it is shown, 0 for ever.
    pub plays: u32,
    size: (usize, usize),
    channels: usize,
    colour: Colour,
    metadata: Metadata,
    orientation: Orientation,
    pub notes: Vec<Note>,
}

enum Source {
    Png(Frames<'static>),
    WebP(webp_frames::Frames),
}

impl Animation {
    /// Opens a PNG; `None` when it holds one picture only.
    pub(in crate::image::files) fn of_png(
        bytes: &[u8],
        limits: Limits,
    ) -> Result<Option<Self>, Failure> {
        let reader = ::png::Decoder::new(Cursor::new(bytes)).read_info();
        let Some(control) = reader
            .ok()
            .and_then(|reader| reader.info().animation_control)
        else {
            return Ok(None);
        };
        let count = control.num_frames as usize;
        let decoder = png::decoder(bytes, limits)?;
        let (channels, pixel_type) = png::form(decoder.color_type())?;
        if count < 2 {
            return Ok(None);
        }
        if pixel_type != PixelType::U8 {
            return Err(format!(
                "holds {count} pictures of 16 bits a sample; animations are read with 8"
            ));
        }
        let (width, height) = decoder.dimensions();
        limits.check(width as usize, height as usize, 4)?;
        // The frames outlive this call, so they get bytes of their own.
        let own = Cursor::new(bytes.to_vec());
        let frames = image::codecs::png::PngDecoder::new(own)
            .and_then(image::codecs::png::PngDecoder::apng)
            .map_err(|error| png::damaged(&error, limits))?
            .into_frames();
        let (colour, metadata, orientation, mut notes) = png::describe(bytes);
        if png::has_separate_first(bytes) {
            notes.push(Note::new(
                "the still picture that stands for its animation is left out; the first frame does",
            ));
        }
        Ok(Some(Animation {
            frames: Source::Png(frames),
            count,
            plays: control.num_plays,
            size: (width as usize, height as usize),
            channels,
            colour,
            metadata,
            orientation,
            notes,
        }))
    }

    /// Opens a WebP; `None` when it holds one picture only.
    pub(in crate::image::files) fn of_webp(
        bytes: &[u8],
        limits: Limits,
    ) -> Result<Option<Self>, Failure> {
        let mut decoder = webp::decoder(bytes.to_vec(), limits)?;
        if !decoder.is_animated() {
            return Ok(None);
        }
        let (colour, metadata, orientation) = webp::describe(&mut decoder);
        let (width, height) = decoder.dimensions();
        Ok(Some(Animation {
            count: decoder.num_frames() as usize,
            plays: match decoder.loop_count() {
                LoopCount::Forever => 0,
                LoopCount::Times(times) => times.get().into(),
            },
            size: (width as usize, height as usize),
            channels: if decoder.has_alpha() { 4 } else { 3 },
            frames: Source::WebP(webp_frames::Frames::new(
                bytes,
                (width as usize, height as usize),
            )),
            colour,
            metadata,
            orientation,
            notes: Vec::new(),
        }))
    }

    /// The next frame.
    pub(in crate::image::files) fn next(&mut self, limits: Limits) -> Result<Page, Failure> {
        let layout = packed(self.size, self.channels, PixelType::U8);
        let (pixels, delay) = match &mut self.frames {
            Source::Png(frames) => {
                let frame = frames
                    .next()
                    .ok_or("is truncated: not all of its frames are there")?
                    .map_err(|error| png::damaged(&error, limits))?;
                let (numerator, denominator) = frame.delay().numer_denom_ms();
                let picture = DynamicImage::ImageRgba8(frame.into_buffer());
                let pixels = match self.channels {
                    1 => picture.to_luma8().into_raw(),
                    2 => picture.to_luma_alpha8().into_raw(),
                    3 => picture.to_rgb8().into_raw(),
                    _ => picture.to_rgba8().into_raw(),
                };
                (pixels, (numerator, denominator.saturating_mul(1000)))
            }
            Source::WebP(frames) => {
                let (canvas, shown) = frames.next()?;
                let channels = self.channels;
                let pixels = canvas.chunks_exact(4).flat_map(|p| &p[..channels]);
                (pixels.copied().collect(), (shown, 1000))
            }
        };
        let mut page = Page::new(pixels, layout, self.colour.clone(), self.metadata.clone());
        page.orientation = self.orientation;
        page.delay = Some(delay);
        Ok(page)
    }
}

/// Writes frames as they come.
pub(in crate::image::files) enum Writer<W: Write> {
    Png(Option<::png::Writer<W>>, W),
    WebP(WebPFrames<W>),
}

/// How an animation is shown: frames, and plays (0 for ever).
pub(in crate::image::files) type Show = (u32, u32);

impl<W: Write + Seek + Clone> Writer<W> {
    /// A PNG animation.
    pub(in crate::image::files) fn png(target: W) -> Self {
        Writer::Png(None, target)
    }

    /// A WebP animation.
    pub(in crate::image::files) fn webp(target: W) -> Self {
        Writer::WebP(WebPFrames {
            target,
            is_started: false,
            after: Vec::new(),
        })
    }

    /// Writes the next frame.
    pub(in crate::image::files) fn push(
        &mut self,
        picture: &ImageFile,
        show: Show,
    ) -> Result<(), Failure> {
        match self {
            Writer::Png(writer, target) => {
                let failed = |error: ::png::EncodingError| error.to_string();
                if writer.is_none() {
                    *writer = Some(png::start(target.clone(), picture, Some(show))?);
                }
                let Some(writer) = writer else {
                    return Ok(());
                };
                let (numerator, denominator) = fraction16(picture.delay());
                writer
                    .set_frame_delay(numerator, denominator)
                    .map_err(failed)?;
                writer
                    .write_image_data(&png::samples(picture))
                    .map_err(failed)
            }
            Writer::WebP(frames) => frames.push(picture, show),
        }
    }

    /// Ends the file.
    pub(in crate::image::files) fn finish(self) -> Result<(), Failure> {
        match self {
            Writer::Png(Some(writer), _) => writer.finish().map_err(|error| error.to_string()),
            Writer::Png(None, _) => Ok(()),
            Writer::WebP(frames) => frames.finish().map_err(|error| error.to_string()),
        }
    }
}

/// Seconds as a fraction of 16-bit numbers.
fn fraction16((mut numerator, mut denominator): (u32, u32)) -> (u16, u16) {
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a > 1 {
        (numerator, denominator) = (numerator / a, denominator / a);
    }
    if numerator > 65_535 || denominator > 65_535 {
        let milliseconds = 1000.0 * f64::from(numerator) / f64::from(denominator.max(1));
        return (milliseconds.round() as u16, 1000);
    }
    (numerator as u16, denominator as u16)
}

/// The container of an animated WebP (WebP Container Specification, "Animation").
pub(in crate::image::files) struct WebPFrames<W> {
    target: W,
    is_started: bool,
    /// Chunks that follow the frames.
    after: Vec<u8>,
}

impl<W: Write + Seek> WebPFrames<W> {
    fn push(&mut self, picture: &ImageFile, (_, plays): Show) -> Result<(), Failure> {
        let (width, height) = picture.stored_size();
        let has_alpha = picture.channels().is_multiple_of(2);
        let less = |side: usize| (side as u32 - 1).to_le_bytes();
        let (wide, high) = (less(width), less(height));
        let io = |error: std::io::Error| error.to_string();
        if !self.is_started {
            self.is_started = true;
            let (colour, metadata) = (picture.colour(), picture.metadata());
            let flag = |is_there: bool, bit: u8| u8::from(is_there) << bit;
            // Alpha stays announced: a later frame may need it.
            let flags = flag(colour.icc.is_some(), 5)
                | flag(has_alpha, 4)
                | flag(metadata.exif.is_some(), 3)
                | flag(metadata.xmp.is_some(), 2)
                | 2;
            let mut head = b"RIFF\0\0\0\0WEBP".to_vec();
            let canvas = [&[flags, 0, 0, 0][..], &wide[..3], &high[..3]].concat();
            webp::chunk(&mut head, b"VP8X", &canvas);
            if let Some(profile) = &colour.icc {
                webp::chunk(&mut head, b"ICCP", profile);
            }
            let plays = u16::try_from(plays).unwrap_or(0).to_le_bytes();
            webp::chunk(&mut head, b"ANIM", &[&[0; 4][..], &plays].concat());
            self.target.write_all(&head).map_err(io)?;
            if let Some(block) = &metadata.exif {
                webp::chunk(&mut self.after, b"EXIF", block);
            }
            if let Some(packet) = &metadata.xmp {
                webp::chunk(&mut self.after, b"XMP ", packet);
            }
        }
        let mut coded = Vec::new();
        webp::encode(WebPEncoder::new(&mut coded), picture)?;
        let (numerator, denominator) = picture.delay();
        let shown = 1000.0 * f64::from(numerator) / f64::from(denominator.max(1));
        let shown = (shown.round() as u32).min((1 << 24) - 1).to_le_bytes();
        // No offset; replaces what was shown, and stays.
        let mut frame = [&[0; 6][..], &wide[..3], &high[..3], &shown[..3], &[2]].concat();
        // A simple file is RIFF, size, WEBP and one chunk.
        frame.extend(&coded[12..]);
        let mut bytes = Vec::new();
        webp::chunk(&mut bytes, b"ANMF", &frame);
        self.target.write_all(&bytes).map_err(io)
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.target.write_all(&self.after)?;
        let length = self.target.stream_position()?;
        let length = u32::try_from(length - 8).map_err(|_| std::io::ErrorKind::FileTooLarge)?;
        self.target.seek(SeekFrom::Start(4))?;
        self.target.write_all(&length.to_le_bytes())?;
        self.target.seek(SeekFrom::End(0))?;
        Ok(())
    }
}
