//! What a picture of a mask says is to be filled: one rule for every kind of picture.

use ndarray::{Array2, ArrayView2};

use super::{Alpha, ImageView};
use crate::{Error, Result};

/// Above this a mask's pixel is filled.
const HALF: f32 = 0.5;

/// How far above its background a soft edge begins.
const EDGE: f32 = 0.02;

/// Largest difference of two values that count as one: half a step of 8 bits.
const SAME: f32 = 0.5 / 255.0;

/// How far a blend of two colours may leave the line between them, and which part of the pixels may
/// leave it farther: lossy files do so at edges.
const LINE: f32 = 0.08;
const STRAY: f64 = 0.02;

/// The part of a picture that is to be filled, as read from a picture of a mask.
#[derive(Clone, Debug, PartialEq)]
pub struct FillMap {
    values: Array2<f32>,
    note: Option<String>,
}

impl FillMap {
    /// Reads a mask (any channels, any pixel type, values as stored):
    ///
    /// 1. Where all that is visible has one colour, alpha decides: white or bright paint on nothing, the
    ///    rest erased, fills the paint. Colour under alpha 0 says nothing.
    /// 2. In a picture of two values that brightness does not tell apart (a label map of 0 and 1, red on
    ///    black, black paint on nothing) the two values decide: the smaller area is filled, the brighter
    ///    one if they are equal, and [`note`](Self::note) says so. Blends of two colours are soft edges.
    /// 3. Otherwise brightness (Rec. 709 luma, times alpha) decides.
    ///
    /// # Errors
    /// `InvalidOption` (`mask`) when a value is not finite, and when the whole picture would be filled or
    /// nothing of it (a value above one half is filled).
    pub fn from_view(view: &ImageView<'_>) -> Result<Self> {
        let map = Self::unchecked(view)?;
        check_fill(map.values.view())?;
        Ok(map)
    }

    /// As [`from_view`](Self::from_view), where nothing or everything may be marked.
    ///
    /// # Errors
    /// `InvalidOption` (`mask`) when a value is not finite.
    pub fn unchecked(view: &ImageView<'_>) -> Result<Self> {
        Ok(Pixels::read(view)?.fill_map())
    }

    /// H×W, 0…1: above one half is filled.
    pub fn values(&self) -> ArrayView2<'_, f32> {
        self.values.view()
    }

    /// One line where the picture was no plain one, white on black; for the person who made it.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// As [`values`](Self::values), to keep.
    pub fn into_values(self) -> Array2<f32> {
        self.values
    }
}

/// Refuses a map (H×W, 0…1) from which nothing can be filled.
///
/// # Errors
/// `InvalidOption` (`mask`) when no value is above one half, or every one.
pub fn check_fill(values: ArrayView2<'_, f32>) -> Result<()> {
    let filled = values.iter().filter(|&&value| value > HALF).count();
    let refuse = |what: &str| {
        let allowed = "a picture with a part above one half (white), which is filled, and a part that \
                       is not";
        Err(Error::invalid("mask", what, allowed))
    };
    match filled {
        0 => {
            let brightest = values.iter().fold(0.0_f32, |a, &b| a.max(b));
            refuse(&format!(
                "a picture with nothing to fill (its brightest value is {brightest:.3} of 1)"
            ))
        }
        filled if filled == values.len() => refuse("a picture that is to be filled everywhere"),
        _ => Ok(()),
    }
}

/// The pixels to invent for a map of values (H×W, 0…1) from [`FillMap`] or from a host: all above one
/// half, and the soft edge around them as far as it falls.
///
/// What shows through a soft edge is the old content, so no value between 0 and 1 blends anything: the
/// edge is filled too. It reaches from a filled pixel over neighbours (of eight) whose values fall from
/// each to the next, down to 0.02 above the background (the median of what is not filled). Even areas
/// below one half and gray areas apart from the filled ones stay untouched.
pub fn fill_region(values: ArrayView2<'_, f32>) -> Array2<bool> {
    let mut region = values.mapv(|value| value > HALF);
    let mut rest: Vec<f32> = values.iter().copied().filter(|v| *v <= HALF).collect();
    if rest.is_empty() || rest.len() == values.len() {
        return region;
    }
    let middle = rest.len() / 2;
    let background = *rest.select_nth_unstable_by(middle, f32::total_cmp).1;
    let floor = background.min(HALF - EDGE) + EDGE;
    let (height, width) = values.dim();
    let mut open: Vec<(usize, usize)> = region
        .indexed_iter()
        .filter_map(|(at, &fill)| fill.then_some(at))
        .collect();
    while let Some((y, x)) = open.pop() {
        for i in y.saturating_sub(1)..(y + 2).min(height) {
            for j in x.saturating_sub(1)..(x + 2).min(width) {
                let value = values[[i, j]];
                if !region[[i, j]] && value > floor && value < values[[y, x]] {
                    region[[i, j]] = true;
                    open.push((i, j));
                }
            }
        }
    }
    region
}

/// A picture's straight colours and alpha, clamped to 0…1.
struct Pixels {
    size: (usize, usize),
    colours: Vec<[f32; 3]>,
    /// 1 throughout where there is none.
    alpha: Vec<f32>,
}

