//! Points of light on a dark sky, told apart before it is deblurred.
//!
//! What is thousands of times brighter than its surroundings rings far into them however it is deconvolved
//! with them: black rings, since light cannot be negative only where somebody says so. So stars and lamps on an
//! even dark sky are taken off it, deconvolved on their own as positive light, and put back at the end.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, Zip};

use crate::Result;
use crate::data_consistency::richardson_lucy;
use crate::estimate::noise::is_neutral;
use crate::fill::split_by_width;
use crate::image::transfer::{decode_slope, encode};
use crate::operators::{Check, Operator, from_light, to_light};

/// Median light up to which a picture is a night's, white being 1…
const DARK: f32 = 0.1;

/// …and how many times brighter than it the brightest pixel is at least.
const CONTRAST: f32 = 10.0;

/// Values looked at before all are.
const LOOKED_AT: usize = 1 << 16;

/// Side of the blocks whose medians are the sky.
const BLOCK: usize = 32;

/// Deviations of the sky's noise from which on a pixel belongs to a source, and that its brightest exceeds.
const FOOT: f32 = 2.5;
const PEAK: f32 = 6.0;

/// Pixels that sources are wider than they seem.
const HALO: usize = 2;

/// Most of a picture that is sources, and that is darker than its sky by [`DEEP`] deviations.
const MOST_SOURCES: f64 = 0.5;
const MOST_DARKER: f64 = 0.02;
const DEEP: f32 = 4.0;

/// The least noise of a sky: a quarter of a step of 8 bits.
const LEAST_NOISE: f32 = 0.25 / 255.0;

/// Richardson–Lucy steps, of which extrapolation makes about three times as many.
const STEPS: usize = 50;

/// Sources that were taken off a picture.
pub struct Sources {
    /// Their light, of the operator's input shape.
    light: Array3<f32>,
    /// The noise of the sky that the rest is to be restored with, 0…255 units of sRGB codes.
    pub noise: f64,
}

impl Sources {
    /// Takes the sources off `y` (3×H×W, network range), where it is a dark sky with some. `operator` is the
    /// blur of light; `ignored` pixels are no data.
    ///
    /// # Errors
    /// Those of the operator; what `check` says; `y` is then unchanged.
    pub fn take(
        y: &mut Array3<f32>,
        operator: &dyn Operator<f32>,
        ignored: Option<ArrayView2<'_, bool>>,
        check: Check<'_>,
    ) -> Result<Option<Self>> {
        let [_, tall, wide] = operator.input_shape();
        let (channels, height, width) = y.dim();
        let reach = ((tall - height).max(wide - width) / 2).max(4);
        let Some(sky) = Sky::of(y.view()) else {
            return Ok(None);
        };
        let Some(places) = sky.sources(reach) else {
            return Ok(None);
        };
        let mut light = sky.light;
        let mut excess = Array3::zeros(light.raw_dim());
        for ((channel, row, column), value) in light.indexed_iter_mut() {
            if places[[row, column]] {
                let sky = sky.level[[channel, row, column]];
                excess[[channel, row, column]] = (*value - sky).max(0.0);
                *value = sky;
            }
        }
        let weight = |row: usize, column: usize| match ignored {
            Some(ignored) if ignored[[row, column]] => 0.0,
            _ => 1.0,
        };
        let weights = Array3::from_shape_fn((channels, height, width), |(_, row, column)| {
            weight(row, column)
        });
        let found = richardson_lucy(
            operator,
            excess.view(),
            weights.view(),
            sky.noise,
            STEPS,
            check,
        )?;
        let mut noise = f64::from(255.0 * sky.noise / decode_slope(encode(sky.median)));
        if is_neutral(y.view()) {
            // One field in all channels looks like more to a denoiser of colours.
            noise *= 3f64.sqrt();
        }
        from_light(light.view_mut());
        *y = light;
        Ok(Some(Sources {
            light: found,
            noise,
        }))
    }

    /// Puts them back on a result of the operator's input shape.
    pub fn put_back(&self, restored: &mut Array3<f32>) {
        to_light(restored.view_mut());
        *restored += &self.light;
        from_light(restored.view_mut());
    }
}

/// A dark sky.
struct Sky {
    /// Of the picture, C×H×W.
    light: Array3<f32>,
    /// Of the sky alone.
    level: Array3<f32>,
    /// Means over the channels.
    above: Array2<f32>,
    median: f32,
    noise: f32,
}

