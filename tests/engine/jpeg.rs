//! JPEG files as data: the coefficients are those an independent reader finds, and what is made of them.

use std::fs;

use crate::jpeg_files::{path, source};
use dcdp::Error;
use dcdp::Options;
use dcdp::image::{JpegColor, JpegSource};
use dcdp::operators::QuantizationCells;
use dcdp::priors::{GaussianPrior, Prior};
use dcdp::request::Request;
use dcdp::testing::data_consistency::DataStep;
use dcdp::testing::plan::{Algorithm, Known, Plan, Seen};
use ndarray::{Array1, Array3};

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
    let operator = dcdp::testing::plan::build_operator(&request, known, None).unwrap();
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
