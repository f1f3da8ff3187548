//! Measures how still shots stay, and what neighbouring frames add:
//! `cargo run --release --example temporal [PHOTO]...`
//!
//! Still and moving shots are made from photographs of at least 512×512 pixels, get white noise of σ 20 or a camera's,
//! and are denoised from 1, 3 and 5 frames. Printed are the mean PSNR, how much a place of the scene flickers, and
//! how much the measured noise varies from frame to frame.

mod camera;
mod shots;

use std::path::PathBuf;

use camera::camera;
use dcdp::estimate::noise::NoiseFinding;
use dcdp::{Options, Result};
use ndarray::{Array3, s};
use shots::{Kind, Photo, SIDE, noisy, psnr, restored};

const FRAMES: usize = 7;
const SIGMA: f32 = 20.0;

/// How the noise is made, and known.
#[derive(Clone, Copy, PartialEq)]
enum Noise {
    /// White, and given.
    Given,
    /// A camera's, measured in every frame.
    Measured,
    /// A camera's, measured in the middle frame for all.
    Held,
}

/// Means over photographs and frames.
#[derive(Default)]
struct Figures {
    before: f64,
    quality: f64,
    source: f64,
    flicker: f64,
    spread: f64,
}

fn main() -> Result<()> {
    let mut photos: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if photos.is_empty() {
        photos.push(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photo/houses.jpg").into());
    }
    let photos: Vec<Photo> = photos.iter().map(|file| Photo::read(file)).collect();
    println!(
        "| shot | noise | frames | dB before | dB | flicker before | flicker | measured σ varies by |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (kind, noise, frames) in rows() {
        let mut sum = Figures::default();
        for (number, photo) in photos.iter().enumerate() {
            measure(photo, number as u64, (kind, noise, frames), &mut sum)?;
        }
        let count = photos.len() as f64;
        let still = |value: f64| match kind {
            Kind::Still | Kind::Pan => format!("{:.2}", value / count),
            Kind::Object | Kind::Cut => "–".to_owned(),
        };
        println!(
            "| {} | {} | {frames} | {:.2} | {:.2} | {} | {} | {} |",
            format!("{kind:?}").to_lowercase(),
            match noise {
                Noise::Given => "white, given",
                Noise::Measured => "camera, each frame measured",
                Noise::Held => "camera, one frame measured",
            },
            sum.before / count,
            sum.quality / count,
            still(sum.source),
            still(sum.flicker),
            match noise {
                Noise::Given => "–".to_owned(),
                _ => format!("{:.2}", sum.spread / count),
            },
        );
    }
    Ok(())
}

fn rows() -> Vec<(Kind, Noise, u32)> {
    let kinds = [Kind::Still, Kind::Pan, Kind::Object, Kind::Cut];
    let white = kinds
        .into_iter()
        .flat_map(|kind| [1, 3, 5].map(|frames| (kind, Noise::Given, frames)));
    let camera = [
        (Kind::Still, Noise::Measured, 1),
        (Kind::Still, Noise::Held, 1),
        (Kind::Still, Noise::Held, 3),
        (Kind::Pan, Noise::Held, 1),
        (Kind::Pan, Noise::Held, 3),
    ];
    white.chain(camera).collect()
}

/// Adds one shot's figures.
fn measure(
    photo: &Photo,
    number: u64,
    (kind, noise, frames): (Kind, Noise, u32),
    sum: &mut Figures,
) -> Result<()> {
    let mut clean = photo.shot(kind, FRAMES);
    let seeds = 1000 * number..;
    let given: Vec<Array3<f32>> = match noise {
        Noise::Given => {
            let pairs = clean.iter().zip(seeds);
            pairs
                .map(|(frame, seed)| noisy(frame, SIGMA, seed))
                .collect()
        }
        _ => {
            let pairs = clean.iter().zip(seeds);
            let given = pairs
                .map(|(frame, seed)| camera(frame, Some(seed)))
                .collect();
            // What the mosaic loses is not to be had back.
            clean = clean.iter().map(|frame| camera(frame, None)).collect();
            given
        }
    };
    let mut options = Options::new();
    options.set_number("temporal_frames", f64::from(frames))?;
    if noise == Noise::Given {
        options.set_number("noise", f64::from(SIGMA))?;
    }
    if let Ok(model) = std::env::var("DCDP_TEST_MODEL") {
        options.set_string("model", &model)?;
    }
    if noise == Noise::Held {
        let (_, report) = restored(&options, &given, FRAMES / 2)?;
        options.set_noise_found(Some(report.noise));
    }
    let runs = (0..FRAMES).map(|index| restored(&options, &given, index));
    let runs = runs.collect::<Result<Vec<_>>>()?;
    let sigmas: Vec<&NoiseFinding> = runs.iter().map(|(_, report)| &report.noise).collect();
    let extreme = |pick: fn(f64, f64) -> f64, from: f64| {
        sigmas.iter().map(|found| found.sigma).fold(from, pick)
    };
    sum.spread += extreme(f64::max, 0.0) - extreme(f64::min, f64::MAX);
    let results: Vec<Array3<f32>> = runs.into_iter().map(|(result, _)| result).collect();
    let quality = |frames: &[Array3<f32>]| {
        let pairs = frames.iter().zip(&clean);
        pairs.map(|(one, other)| psnr(one, other)).sum::<f64>() / FRAMES as f64
    };
    sum.before += quality(&given);
    sum.quality += quality(&results);
    let moved = if kind == Kind::Pan { [3, 5] } else { [0, 0] };
    sum.source += flicker(&given, &clean, moved);
    sum.flicker += flicker(&results, &clean, moved);
    Ok(())
}

/// How much the errors of results two frames apart differ at one place of the scene, as a standard deviation in
/// 0…255 units; `moved` is how far the scene went meanwhile, in pixels.
fn flicker(results: &[Array3<f32>], clean: &[Array3<f32>], moved: [usize; 2]) -> f64 {
    let errors: Vec<Array3<f32>> = results.iter().zip(clean).map(|(a, b)| a - b).collect();
    let [down, right] = moved;
    let pairs = errors.windows(3).map(|three| {
        let before = three[0].slice(s![down.., right.., ..]).to_owned();
        let after = three[2].slice(s![..SIDE - down, ..SIDE - right, ..]);
        let difference = before - after;
        f64::from(difference.mapv(|value| value * value).mean().unwrap_or(0.0))
    });
    let (sum, count) = pairs.fold((0.0, 0.0), |(sum, count), square| {
        (sum + square, count + 1.0)
    });
    255.0 * (0.5 * sum / f64::max(count, 1.0)).sqrt()
}