impl Sky {
    /// `None` unless the picture is dark, with something much brighter in it, and nothing darker than its sky.
    fn of(y: ArrayView3<'_, f32>) -> Option<Self> {
        if !may_be_dark(y) {
            return None;
        }
        let mut light = y.to_owned();
        to_light(light.view_mut());
        let mean = light.mean_axis(Axis(0))?;
        let mut values: Vec<f32> = mean.iter().copied().collect();
        let middle = values.len() / 2;
        let median = *values.select_nth_unstable_by(middle, f32::total_cmp).1;
        let most = mean.iter().fold(0.0f32, |most, &value| most.max(value));
        if median > DARK || most < CONTRAST * median.max(LEAST_NOISE) {
            return None;
        }
        let mut level = Array3::zeros(light.raw_dim());
        for (mut level, plane) in level.outer_iter_mut().zip(light.outer_iter()) {
            level.assign(&block_medians(plane));
        }
        let above = mean - level.mean_axis(Axis(0))?;
        let mut below: Vec<f32> = above.iter().filter(|v| **v < 0.0).map(|v| -v).collect();
        let middle = below.len() / 2;
        let noise = match below.is_empty() {
            true => 0.0,
            // Of a normal distribution's half the median is 0.6745 deviations.
            false => *below.select_nth_unstable_by(middle, f32::total_cmp).1 / 0.6745,
        };
        let noise = noise.max(LEAST_NOISE * decode_slope(encode(median)));
        let darker = above.iter().filter(|v| **v < -DEEP * noise).count();
        (darker as f64 <= MOST_DARKER * above.len() as f64).then_some(Sky {
            light,
            level,
            above,
            median,
            noise,
        })
    }

    /// Where its sources are, H×W, if they are such: brighter places no wider than a blur that reaches
    /// `reach` pixels makes of small ones.
    fn sources(&self, reach: usize) -> Option<Array2<bool>> {
        let mut places = self.above.mapv(|above| above > PEAK * self.noise);
        let mut open: Vec<(usize, usize)> = places
            .indexed_iter()
            .filter_map(|(at, &peak)| peak.then_some(at))
            .collect();
        let (height, width) = places.dim();
        while let Some((y, x)) = open.pop() {
            for i in y.saturating_sub(1)..(y + 2).min(height) {
                for j in x.saturating_sub(1)..(x + 2).min(width) {
                    if !places[[i, j]] && self.above[[i, j]] > FOOT * self.noise {
                        places[[i, j]] = true;
                        open.push((i, j));
                    }
                }
            }
        }
        for _ in 0..HALO {
            places = grown(places.view());
        }
        let count = places.iter().filter(|&&place| place).count();
        if count == 0 || count as f64 > MOST_SOURCES * places.len() as f64 {
            return None;
        }
        let (small, _) = split_by_width(places.view(), 4.0 * reach as f64);
        small.iter().any(|&place| place).then_some(small)
    }
}

/// Whether a look at a few pixels leaves a picture (C×H×W, network range) a chance to be dark.
fn may_be_dark(y: ArrayView3<'_, f32>) -> bool {
    let stride = y.len().div_ceil(LOOKED_AT);
    let brightest = 2.0 * encode(2.0 * DARK) - 1.0;
    let looked: Vec<bool> = y.iter().step_by(stride).map(|&v| v <= brightest).collect();
    2 * looked.iter().filter(|&&dark| dark).count() >= looked.len()
}

/// The same with the pixels beside.
fn grown(places: ArrayView2<'_, bool>) -> Array2<bool> {
    let (height, width) = places.dim();
    Array2::from_shape_fn((height, width), |(y, x)| {
        let rows = y.saturating_sub(1)..(y + 2).min(height);
        let columns = x.saturating_sub(1)..(x + 2).min(width);
        rows.into_iter()
            .any(|row| columns.clone().any(|column| places[[row, column]]))
    })
}

/// The medians of blocks, between their middles bilinear.
fn block_medians(plane: ArrayView2<'_, f32>) -> Array2<f32> {
    let (height, width) = plane.dim();
    let (down, across) = (height.div_ceil(BLOCK), width.div_ceil(BLOCK));
    let medians = Array2::from_shape_fn((down, across), |(i, j)| {
        let rows = i * BLOCK..((i + 1) * BLOCK).min(height);
        let columns = j * BLOCK..((j + 1) * BLOCK).min(width);
        let block = plane.slice(ndarray::s![rows, columns]);
        let mut values: Vec<f32> = block.iter().copied().collect();
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f32::total_cmp).1
    });
    let place = |at: usize, count: usize| {
        let place = (at as f32 + 0.5) / BLOCK as f32 - 0.5;
        let place = place.clamp(0.0, (count - 1) as f32);
        (
            place as usize,
            (place as usize + 1).min(count - 1),
            place.fract(),
        )
    };
    let mut level = Array2::zeros((height, width));
    Zip::indexed(&mut level).par_for_each(|(y, x), value| {
        let ((top, bottom, v), (left, right, u)) = (place(y, down), place(x, across));
        let row = |row: usize| medians[[row, left]] * (1.0 - u) + medians[[row, right]] * u;
        *value = row(top) * (1.0 - v) + row(bottom) * v;
    });
    level
}
