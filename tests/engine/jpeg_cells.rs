//! The projection puts a picture into a JPEG file's quantisation cells, whatever the sampling, size and orientation.

use std::f64::consts::PI;
use std::fs;

use crate::floats::Floats;
use crate::jpeg_files::{path, pixels, source};
use crate::setup::{TINY, options};
use dcdp::Error;
use dcdp::image::{Alpha, JpegColor, JpegComponent, JpegSource, Transfer};
use dcdp::operators::QuantizationCells;
use ndarray::{Array2, Array3, ArrayView3, Axis, s};

/// The file's pixels, clearly changed; gray stays gray.
fn disturbed(name: &str) -> Array3<f32> {
    let mut x = pixels(&path(&format!("{name}.jpg")));
    for ((channel, row, column), value) in x.indexed_iter_mut() {
        let channel = if name == "gray" { 0 } else { channel };
        *value += 0.15 * ((channel * 89 + row * 57 + column * 31) % 17) as f32 / 8.0 - 0.15;
    }
    x
}

/// The samples of component `index` (codes less 128) by the definition, in `f64`; unknown pixels give NaN.
fn samples(source: &JpegSource, x: ArrayView3<'_, f32>, index: usize) -> Array2<f64> {
    let component = &source.components[index];
    let [unit_x, unit_y] = source.unit();
    let (across, down) = (unit_x / (8 * component.h), unit_y / (8 * component.v));
    let rows = component.blocks.len() / component.columns;
    let code = |channel: usize, row: usize, column: usize| {
        f64::from(x[[channel, row, column]]) * 127.5 + 127.5
    };
    Array2::from_shape_fn((8 * rows, 8 * component.columns), |(row, column)| {
        let mut sum = 0.0;
        for pixel in 0..across * down {
            let at = |first: usize, offset: usize| first.checked_sub(offset);
            let y = at(row * down + pixel / across, source.origin[1]);
            let x = at(column * across + pixel % across, source.origin[0]);
            let (Some(y), Some(x)) = (y, x) else {
                return f64::NAN;
            };
            if y >= source.height || x >= source.width {
                return f64::NAN;
            }
            let [red, green, blue] = [0, 1, 2].map(|channel| code(channel, y, x));
            sum += match (source.color, index) {
                (JpegColor::Rgb, _) => [red, green, blue][index] - 128.0,
                (_, 0) => 0.299 * red + 0.587 * green + 0.114 * blue - 128.0,
                (_, 1) => -0.168_735_892 * red - 0.331_264_108 * green + 0.5 * blue,
                _ => 0.5 * red - 0.418_687_589 * green - 0.081_312_411 * blue,
            };
        }
        sum / (across * down) as f64
    })
}

fn basis() -> Array2<f64> {
    Array2::from_shape_fn((8, 8), |(k, i)| {
        let scale = if k == 0 { 0.125_f64 } else { 0.25 }.sqrt();
        scale * (PI * k as f64 * (i as f64 + 0.5) / 8.0).cos()
    })
}

/// Replaces what is not known by the nearest that is: in each row first, then row by row.
fn repeat_edges(block: &mut Array2<f64>) {
    for axis in [Axis(0), Axis(1)] {
        for mut line in block.lanes_mut(axis) {
            for at in (1..8).chain((0..7).rev()) {
                let from = if line[at].is_nan() { at } else { continue };
                let near = [from.wrapping_sub(1), from + 1];
                let known = near
                    .iter()
                    .find_map(|&near| line.get(near).filter(|value| !value.is_nan()));
                if let Some(&value) = known {
                    line[at] = value;
                }
            }
        }
    }
}

