//! The reader of JPEG coefficients: any bytes are cells that a picture can be projected on, or an error.
#![no_main]

use dcdp::Error;
use dcdp::image::JpegSource;
use dcdp::operators::QuantizationCells;
use libfuzzer_sys::fuzz_target;
use ndarray::Array3;

/// Pixels beyond which a projection takes too long to fuzz.
const LARGEST: usize = 1 << 18;

fuzz_target!(|bytes: &[u8]| {
    let source = match JpegSource::from_bytes(bytes) {
        Ok(source) => source,
        Err(Error::InvalidImage(_)) => return,
        Err(other) => panic!("{other:?}"),
    };
    let (width, height) = source.size();
    let cells = QuantizationCells::new(source).expect("what was read fits together");
    if width * height <= LARGEST {
        let mut x = Array3::zeros((3, height, width));
        cells.project(x.view_mut(), 0.5).expect("the size is the file's");
        assert!(x.iter().all(|value| value.is_finite()));
    }
});
