//! Reading a caller's pixels, rows in parallel.

use ndarray::{ArrayViewMut2, ArrayViewMut3, Axis};

use super::{Alpha, ImageView, Layout};

/// Rows read by one thread at a time.
const TOGETHER: usize = 64;

/// Largest magnitude of a code (1 is white) that counts as light: 2.5·10¹⁴ times white. Beyond it lies what
/// programs write for "none" and "infinite", and powers of it leave the floats.
const LARGEST: f32 = 1e6;

/// Pixels with values that are no light: NaN, infinite, or more than 10¹⁴ times white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// How many.
    pub count: usize,
    /// Column and row of the first one.
    pub first: [usize; 2],
}

/// Channels of a picture without alpha.
pub(super) fn color_channels(layout: &Layout) -> usize {
    if layout.is_gray() { 1 } else { 3 }
}

/// The factor premultiplied colour carries: alpha, or 0 where alpha is no usable divisor.
pub(super) fn coverage(alpha: f32) -> f32 {
    if alpha.is_finite() && alpha > 0.0 {
        alpha
    } else {
        0.0
    }
}

/// Rows of a picture to read into.
pub(super) struct Rows<'a> {
    pub color: ArrayViewMut3<'a, f32>,
    pub alpha: Option<ArrayViewMut2<'a, f32>>,
    pub unseen: Option<ArrayViewMut2<'a, bool>>,
}

/// What reading rows found.
pub(super) struct Found {
    /// Smallest and largest value of a pixel that is seen.
    pub low: f32,
    pub high: f32,
    /// Whether a pixel is unseen.
    pub lacks: bool,
    /// Pixels that are not finite.
    pub broken: Option<Broken>,
}

impl Found {
    const NOTHING: Found = Found {
        low: f32::INFINITY,
        high: f32::NEG_INFINITY,
        lacks: false,
        broken: None,
    };

    /// Both, `self` lying above.
    fn and(self, below: Found) -> Found {
        let broken = match (self.broken, below.broken) {
            (Some(above), Some(below)) => Some(Broken {
                count: above.count + below.count,
                first: above.first,
            }),
            (above, below) => above.or(below),
        };
        Found {
            low: self.low.min(below.low),
            high: self.high.max(below.high),
            lacks: self.lacks | below.lacks,
            broken,
        }
    }
}

impl Rows<'_> {
    /// Reads from row `first` of `view` on, halves in parallel.
    pub fn read(mut self, view: &ImageView<'_>, first: usize) -> Found {
        let rows = self.color.dim().1;
        if rows <= TOGETHER {
            let each = (0..rows).map(|row| self.read_row(view, row, first + row));
            return each.fold(Found::NOTHING, Found::and);
        }
        let half = rows / 2;
        let split = |plane| ArrayViewMut2::split_at(plane, Axis(0), half);
        let (color, lower) = self.color.split_at(Axis(1), half);
        let (alpha, lower_alpha) = self.alpha.map(split).unzip();
        let (unseen, lower_unseen) = self
            .unseen
            .map(|plane| plane.split_at(Axis(0), half))
            .unzip();
        let upper = Rows {
            color,
            alpha,
            unseen,
        };
        let lower = Rows {
            color: lower,
            alpha: lower_alpha,
            unseen: lower_unseen,
        };
        let (above, below) = rayon::join(
            || upper.read(view, first),
            || lower.read(view, first + half),
        );
        above.and(below)
    }

    /// Fills row `row` of the arrays with row `y` of `view`.
    fn read_row(&mut self, view: &ImageView<'_>, row: usize, y: usize) -> Found {
        let layout = view.layout();
        let channels = color_channels(layout);
        let mut found = Found::NOTHING;
        let (mut last, mut last_alpha) = ([0.0; 3], 1.0);
        for x in 0..layout.width {
            let mut is_broken = false;
            let mut opacity = 1.0;
            if let Some(alpha) = &mut self.alpha {
                opacity = view.get(x, y, layout.channels - 1);
                if !opacity.is_finite() {
                    is_broken = true;
                    opacity = last_alpha;
                }
                last_alpha = opacity;
                alpha[[row, x]] = opacity;
            }
            let is_hidden = coverage(opacity) == 0.0;
            if !is_hidden && !is_broken {
                match color_of(view, [x, y], opacity) {
                    Some(color) => last = color,
                    None => is_broken = true,
                }
            }
            if is_hidden || is_broken {
                found.lacks = true;
                if let Some(unseen) = &mut self.unseen {
                    unseen[[row, x]] = true;
                }
            } else {
                for &value in &last[..channels] {
                    found.low = found.low.min(value);
                    found.high = found.high.max(value);
                }
            }
            if is_broken {
                let broken = found.broken.get_or_insert(Broken {
                    count: 0,
                    first: [x, y],
                });
                broken.count += 1;
            }
            for channel in 0..3 {
                self.color[[channel, row, x]] = last[channel.min(channels - 1)];
            }
        }
        found
    }
}

/// The straight colour of a pixel whose alpha is `opacity`, network range; `None` where it is no light.
fn color_of(view: &ImageView<'_>, [x, y]: [usize; 2], opacity: f32) -> Option<[f32; 3]> {
    let layout = view.layout();
    let factor = match (layout.alpha, layout.has_alpha()) {
        (Alpha::Premultiplied, true) => opacity,
        _ => 1.0,
    };
    let mut color = [0.0; 3];
    for (channel, value) in color[..color_channels(layout)].iter_mut().enumerate() {
        let mut straight = view.get(x, y, channel) / factor;
        if !layout.pixel_type.is_float() {
            // What rounding made of a colour under little alpha.
            straight = straight.min(1.0);
        }
        let code = layout.transfer.to_srgb(straight);
        if code.is_nan() || code.abs() > LARGEST {
            return None;
        }
        *value = 2.0 * code - 1.0;
    }
    Some(color)
}