impl Pixels {
    fn read(view: &ImageView<'_>) -> Result<Self> {
        let layout = *view.layout();
        let size = (layout.height, layout.width);
        let mut colours = Vec::with_capacity(layout.height * layout.width);
        let mut alpha = Vec::with_capacity(layout.height * layout.width);
        for y in 0..layout.height {
            for x in 0..layout.width {
                let get = |channel: usize| match view.get(x, y, channel) {
                    value if value.is_finite() => Ok(value.clamp(0.0, 1.0)),
                    value => Err(Error::invalid(
                        "mask",
                        format!("{value} at {x},{y}"),
                        "finite values",
                    )),
                };
                let opacity = match layout.has_alpha() {
                    true => get(layout.channels - 1)?,
                    false => 1.0,
                };
                let factor = match layout.alpha {
                    Alpha::Premultiplied if opacity > 0.0 => 1.0 / opacity,
                    _ => 1.0,
                };
                let mut colour = [0.0; 3];
                for (channel, value) in colour.iter_mut().enumerate() {
                    let stored = get(if layout.is_gray() { 0 } else { channel })?;
                    *value = (stored * factor).min(1.0);
                }
                colours.push(colour);
                alpha.push(opacity);
            }
        }
        Ok(Pixels {
            size,
            colours,
            alpha,
        })
    }

    fn fill_map(&self) -> FillMap {
        let visible = || self.alpha.iter().enumerate().filter(|(_, a)| **a > 0.0);
        let Some((first, _)) = visible().next() else {
            return self.map(|_| 0.0, None);
        };
        let colour = self.colours[first];
        let seen = self.alpha.iter().any(|&alpha| alpha < 1.0 - SAME);
        if seen && visible().all(|(index, _)| distance(self.colours[index], colour) <= SAME) {
            if luma(colour) > HALF {
                let note = "its alpha channel decides: what is visible is filled";
                return self.map(|index| self.alpha[index], Some(note.to_owned()));
            }
            return self.smaller(|index| self.alpha[index], "visible and invisible");
        }
        if self.alpha.iter().all(|&alpha| alpha >= 1.0 - SAME)
            && let Some([one, other]) = self.ends()
        {
            let place = blend(one, other);
            return self.smaller(|index| place(self.colours[index]), "two values");
        }
        let composed = |index: usize| luma(self.colours[index]) * self.alpha[index];
        self.map(composed, None)
    }

    /// The two colours, the darker one first, that all pixels have or blend, where brightness alone does
    /// not decide: colours that are not gray, or two values on the same side of one half.
    fn ends(&self) -> Option<[[f32; 3]; 2]> {
        let first = self.colours[0];
        let farthest = |from: [f32; 3]| {
            self.colours.iter().fold(from, |best, &colour| {
                let nearer = distance(colour, from) <= distance(best, from);
                if nearer { best } else { colour }
            })
        };
        let one = farthest(first);
        let other = farthest(one);
        if distance(one, other) <= SAME {
            return None;
        }
        let gray = |colour: [f32; 3]| distance(colour, [colour[1]; 3]) <= SAME;
        let two = self
            .colours
            .iter()
            .all(|&colour| distance(colour, one).min(distance(colour, other)) <= SAME);
        let [dark, bright] = match luma(one) <= luma(other) {
            true => [one, other],
            false => [other, one],
        };
        if gray(one) && gray(other) {
            let decided = luma(dark) <= HALF && luma(bright) > HALF;
            return (two && !decided).then_some([dark, bright]);
        }
        let place = blend(dark, bright);
        let off_line = |&&colour: &&[f32; 3]| {
            let t = place(colour);
            let nearest = std::array::from_fn(|c| dark[c] + t * (bright[c] - dark[c]));
            distance(colour, nearest) > LINE
        };
        let stray = self.colours.iter().filter(off_line).count();
        (stray as f64 <= STRAY * self.colours.len() as f64).then_some([dark, bright])
    }

    /// The map that fills the smaller of two areas: `place` is above one half in the brighter one.
    fn smaller(&self, place: impl Fn(usize) -> f32, what: &str) -> FillMap {
        let count = self.colours.len();
        let bright = (0..count).filter(|&index| place(index) > HALF).count();
        let inverted = 2 * bright > count;
        let part = if inverted { count - bright } else { bright };
        let percent = 100.0 * part as f64 / count as f64;
        let note = format!("its {what} decide: the smaller area is filled, {percent:.2} % of it");
        let value = |index| match inverted {
            true => 1.0 - place(index),
            false => place(index),
        };
        self.map(value, Some(note))
    }

    fn map(&self, value: impl Fn(usize) -> f32, note: Option<String>) -> FillMap {
        let width = self.size.1;
        let values = Array2::from_shape_fn(self.size, |(y, x)| value(y * width + x));
        FillMap { values, note }
    }
}

/// Where a colour lies on the way from one colour (0) to another (1).
fn blend(from: [f32; 3], to: [f32; 3]) -> impl Fn([f32; 3]) -> f32 {
    let way: [f32; 3] = std::array::from_fn(|c| to[c] - from[c]);
    let square: f32 = way.iter().map(|side| side * side).sum();
    move |colour| {
        let along: f32 = (0..3).map(|c| (colour[c] - from[c]) * way[c]).sum();
        (along / square).clamp(0.0, 1.0)
    }
}

/// Largest difference of a channel.
fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).fold(0.0, |most, c| (a[c] - b[c]).abs().max(most))
}

/// Rec. 709 luma.
fn luma([red, green, blue]: [f32; 3]) -> f32 {
    if red == green && green == blue {
        return red; // Exact: one half is one half.
    }
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}
