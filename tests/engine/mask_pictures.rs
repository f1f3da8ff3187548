//! Masks and kernels from the pictures that people make of them.

use std::path::PathBuf;

use dcdp::image::{
    Alpha, FillMap, ImageView, Layout, PixelType, PointSpread, fill_region, read_kernel, read_mask,
};
use dcdp::operators::kernels;
use ndarray::{Array2, s};

fn case(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/cases")
        .join(name)
}

const SIZE: (usize, usize) = (40, 60);

fn painted((y, x): (usize, usize)) -> bool {
    (10..18).contains(&y) && (20..35).contains(&x) || y == 30 && x > 40
}

/// An 8-bit picture of pixels with `N` channels.
fn with_view<const N: usize, T>(
    size: (usize, usize),
    pixel: impl Fn((usize, usize)) -> [u8; N],
    then: impl Fn(ImageView<'_>) -> T,
) -> T {
    let bytes: Vec<u8> = (0..size.0 * size.1)
        .flat_map(|index| pixel((index / size.1, index % size.1)))
        .collect();
    let layout = Layout::packed(size.1, size.0, N, PixelType::U8);
    then(ImageView::new(&bytes, layout, 0).unwrap())
}

fn map<const N: usize>(pixel: impl Fn((usize, usize)) -> [u8; N]) -> Result<FillMap, dcdp::Error> {
    with_view(SIZE, pixel, |view| FillMap::from_view(&view))
}

/// Paint on ground, both of any colour.
fn two<const N: usize>(paint: [u8; N], ground: [u8; N]) -> Result<FillMap, dcdp::Error> {
    map(|at| if painted(at) { paint } else { ground })
}

fn expect(map: &FillMap, filled: impl Fn((usize, usize)) -> bool) {
    for (at, &value) in map.values().indexed_iter() {
        assert_eq!(value > 0.5, filled(at), "{at:?}: {value}, {:?}", map.note());
    }
}

#[test]
fn every_kind_of_mask_means_the_same() {
    let wanted = read_mask(&case("hole_mask.png")).unwrap();
    assert_eq!(wanted.iter().filter(|value| **value > 0.5).count(), 600);
    for name in [
        "mask_01.png",
        "mask_blackalpha.png",
        "mask_red.png",
        "mask_white_with_alpha.png",
    ] {
        assert_eq!(read_mask(&case(name)).unwrap(), wanted, "{name}");
    }
}

#[test]
fn plain_masks_need_no_words() {
    for map in [
        two([255], [0]),
        two([200], [40]), // Brightness decides.
    ] {
        let map = map.unwrap();
        expect(&map, painted);
        assert_eq!(map.note(), None);
    }
    // White is filled, however much of it there is.
    expect(&two([0], [255]).unwrap(), |at| !painted(at));
    expect(&two([0, 255], [255, 255]).unwrap(), |at| !painted(at));
    let three = map(|at| {
        [if painted(at) {
            255
        } else {
            90 * (at.0 % 2) as u8
        }; 3]
    })
    .unwrap();
    expect(&three, painted);
}

#[test]
fn the_smaller_of_two_values_is_filled() {
    for map in [
        two([1], [0]),
        two([0], [1]),
        two([9], [3]),
        two([180], [200]),
        two([255, 0, 0], [0, 0, 0]),
        two([0, 0, 255], [255, 255, 255]),
        two([0, 0, 0], [255, 255, 0]),
        two([10, 90, 20], [10, 20, 90]),
    ] {
        let map = map.unwrap();
        expect(&map, painted);
        assert!(map.note().unwrap().contains("smaller"), "{:?}", map.note());
    }
    for map in [
        two([0, 0, 0, 255], [0, 0, 0, 0]),
        two([0, 0, 0, 0], [0, 0, 0, 255]),
        // What is under alpha 0 says nothing.
        two([90, 0, 0, 255], [255, 255, 255, 0]),
    ] {
        let map = map.unwrap();
        expect(&map, painted);
        assert!(map.note().unwrap().contains("smaller"));
    }
    // Equal areas: the brighter.
    let halves = map(|at| [2 + u8::from(at.0 >= 20)]).unwrap();
    expect(&halves, |at| at.0 >= 20);
}

#[test]
fn visible_paint_is_filled() {
    for map in [
        two([255, 255, 255, 255], [255, 255, 255, 0]),
        two([255, 255, 255, 255], [0, 0, 0, 0]),
        two([255, 255], [255, 0]),
        two([250, 240, 200, 255], [7, 200, 9, 0]),
    ] {
        let map = map.unwrap();
        expect(&map, painted);
        assert!(map.note().unwrap().contains("alpha"));
    }
    // More paint than ground.
    expect(&two([255, 0], [255, 255]).unwrap(), |at| !painted(at));
    // White on opaque black, an alpha channel that says nothing.
    let opaque = two([255, 255, 255, 255], [0, 0, 0, 255]).unwrap();
    expect(&opaque, painted);
    assert_eq!(opaque.note(), None);
    // Premultiplied, as in EXR files and compositors, with a soft edge.
    let soft = |(y, x): (usize, usize)| match painted((y, x)) {
        true => 255,
        false => 60 * u8::from(x > 0 && painted((y, x - 1))),
    };
    let premultiplied = with_view(
        SIZE,
        |at| [soft(at); 4],
        |view| {
            let mut layout = *view.layout();
            layout.alpha = Alpha::Premultiplied;
            let bytes: Vec<u8> = (0..SIZE.0 * SIZE.1)
                .flat_map(|index| [soft((index / SIZE.1, index % SIZE.1)); 4])
                .collect();
            FillMap::from_view(&ImageView::new(&bytes, layout, 0).unwrap())
        },
    )
    .unwrap();
    expect(&premultiplied, painted);
    assert!((premultiplied.values()[[12, 35]] - 60.0 / 255.0).abs() < 1e-6);
}

#[test]
fn soft_and_lossy_colours_are_understood() {
    // A red brush with a soft edge, and the stray colours of a lossy file.
    let red = |(y, x): (usize, usize)| {
        let edge = match painted((y, x)) {
            true => 255,
            false => 100 * u8::from(x > 0 && painted((y, x - 1))),
        };
        let stray = u8::from(y == 3 && x % 7 == 0);
        [edge, 40 * stray, 12 * stray]
    };
    expect(&map(red).unwrap(), painted);
}

#[test]
fn masks_that_say_nothing_are_refused() {
    for pixel in [
        [0, 0, 0, 255],
        [0, 0, 0, 0],
        [255, 255, 255, 0],
        [90, 0, 0, 255],
    ] {
        let error = map(|_| pixel).unwrap_err().to_string();
        assert!(
            error.contains("mask") && error.contains("nothing to fill"),
            "{error}"
        );
    }
    for pixel in [[255, 255, 255, 255], [255, 255, 0, 255]] {
        let error = map(|_| pixel).unwrap_err().to_string();
        assert!(
            error.contains("mask") && error.contains("everywhere"),
            "{error}"
        );
    }
    // Three labels.
    let error = map(|at| [(at.0 % 3) as u8]).unwrap_err().to_string();
    assert!(error.contains("0.008"), "{error}");
    let layout = Layout::packed(1, 1, 1, PixelType::F32);
    let bytes = f32::NAN.to_ne_bytes();
    let error = FillMap::from_view(&ImageView::new(&bytes, layout, 0).unwrap());
    assert!(error.unwrap_err().to_string().contains("NaN"));
}

/// A blurred disk: coverage 0…1 with an edge of about `softness` pixels.
fn disk(softness: f32) -> Array2<f32> {
    Array2::from_shape_fn((80, 80), |(y, x)| {
        let radius = (y as f32 - 40.0).hypot(x as f32 - 40.0);
        (0.5 + (20.0 - radius) / softness).clamp(0.0, 1.0)
    })
}

#[test]
fn soft_edges_leave_no_rim() {
    // An object with an antialiased edge, and masks of it that are harder and softer than it.
    let object = disk(1.5);
    for softness in [1.0, 1.5, 4.0, 12.0] {
        let mask = disk(softness).mapv(|value| (value * 255.0).round() / 255.0);
        let region = fill_region(mask.view());
        let rim = |keep: &dyn Fn((usize, usize)) -> bool| {
            object
                .indexed_iter()
                .filter(|(at, _)| keep(*at))
                .fold(0.0_f32, |most, (_, &left)| most.max(left))
        };
        // What the half level alone would leave, and what the region leaves of the object.
        let left = rim(&|at| !region[at]);
        assert!(left < 0.03 || softness < 1.5, "{softness}: {left}");
        if softness >= 1.5 {
            assert!(rim(&|at| mask[at] <= 0.5) > 0.3);
        }
        assert!(
            region
                .iter()
                .zip(&mask)
                .all(|(&fill, &value)| fill || value <= 0.5)
        );
        assert!(
            region
                .iter()
                .zip(&mask)
                .all(|(&fill, &value)| !fill || value > 0.0)
        );
    }
}

#[test]
fn even_gray_beside_a_hole_stays() {
    let mut mask = Array2::zeros((30, 30));
    mask.slice_mut(s![.., ..15]).fill(0.4);
    mask.slice_mut(s![10..20, 10..20]).fill(1.0);
    let region = fill_region(mask.view());
    assert!(region[[15, 15]] && !region[[15, 25]] && !region[[15, 5]] && !region[[2, 2]]);
    // A mask whose black is not quite black, as from a scan or video levels.
    let noisy = Array2::from_shape_fn((30, 30), |(y, x)| match mask[[y, x]] {
        value if value > 0.5 => value,
        _ => 0.06 + 0.004 * ((7 * y + 3 * x) % 4) as f32,
    });
    let region = fill_region(noisy.view());
    assert_eq!(region.iter().filter(|fill| **fill).count(), 100);
    for value in [0.0, 1.0] {
        let region = fill_region(Array2::from_elem((3, 3), value).view());
        assert!(region.iter().all(|&fill| fill == (value > 0.5)));
    }
}

fn same_kernel(found: &Array2<f32>, wanted: &Array2<f32>) -> f64 {
    let [found, wanted] = [found, wanted].map(|psf| kernels::normalised(psf.view()).unwrap());
    let margin = |axis: usize| (found.shape()[axis] - wanted.shape()[axis]) / 2;
    let (height, width) = wanted.dim();
    let mut padded = Array2::zeros(found.dim());
    padded
        .slice_mut(s![
            margin(0)..margin(0) + height,
            margin(1)..margin(1) + width
        ])
        .assign(&wanted);
    (&found - &padded).mapv(f64::abs).sum()
}

#[test]
fn kernels_are_found_in_alpha_and_above_a_black_level() {
    let right = read_kernel(&case("kernel_right.png")).unwrap();
    assert_eq!(read_kernel(&case("kernel_alpha.png")).unwrap(), right);
    let floor = read_kernel(&case("kernel_floor.png")).unwrap();
    let error = same_kernel(&floor, &right);
    assert!(error < 0.06, "{error}");
}

/// A bent stroke in 0…1.
fn stroke((y, x): (usize, usize), size: (usize, usize)) -> f32 {
    let (y, x) = (
        y as f32 - size.0 as f32 / 2.0,
        x as f32 - size.1 as f32 / 2.0,
    );
    let along = x.clamp(-6.0, 5.0);
    let distance = (x - along).hypot(y - 0.05 * along * along);
    (-0.7 * distance * distance).exp() * (0.7 + 0.05 * along)
}

fn psf<const N: usize>(
    pixel: impl Fn(f32, (usize, usize)) -> [f32; N],
) -> Result<PointSpread, dcdp::Error> {
    let size = (41, 51);
    let levels = |at| pixel(stroke(at, size), at).map(|value| (value * 255.0).round() as u8);
    with_view(size, levels, |view| PointSpread::from_view(&view))
}

#[test]
fn kernels_of_every_kind_are_understood() {
    let plain = psf(|value, _| [value]).unwrap();
    assert_eq!(plain.note(), None);
    let speckle = |(y, x): (usize, usize)| ((31 * y + 17 * x + y * x) % 4) as f32 / 255.0;
    for (kind, found) in [
        ("dark", psf(|value, _| [1.0 - value])),
        ("dark", psf(|value, _| [0.9 - 0.8 * value; 3])),
        ("dark", psf(|value, at| [0.95 - 0.8 * value - speckle(at)])),
        ("alpha", psf(|value, _| [1.0, 1.0, 1.0, value])),
        ("alpha", psf(|value, _| [0.0, value])),
        ("colours", psf(|value, _| [value, 0.9 * value, 0.7 * value])),
        ("colours", psf(|value, _| [value, 0.0, 0.0])),
        ("black level", psf(|value, at| [0.9 * value + speckle(at)])),
        (
            "black level",
            psf(|value, at| [0.8 * value + 0.1 + speckle(at)]),
        ),
    ] {
        let found = found.unwrap();
        assert!(
            found.note().unwrap().contains(kind),
            "{kind}: {:?}",
            found.note()
        );
        let error = same_kernel(&found.values().to_owned(), &plain.values().to_owned());
        assert!(error < 0.12, "{kind} {:?}: {error}", found.note());
    }
}

#[test]
fn kernels_that_may_mean_two_things_are_refused() {
    for found in [
        // Colour and alpha both vary.
        psf(|value, at| [value, value, value, (at.1 as f32 / 60.0)]),
        // Two different shapes, as false colours have.
        psf(|value, at| [value, stroke((at.1, at.0), (51, 41)), 0.0]),
        // Uneven light behind it.
        psf(|value, at| [0.6 * value + 0.3 * (at.1 as f32 / 51.0)]),
        psf(|_, _| [0.0]),
    ] {
        let error = found.unwrap_err().to_string();
        assert!(error.contains("kernel"), "{error}");
    }
}

#[test]
fn kernels_made_by_programs_are_taken_as_they_are() {
    let floats = |psf: &Array2<f64>| {
        let bytes: Vec<u8> = psf.iter().flat_map(|&v| (v as f32).to_ne_bytes()).collect();
        let layout = Layout::packed(psf.ncols(), psf.nrows(), 1, PixelType::F32);
        let found = PointSpread::from_view(&ImageView::new(&bytes, layout, 0).unwrap()).unwrap();
        assert_eq!(found.note(), None, "{psf}");
        assert_eq!(found.into_values(), psf.mapv(|value| value as f32));
    };
    for sigma in [0.4, 1.0, 3.0, 7.0] {
        let whole = kernels::gaussian(sigma).unwrap();
        floats(&whole);
        // Cut off early, so that its border is far from black.
        let side = whole.nrows();
        for cut in [side / 8, side / 5, side / 4, side / 3] {
            floats(&whole.slice(s![cut..side - cut, cut..side - cut]).to_owned());
        }
    }
    for (length, angle) in [(9.0, 0.0), (15.0, 90.0), (21.0, 37.0), (2.0, 45.0)] {
        floats(&kernels::motion(length, angle).unwrap());
    }
    floats(&Array2::from_elem((5, 7), 0.3));
    floats(&Array2::from_elem((1, 1), 1.0));
    let disk = |side: usize, radius: f64| {
        let middle = (side / 2) as f64;
        Array2::from_shape_fn((side, side), |(y, x)| {
            let distance = (y as f64 - middle).hypot(x as f64 - middle);
            (radius + 0.5 - distance).clamp(0.0, 1.0)
        })
    };
    for (side, radius) in [
        (3, 1.4),
        (5, 2.4),
        (7, 3.5),
        (15, 7.4),
        (41, 20.0),
        (41, 8.0),
    ] {
        floats(&disk(side, radius));
    }
    // A star with wings (Moffat), and a sharpening kernel with a negative ring.
    floats(&Array2::from_shape_fn((65, 65), |(y, x)| {
        let square = (y as f64 - 32.0).powi(2) + (x as f64 - 32.0).powi(2);
        (1.0 + square / 9.0).powf(-2.5)
    }));
    floats(&(disk(9, 4.0) * -0.02 + disk(9, 1.0)));
}