/// The largest distance from the centre of a cell in half cells, over the blocks of one component. Hidden samples are
/// free: they are looked for by alternating projections.
fn worst(component: &JpegComponent, samples: &Array2<f64>, share: f64) -> f64 {
    let basis = basis();
    let mut worst = 0.0_f64;
    for (number, quantized) in component.blocks.iter().enumerate() {
        let (row, column) = (number / component.columns, number % component.columns);
        let known = samples.slice(s![8 * row..8 * row + 8, 8 * column..8 * column + 8]);
        let hidden = known.iter().any(|value| value.is_nan());
        let mut block = known.to_owned();
        repeat_edges(&mut block);
        let mut found = f64::INFINITY;
        for _ in 0..if hidden { 20_000 } else { 1 } {
            let mut coefficients = basis.dot(&block).dot(&basis.t());
            found = 0.0;
            for (at, value) in coefficients.iter_mut().enumerate() {
                let step = f64::from(component.table[at]);
                let centre = step * f64::from(quantized[at]);
                found = found.max((*value - centre).abs() / (0.5 * step));
                let reach = 0.5 * (share + 1e-3) * step;
                *value += 1.9 * (value.clamp(centre - reach, centre + reach) - *value);
            }
            block = basis.t().dot(&coefficients).dot(&basis);
            block.zip_mut_with(&known, |value, &known| {
                if !known.is_nan() {
                    *value = known;
                }
            });
            if found < share + 2e-3 {
                break;
            }
        }
        worst = worst.max(found);
    }
    worst
}

#[test]
fn the_projection_lies_in_the_cells() {
    let layouts = ["444", "422", "420", "440", "411", "gray", "rgb"];
    for (name, share) in layouts
        .map(|name| (name, 0.5))
        .into_iter()
        .chain([("420", 1.0)])
    {
        let cells = QuantizationCells::new(source(name)).unwrap();
        let mut x = disturbed(name);
        cells.project(x.view_mut(), share).unwrap();
        for (index, component) in cells.source().components.iter().enumerate() {
            let samples = samples(cells.source(), x.view(), index);
            let found = worst(component, &samples, share);
            assert!(
                found < share + 5e-3,
                "{name}, component {index}: {found} of {share}"
            );
        }
        if name == "gray" {
            assert!(x.slice(s![0, .., ..]) == x.slice(s![1, .., ..]));
        }
    }
}

#[test]
fn a_restoration_lies_in_the_cells() {
    for (name, preset, share) in [
        ("444", "default", 0.5),
        ("422", "default", 0.5),
        ("420", "default", 0.5),
        ("gray", "default", 0.5),
        ("420", "fast", 0.7),
    ] {
        let mut options = options(TINY, &[("task", "dejpeg"), ("preset", preset)]);
        options.set_jpeg(Some(source(name)));
        // Floats are not rounded, and of these pictures nothing is clipped either.
        let file = pixels(&path(&format!("{name}.jpg")));
        let codes = file.mapv(|value| 0.5 * (value + 1.0));
        let codes = codes.permuted_axes([1, 2, 0]);
        let restored = Floats::of(&codes, Transfer::Srgb, Alpha::Straight).after(&options);
        assert!(restored.iter().all(|code| (0.001..0.999).contains(code)));
        assert!(restored != codes);
        let x = restored
            .mapv(|code| 2.0 * code - 1.0)
            .permuted_axes([2, 0, 1]);
        let source = source(name);
        for (index, component) in source.components.iter().enumerate() {
            let found = worst(component, &samples(&source, x.view(), index), share);
            assert!(
                found < share + 5e-3,
                "{name}, component {index}, {preset}: {found} of {share}"
            );
        }
    }
}

#[test]
fn what_lies_in_the_cells_stays() {
    for name in ["444", "rgb", "gray"] {
        let mut x = disturbed(name);
        // Whole blocks only: the rest of the picture depends on hidden samples.
        let mut source = source(name);
        (source.width, source.height) = (40, 24);
        for component in &mut source.components {
            let blocks = component.blocks.chunks_exact(component.columns).take(3);
            component.blocks = blocks.flat_map(|row| &row[..5]).copied().collect();
            component.columns = 5;
        }
        let cells = QuantizationCells::new(source).unwrap();
        let mut x = x.slice_mut(s![.., ..24, ..40]);
        cells.project(x.view_mut(), 0.5).unwrap();
        let inside = x.to_owned();
        cells.project(x.view_mut(), 0.6).unwrap();
        assert!(x == inside, "{name}");
    }
}

#[test]
fn a_crop_obeys_the_same_cells() {
    for name in ["420", "411", "444"] {
        let whole = source(name);
        let [unit_x, unit_y] = whole.unit();
        let (left, top) = (5, 3);
        assert!(left < unit_x && top < unit_y);
        let mut crop = whole.clone();
        crop.origin = [left, top];
        (crop.width, crop.height) = (whole.width - left, whole.height - top);
        let cells = QuantizationCells::new(crop).unwrap();
        let mut x = disturbed(name).slice_move(s![.., top.., left..]);
        cells.project(x.view_mut(), 0.5).unwrap();
        for (index, component) in cells.source().components.iter().enumerate() {
            let found = worst(component, &samples(cells.source(), x.view(), index), 0.5);
            assert!(found < 0.505, "{name}, component {index}: {found}");
        }
    }
}

