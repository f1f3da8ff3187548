use std::path::Path;

use ndarray::{Array2, Array3, Axis, s};

use super::*;
use crate::math::noise::{NoiseSource, SeededNoise};

const PHOTOS: [&str; 3] = [
    "examples/photo/houses.jpg",
    "tests/data/photos/street.png",
    "tests/data/photos/portrait.png",
];

/// A shipped photograph, 256×256, averaged 2×2 where it is larger.
fn photo(name: &str) -> Array3<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let photo = image::open(path).unwrap().to_rgb32f();
    let (width, height) = (photo.width() as usize, photo.height() as usize);
    let factor = width / 256;
    Array3::from_shape_fn((3, height / factor, width / factor), |(c, y, x)| {
        let sum: f32 = (0..factor * factor)
            .map(|at| {
                let (x, y) = (factor * x + at % factor, factor * y + at / factor);
                photo.get_pixel(x as u32, y as u32)[c]
            })
            .sum();
        2.0 * sum / (factor * factor) as f32 - 1.0
    })
}

fn field(size: (usize, usize, usize), seed: u64) -> Array3<f32> {
    let mut noise = Array3::zeros(size);
    SeededNoise { seed }.fill(1, 0, &mut noise);
    noise
}

/// Noise blurred by [1 2 1]/4 in both directions, of standard deviation 1.
fn blurred(size: (usize, usize, usize), seed: u64) -> Array3<f32> {
    let white = field((size.0, size.1 + 2, size.2 + 2), seed);
    Array3::from_shape_fn(size, |(c, y, x)| {
        let mut sum = 0.0;
        for (i, a) in [1.0, 2.0, 1.0].into_iter().enumerate() {
            for (j, b) in [1.0, 2.0, 1.0].into_iter().enumerate() {
                sum += a * b * white[[c, y + i, x + j]];
            }
        }
        sum / 6.0
    })
}

/// Adds noise of `sigma` and rounds to 8 bits.
fn noisy(picture: &Array3<f32>, noise: &Array3<f32>, sigma: f32) -> Array3<f32> {
    let values = picture + &(noise * (sigma / 127.5));
    values.mapv(|value| ((value + 1.0) * 127.5).round().clamp(0.0, 255.0) / 127.5 - 1.0)
}

fn neutral(picture: &Array3<f32>) -> Array3<f32> {
    let mean = picture.mean_axis(Axis(0)).unwrap();
    mean.broadcast(picture.dim()).unwrap().to_owned()
}

fn close(found: f64, wanted: f64, tolerance: f64, what: &str) {
    let error = (found / wanted - 1.0).abs();
    assert!(error < tolerance, "{what}: {found:.3} for {wanted:.3}");
}

#[test]
fn white_noise_is_white() {
    for name in PHOTOS {
        let photo = photo(name);
        for sigma in [5.0, 15.0, 25.0] {
            let picture = noisy(&photo, &field(photo.dim(), 3), sigma);
            let found = estimate_noise(picture.view(), None);
            let what = format!("{name} {sigma}");
            assert_eq!(found.kind, NoiseKind::White, "{what}");
            close(found.sigma, f64::from(sigma), 0.12, &what);
            assert_eq!(found.spectrum, NoiseSpectrum::white(found.spectrum.level()));
        }
    }
}

#[test]
fn one_field_in_all_channels_is_gray() {
    for name in PHOTOS {
        let photo = neutral(&photo(name));
        for sigma in [6.0, 20.0] {
            let noise = neutral(&field(photo.dim(), 4)) * 3f32.sqrt();
            let picture = noisy(&photo, &noise, sigma);
            let found = estimate_noise(picture.view(), None);
            let what = format!("{name} {sigma}");
            assert_eq!(found.kind, NoiseKind::Gray, "{what}");
            close(found.sigma, f64::from(sigma), 0.12, &what);
            close(
                found.spectrum.level(),
                3f64.sqrt() * found.sigma,
                1e-4,
                &what,
            );
            let one = estimate_noise(picture.slice(s![..1, .., ..]), None);
            assert_eq!(one, found, "{what}");
        }
    }
}

#[test]
fn blurred_noise_is_coloured() {
    for name in PHOTOS {
        let photo = photo(name);
        for sigma in [8.0, 16.0] {
            let picture = noisy(&photo, &blurred(photo.dim(), 5), sigma);
            let found = estimate_noise(picture.view(), None);
            let what = format!("{name} {sigma}");
            assert_eq!(found.kind, NoiseKind::Coloured, "{what}");
            close(found.sigma, f64::from(sigma), 0.3, &what);
            // As [1 2 1]/4 leaves it: most at low frequencies, next to nothing at the highest.
            let deviation = |i, j| f64::sqrt(found.spectrum.at(i, j)[0][0]);
            assert!(deviation(1, 1) > 1.5 * deviation(4, 4), "{what}");
            assert!(deviation(4, 4) > 3.0 * deviation(7, 7), "{what}");
        }
    }
}

