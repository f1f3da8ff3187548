//! The noise found in pictures whose blur is known.

use crate::blur_estimate::{blurred, door, houses};
use dcdp::estimate::blur::{Light, NoiseOfBlurred, noise_of_blurred};
use dcdp::image::{ImageFile, Picture};
use dcdp::operators::kernels;
use image::codecs::jpeg::JpegEncoder;
use ndarray::{Array2, Array3, Axis, s};

const LIGHTS: [Light; 2] = [Light::Encoded, Light::Linear];

fn psfs() -> [Array2<f64>; 3] {
    [
        kernels::motion(17.0, 30.0).unwrap(),
        kernels::disk(4.0).unwrap(),
        kernels::gaussian(2.0).unwrap(),
    ]
}

fn found(picture: &Array3<f32>, psf: &Array2<f64>, light: Light) -> Option<NoiseOfBlurred> {
    noise_of_blurred(picture.view(), psf.view(), light, false, None)
}

fn photos() -> [Array3<f32>; 2] {
    [houses(), door()].map(|photo| photo.slice(s![.., 16..272, 16..272]).to_owned())
}

#[test]
fn white_noise_is_read_under_every_blur() {
    for photo in photos() {
        for psf in psfs() {
            for light in LIGHTS {
                for sigma in [2.0, 10.0] {
                    let read = found(&blurred(&photo, psf.view(), light, sigma), &psf, light);
                    let NoiseOfBlurred { sigma: all, level } = read.unwrap();
                    assert!(
                        (all / sigma - 1.0).abs() < 0.2,
                        "{light:?} {all} for {sigma}"
                    );
                    assert!(
                        (level / sigma - 1.0).abs() < 0.25,
                        "{light:?} {level} for {sigma}"
                    );
                }
            }
        }
    }
}

#[test]
fn texture_is_no_noise() {
    for photo in photos() {
        for psf in psfs() {
            for light in LIGHTS {
                let read = found(&blurred(&photo, psf.view(), light, 0.0), &psf, light);
                assert!(read.unwrap().level < 0.8, "{light:?} {read:?}");
            }
        }
    }
}

#[test]
fn gray_noise_is_told_from_white() {
    let psf = kernels::motion(17.0, 30.0).unwrap();
    let mut picture = blurred(&houses(), psf.view(), Light::Encoded, 0.0);
    // The noise of one channel in all of them.
    let flat = Array3::zeros((1, picture.dim().1, picture.dim().2));
    let noise = blurred(&flat, Array2::ones((1, 1)).view(), Light::Encoded, 4.0);
    for mut plane in picture.outer_iter_mut() {
        plane += &noise.index_axis(Axis(0), 0);
    }
    let NoiseOfBlurred { sigma, level } = found(&picture, &psf, Light::Encoded).unwrap();
    assert!((sigma / 4.0 - 1.0).abs() < 0.1, "{sigma}");
    assert!(
        (level / sigma - 3f64.sqrt()).abs() < 0.05,
        "{level} {sigma}"
    );
    // One channel alone has nothing to differ from.
    let gray = picture.slice(s![..1, .., ..]).to_owned();
    let one = found(&gray, &psf, Light::Encoded).unwrap();
    assert_eq!(one.sigma, one.level);
}

#[test]
fn what_compression_took_from_high_frequencies_is_found_in_low_ones() {
    let psf = kernels::disk(4.5).unwrap();
    let noisy = blurred(&houses(), psf.view(), Light::Encoded, 10.0);
    let (_, height, width) = noisy.dim();
    let pixels: Vec<u8> = (noisy.permuted_axes([1, 2, 0]).iter())
        .map(|value| (127.5 * value + 127.5).round() as u8)
        .collect();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 50)
        .encode(
            &pixels,
            width as u32,
            height as u32,
            image::ExtendedColorType::Rgb8,
        )
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noisy.jpg");
    std::fs::write(&path, bytes).unwrap();
    let file = ImageFile::read(&path).unwrap();
    let picture = Picture::read(&file.view().unwrap()).color;
    let level = |jpeg| {
        noise_of_blurred(picture.view(), psf.view(), Light::Encoded, jpeg, None)
            .unwrap()
            .level
    };
    assert!(level(true) > 6.0, "{}", level(true));
    assert!(level(false) < level(true), "{}", level(false));
}

#[test]
fn what_tells_nothing_gives_nothing() {
    let photo = photos()[0].clone();
    let none = |picture: &Array3<f32>, psf: &Array2<f64>| {
        assert_eq!(found(picture, psf, Light::Encoded), None);
    };
    // Nothing is blurred away, the picture is too small, or the kernel too large.
    none(&photo, &Array2::ones((1, 1)));
    none(&photo, &kernels::gaussian(0.3).unwrap());
    none(&photo.slice(s![.., ..40, ..]).to_owned(), &psfs()[1]);
    none(&photo, &kernels::motion(300.0, 0.0).unwrap());
    // No pixel is a picture, or all are the same.
    let usable = Array2::from_elem((256, 256), false);
    let psf = kernels::disk(4.0).unwrap();
    let unusable = Some(usable.view());
    let found = noise_of_blurred(photo.view(), psf.view(), Light::Linear, false, unusable);
    assert_eq!(found, None);
    for value in [-1.0, 0.3, 1.0, f32::NAN, f32::INFINITY] {
        let flat = Array3::from_elem((3, 256, 256), value);
        for light in LIGHTS {
            let found = noise_of_blurred(flat.view(), psf.view(), light, true, None);
            assert!(
                found.is_none_or(|found| found.level < 0.01),
                "{value} {found:?}"
            );
        }
    }
}

#[test]
fn the_answer_is_the_same_on_any_number_of_threads() {
    let psf = kernels::disk(4.0).unwrap();
    let picture = blurred(&houses(), psf.view(), Light::Linear, 3.0);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| found(&picture, &psf, Light::Linear))
    };
    assert_eq!(on(1), on(3));
}
