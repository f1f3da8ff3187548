//! Neighbouring frames as further measurements.

#[path = "../../examples/temporal/shots.rs"]
mod shots;

use std::path::Path;

use dcdp::restore::Report;
use dcdp::{Error, Options};
use ndarray::Array3;
use shots::{Kind, Photo, SIDE, noisy, owned, psnr, restored};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn photo() -> Photo {
    Photo::read(&Path::new(ROOT).join("examples/photo/houses.jpg"))
}

fn options(frames: i32, settings: &[(&str, &str)]) -> Options {
    let mut options = Options::new();
    let model = format!("{ROOT}/models/photo");
    for (name, value) in [&[("model", &*model), ("noise", "20")], settings].concat() {
        options.set_string(name, value).unwrap();
    }
    options
        .set_number("temporal_frames", f64::from(frames))
        .unwrap();
    options
}

/// Clean and noisy frames.
fn shot(kind: Kind, count: usize, sigma: f32) -> [Vec<Array3<f32>>; 2] {
    let clean = photo().shot(kind, count);
    let given = clean.iter().zip(1..);
    let given = given
        .map(|(frame, seed)| noisy(frame, sigma, seed))
        .collect();
    [clean, given]
}

fn frames(report: &Report) -> usize {
    report.temporal.as_ref().unwrap().frames
}

/// Decibels that more frames gain in the middle of a shot over one.
fn gain(kind: Kind, frames: i32) -> f64 {
    let [clean, given] = shot(kind, 5, 20.0);
    let quality = |frames| {
        let (result, report) = restored(&options(frames, &[]), &given, 2).unwrap();
        assert_eq!(report.network_calls, 1.0);
        psnr(&result, &clean[2])
    };
    quality(frames) - quality(1)
}

#[test]
fn more_frames_restore_better() {
    let (three, five) = (gain(Kind::Still, 3), gain(Kind::Still, 5));
    assert!(three > 1.5 && five > three + 0.5, "{three} {five}");
    let (three, five) = (gain(Kind::Pan, 3), gain(Kind::Pan, 5));
    assert!(three > 0.5 && five > three, "{three} {five}");
    assert!(gain(Kind::Object, 3) > 0.5);
}

#[test]
fn what_moves_on_its_own_leaves_no_ghost() {
    let [clean, given] = shot(Kind::Object, 3, 20.0);
    let [alone, together] =
        [1, 3].map(|frames| restored(&options(frames, &[]), &given, 1).unwrap().0);
    // Around the rim of the disk, where the neighbours show something else.
    let error = |result: &Array3<f32>| {
        let squares = result.indexed_iter().filter_map(|((y, x, c), &value)| {
            let distance = (y as f32 - 80.0).hypot(x as f32 - 80.0);
            let error = f64::from(value - clean[1][[y, x, c]]);
            ((distance - 26.0).abs() < 8.0).then_some(error * error)
        });
        squares.sum::<f64>()
    };
    let (alone, together) = (error(&alone), error(&together));
    assert!(together < 1.05 * alone, "{together} {alone}");
}

#[test]
fn behind_a_cut_nothing_counts() {
    let [_, given] = shot(Kind::Cut, 2, 20.0);
    let (alone, _) = restored(&options(1, &[]), &given, 0).unwrap();
    let (together, report) = restored(&options(3, &[]), &given, 0).unwrap();
    assert_eq!(frames(&report), 1);
    assert_eq!(alone, together);
    // On the other side of the frame the shot goes on.
    let [_, given] = shot(Kind::Cut, 5, 20.0);
    let (_, report) = restored(&options(5, &[]), &given, 2).unwrap();
    assert_eq!(frames(&report), 3);
    let supports: Vec<(i32, bool)> = report
        .temporal
        .unwrap()
        .neighbours
        .iter()
        .map(|used| (used.offset, used.support > 0.0))
        .collect();
    assert_eq!(supports, [(-1, false), (1, true), (-2, false), (2, true)]);
}