#[test]
fn noise_that_is_stronger_in_shadows_counts_where_it_is() {
    let (mut even, mut uneven) = (0.0, 0.0);
    for name in PHOTOS {
        let photo = photo(name);
        let mut noise = blurred(photo.dim(), 5);
        even += estimate_noise(noisy(&photo, &noise, 8.0).view(), None).sigma;
        let light = photo.mean_axis(Axis(0)).unwrap();
        let factor = light.mapv(|light| if light < 0.0 { 2.0 } else { 1.0 });
        noise *= &factor.broadcast(photo.dim()).unwrap();
        let truth = 8.0 * (noise.mapv(|value| value * value).mean().unwrap()).sqrt();
        let found = estimate_noise(noisy(&photo, &noise, 8.0).view(), None);
        assert_eq!(found.kind, NoiseKind::Coloured, "{name}");
        close(found.sigma, f64::from(truth), 0.35, name);
        uneven += found.sigma;
    }
    assert!(uneven > 1.25 * even, "{uneven} {even}");
}

#[test]
fn clean_pictures_have_none() {
    for name in PHOTOS {
        let photo = photo(name);
        let picture = noisy(&photo, &Array3::zeros(photo.dim()), 0.0);
        let found = estimate_noise(picture.view(), None);
        assert_eq!(found.kind, NoiseKind::None, "{name}: {}", found.sigma);
        assert_eq!(found.spectrum.level(), 0.0);
    }
}

/// What the estimate says of a picture before and after a change must agree within a `tolerance`.
fn unmoved(what: &str, tolerance: f64, change: impl Fn(&mut Array3<f32>) -> Option<Array2<bool>>) {
    for name in PHOTOS {
        let photo = photo(name);
        let kinds = [
            ("white", field(photo.dim(), 6)),
            ("coloured", blurred(photo.dim(), 7)),
        ];
        for (kind, noise) in kinds {
            let mut picture = noisy(&photo, &noise, 12.0);
            let before = estimate_noise(picture.view(), None);
            let usable = change(&mut picture);
            let after = estimate_noise(picture.view(), usable.as_ref().map(|usable| usable.view()));
            let what = format!("{what}, {kind} noise on {name}");
            assert_eq!(after.kind, before.kind, "{what}: {}", after.sigma);
            close(after.sigma, before.sigma, tolerance, &what);
        }
    }
}

#[test]
fn a_flat_band_changes_nothing() {
    for (rows, value) in [(0..26, 0.2), (100..126, -0.6), (230..256, 0.9)] {
        unmoved("a band", 0.15, |picture| {
            picture.slice_mut(s![.., rows.clone(), ..]).fill(value);
            None
        });
    }
    // Nearly flat: a gradient of a tone or two, rounded.
    unmoved("a shaded band", 0.15, |picture| {
        let mut band = picture.slice_mut(s![.., 40..70, ..]);
        for ((_, y, x), value) in band.indexed_iter_mut() {
            *value = (20.0 + (y as f32 / 7.0 + x as f32 / 50.0).round()) / 127.5;
        }
        None
    });
}

#[test]
fn borders_change_nothing() {
    unmoved("a black frame", 0.15, |picture| {
        picture.slice_mut(s![.., ..20, ..]).fill(-1.0);
        picture.slice_mut(s![.., 236.., ..]).fill(-1.0);
        picture.slice_mut(s![.., .., ..12]).fill(-1.0);
        picture.slice_mut(s![.., .., 244..]).fill(-1.0);
        None
    });
    unmoved("a white frame", 0.15, |picture| {
        picture.slice_mut(s![.., .., ..30]).fill(1.0);
        None
    });
    unmoved("a replicated edge", 0.15, |picture| {
        let edge = picture.slice(s![.., 30..31, ..]).to_owned();
        picture.slice_mut(s![.., ..30, ..]).assign(&edge);
        None
    });
}

#[test]
fn clipped_areas_change_nothing() {
    unmoved("highlights", 0.2, |picture| {
        let mut part = picture.slice_mut(s![.., 60..140, 30..150]);
        part.mapv_inplace(|value| (value + 1.1).min(1.0));
        None
    });
    unmoved("shadows", 0.2, |picture| {
        let mut part = picture.slice_mut(s![.., 10..90, 120..230]);
        part.mapv_inplace(|value| (value - 1.1).max(-1.0));
        None
    });
}

