//! The pixels of a plane that were not measured.

use std::ops::Range;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, s};

use crate::math::Real;
use crate::{Error, Result};

/// Checks that a map of pixels that are no data has the measurement's size.
pub(super) fn check_ignored(
    ignored: ArrayView2<'_, bool>,
    [height, width]: [usize; 2],
) -> Result<()> {
    if ignored.dim() == (height, width) {
        return Ok(());
    }
    Err(Error::InvalidImage(format!(
        "the map of pixels to ignore is {}x{} pixels; allowed: {width}x{height}, the measurement's size",
        ignored.ncols(),
        ignored.nrows()
    )))
}

/// The pixels of a plane that were not measured: those around a window, and within it saturated or
/// masked ones. Their values are stored row by row.
pub(super) struct Unknown {
    /// Stretches of unknown columns, all rows' one after the other.
    stretches: Vec<Range<usize>>,
    /// Per row, where its stretches begin, and the end of the last row's.
    lines: Vec<usize>,
    /// Per row, where its values begin, and how many there are.
    starts: Vec<usize>,
}

impl Unknown {
    /// Those outside rows and columns of a `height`×`width` plane, and those that `inside`, of the
    /// window's size, marks.
    pub fn new(
        [height, width]: [usize; 2],
        [rows, columns]: &[Range<usize>; 2],
        inside: Option<ArrayView2<'_, bool>>,
    ) -> Self {
        let mut unknown = Self {
            stretches: Vec::new(),
            lines: vec![0],
            starts: vec![0],
        };
        let mut count = 0;
        for row in 0..height {
            let is_unknown = |column: usize| {
                let outside = !rows.contains(&row) || !columns.contains(&column);
                let marked = |inside: &ArrayView2<'_, bool>| {
                    inside[[row - rows.start, column - columns.start]]
                };
                outside || inside.as_ref().is_some_and(marked)
            };
            let mut column = 0;
            while column < width {
                let first = column;
                while column < width && is_unknown(column) {
                    column += 1;
                }
                if column > first {
                    unknown.stretches.push(first..column);
                    count += column - first;
                }
                column += 1;
            }
            unknown.lines.push(unknown.stretches.len());
            unknown.starts.push(count);
        }
        unknown
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// The unknown stretches of a row.
    fn of_row(&self, row: usize) -> &[Range<usize>] {
        &self.stretches[self.lines[row]..self.lines[row + 1]]
    }

    /// The unknown stretches of a row within some columns, counted from the first of these.
    pub fn within<'a>(
        &'a self,
        row: usize,
        columns: &'a Range<usize>,
    ) -> impl Iterator<Item = Range<usize>> + 'a {
        let place = |at: usize| at.clamp(columns.start, columns.end) - columns.start;
        let clipped = move |stretch: &Range<usize>| place(stretch.start)..place(stretch.end);
        self.of_row(row).iter().map(clipped)
    }

    /// Writes what `plane` holds there to `store`.
    pub fn take<T: Real>(&self, plane: ArrayView2<'_, T>, mut store: ArrayViewMut1<'_, T>) {
        for (index, row) in plane.outer_iter().enumerate() {
            let mut from = self.starts[index];
            for stretch in self.of_row(index) {
                let to = from..from + stretch.len();
                from = to.end;
                store
                    .slice_mut(s![to])
                    .assign(&row.slice(s![stretch.clone()]));
            }
        }
    }

    /// Writes `store` into a row's unknown pixels.
    pub fn put<T: Real>(&self, store: ArrayView1<'_, T>, row: usize, values: &mut [T]) {
        let mut from = self.starts[row];
        for stretch in self.of_row(row) {
            for (to, &value) in values[stretch.clone()]
                .iter_mut()
                .zip(store.slice(s![from..]))
            {
                *to = value;
            }
            from += stretch.len();
        }
    }
}
