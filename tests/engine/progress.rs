//! What an observer is told of the work before the rounds: it is part of the whole.

use crate::setup::{TINY, options, path};
use dcdp::image::{ImageFile, ImageViewMut, JpegSource, Layout};
use dcdp::restore::{Context, Progress, restore};
use ndarray::Array2;

/// Everything told of a restoration of a small JPEG file.
fn told(settings: &[(&str, &str)]) -> Vec<Progress> {
    let file = path("tests/data/jpeg/444.jpg");
    let picture = ImageFile::read(&file).unwrap();
    let input = picture.view().unwrap();
    let Layout { width, height, .. } = *input.layout();
    let mut options = options(TINY, settings);
    options.set_jpeg(Some(JpegSource::read(&file).unwrap()));
    options.set_mask(Some(Array2::from_shape_fn((height, width), |(y, x)| {
        f32::from((x + y) % 9 == 0)
    })));
    let layout = Layout::packed(
        width,
        height,
        input.layout().channels,
        input.layout().pixel_type,
    );
    let mut bytes = vec![0; layout.packed_bytes().unwrap()];
    let mut output = ImageViewMut::new(&mut bytes, layout, 0).unwrap();
    let mut told = Vec::new();
    let mut observer = |progress: &Progress| {
        told.push(progress.clone());
        true
    };
    let context = Context::new(None).unwrap();
    restore(&context, &options, &input, &mut output, &mut observer).unwrap();
    told
}

fn assert_rises_to_one(told: &[Progress]) {
    let fractions: Vec<f64> = told.iter().map(|progress| progress.fraction).collect();
    assert!(fractions.is_sorted(), "{fractions:?}");
    assert!((0.0..=1.0).contains(&fractions[0]));
    assert_eq!(fractions.last(), Some(&1.0));
}

#[test]
fn cleaning_a_jpeg_source_is_its_share_of_the_work() {
    let blur = [("task", "deblur"), ("blur", "gaussian")];
    // 4 calls before 4 rounds, and before 12 rounds eight times; those see the surroundings as well.
    for (preset, rounds) in [("fast", 4), ("best", 12)] {
        let told = told(&[&blur[..], &[("preset", preset)]].concat());
        assert_rises_to_one(&told);
        let tiles: Vec<&Progress> = told.iter().filter(|at| at.step > 0).collect();
        // The rounds after the cleaning begin where their count starts anew.
        let begins = tiles
            .windows(2)
            .position(|pair| pair[1].round < pair[0].round);
        let begun = begins.unwrap() + 1;
        assert_eq!(tiles[begun].rounds, rounds);
        let (share, told) = (begun as f64 / tiles.len() as f64, tiles[begun - 1].fraction);
        assert!((told - share).abs() < 0.03, "{preset}: {told} of {share}");
    }
}

#[test]
fn denoising_around_holes_is_its_share_of_the_work() {
    let told = told(&[("task", "inpaint"), ("noise", "20")]);
    assert_rises_to_one(&told);
    let cleaning = told.iter().filter(|at| at.stage == "clean");
    let most = cleaning.map(|at| at.fraction).fold(0.0, f64::max);
    // One call of eleven, or more where there are levels.
    assert!((0.01..0.3).contains(&most), "{most}");
}