#[test]
fn unusable_pixels_are_not_looked_at() {
    for value in [0.25, f32::NAN, 9.0] {
        unmoved("a mask", 0.15, |picture| {
            picture.slice_mut(s![.., 50..170, 90..200]).fill(value);
            let noise = field((3, 120, 60), 8);
            picture
                .slice_mut(s![.., 50..170, 90..150])
                .scaled_add(0.5, &noise);
            let mut usable = Array2::from_elem((256, 256), true);
            usable.slice_mut(s![50..170, 90..200]).fill(false);
            Some(usable)
        });
    }
}

#[test]
fn copies_count_once() {
    unmoved("a tiled pattern", 0.15, |picture| {
        let tile = Array3::from_shape_fn((3, 4, 4), |(c, y, x)| {
            0.03 * ((x * 7 + y * 5 + c) % 4) as f32 - 0.2
        });
        for ((c, y, x), value) in picture.slice_mut(s![.., ..90, ..110]).indexed_iter_mut() {
            *value = tile[[c, y % 4, x % 4]];
        }
        None
    });
    unmoved("a repeated patch", 0.15, |picture| {
        let patch = picture.slice(s![.., 200..208, 60..68]).to_owned();
        for ((c, y, x), value) in picture.slice_mut(s![.., ..64, ..128]).indexed_iter_mut() {
            *value = patch[[c, y % 8, x % 8]];
        }
        None
    });
}

#[test]
fn any_size_and_value_has_an_answer() {
    let photo = photo(PHOTOS[1]);
    let picture = noisy(&photo, &field(photo.dim(), 9), 10.0);
    for (height, width) in [(1, 1), (7, 3), (1, 256), (8, 8), (9, 200), (31, 31), (0, 5)] {
        for channels in [1, 3] {
            let part = picture.slice(s![..channels, ..height, ..width]);
            let found = estimate_noise(part, None);
            assert!((0.0..128.0).contains(&found.sigma), "{height}x{width}");
            let unusable = Array2::from_elem((height, width), false);
            let found = estimate_noise(part, Some(unusable.view()));
            assert_eq!((found.kind, found.sigma), (NoiseKind::None, 0.0));
        }
    }
    for value in [-1.0, 0.3, 1.0, 7.0, f32::NAN, f32::INFINITY] {
        let flat = Array3::from_elem((3, 60, 70), value);
        assert_eq!(estimate_noise(flat.view(), None).kind, NoiseKind::None);
    }
}

#[test]
fn threads_change_nothing() {
    let photo = photo(PHOTOS[0]);
    let picture = noisy(&photo, &blurred(photo.dim(), 10), 12.0);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| estimate_noise(picture.view(), None))
    };
    assert_eq!(with(1), with(5));
}

#[test]
fn a_spectrum_from_elsewhere_is_named() {
    let kind = |spectrum: NoiseSpectrum| NoiseFinding::from(spectrum).kind;
    assert_eq!(kind(NoiseSpectrum::white(7.3)), NoiseKind::White);
    assert_eq!(kind(NoiseSpectrum::gray(7.3)), NoiseKind::Gray);
    let falling = |chroma: f64| {
        NoiseSpectrum::from_fn(|i, j| {
            let fall = 90.0 / (1.0 + (i + j) as f64);
            [
                [fall, 0.0, 0.0],
                [0.0, chroma * fall, 0.0],
                [0.0, 0.0, chroma * fall],
            ]
        })
    };
    assert_eq!(kind(falling(0.0)), NoiseKind::Gray);
    assert_eq!(kind(falling(0.5)), NoiseKind::Coloured);
    assert_eq!(kind(falling(1.0)), NoiseKind::Coloured);
    let little = NoiseFinding::from(NoiseSpectrum::white(0.5));
    assert_eq!(little.kind, NoiseKind::None);
    assert!((little.sigma - 0.5).abs() < 1e-6);
}

#[test]
fn gray_noise_clipped_in_one_channel_is_not_white() {
    for name in PHOTOS {
        let mut bright = photo(name);
        // A warm light: red is near white in places, where clipping makes some chroma noise.
        for (mut plane, gain) in bright.outer_iter_mut().zip([1.25, 1.1, 0.9]) {
            plane.mapv_inplace(|value| ((value + 1.0) * gain - 1.0).min(1.0));
        }
        let noise = field((1, bright.dim().1, bright.dim().2), 5);
        let noise = noise.broadcast(bright.dim()).unwrap().to_owned();
        let found = estimate_noise(noisy(&bright, &noise, 15.0).view(), None);
        let of = |channel: usize| found.spectrum.at(3, 3)[channel][channel].sqrt();
        assert_ne!(found.kind, NoiseKind::White, "{name}");
        close(of(0), 15.0 * f64::sqrt(3.0), 0.25, name);
        assert!(
            of(1).max(of(2)) < 0.3 * of(0),
            "{name}: {} {}",
            of(1),
            of(2)
        );
    }
}
