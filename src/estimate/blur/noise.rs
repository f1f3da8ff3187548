//! The noise of a picture whose blur is known: what stands where the blur let nothing of the picture through.
//!
//! It sees what the flattest patches of a picture do not show, noise that compression took out of them, and takes no
//! texture for noise. A kernel that is a little wrong shows as noise too, which is what it is to a data step.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis};

use super::crops;
use super::finding::Light;
use super::scene::{Crop, Scene};
use super::spectrum::{Bins, expected_power, hann, periodogram};
use crate::image::transfer::decode_slope;
use crate::math::opponent::to_opponent;

/// Radii (cycles per pixel) between the rings in each of which the noise is one number. The first, where a blur lets pass
/// more of the picture, is looked at where compression took the noise out of the others (without noise 1.0 would be read
/// there under a disk of 4 px); the last where the others do not tell.
const RINGS: [f32; 6] = [0.1, 0.15, 0.2, 0.3, 0.4, 0.5];

/// Sectors of a ring that are fitted on their own, for edges have directions: clean pictures under motion of 21 px
/// read up to 1.2 with one, 0.4 with four. Those with fewer frequencies are left out…
const SECTORS: usize = 4;
const FEWEST: usize = 20;

/// …and those in which the picture's power does not change by this factor from the weakest tenth to the strongest, or the blur lets
/// more than this share of power through even in its weakest tenth: a few edges there looked like noise of 5.
const CONTRAST: f32 = 10.0;
const THROUGH: f32 = 0.002;

/// Largest standard error of a ring's variance, relative to it, that tells anything…
const TOLD: f64 = 0.35;

/// …and noise (0…255 units) below which it may be larger.
const FAINT: f64 = 0.2;

/// Slope of photographs' power in frequency.
const SLOPE: f32 = -2.2;

/// Noise is at most this many times the mean power where the blur lets least through, a tenth of a sector: edges along one direction
/// look like noise to a fit (photographed kernel, 15×15 px: 8 was read for none). A little above 1, for it has an error of its own.
const MOST: f64 = 1.15;

/// A frequency counts at most this many times what is expected.
const OUTLIER: f64 = 30.0;

/// Least squares fits, each with the weights that the one before gives.
const FITS: usize = 40;

/// Least variance, (0…255 units)².
const LEAST: f64 = 1e-6;

/// Noise of a blurred picture, standard deviations in 0…255 units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseOfBlurred {
    /// In red, green and blue (root mean square).
    pub sigma: f64,
    /// Of the white noise that covers it in every direction of colour: √3 times noise that is the same in red,
    /// green and blue.
    pub level: f64,
}

/// Measures the noise of `picture` (C×H×W with one or three channels in network range [-1, 1], sRGB-encoded), blurred
/// by `psf` (h×w, sum 1) in `light`; `jpeg` says whether it went through compression then. `usable` (H×W) is false where pixels
/// are no picture.
///
/// Looks at up to four crops of at most 256×256; `None` where there is none, or the blur lets pass too much to tell.
/// Deterministic, whatever the number of threads.
///
/// # Panics
/// Unless the picture has 1 or 3 channels, and `usable` its size.
pub fn noise_of_blurred(
    picture: ArrayView3<'_, f32>,
    psf: ArrayView2<'_, f64>,
    light: Light,
    jpeg: bool,
    usable: Option<ArrayView2<'_, bool>>,
) -> Option<NoiseOfBlurred> {
    let scene = Scene::new(picture, usable);
    let crops = crops::choose(&scene, 0.0);
    let size = crops.first()?.size;
    if psf.nrows() > size.0 || psf.ncols() > size.1 {
        return None;
    }
    let bins = Bins::new(size);
    let transfer = bins.pick(&expected_power(psf, size));
    let signal: Vec<f32> = (transfer.iter().zip(&bins.radius))
        .map(|(&power, &radius)| power * (radius / 0.1).powf(SLOPE))
        .collect();
    let powers: Vec<Vec<f32>> = (power(&scene, &crops, light).iter())
        .map(|power| bins.pick(power))
        .collect();
    let variances = |ring: &[f32]| -> Option<Vec<f64>> {
        let sectors = sectors(&bins, (&transfer, &signal), ring);
        (powers.iter())
            .map(|power| variance(&sectors, &signal, power))
            .collect()
    };
    let mut rings = RINGS.windows(2).skip(usize::from(!jpeg));
    let last = rings.next_back();
    let mut told: Vec<Vec<f64>> = rings.filter_map(variances).collect();
    if told.is_empty() {
        told.extend(last.and_then(variances));
    }
    let root_mean = |of: &dyn Fn(&Vec<f64>) -> f64| {
        (told.iter().map(of).sum::<f64>() / told.len() as f64).sqrt()
    };
    (!told.is_empty()).then(|| NoiseOfBlurred {
        sigma: root_mean(&|channels| channels.iter().sum::<f64>() / channels.len() as f64),
        level: root_mean(&|channels| channels.iter().copied().fold(0.0, f64::max)),
    })
}

