//! XMP packets: the few properties that would contradict the result.

/// Properties that repeat what the pixels say, and whether they are the width.
const SIZES: [(&str, bool); 4] = [
    ("tiff:ImageWidth", true),
    ("tiff:ImageLength", false),
    ("exif:PixelXDimension", true),
    ("exif:PixelYDimension", false),
];

/// Sets the size and orientation that a packet repeats; all other text stays as it is.
pub(in crate::image::files) fn correct(
    packet: &[u8],
    size: (usize, usize),
    orientation: u8,
) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(packet) else {
        return packet.to_vec();
    };
    let mut text = set(
        text.to_owned(),
        "tiff:Orientation",
        &orientation.to_string(),
    );
    for (name, is_width) in SIZES {
        let side = if is_width { size.0 } else { size.1 };
        text = set(text, name, &side.to_string());
    }
    text.into_bytes()
}

/// Gives a property a new value where it has one, as attribute (`name="1"`) or element
/// (`<name>1</name>`).
pub(in crate::image::files) fn set(mut text: String, name: &str, value: &str) -> String {
    let mut from = 0;
    while let Some(found) = text[from..].find(name) {
        let start = from + found + name.len();
        from = start;
        let rest = &text[start..];
        let (skip, end) = match rest.as_bytes() {
            [b'=', quote @ (b'"' | b'\''), ..] => (2, char::from(*quote)),
            [b'>', ..] => (1, '<'),
            _ => continue,
        };
        let Some(length) = rest[skip..].find(end) else {
            continue;
        };
        let range = start + skip..start + skip + length;
        if text[range.clone()].trim().parse::<u64>().is_ok() {
            text.replace_range(range, value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_contradicts_is_changed() {
        let packet = r#"<x tiff:Orientation="6" tiff:ImageWidth='20' a:b="6"><exif:PixelYDimension>9</exif:PixelYDimension></x>"#;
        let wanted = r#"<x tiff:Orientation="1" tiff:ImageWidth='40' a:b="6"><exif:PixelYDimension>18</exif:PixelYDimension></x>"#;
        assert_eq!(correct(packet.as_bytes(), (40, 18), 1), wanted.as_bytes());
    }
}
