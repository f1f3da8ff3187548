//! Picture files for tests.

use std::path::Path;

use dcdp::image::{ImageFile, Output, Picture};

/// Reads `from` and writes it unchanged as `to`, through the arrays the engine computes in.
pub fn copy(from: &Path, to: &Path) -> dcdp::Result<()> {
    let output = Output::new(to, None, 95)?;
    let file = ImageFile::read(from)?;
    let mut result = file.for_result(&output, file.size())?;
    let picture = Picture::read(&file.view()?);
    picture.write(picture.color.view(), &mut result.view_mut()?)?;
    result.stage(&output)?.publish()
}

/// Bytes that are all different from their neighbours.
pub fn samples(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index * 73 % 251) as u8).collect()
}
