//! Restorations through the public entry point, with the tiny prior of `tests/data`.

use std::sync::Arc;

use crate::setup::{self, TINY};
use dcdp::Options;
use dcdp::image::{ImageView, ImageViewMut, Layout, PixelType};
use dcdp::operators::Callback;
use dcdp::request::Value;
use dcdp::restore::{Context, Observer, Progress, Report, output_size, restore};
use dcdp::{Error, Result};
use ndarray::{Array2, ArrayView3, ArrayViewMut3, s};

fn context() -> Context {
    Context::new(None).unwrap()
}

fn options(settings: &[(&str, &str)]) -> Options {
    setup::options(TINY, settings)
}

/// A picture with edges, gradients and texture, interleaved 8-bit.
pub fn picture(width: usize, height: usize, channels: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(width * height * channels);
    for y in 0..height {
        for x in 0..width {
            for c in 0..channels {
                let ramp = (x * 255 / width.max(2) + 40 * c) % 256;
                let texture = (x * 7 + y * 13 + c * 5) % 31;
                let edge = if (x / 16 + y / 16) % 2 == 0 { 60 } else { 0 };
                bytes.push(((ramp + texture + edge) % 256) as u8);
            }
        }
    }
    bytes
}

pub fn run(
    options: &Options,
    bytes: &[u8],
    size: [usize; 3],
    observer: &mut dyn Observer,
) -> Result<(Vec<u8>, Report)> {
    let [width, height, channels] = size;
    let (wide, tall) = output_size(options, width, height)?;
    let mut output = vec![7; wide * tall * channels];
    let input = ImageView::new(
        bytes,
        Layout::packed(width, height, channels, PixelType::U8),
        0,
    )?;
    let layout = Layout::packed(wide, tall, channels, PixelType::U8);
    let mut view = ImageViewMut::new(&mut output, layout, 0)?;
    let report = restore(&context(), options, &input, &mut view, observer);
    if report.is_err() {
        assert!(
            output.iter().all(|&byte| byte == 7),
            "a failed run wrote pixels"
        );
    }
    Ok((output, report?))
}

const TASKS: &[&[(&str, &str)]] = &[
    &[("task", "denoise"), ("noise", "10")],
    &[
        ("task", "deblur"),
        ("blur", "gaussian"),
        ("blur_sigma", "1.5"),
    ],
    &[
        ("task", "deblur"),
        ("blur", "motion"),
        ("blur_length", "9"),
        ("blur_angle", "30"),
    ],
    &[("task", "inpaint")],
    &[("task", "super-resolve"), ("scale", "2")],
];

fn with_mask(mut options: Options, width: usize, height: usize) -> Options {
    let mask = Array2::from_shape_fn((height, width), |(y, x)| f32::from((x + y) % 5 == 0));
    options.set_mask(Some(mask));
    options
}

#[test]
fn every_task_restores_every_size() {
    for task in TASKS {
        for [width, height] in [[1, 1], [500, 1], [3, 7], [31, 17], [255, 257]] {
            for channels in 1..=4 {
                if channels != 3 && width > 100 {
                    continue;
                }
                let options = with_mask(options(task), width, height);
                let bytes = picture(width, height, channels);
                let result = run(&options, &bytes, [width, height, channels], &mut ());
                // The mask of one pixel leaves nothing that says what to fill it with.
                if task.contains(&("task", "inpaint")) && width * height == 1 {
                    assert!(result.unwrap_err().is_usage());
                    continue;
                }
                assert!(
                    result.is_ok(),
                    "{task:?} {width}x{height}x{channels}: {result:?}"
                );
            }
        }
    }
}

#[test]
fn same_seed_same_bytes_whatever_the_threads() {
    let bytes = picture(150, 101, 3);
    for sampler in ["ddim", "ddpm", "tweedie"] {
        let settings = |seed: &'static str, threads: &'static str| {
            let mut options =
                options(&[("task", "deblur"), ("rounds", "2"), ("sampler_steps", "3")]);
            options.set_string("blur", "gaussian").unwrap();
            options.set_string("preset", "paper").unwrap();
            options.set_string("sampler", sampler).unwrap();
            options.set_string("seed", seed).unwrap();
            options.set_string("threads", threads).unwrap();
            run(&options, &bytes, [150, 101, 3], &mut ()).unwrap().0
        };
        let first = settings("5", "1");
        assert_eq!(first, settings("5", "1"), "{sampler}");
        assert_eq!(first, settings("5", "2"), "{sampler}");
        assert_ne!(first, settings("6", "1"), "{sampler}");
    }
}

