//! The JPEG files of the tests.

use std::path::{Path, PathBuf};

use dcdp::image::{ImageFile, JpegSource, Picture};
use ndarray::Array3;

pub fn path(name: &str) -> PathBuf {
    PathBuf::from("tests/data/jpeg").join(name)
}

pub fn source(name: &str) -> JpegSource {
    JpegSource::read(&path(&format!("{name}.jpg"))).unwrap()
}

/// The file's pixels, 3×H×W in the network range, upright.
pub fn pixels(path: &Path) -> Array3<f32> {
    let file = ImageFile::read(path).unwrap();
    Picture::read(&file.view().unwrap()).color
}
