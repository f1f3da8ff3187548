//! What a picture of a point-spread function says the blur is.

use ndarray::{Array2, ArrayView2};

use super::{Alpha, ImageView};
use crate::{Error, Result};

/// Largest difference of two values that count as one: half a step of 8 bits.
const SAME: f32 = 0.5 / 255.0;

/// Least correlation of each colour channel with brightness in a picture of one blur.
const ALIKE: f64 = 0.9;

/// Part of the picture that a background covers at least.
const MOST_OF_IT: f64 = 0.6;

/// Spread of a background, relative to the brightest value above it, that is even.
const EVEN: f32 = 0.03;

/// Part of the whole sum from which on an even background matters.
const MATTERS: f64 = 0.03;

/// Part of the whole sum from which on an uneven background makes a kernel useless.
const HAZY: f64 = 0.3;

/// Side below which a picture has no background.
const SMALL: usize = 9;

/// A point-spread function read from a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct PointSpread {
    values: Array2<f32>,
    note: Option<String>,
}

impl PointSpread {
    /// Reads a kernel (any channels, any pixel type; stored values are taken as linear):
    ///
    /// - in the alpha channel, where all that is visible has one colour and alpha varies;
    /// - the luma (Rec. 709) of a coloured picture whose channels show the same shape;
    /// - dark on light, where the border is even, bright and most of the picture: turned round;
    /// - on a black level, as every photographed point of light has one: where the border is even, most of
    ///   the picture and enough to matter, its median is subtracted, and what does not rise above it by
    ///   twice its spread becomes 0.
    ///
    /// What is none of these is taken as it is. [`note`](Self::note) tells what was done.
    ///
    /// # Errors
    /// `InvalidOption` (`kernel`) when it is empty, black, not finite, or not unmistakable: colour and
    /// alpha that both vary, colours of different shapes, or a background that covers most of it and is
    /// neither even nor negligible.
    pub fn from_view(view: &ImageView<'_>) -> Result<Self> {
        let (values, mut notes) = channel(view)?;
        let values = without_background(checked(values)?, &mut notes)?;
        let values = checked(values)?;
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Ok(PointSpread { values, note })
    }

    /// h×w in any scale; the middle of the picture is the point's place.
    pub fn values(&self) -> ArrayView2<'_, f32> {
        self.values.view()
    }

    /// One line where the picture was not taken as it is; for the person who made it.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// As [`values`](Self::values), to keep.
    pub fn into_values(self) -> Array2<f32> {
        self.values
    }
}

fn checked(values: Array2<f32>) -> Result<Array2<f32>> {
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    if !sum.is_finite() || sum <= 0.0 {
        let (height, width) = values.dim();
        let what = format!("{width}x{height} values of sum {sum}");
        return Err(refused(&what, "finite values with a positive sum"));
    }
    Ok(values)
}

fn refused(what: &str, allowed: &str) -> Error {
    Error::invalid("kernel", what, allowed)
}

/// The plane of the picture that holds the kernel.
fn channel(view: &ImageView<'_>) -> Result<(Array2<f32>, Vec<String>)> {
    let layout = *view.layout();
    let size = (layout.height, layout.width);
    let plane = |channel: usize| Array2::from_shape_fn(size, |(y, x)| view.get(x, y, channel));
    let colours: Vec<Array2<f32>> = match layout.is_gray() {
        true => vec![plane(0)],
        false => (0..3).map(plane).collect(),
    };
    if layout.has_alpha() {
        let alpha = plane(layout.channels - 1);
        if spread(&alpha, |_| true) > SAME {
            let visible = |at: (usize, usize)| alpha[at] > 0.0;
            let uniform = colours.iter().all(|colour| match layout.alpha {
                Alpha::Straight => spread(colour, visible) <= SAME,
                Alpha::Premultiplied => spread(&(colour / &alpha), visible) <= 0.01,
            });
            if !uniform {
                return Err(refused(
                    "a picture in which both colour and alpha vary",
                    "a kernel in the colours (opaque), or in the alpha channel (of one colour)",
                ));
            }
            return Ok((alpha, vec!["read from its alpha channel".to_owned()]));
        }
    }
    if colours.len() == 1 || (1..3).all(|c| colours[c] == colours[0]) {
        return Ok((colours.into_iter().next().unwrap_or_default(), Vec::new()));
    }
    let mut luma = Array2::zeros(size);
    for (colour, weight) in colours.iter().zip([0.2126, 0.7152, 0.0722]) {
        luma.scaled_add(weight, colour);
    }
    if colours
        .iter()
        .any(|colour| correlation(colour, &luma) < ALIKE)
    {
        return Err(refused(
            "a coloured picture whose channels show different shapes",
            "a gray picture, or one whose channels all show the kernel",
        ));
    }
    Ok((luma, vec!["its colours are taken as brightness".to_owned()]))
}