#[test]
fn copies_are_no_measurements() {
    let [_, mut given] = shot(Kind::Pan, 5, 20.0);
    let (alone, _) = restored(&options(1, &[]), &given, 2).unwrap();
    let (two, report) = restored(&options(3, &[]), &given[2..], 0).unwrap();
    assert_eq!(frames(&report), 2);
    // A host that gives the same frame at all times.
    let same = vec![given[2].clone(); 5];
    let (together, report) = restored(&options(5, &[]), &same, 2).unwrap();
    assert_eq!(frames(&report), 1);
    assert_eq!(alone, together);
    // As good as the same: compressed anew.
    let again: Vec<Array3<f32>> = (0..3)
        .map(|seed| noisy(&given[2], 2.0, 50 + seed))
        .collect();
    let (_, report) = restored(&options(3, &[]), &again, 1).unwrap();
    assert_eq!(frames(&report), 1);
    // The end of a clip, held: the neighbours are copies of each other.
    given[4] = given[3].clone();
    let (together, report) = restored(&options(5, &[]), &given[2..], 0).unwrap();
    assert_eq!(frames(&report), 2);
    assert_eq!(two, together);
}

#[test]
fn measured_and_neutral_noise_profit_too() {
    let [clean, given] = shot(Kind::Still, 3, 20.0);
    let automatic = |frames| {
        let options = options(frames, &[("noise", "auto"), ("texture", "0.3")]);
        psnr(&restored(&options, &given, 1).unwrap().0, &clean[1])
    };
    assert!(automatic(3) > automatic(1) + 0.8);
    // One field of noise for all channels.
    let gray =
        |frame: &Array3<f32>| Array3::from_shape_fn(frame.dim(), |(y, x, _)| frame[[y, x, 1]]);
    let [clean, given] = [clean, given].map(|frames| frames.iter().map(gray).collect::<Vec<_>>());
    let neutral = |frames| restored(&options(frames, &[]), &given, 1).unwrap().0;
    let (one, three) = (neutral(1), neutral(3));
    assert!(psnr(&three, &clean[1]) > psnr(&one, &clean[1]) + 0.8);
    assert!(three.exact_chunks((1, 1, 3)).into_iter().all(|pixel| {
        let first = pixel[[0, 0, 0]];
        pixel.iter().all(|&value| value == first)
    }));
}

#[test]
fn without_neighbours_or_for_other_tasks_one_frame_is_used() {
    let [_, given] = shot(Kind::Pan, 3, 20.0);
    let (alone, report) = restored(&options(1, &[]), &given, 1).unwrap();
    assert!(report.temporal.is_none());
    let (lonely, report) = restored(&options(3, &[]), &given[1..2], 0).unwrap();
    assert_eq!((frames(&report), &lonely), (1, &alone));
    // Clean by its own account.
    let (same, report) = restored(&options(3, &[("noise", "0")]), &given, 1).unwrap();
    assert_eq!((frames(&report), &same), (1, &given[1]));
}

#[test]
fn wrong_neighbours_are_refused() {
    let [_, given] = shot(Kind::Still, 1, 20.0);
    let mut wrong = options(3, &[]);
    for offset in [0, 3, -3] {
        let error = wrong.set_neighbour(offset, None).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
    }
    let small = Array3::zeros((SIDE, SIDE - 1, 3));
    let frames = [given[0].clone(), small];
    let error = restored(&options(3, &[]), &frames, 0).unwrap_err();
    assert!(error.to_string().contains("neighbour at 1"), "{error}");
    let error = restored(&options(2, &[]), &given, 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "temporal_frames: 2 is not allowed; allowed: 1, 3 or 5"
    );
    // What was set can be taken back.
    wrong.set_neighbour(1, Some(owned(&frames[1]))).unwrap();
    wrong.set_neighbour(1, None).unwrap();
    assert!(wrong.neighbours().is_empty());
}
