//! Descriptions of layout in the text of a TIFF file: OME-XML, ImageJ, tifffile.

use super::xmp;

/// Whether a description says how many pictures of what kind a file holds, in the way of ImageJ.
pub(in crate::image::files) fn is_imagej(text: &str) -> bool {
    text.starts_with("ImageJ=")
}

/// The number of pictures an ImageJ description counts.
pub(in crate::image::files) fn imagej_count(text: &str) -> Option<usize> {
    if !is_imagej(text) {
        return None;
    }
    let count = text.lines().find_map(|line| line.strip_prefix("images="))?;
    count.trim().parse().ok()
}

/// What a description must say of a picture of `to` pixels (width, height) where it said it of one of
/// `from`; `None` where it cannot be made true.
pub(in crate::image::files) fn resized(
    text: &str,
    from: (usize, usize),
    to: (usize, usize),
) -> Option<String> {
    if from == to {
        return Some(text.to_owned());
    }
    if text.starts_with("{\"shape\":") {
        return None;
    }
    if !text.contains("<OME") {
        return Some(text.to_owned());
    }
    let text = xmp::set(text.to_owned(), "SizeX", &to.0.to_string());
    let text = xmp::set(text, "SizeY", &to.1.to_string());
    let text = scaled(text, "PhysicalSizeX", from.0 as f64 / to.0 as f64);
    Some(scaled(text, "PhysicalSizeY", from.1 as f64 / to.1 as f64))
}

/// Multiplies the attribute `name`.
fn scaled(mut text: String, name: &str, factor: f64) -> String {
    let pattern = format!("{name}=\"");
    let mut from = 0;
    while let Some(found) = text[from..].find(&pattern) {
        let start = from + found + pattern.len();
        from = start;
        let Some(length) = text[start..].find('"') else {
            break;
        };
        if let Ok(value) = text[start..start + length].parse::<f64>() {
            text.replace_range(start..start + length, &(value * factor).to_string());
        }
    }
    text
}
