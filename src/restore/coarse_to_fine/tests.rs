use super::*;

fn field(size: (usize, usize, usize), seed: u64) -> Array3<f32> {
    let mut noise = Array3::zeros(size);
    SeededNoise { seed }.fill(1, 0, &mut noise);
    noise
}

/// Smooth, with something at every scale and colour.
fn scene(height: usize, width: usize) -> Array3<f32> {
    Array3::from_shape_fn((3, height, width), |(c, y, x)| {
        let wave = |period: f32| (x as f32 / period + c as f32).sin() * (y as f32 / period).cos();
        0.3 * wave(17.0) + 0.1 * wave(3.0) - 0.1 * c as f32
    })
}

/// Noise that falls with frequency, more in luminance than in chroma, 0…255 units.
fn falling() -> NoiseSpectrum {
    let mut values = Vec::new();
    for index in 0..SIDE * SIDE {
        let (i, j) = (index / SIDE, index % SIDE);
        let fall = 400.0 / (1.0 + (i * i + j * j) as f32).powf(1.2);
        values.extend([fall, 0.1 * fall, 0.0, 0.5 * fall, 0.0, 0.3 * fall]);
    }
    NoiseSpectrum::from_covariance(&values).unwrap()
}

/// A field of such noise, in network range.
fn noise_of(spectrum: &NoiseSpectrum, [height, width]: [usize; 2]) -> Array3<f32> {
    let mut noise = field((3, height, width), 5);
    for ((y, x), _) in ndarray::Array2::<u8>::zeros((height, width)).indexed_iter() {
        let ((i, down), (j, across)) = (node(y, height), node(x, width));
        let mut matrix = [[0.0; 3]; 3];
        for (di, wy) in [(0, 1.0 - down), (1, down)] {
            for (dj, wx) in [(0, 1.0 - across), (1, across)] {
                let at = spectrum.at((i + di).min(SIDE - 1), (j + dj).min(SIDE - 1));
                for a in 0..3 {
                    for b in 0..3 {
                        matrix[a][b] += wy * wx * at[a][b];
                    }
                }
            }
        }
        let (values, vectors) = eigen(&matrix);
        let white: [f64; 3] = std::array::from_fn(|c| f64::from(noise[[c, y, x]]));
        for c in 0..3 {
            let value: f64 = (0..3)
                .map(|k| vectors[c][k] * values[k].max(0.0).sqrt() * white[k])
                .sum();
            noise[[c, y, x]] = (value / 127.5) as f32;
        }
    }
    invert(&mut noise);
    noise
}

fn rms(values: &Array3<f32>) -> f64 {
    let sum: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
    (sum / values.len() as f64).sqrt()
}

#[test]
fn white_noise_is_one_call_on_the_picture_itself() {
    let picture = scene(37, 50);
    let mut out = picture.clone();
    let mut calls = Vec::new();
    denoise_with_spectrum(&mut out, &NoiseSpectrum::white(25.0), &mut |x, sigma| {
        assert_eq!(x, &picture);
        calls.push(sigma);
        x.fill(0.25);
        Ok(())
    })
    .unwrap();
    assert_eq!(calls.len(), 1);
    assert!((calls[0] - 25.0 / 127.5).abs() < 1e-8);
    assert!(out.iter().all(|&value| value == 0.25));
    denoise_with_spectrum(&mut out, &NoiseSpectrum::white(0.0), &mut |_, _| {
        panic!("nothing to do")
    })
    .unwrap();
}

