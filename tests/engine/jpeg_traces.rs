//! Pixels of decoded JPEG files, cropped or whole, show their grid, tables and sampling; others show none.

use crate::jpeg_files::{self, path, source};
use dcdp::estimate::jpeg::find;
use dcdp::image::JpegColor;
use dcdp::operators::QuantizationCells;
use ndarray::{Array3, s};

fn pixels(name: &str) -> Array3<f32> {
    jpeg_files::pixels(&path(&format!("{name}.jpg")))
}

/// Values in whole codes.
fn rounded(x: Array3<f32>) -> Array3<f32> {
    x.mapv(|value| ((value + 1.0) * 127.5).round().clamp(0.0, 255.0) / 127.5 - 1.0)
}

#[test]
fn cropped_pixels_show_their_file() {
    for name in ["trace-420", "trace-422", "trace-444", "trace-own"] {
        let file = source(name);
        let x = pixels(name);
        let [unit_x, unit_y] = file.unit();
        for (left, top) in [(0, 0), (5, 10)] {
            let crop = x.slice(s![.., top.., left..]);
            let trace = find(crop).unwrap();
            let found = &trace.source;
            assert_eq!(found.color, JpegColor::YCbCr, "{name}");
            assert_eq!(found.unit(), file.unit(), "{name}");
            assert_eq!(found.origin, [left % unit_x, top % unit_y], "{name}");
            let tables = found.components[0]
                .table
                .iter()
                .zip(&file.components[0].table);
            let wrong = tables.filter(|(found, wanted)| found != wanted).count();
            let quality = [("trace-420", 75), ("trace-422", 60), ("trace-444", 90)];
            let quality = quality.iter().find(|(known, _)| *known == name);
            assert_eq!(
                trace.quality,
                quality.map(|&(_, quality)| quality),
                "{name}"
            );
            // A table of no known family is guessed where its frequencies are silent.
            assert!(
                wrong <= if quality.is_some() { 0 } else { 4 },
                "{name}: {wrong}"
            );
            if quality.is_some() {
                assert_eq!(
                    found.components[1].table, file.components[1].table,
                    "{name}"
                );
            }
            // The coefficients are the file's, but for blocks with clipped pixels.
            let cells = QuantizationCells::new(found.clone()).unwrap();
            assert!(cells.agreement(crop).unwrap() > 0.8, "{name}");
        }
        let whole = find(x.view()).unwrap().source;
        let same = (whole.components[0].blocks.iter())
            .zip(&file.components[0].blocks)
            .filter(|(found, wanted)| found == wanted)
            .count();
        assert!(
            same * 10 > 9 * file.components[0].blocks.len(),
            "{name}: {same}"
        );
    }
}

#[test]
fn gray_pixels_show_a_gray_file() {
    let trace = find(pixels("trace-gray").slice(s![.., 3.., 6..])).unwrap();
    assert_eq!(trace.source.color, JpegColor::Gray);
    assert_eq!(trace.source.origin, [6, 3]);
    assert_eq!(trace.quality, Some(80));
}

#[test]
fn other_pixels_show_nothing() {
    let x = pixels("trace-420");
    // Blurred by half a pixel since, as resizing does.
    let shifted = 0.5 * (&x.slice(s![.., 1.., 1..]) + &x.slice(s![.., ..-1, ..-1]));
    assert!(find(rounded(shifted).view()).is_none());
    assert!(find(Array3::zeros((3, 64, 64)).view()).is_none());
    let ramp = Array3::from_shape_fn((3, 64, 64), |(_, y, x)| (x + 2 * y) as f32 / 96.0 - 1.0);
    assert!(find(rounded(ramp).view()).is_none());
    let mut state = 7_u32;
    let noise = Array3::from_shape_simple_fn((3, 96, 96), || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    });
    assert!(find(rounded(noise).view()).is_none());
    assert!(find(x.slice(s![.., ..31, ..])).is_none());
}