/// The file with an EXIF block that says `orientation`.
fn turned(name: &str, orientation: u8) -> Vec<u8> {
    let mut block = b"Exif\0\0II*\0\x08\0\0\0\x01\0".to_vec();
    block.extend([
        0x12,
        0x01,
        3,
        0,
        1,
        0,
        0,
        0,
        orientation,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ]);
    let mut bytes = fs::read(path(&format!("{name}.jpg"))).unwrap();
    let length = (block.len() as u16 + 2).to_be_bytes();
    let segment = [&[0xff, 0xe1], &length[..], &block].concat();
    bytes.splice(2..2, segment);
    bytes
}

#[test]
fn turned_files_are_projected_upright() {
    let folder = tempfile::tempdir().unwrap();
    for orientation in 1..=8 {
        let file = folder.path().join("turned.jpg");
        fs::write(&file, turned("420", orientation)).unwrap();
        let cells = QuantizationCells::new(JpegSource::read(&file).unwrap()).unwrap();
        let mut x = pixels(&file);
        let agreement = cells.agreement(x.view()).unwrap();
        assert!(agreement > 0.5, "{orientation}: {agreement}");
        x.mapv_inplace(|value| 0.8 * value + 0.1);
        let agreement = cells.agreement(x.view()).unwrap();
        assert!(agreement < 0.1, "{orientation}: {agreement}");
        cells.project(x.view_mut(), 0.5).unwrap();
        // Seen as stored, it is what the plain file makes of the same picture.
        let plain = QuantizationCells::new(source("420")).unwrap();
        let mut wanted = pixels(&path("420.jpg")).mapv(|value| 0.8 * value + 0.1);
        plain.project(wanted.view_mut(), 0.5).unwrap();
        assert!(
            cells.source().turn.stored(x.view()) == wanted,
            "{orientation}"
        );
    }
}

#[test]
fn rounding_is_undone_where_every_pixel_has_its_sample() {
    let nudged = |name: &str| {
        let mut x = pixels(&path(&format!("{name}.jpg")));
        for ((channel, row, column), value) in x.indexed_iter_mut() {
            *value += ((channel * 5 + row * 7 + column * 11) % 3) as f32 / 127.5 - 1.0 / 127.5;
        }
        x
    };
    // Whole blocks: what the others hide is not known.
    let (tall, wide) = (24, 40);
    let cells = QuantizationCells::new(source("444")).unwrap();
    let (mut plain, mut other) = (pixels(&path("444.jpg")), nudged("444"));
    cells.unround(plain.view_mut()).unwrap();
    cells.unround(other.view_mut()).unwrap();
    let whole = s![.., ..tall, ..wide];
    let difference = (&plain.slice(whole) - &other.slice(whole)).mapv(f32::abs);
    assert!(difference.iter().all(|&difference| difference < 1e-4));
    let moved = (&plain - &pixels(&path("444.jpg"))).mapv(f32::abs);
    assert!(moved.iter().any(|&moved| moved > 1e-3));

    // Of halved colour only the luma is known: colour differences stay.
    let cells = QuantizationCells::new(source("420")).unwrap();
    let before = nudged("420");
    let mut after = before.clone();
    cells.unround(after.view_mut()).unwrap();
    assert!(before != after);
    for channel in 1..3 {
        let colour = |x: &Array3<f32>| &x.index_axis(Axis(0), channel) - &x.index_axis(Axis(0), 0);
        let change = (colour(&before) - colour(&after)).mapv(f32::abs);
        assert!(change.iter().all(|&change| change < 1e-5));
    }
}

#[test]
fn other_sizes_are_refused() {
    let cells = QuantizationCells::new(source("420")).unwrap();
    let mut x = Array3::zeros((3, 43, 29));
    assert!(matches!(
        cells.project(x.view_mut(), 0.5),
        Err(Error::InvalidImage(_))
    ));
    assert!(matches!(
        cells.agreement(x.view()),
        Err(Error::InvalidImage(_))
    ));
    let mut source = source("420");
    source.width += 20;
    assert!(matches!(
        QuantizationCells::new(source),
        Err(Error::InvalidImage(_))
    ));
}