#[test]
fn tiled_equals_whole() {
    let bytes = picture(200, 180, 3);
    for sampler in ["ddim", "ddpm", "tweedie"] {
        let with_tile = |tile: &str| {
            let mut options =
                options(&[("task", "deblur"), ("rounds", "3"), ("sampler_steps", "4")]);
            options.set_string("blur", "gaussian").unwrap();
            options.set_string("sampler", sampler).unwrap();
            options.set_string("tile", tile).unwrap();
            run(&options, &bytes, [200, 180, 3], &mut ()).unwrap()
        };
        let (whole, report) = with_tile("0");
        assert_eq!(report.tile_calls as f64, report.network_calls);
        let (tiled, report) = with_tile("64");
        assert!(report.tile_calls as f64 > 4.0 * report.network_calls);
        let worst = whole.iter().zip(&tiled).map(|(&a, &b)| a.abs_diff(b)).max();
        assert!(worst.unwrap() <= 1, "{sampler}: {worst:?}");
    }
}

struct Watcher {
    seen: Vec<Progress>,
    previews: Vec<[usize; 3]>,
    stop_after: usize,
}

impl Observer for Watcher {
    fn progress(&mut self, progress: &Progress) -> bool {
        self.seen.push(progress.clone());
        self.seen.len() < self.stop_after
    }

    fn wants_preview(&self) -> bool {
        true
    }

    fn preview(&mut self, estimate: ArrayView3<'_, f32>) {
        let (c, h, w) = estimate.dim();
        self.previews.push([c, h, w]);
    }
}

fn watcher(stop_after: usize) -> Watcher {
    Watcher {
        seen: Vec::new(),
        previews: Vec::new(),
        stop_after,
    }
}

#[test]
fn progress_rises_to_one_and_previews_have_the_output_size() {
    for blur in ["gaussian", "motion"] {
        let mut watcher = watcher(usize::MAX);
        let options = options(&[("task", "deblur"), ("blur", blur), ("rounds", "3")]);
        run(&options, &picture(60, 50, 3), [60, 50, 3], &mut watcher).unwrap();
        let fractions: Vec<f64> = watcher
            .seen
            .iter()
            .map(|progress| progress.fraction)
            .collect();
        assert!(
            fractions.windows(2).all(|pair| pair[0] <= pair[1]),
            "{fractions:?}"
        );
        assert_eq!(fractions.last(), Some(&1.0));
        assert_eq!(watcher.previews, vec![[3, 50, 60]; 3]);
        assert!(
            watcher
                .seen
                .iter()
                .any(|progress| progress.round == 3 && progress.step > 0)
        );
    }
}

#[test]
fn an_observer_cancels_at_any_point() {
    let options = options(&[("task", "deblur"), ("blur", "gaussian"), ("rounds", "4")]);
    let bytes = picture(60, 50, 3);
    let mut whole = watcher(usize::MAX);
    run(&options, &bytes, [60, 50, 3], &mut whole).unwrap();
    for stop_after in [1, 2, 3, 5, 8, whole.seen.len() / 2] {
        let mut watcher = watcher(stop_after);
        let result = run(&options, &bytes, [60, 50, 3], &mut watcher);
        assert!(
            matches!(result, Err(Error::Cancelled)),
            "after {stop_after}: {result:?}"
        );
        assert_eq!(
            watcher.seen.len(),
            stop_after,
            "called again after cancelling"
        );
    }
}

#[test]
fn cancel_from_another_thread_and_busy() {
    let context = context();
    let mut options = options(&[
        ("task", "deblur"),
        ("blur", "gaussian"),
        ("rounds", "1000"),
        ("preset", "paper"),
    ]);
    options.set_number("t_start", 1000.0).unwrap();
    let bytes = picture(64, 64, 3);
    let layout = Layout::packed(64, 64, 3, PixelType::U8);
    std::thread::scope(|scope| {
        let (entered, inside) = std::sync::mpsc::channel();
        let (context, options, bytes) = (&context, &options, &bytes);
        let runner = scope.spawn(move || {
            let mut output = vec![0; bytes.len()];
            let input = ImageView::new(bytes, layout, 0)?;
            let mut view = ImageViewMut::new(&mut output, layout, 0)?;
            let mut observer = |progress: &Progress| {
                if progress.round > 0 {
                    let _ = entered.send(());
                }
                true
            };
            restore(context, options, &input, &mut view, &mut observer)
        });
        inside.recv().unwrap();
        let mut output = vec![0; bytes.len()];
        let input = ImageView::new(bytes, layout, 0).unwrap();
        let mut view = ImageViewMut::new(&mut output, layout, 0).unwrap();
        let second = restore(context, options, &input, &mut view, &mut ());
        assert!(matches!(second, Err(Error::Busy)), "{second:?}");
        context.cancel();
        let first = runner.join().unwrap();
        assert!(matches!(first, Err(Error::Cancelled)), "{first:?}");
    });
}

