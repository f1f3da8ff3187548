//! JPEG files as data: the coefficients are those an independent reader finds, and the projection puts a picture
//! into the file's quantisation cells, whatever the sampling, size and orientation.

use std::f64::consts::PI;
use std::fs;
use std::path::PathBuf;

use dcdp::Error;
use dcdp::Options;
use dcdp::data_consistency::DataStep;
use dcdp::image::{ImageFile, JpegColor, JpegComponent, JpegSource, Picture};
use dcdp::operators::QuantizationCells;
use dcdp::plan::{Algorithm, Known, Plan, Seen};
use dcdp::priors::{GaussianPrior, Prior};
use dcdp::request::Request;
use ndarray::{Array1, Array2, Array3, ArrayView3, Axis, s};

const NAMES: [&str; 12] = [
    "444",
    "422",
    "420",
    "444-progressive",
    "422-progressive",
    "420-progressive",
    "440",
    "411",
    "411-progressive",
    "420-restarts",
    "gray",
    "rgb",
];

fn path(name: &str) -> PathBuf {
    PathBuf::from("tests/data/jpeg").join(name)
}

fn source(name: &str) -> JpegSource {
    JpegSource::read(&path(&format!("{name}.jpg"))).unwrap()
}

/// The file's pixels, 3×H×W in the network range, upright.
fn pixels(path: &std::path::Path) -> Array3<f32> {
    let file = ImageFile::read(path).unwrap();
    Picture::read(&file.view().unwrap()).color
}

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
fn coefficients_and_tables_are_those_of_libjpeg() {
    for name in NAMES {
        let source = source(name);
        assert_eq!((source.width, source.height), (43, 29), "{name}");
        let wanted: Array1<i16> = ndarray_npy::read_npy(path(&format!("{name}.npy"))).unwrap();
        let tables: Array3<u16> =
            ndarray_npy::read_npy(path(&format!("{name}.tables.npy"))).unwrap();
        let blocks = source
            .components
            .iter()
            .flat_map(|component| &component.blocks);
        let found: Vec<i16> = blocks.flatten().copied().collect();
        assert!(found == wanted.to_vec(), "{name}");
        assert_eq!(source.components.len(), tables.dim().0, "{name}");
        for (component, table) in source.components.iter().zip(tables.outer_iter()) {
            assert!(component.table.iter().eq(table.iter()), "{name}");
        }
    }
}

#[test]
fn factors_and_colours_are_the_files() {
    let factors = |name: &str| {
        let source = source(name);
        let pairs = source
            .components
            .iter()
            .map(|component| [component.h, component.v]);
        (source.color, pairs.collect::<Vec<_>>())
    };
    let ycc = |luma| (JpegColor::YCbCr, vec![luma, [1, 1], [1, 1]]);
    assert_eq!(factors("444"), ycc([1, 1]));
    assert_eq!(factors("422"), ycc([2, 1]));
    assert_eq!(factors("420-progressive"), ycc([2, 2]));
    assert_eq!(factors("440"), ycc([1, 2]));
    assert_eq!(factors("411"), ycc([4, 1]));
    assert_eq!(factors("gray"), (JpegColor::Gray, vec![[1, 1]]));
    assert_eq!(factors("rgb"), (JpegColor::Rgb, vec![[1, 1]; 3]));
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

#[test]
fn the_quantization_error_is_that_of_the_tables() {
    // Pillow's quality 50 is the standard table: 16, 11, 12, 12.
    let expected = ((256.0 + 121.0 + 144.0 + 144.0) / 4.0 / 12.0_f64).sqrt();
    assert!((source("444").quantization_error() - expected).abs() < 1e-12);
}

#[test]
fn files_without_such_coefficients_are_refused() {
    let bytes = fs::read(path("420.jpg")).unwrap();
    let refused = |bytes: &[u8], reason: &str| match JpegSource::from_bytes(bytes) {
        Err(Error::InvalidImage(message)) => {
            assert!(message.contains(reason), "{reason}: {message}")
        }
        other => panic!("{reason}: {other:?}"),
    };
    refused(&fs::read(path("cmyk.jpg")).unwrap(), "CMYK");
    refused(b"", "not a JPEG");
    refused(b"\x89PNG\r\n\x1a\n", "not a JPEG");
    for length in [2, 3, 20, 200, bytes.len() - 40] {
        refused(&bytes[..length], "is ");
    }
    let frame = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    let changed = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[frame + at] = value;
        bytes
    };
    refused(&changed(4, 12), "12 bits");
    refused(&changed(14, 0x33), "sampled");
    refused(&changed(11, 0x05), "sampled");
    let mut huge = bytes.clone();
    huge[frame + 5..frame + 9].fill(0xff);
    refused(&huge, "65535x65535");
    huge[frame + 5..frame + 9].fill(0);
    refused(&huge, "0x0");
    let table = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xdb])
        .unwrap();
    let mut zero = bytes.clone();
    zero[table + 5] = 0;
    refused(&zero, "quantisation table");
    let scan = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xda])
        .unwrap();
    let mut scans = bytes.clone();
    let copies = bytes[scan..scan + 14].repeat(300);
    scans.splice(scan..scan, copies);
    refused(&scans, "scans");
    let missing = JpegSource::read(&path("missing.jpg"));
    assert!(matches!(missing, Err(Error::Io { .. })));
    let kind = JpegSource::read(&path("make_fixtures.py"));
    assert!(matches!(kind, Err(Error::File { .. })));
}

