//! Photoshop image resources (Adobe Photoshop File Formats, "Image Resource Blocks"): where JPEG and
//! TIFF keep IPTC.

/// IPTC-IIM records.
const IPTC: u16 = 0x0404;
/// Thumbnails, old and new: they would show the picture as it was.
const THUMBNAILS: [u16; 2] = [0x0409, 0x040c];

/// The blocks of `resources` as (number, whole block, data); a damaged rest is left out.
fn blocks(resources: &[u8]) -> Vec<(u16, &[u8], &[u8])> {
    let mut found = Vec::new();
    let mut rest = resources;
    loop {
        let Some((b"8BIM", [high, low, name, after @ ..])) = rest.split_first_chunk::<4>() else {
            return found;
        };
        // The name with its length byte, and the data, fill even numbers of bytes.
        let name = usize::from(*name) | 1;
        let Some((size, data)) = after
            .get(name..)
            .and_then(|after| after.split_first_chunk::<4>())
        else {
            return found;
        };
        let size = u32::from_be_bytes(*size) as usize;
        let Some(value) = data.get(..size) else {
            return found;
        };
        let end = data.len().min(size + size % 2);
        let number = u16::from_be_bytes([*high, *low]);
        let length = rest.len() - data.len() + end;
        found.push((number, &rest[..length], value));
        rest = &data[end..];
    }
}

/// The resources without thumbnails; and whether there were any.
pub(in crate::image::files) fn without_thumbnails(resources: &[u8]) -> (Vec<u8>, bool) {
    let blocks = blocks(resources);
    let kept = blocks.iter().filter(|block| !THUMBNAILS.contains(&block.0));
    let bytes = kept.flat_map(|block| block.1.iter().copied()).collect();
    (
        bytes,
        blocks.iter().any(|block| THUMBNAILS.contains(&block.0)),
    )
}

/// The IPTC records in the resources.
pub(in crate::image::files) fn iptc(resources: &[u8]) -> Option<Vec<u8>> {
    let blocks = blocks(resources);
    let block = blocks.iter().find(|block| block.0 == IPTC)?;
    Some(block.2.to_vec())
}

/// Resources that hold IPTC records only.
pub(in crate::image::files) fn of_iptc(records: &[u8]) -> Vec<u8> {
    let mut block = b"8BIM\x04\x04\0\0".to_vec();
    block.extend((records.len() as u32).to_be_bytes());
    block.extend(records);
    if records.len() % 2 == 1 {
        block.push(0);
    }
    block
}
