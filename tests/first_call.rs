//! Alone in its process: the first thing asked of the library is a model on any device.

use dcdp::priors::{NoiseLevel, open};
use dcdp::runtime::{Cancel, Device};
use dcdp::testing::diffusion::Process;
use ndarray::Array4;

const PHOTOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photo");

/// 1×3×H×W in [-1, 1].
fn load(name: &str) -> Array4<f32> {
    let reader = image::ImageReader::open(format!("{PHOTOS}/{name}")).unwrap();
    let picture = reader.decode().unwrap().to_rgb8();
    let shape = (1, 3, picture.height() as usize, picture.width() as usize);
    Array4::from_shape_fn(shape, |(_, channel, y, x)| {
        f32::from(picture.get_pixel(x as u32, y as u32)[channel]) / 127.5 - 1.0
    })
}

#[test]
fn the_bundled_prior_removes_noise_in_one_call() {
    let (clean, noisy) = (load("houses.jpg"), load("houses-noisy.png"));
    let psnr = |x: &Array4<f32>| {
        let error = (x - &clean).mapv(|value| value * value).mean().unwrap();
        10.0 * (4.0 / error).log10()
    };
    let process = Process::linear(1000, 1e-4, 0.02).unwrap();
    // σ is 25 of 255, and the network's range is 2 wide.
    let timestep = process.strength_for(2.0 * 25.0 / 255.0) - 1;
    let alpha_bar = process.alpha_bar(timestep);
    let (signal, noise) = (alpha_bar.sqrt() as f32, (1.0 - alpha_bar).sqrt() as f32);
    let x = signal * &noisy;
    let prior = open("photo", Device::Auto, 0).unwrap();
    let level = NoiseLevel::Timestep(timestep);
    let epsilon = prior
        .predict(x.view(), level, &Cancel::new())
        .unwrap()
        .sample;
    let restored = (&x - noise * &epsilon) / signal;
    let (before, after) = (psnr(&noisy), psnr(&restored));
    assert!(after > before + 8.0, "{before:.2} dB, {after:.2} dB");
    println!("{before:.2} dB, {after:.2} dB");
}