/// Largest minus smallest of the values at the places wanted.
fn spread(values: &Array2<f32>, wanted: impl Fn((usize, usize)) -> bool) -> f32 {
    let wanted = values.indexed_iter().filter(|(at, _)| wanted(*at));
    let (low, high) = wanted.fold(
        (f32::INFINITY, f32::NEG_INFINITY),
        |(low, high), (_, &v)| (low.min(v), high.max(v)),
    );
    high - low
}

/// Pearson's; 1 for a channel that is constant and so shows no other shape.
fn correlation(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    let count = a.len() as f64;
    let mean = |values: &Array2<f32>| values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut ab, mut bb) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a) - mean_a, f64::from(b) - mean_b);
        (aa, ab, bb) = (aa + a * a, ab + a * b, bb + b * b);
    }
    if aa <= count * f64::from(SAME).powi(2) {
        return 1.0;
    }
    ab / (aa * bb).sqrt()
}

/// The outermost pixels.
struct Border {
    /// Their median.
    level: f32,
    /// How far nine tenths of them lie from it.
    noise: f32,
    /// Their mean.
    mean: f32,
    /// Their least value.
    least: f32,
}

impl Border {
    fn of(values: &Array2<f32>) -> Self {
        let (height, width) = values.dim();
        let mut ring: Vec<f32> = values
            .indexed_iter()
            .filter(|((y, x), _)| *y == 0 || *x == 0 || y + 1 == height || x + 1 == width)
            .map(|(_, &value)| value)
            .collect();
        ring.sort_unstable_by(f32::total_cmp);
        let at = |part: f64| ring[((ring.len() - 1) as f64 * part).round() as usize];
        let level = at(0.5);
        Border {
            level,
            noise: (at(0.95) - level).max(level - at(0.05)),
            mean: ring.iter().sum::<f32>() / ring.len() as f32,
            least: ring[0],
        }
    }
}

fn without_background(mut values: Array2<f32>, notes: &mut Vec<String>) -> Result<Array2<f32>> {
    let (least, most) = range(&values);
    let small = values.nrows().min(values.ncols()) < SMALL;
    if least < 0.0 || most - least <= SAME || small {
        return Ok(values); // Made by a program: with negative lobes, a box, or too small to photograph.
    }
    let ring = Border::of(&values);
    let middle = 0.5 * (least + most);
    let near = 0.1 * (most - least);
    if ring.least > middle && ring.noise <= near && covered(&values, ring.level, near) >= MOST_OF_IT
    {
        values.mapv_inplace(|value| most - value);
        notes.push("dark on light, turned round".to_owned());
    }
    let Border {
        level, noise, mean, ..
    } = Border::of(&values);
    let (_, most) = range(&values);
    let peak = most - level;
    let threshold = level + 2.0 * noise.max(SAME.min(0.004 * peak));
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    let weight = |level: f32| values.len() as f64 * f64::from(level) / sum;
    let even = noise <= EVEN * peak;
    if even && level + noise > 0.0 && covered(&values, level, threshold - level) >= MOST_OF_IT {
        if weight(mean) < MATTERS {
            return Ok(values);
        }
        let zeroed = |value: f32| {
            if value > threshold {
                value - level
            } else {
                0.0
            }
        };
        values.mapv_inplace(zeroed);
        notes.push(format!(
            "a black level of {:.1}/255 subtracted",
            level * 255.0
        ));
        return Ok(values);
    }
    let background = covered(&values, level, 0.25 * peak);
    if background >= MOST_OF_IT && weight(level) > HAZY {
        return Err(refused(
            "a picture whose background is neither black nor even",
            "a point of light on black",
        ));
    }
    Ok(values)
}

/// Least and greatest value.
fn range(values: &Array2<f32>) -> (f32, f32) {
    values
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &value| {
            (low.min(value), high.max(value))
        })
}

/// Part of the picture whose values lie within `tolerance` of a level.
fn covered(values: &Array2<f32>, level: f32, tolerance: f32) -> f64 {
    let near = values.iter().filter(|v| (**v - level).abs() <= tolerance);
    near.count() as f64 / values.len() as f64
}
