//! Point-spread functions against what their names say.

use dcdp::operators::kernels;
use ndarray::Array2;

#[test]
fn motion_kernels_point_where_they_say() {
    let flat = kernels::motion(21.0, 0.0).unwrap();
    assert_eq!(flat.dim(), (1, 21));
    assert!(flat.iter().all(|value| (value - 1.0 / 21.0).abs() < 1e-12));
    assert_eq!(kernels::motion(21.0, 90.0).unwrap().dim(), (21, 1));
    assert_eq!(kernels::motion(1.0, 30.0).unwrap().dim(), (1, 1));
    let psf = kernels::motion(21.0, 30.0).unwrap();
    assert!((psf.sum() - 1.0).abs() < 1e-12);
    // Counter-clockwise from +x: the far right end is up, in the first rows.
    let (height, width) = psf.dim();
    assert!(height % 2 == 1 && width % 2 == 1);
    let right = psf.column(width - 2);
    let up: f64 = right.iter().take(height / 2).sum();
    assert!(up > 0.9 * right.sum() && right.sum() > 0.0);
    for (i, value) in psf.iter().enumerate() {
        assert!((value - psf.iter().nth(psf.len() - 1 - i).unwrap()).abs() < 1e-12);
    }
}

/// A disk weighs what it covers of each pixel.
#[test]
fn disks_are_round_and_cover_their_area() {
    for radius in [0.3, 0.5, 0.51, 1.0, 1.5, 2.7, 8.25, 30.0] {
        let psf = kernels::disk(radius).unwrap();
        let (size, columns) = psf.dim();
        assert!(size == columns && size % 2 == 1);
        assert!((psf.sum() - 1.0).abs() < 1e-12);
        let reach = (size / 2) as f64;
        assert!(reach < radius + 0.5 && (radius <= 0.5 || reach + 0.5 >= radius));
        let mut moment = 0.0;
        for ((i, j), &value) in psf.indexed_iter() {
            let mirrored = psf[[size - 1 - i, j]].max(psf[[j, i]]);
            assert!(
                (value - mirrored).abs() < 2e-4 / (radius * radius),
                "{radius}"
            );
            let (down, right) = (i as f64 - reach, j as f64 - reach);
            moment += value * (down * down + right * right);
            // Whole pixels inside, none outside.
            let area = value * std::f64::consts::PI * radius * radius;
            let distance = down.hypot(right);
            if radius > 1.0 && distance + 0.71 < radius {
                assert!((area - 1.0).abs() < 1e-3, "{radius}: {area}");
            }
            assert!(distance - 0.71 < radius || value == 0.0);
        }
        // A disk's second moment is r²/2; spreading over pixels adds 1/6 where the rim is smooth to them.
        let expected = radius * radius / 2.0 + 1.0 / 6.0;
        assert!(
            radius < 5.0 || (moment - expected).abs() < 2e-3 * expected,
            "{radius}"
        );
        // The covered area, by counting points.
        let inside = |i: usize, j: usize| {
            let place = |at: usize, point: usize| at as f64 - reach + (point as f64 - 49.5) / 100.0;
            let points = (0..10_000)
                .filter(|&point| place(i, point / 100).hypot(place(j, point % 100)) <= radius);
            points.count() as f64 / 10_000.0
        };
        let row = size / 2;
        let total = std::f64::consts::PI * radius * radius;
        for column in 0..size {
            let area = psf[[row, column]] * total;
            assert!((area - inside(row, column)).abs() < 5e-3, "{radius}");
        }
    }
    for radius in [0.0, -1.0, f64::NAN, 501.0] {
        let error = kernels::disk(radius).unwrap_err().to_string();
        assert!(error.starts_with("blur_radius: "), "{error}");
    }
}

#[test]
fn centred_kernels_move_nothing() {
    // A blob off the centre of a large black picture.
    let mut picture = Array2::<f64>::zeros((40, 64));
    for (i, j, value) in [(5, 7, 1.0), (5, 8, 4.0), (6, 8, 2.0), (9, 8, 0.5)] {
        picture[[i, j]] = value;
    }
    let psf = kernels::centred(picture.view()).unwrap();
    assert_eq!(psf.dim(), (7, 3));
    assert_eq!(psf.sum(), picture.sum());
    let mean = |psf: &Array2<f64>, place: fn((usize, usize)) -> usize| {
        let moments = psf
            .indexed_iter()
            .map(|(at, value)| value * place(at) as f64);
        moments.sum::<f64>() / psf.sum()
    };
    assert!((mean(&psf, |at| at.0) - 3.0).abs() <= 0.5);
    assert!((mean(&psf, |at| at.1) - 1.0).abs() <= 0.5);
    // Centred once is centred; a shift of the picture changes nothing.
    assert_eq!(kernels::centred(psf.view()).unwrap(), psf);
    let mut shifted = Array2::<f64>::zeros((80, 128));
    let source = picture.slice(ndarray::s![..30, ..40]);
    shifted.slice_mut(ndarray::s![50.., 88..]).assign(&source);
    assert_eq!(kernels::centred(shifted.view()).unwrap(), psf);
    // Not far from the middle of its picture, the middle is meant.
    let mut drawn = Array2::<f64>::zeros((15, 15));
    drawn[[8, 9]] = 1.0;
    drawn[[7, 9]] = 1.0;
    assert_eq!(kernels::centred(drawn.view()).unwrap(), drawn);
    // Negative lobes have no say.
    let sharpening = ndarray::array![[0.0, -0.3, 0.0, 0.0], [-0.3, 2.0, -0.3, -0.2]];
    let psf = kernels::centred(sharpening.view()).unwrap();
    assert_eq!(psf.dim(), (3, 5));
    assert_eq!(psf[[1, 2]], 2.0);
    assert!(kernels::centred(Array2::<f64>::zeros((3, 3)).view()).is_err());
}

#[test]
fn random_motion_is_seeded_and_normalised() {
    let first = kernels::random_motion(61, 0.5, 3);
    assert_eq!(first, kernels::random_motion(61, 0.5, 3));
    assert_ne!(first, kernels::random_motion(61, 0.5, 4));
    assert_eq!(first, kernels::random(3));
    for seed in 0..20 {
        let psf = kernels::random_motion(61, 0.5, seed);
        assert!((psf.sum() - 1.0).abs() < 1e-12);
        assert!(psf.iter().all(|&value| value >= 0.0));
        let covered = psf.iter().filter(|&&value| value > 1e-4).count();
        assert!(
            (20..1500).contains(&covered),
            "seed {seed} covers {covered} pixels"
        );
    }
}
