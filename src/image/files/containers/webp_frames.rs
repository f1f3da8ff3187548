//! The frames of an animated WebP (WebP Container Specification, "Animation").
//!
//! `image-webp` decodes each frame; its own compositing (0.2.4) darkens opaque pixels by one level and
//! clears the wrong bytes after frames without alpha, so frames are put together here.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::super::page::Failure;
use super::webp::{chunk, damaged};

/// Frames in order, each on a canvas of RGBA.
pub(super) struct Frames {
    /// The data of every frame's chunk.
    chunks: std::vec::IntoIter<Vec<u8>>,
    canvas: Vec<u8>,
    width: usize,
    height: usize,
    /// The rectangle (x, y, width, height) to be cleared before the next frame.
    cleared: Option<[usize; 4]>,
}

impl Frames {
    /// The frames in `file`, on a canvas of so many pixels.
    pub(super) fn new(file: &[u8], (width, height): (usize, usize)) -> Self {
        let chunks: Vec<Vec<u8>> = chunks(file.get(12..).unwrap_or_default())
            .into_iter()
            .filter(|(name, _)| *name == b"ANMF")
            .map(|(_, data)| data.to_vec())
            .collect();
        Frames {
            chunks: chunks.into_iter(),
            canvas: vec![0; width * height * 4],
            width,
            height,
            cleared: None,
        }
    }

    /// The canvas with the next frame on it, RGBA, and the milliseconds it is shown.
    pub(super) fn next(&mut self) -> Result<(&[u8], u32), Failure> {
        let chunk = self
            .chunks
            .next()
            .ok_or("is truncated: not all of its frames are there")?;
        let (head, data) = chunk
            .split_first_chunk::<16>()
            .ok_or("is damaged: a frame is too short")?;
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], 0]);
        let (x, y) = (2 * number(0) as usize, 2 * number(3) as usize);
        let size = (number(6) as usize + 1, number(9) as usize + 1);
        let shown = number(12);
        let (replaces, disposes) = (head[15] & 2 != 0, head[15] & 1 != 0);
        if x + size.0 > self.width || y + size.1 > self.height {
            return Err("is damaged: a frame lies outside the picture".to_owned());
        }
        if let Some([x, y, width, height]) = self.cleared.take() {
            for row in y..y + height {
                let start = 4 * (row * self.width + x);
                self.canvas[start..start + 4 * width].fill(0);
            }
        }
        let mut decoder =
            WebPDecoder::new(Cursor::new(still(data, size))).map_err(|error| damaged(&error))?;
        if decoder.dimensions() != (size.0 as u32, size.1 as u32) {
            return Err("is damaged: a frame has two sizes".to_owned());
        }
        let channels = if decoder.has_alpha() { 4 } else { 3 };
        let mut pixels = vec![0; size.0 * size.1 * channels];
        decoder
            .read_image(&mut pixels)
            .map_err(|error| damaged(&error))?;
        for (index, pixel) in pixels.chunks_exact(channels).enumerate() {
            let (across, down) = (index % size.0, index / size.0);
            let at = 4 * ((y + down) * self.width + x + across);
            let under = &mut self.canvas[at..at + 4];
            let alpha = if channels == 4 { pixel[3] } else { 255 };
            if replaces || alpha == 255 {
                under[..3].copy_from_slice(&pixel[..3]);
                under[3] = alpha;
            } else if alpha > 0 {
                blend(pixel, alpha, under);
            }
        }
        self.cleared = disposes.then_some([x, y, size.0, size.1]);
        Ok((&self.canvas, shown))
    }
}

/// Puts a pixel of some transparency over another, colour not multiplied with alpha.
fn blend(pixel: &[u8], alpha: u8, under: &mut [u8]) {
    let (above, below) = (f32::from(alpha) / 255.0, f32::from(under[3]) / 255.0);
    let through = below * (1.0 - above);
    let whole = above + through;
    for (value, under) in pixel[..3].iter().zip(under.iter_mut()) {
        let mixed = (f32::from(*value) * above + f32::from(*under) * through) / whole;
        *under = mixed.round() as u8;
    }
    under[3] = (255.0 * whole).round() as u8;
}

/// Names and data of RIFF chunks; a damaged rest is left out.
fn chunks(mut rest: &[u8]) -> Vec<(&[u8; 4], &[u8])> {
    let mut found = Vec::new();
    while let Some((name, after)) = rest.split_first_chunk::<4>() {
        let Some((length, after)) = after.split_first_chunk::<4>() else {
            break;
        };
        let length = u32::from_le_bytes(*length) as usize;
        let Some(data) = after.get(..length) else {
            break;
        };
        found.push((name, data));
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    found
}

/// A file of its own for the picture of a frame.
fn still(data: &[u8], (width, height): (usize, usize)) -> Vec<u8> {
    let parts = chunks(data);
    let has_alpha = parts.iter().any(|(name, _)| *name == b"ALPH");
    let mut body = b"WEBP".to_vec();
    if has_alpha {
        let less = |side: usize| (side as u32 - 1).to_le_bytes();
        let canvas = [&[16, 0, 0, 0][..], &less(width)[..3], &less(height)[..3]].concat();
        chunk(&mut body, b"VP8X", &canvas);
    }
    for (name, data) in parts {
        if matches!(name, b"ALPH" | b"VP8 " | b"VP8L") {
            chunk(&mut body, name, data);
        }
    }
    let mut file = Vec::new();
    chunk(&mut file, b"RIFF", &body);
    file
}