#[test]
fn inpainting_keeps_what_is_known() {
    let (width, height) = (90, 70);
    let options = with_mask(options(&[("task", "inpaint")]), width, height);
    let bytes = picture(width, height, 3);
    let (restored, _) = run(&options, &bytes, [width, height, 3], &mut ()).unwrap();
    let mut filled = 0;
    for (index, (&before, &after)) in bytes.iter().zip(&restored).enumerate() {
        let (x, y) = (index / 3 % width, index / 3 / width);
        if (x + y) % 5 == 0 {
            filled += usize::from(before != after);
        } else {
            assert_eq!(before, after, "known pixel {x},{y} changed");
        }
    }
    assert!(filled > 100, "nothing was filled");
}

#[test]
fn options_that_cannot_run_are_refused() {
    let bytes = picture(40, 40, 3);
    let size = [40, 40, 3];
    let fails =
        |settings: &[(&str, &str)]| run(&options(settings), &bytes, size, &mut ()).unwrap_err();
    assert!(matches!(
        fails(&[("task", "inpaint")]),
        Error::MissingOption { .. }
    ));
    assert!(matches!(
        fails(&[("task", "deblur"), ("blur", "kernel")]),
        Error::MissingOption { .. }
    ));
    match fails(&[("task", "deblur"), ("blur", "gaussian"), ("step", "4")]) {
        Error::UnstableStep { bound, .. } => assert!(bound > 3.7 && bound < 4.0, "{bound}"),
        other => panic!("{other:?}"),
    }
    for settings in [
        &[("t_start", "10"), ("t_end", "20")][..],
        &[("schedule", "linear"), ("t_start", "10"), ("rounds", "11")],
        &[("t_start", "10.5"), ("t_end", "0")],
        &[("sampler", "consistency"), ("rounds", "3")],
        &[("tile", "8"), ("overlap", "8")],
    ] {
        let error = fails(settings);
        assert!(error.is_usage(), "{settings:?}: {error:?}");
    }
    assert!(matches!(
        fails(&[("max_memory", "1")]),
        Error::Memory { .. }
    ));
    let mut masked = options(&[("task", "inpaint")]);
    masked.set_mask(Some(Array2::zeros((39, 40))));
    let error = run(&masked, &bytes, size, &mut ()).unwrap_err();
    assert!(matches!(error, Error::InvalidImage(_)), "{error:?}");
}

#[test]
fn the_report_tells_what_ran() {
    let settings = [
        ("task", "super-resolve"),
        ("scale", "2"),
        ("preset", "paper"),
        ("noise", "0"),
    ];
    let (_, report) = run(
        &options(&settings),
        &picture(24, 20, 3),
        [24, 20, 3],
        &mut (),
    )
    .unwrap();
    let strengths: Vec<f64> = report.rounds.iter().map(|round| round.t).collect();
    assert_eq!(
        strengths,
        [
            400.0, 356.0, 311.0, 267.0, 222.0, 178.0, 133.0, 89.0, 44.0, 1.0
        ]
    );
    let calls: Vec<usize> = report
        .rounds
        .iter()
        .map(|round| round.network_calls)
        .collect();
    assert_eq!(calls, [20, 20, 20, 20, 20, 20, 20, 20, 20, 2]);
    assert_eq!(report.network_calls, 182.0);
    assert_eq!(report.size, [48, 40]);
    assert!(
        report
            .rounds
            .iter()
            .all(|round| (round.step.unwrap() - 0.04069).abs() < 1e-4
                && round.gradient_steps == Some(100))
    );
    // As asked: the rounds say what the preset made of it.
    assert_eq!(report.options["gradient_steps"], Value::Integer(-1));
}

#[test]
fn no_blur_is_looked_for_beside_an_own_operator() {
    // Every other row was measured.
    let mut options = options(&[("task", "deblur"), ("noise", "2")]);
    options.set_operator(Some(Arc::new(|[channels, height, width]| {
        let picture = [channels, 2 * height, width];
        let measure = |x: ArrayView3<'_, f32>, mut out: ArrayViewMut3<'_, f32>| {
            out.assign(&x.slice(s![.., ..;2, ..]));
            Ok(())
        };
        let adjoint =
            |_: ArrayView3<'_, f32>, u: ArrayView3<'_, f32>, mut out: ArrayViewMut3<'_, f32>| {
                out.fill(0.0);
                out.slice_mut(s![.., ..;2, ..]).assign(&u);
                Ok(())
            };
        let own = Callback::new(
            picture,
            [channels, height, width],
            true,
            Box::new(measure),
            Box::new(adjoint),
        );
        Ok(Box::new(own))
    })));
    let (output, report) = run(
        &options,
        &picture(40, 24, 3),
        [40, 24, 3],
        &mut |_: &Progress| true,
    )
    .unwrap();
    assert_eq!(output.len(), 40 * 48 * 3);
    assert!(report.network_calls > 0.0);
}