#[test]
fn damaged_files_are_coefficients_or_an_error() {
    let mut state = 1_u32;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for name in NAMES {
        let bytes = fs::read(path(&format!("{name}.jpg"))).unwrap();
        for _ in 0..200 {
            let mut damaged = bytes.clone();
            for _ in 0..=random(4) {
                let at = random(damaged.len());
                damaged[at] = random(256) as u8;
            }
            if random(4) == 0 {
                damaged.truncate(random(damaged.len()));
            }
            let Ok(source) = JpegSource::from_bytes(&damaged) else {
                continue;
            };
            let (width, height) = source.size();
            if width * height < 1 << 16 {
                let cells = QuantizationCells::new(source).unwrap();
                let mut x = Array3::zeros((3, height, width));
                cells.project(x.view_mut(), 0.5).unwrap();
                assert!(x.iter().all(|value: &f32| value.is_finite()), "{name}");
            }
        }
    }
}

/// The plan of a clean-up of `name` by the preset.
fn plan(name: &str, preset: &str) -> Plan {
    let mut options = Options::new();
    options.set_string("task", "dejpeg").unwrap();
    options.set_string("preset", preset).unwrap();
    options.set_jpeg(Some(source(name)));
    let request = Request::parse(&options).unwrap();
    let (width, height) = source(name).size();
    let known = Known::Measurement([3, height, width]);
    let operator = dcdp::plan::build_operator(&request, known, None).unwrap();
    let prior = GaussianPrior::new(0.1, 0.5).unwrap();
    let mut seen = Seen::noise(0.0);
    seen.quantisation = Some(source(name).quantization_error());
    Plan::resolve(&request, prior.info(), &*operator, seen).unwrap()
}

#[test]
fn strengths_of_a_clean_up_follow_the_tables() {
    // Quality 90 has 3, 2, 2, 2 in the lowest four entries.
    let t2 = (21.0_f64 / 48.0).sqrt();
    for (preset, calls, first, share) in [
        ("fast", 1, 6.5, 0.7),
        ("default", 4, 9.0, 0.5),
        ("best", 8, 9.0, 0.5),
    ] {
        let plan = plan("trace-444", preset);
        let Algorithm::Rounds(rounds) = &plan.algorithm else {
            panic!("{plan:?}");
        };
        assert_eq!(rounds.rounds.len(), calls, "{preset}");
        assert_eq!(rounds.finish, Some(DataStep::Project { share }));
        let prior = GaussianPrior::new(0.1, 0.5).unwrap();
        let sigma = rounds.rounds[0]
            .purification
            .strength
            .sigma(&prior.info().process);
        assert!((127.5 * sigma - first * t2.sqrt()).abs() < 1e-9, "{preset}");
        assert!((plan.assumed_noise - (1.6 + 0.75 * t2)).abs() < 1e-12);
    }
}