#[test]
fn a_neutral_picture_stays_neutral_and_is_called_at_root_three_sigma() {
    let gray = scene(40, 33).slice(s![..1, .., ..]).to_owned();
    let color = gray.broadcast((3, 40, 33)).unwrap().to_owned();
    for spectrum in [NoiseSpectrum::white(10.0), NoiseSpectrum::gray(10.0)] {
        let mut results = Vec::new();
        for mut picture in [gray.clone(), color.clone()] {
            let channels = picture.dim().0;
            denoise_with_spectrum(&mut picture, &spectrum, &mut |x, sigma| {
                assert!((sigma * 127.5 - 10.0 * 3f64.sqrt()).abs() < 1e-5);
                // Chroma is noise of σ, luminance the picture's.
                let mut opponent = x.clone();
                to_opponent(&mut opponent);
                let chroma = rms(&opponent.slice(s![1.., .., ..]).to_owned());
                assert!((chroma / sigma - 1.0).abs() < 0.1, "{chroma} {sigma}");
                Ok(())
            })
            .unwrap();
            assert_eq!(picture.dim(), (channels, 40, 33));
            assert!(is_neutral(picture.view()));
            results.push(picture.slice(s![..1, .., ..]).to_owned());
        }
        assert_eq!(results[0], results[1]);
        assert!((&results[0] - &gray).iter().all(|error| error.abs() < 1e-6));
    }
}

#[test]
fn a_denoiser_that_does_nothing_changes_nothing() {
    for (height, width) in [(1, 1), (7, 3), (1, 90), (37, 53), (64, 64), (17, 211)] {
        let picture = scene(height, width);
        let mut out = picture.clone();
        let mut pixels = 0;
        denoise_with_spectrum(&mut out, &falling(), &mut |x, sigma| {
            assert!(sigma.is_finite() && sigma > 0.0);
            pixels += x.len() / 3;
            Ok(())
        })
        .unwrap();
        let worst = (&out - &picture).iter().fold(0f32, |a, b| a.max(b.abs()));
        assert!(worst < 1e-5, "{height}x{width}: {worst}");
        assert!(pixels as f64 <= 1.3125 * (height * width) as f64);
    }
}

/// The denoiser that knows the answer is asked at the noise there is, at every level.
#[test]
fn each_level_has_the_noise_it_says() {
    let (height, width) = (128, 161);
    let spectrum = falling();
    let clean = scene(height, width);
    let mut coefficients = clean.clone();
    transform(&mut coefficients);
    let mut picture = &clean + &noise_of(&spectrum, [height, width]);
    let levels = levels(&spectrum, height, width);
    assert_eq!(levels.len(), 3);
    let mut calls = levels.iter();
    denoise_with_spectrum(&mut picture, &spectrum, &mut |x, sigma| {
        let level = calls.next().unwrap();
        assert_eq!(x.dim(), (3, level.height, level.width));
        assert_eq!(sigma, level.sigma / 127.5);
        let shrink = (level.sigma / level.deviation) as f32;
        let mut answer = coefficients
            .slice(s![.., ..level.height, ..level.width])
            .to_owned()
            * shrink;
        invert(&mut answer);
        // No direction of colour has more than the level's noise; the strongest, about that.
        let mut noise = &*x - &answer;
        to_opponent(&mut noise);
        let luminance = rms(&noise.slice(s![..1, .., ..]).to_owned());
        assert!(
            (0.55..1.1).contains(&(luminance / sigma)),
            "{}",
            luminance / sigma
        );
        assert!(rms(&noise) < luminance);
        x.assign(&answer);
        Ok(())
    })
    .unwrap();
    assert!(calls.next().is_none());
    assert!((&picture - &clean).iter().all(|error| error.abs() < 1e-4));
}

#[test]
fn threads_change_nothing() {
    let picture = scene(60, 71);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let mut out = picture.clone();
        pool.unwrap().install(|| {
            denoise_with_spectrum(&mut out, &falling(), &mut |x, _| {
                x.mapv_inplace(|value| 0.9 * value);
                Ok(())
            })
            .unwrap();
        });
        out
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn what_the_denoiser_reports_comes_back() {
    let mut picture = scene(40, 40);
    let result = denoise_with_spectrum(&mut picture, &falling(), &mut |_, _| {
        Err(crate::Error::Cancelled)
    });
    assert!(matches!(result, Err(crate::Error::Cancelled)));
}