/// Mean power spectrum of the crops in each opponent colour, as of codes in 0…255.
fn power(scene: &Scene<'_>, crops: &[Crop], light: Light) -> Vec<Array2<f32>> {
    let mut mean: Vec<Array2<f32>> = Vec::new();
    for &crop in crops {
        let [mut values, codes] = scene.crop(crop, [light, Light::Encoded]);
        if light == Light::Linear {
            even_out(&mut values, &codes);
        }
        if values.dim().0 == 3 {
            to_opponent(&mut values);
        }
        let powers = (values.axis_chunks_iter(Axis(0), 1)).map(|plane| periodogram(plane, 0.0));
        if mean.is_empty() {
            mean.extend(powers);
        } else {
            (mean.iter_mut().zip(powers)).for_each(|(sum, power)| *sum += &power);
        }
    }
    let scale = 255.0 * 255.0 / crops.len() as f32;
    mean.iter_mut().for_each(|sum| *sum *= scale);
    mean
}

/// Scales each channel of `light` so that noise in it is as strong as in the `codes` it was decoded from.
fn even_out(light: &mut Array3<f32>, codes: &Array3<f32>) {
    let (rows, columns) = (hann(codes.dim().1), hann(codes.dim().2));
    for (mut light, codes) in light.outer_iter_mut().zip(codes.outer_iter()) {
        let square: f64 = (codes.indexed_iter())
            .map(|((row, column), &code)| {
                f64::from((decode_slope(code) * rows[row] * columns[column]).powi(2))
            })
            .sum();
        let slope = (square / codes.len() as f64).sqrt() as f32;
        light.mapv_inplace(|value| value / slope);
    }
}

/// The frequencies of each sector of a ring (from one radius to another) that can tell noise from picture.
fn sectors(bins: &Bins, (transfer, signal): (&[f32], &[f32]), ring: &[f32]) -> Vec<Vec<usize>> {
    let mut sectors = vec![Vec::new(); SECTORS];
    for (index, radius) in bins.radius.iter().enumerate() {
        if (ring[0]..ring[1]).contains(radius) {
            let turns = bins.y[index].atan2(bins.x[index]) / std::f32::consts::PI + 0.5;
            let sector = (turns * SECTORS as f32) as usize;
            sectors[sector.min(SECTORS - 1)].push(index);
        }
    }
    sectors.retain(|sector| {
        let sorted = |values: &[f32]| {
            let mut values: Vec<f32> = sector.iter().map(|&index| values[index]).collect();
            values.sort_by(f32::total_cmp);
            values
        };
        let (through, powers, tenth) = (sorted(transfer), sorted(signal), sector.len() / 10);
        sector.len() >= FEWEST
            && through[tenth] <= THROUGH
            && powers[powers.len() - 1 - tenth] >= CONTRAST * powers[tenth]
    });
    sectors
}

/// The variance that the `sectors` have in common; `None` where they do not tell.
fn variance(sectors: &[Vec<usize>], signal: &[f32], power: &[f32]) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for sector in sectors {
        let pairs: Vec<[f64; 2]> = (sector.iter())
            .map(|&index| [f64::from(signal[index]), f64::from(power[index])])
            .collect();
        if let Some([variance, error]) = fit(&pairs) {
            let weight = error.max(1e-9).powi(-2);
            sum += weight * variance.min(MOST * least(pairs));
            weights += weight;
        }
    }
    let variance = sum / weights;
    (weights > 0.0 && weights.powf(-0.5) <= TOLD * variance.max(FAINT * FAINT)).then_some(variance)
}

/// Mean power of the tenth of the `pairs` of signal and power that has the least signal.
fn least(mut pairs: Vec<[f64; 2]>) -> f64 {
    pairs.sort_by(|a, b| a[0].total_cmp(&b[0]));
    pairs.truncate((pairs.len() / 10).max(1));
    pairs.iter().map(|[_, power]| power).sum::<f64>() / pairs.len() as f64
}

/// n and its standard error, where power is s·signal + n in the mean, distributed exponentially, of
/// `pairs` of signal and power, at least one; `None` where they do not tell.
fn fit(pairs: &[[f64; 2]]) -> Option<[f64; 2]> {
    let mut ratios: Vec<f64> = pairs.iter().map(|[signal, power]| power / signal).collect();
    let mut powers: Vec<f64> = pairs.iter().map(|[_, power]| *power).collect();
    ratios.sort_by(f64::total_cmp);
    powers.sort_by(f64::total_cmp);
    let mut strength = 0.5 * ratios[ratios.len() / 2];
    let mut noise = powers[powers.len() / 10];
    let mut error = f64::INFINITY;
    for _ in 0..FITS {
        let (mut ss, mut sn, mut nn, mut sp, mut np) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &[signal, power] in pairs {
            let expected = (strength * signal + noise).max(1e-12);
            let weight = expected.powi(-2);
            let power = power.min(OUTLIER * expected);
            ss += weight * signal * signal;
            sn += weight * signal;
            nn += weight;
            sp += weight * signal * power;
            np += weight * power;
        }
        let determinant = ss * nn - sn * sn;
        if determinant.is_nan() || determinant <= 1e-12 * ss * nn {
            return None;
        }
        let mut next = [sp * nn - sn * np, ss * np - sn * sp].map(|sum| sum / determinant);
        if next[1] < LEAST {
            next = [sp / ss, LEAST];
        }
        if next[0] < 0.0 {
            next = [0.0, np / nn];
        }
        // Half a step, for the weights follow.
        strength = 0.5 * (strength + next[0]);
        noise = 0.5 * (noise + next[1]);
        error = (ss / determinant).sqrt();
    }
    Some([noise, error])
}
