//! The pixels around a window of a plane.

use std::ops::Range;

use ndarray::{Array1, ArrayView1, ArrayView2, s};

use crate::math::Real;

/// The pixels around a window, stored row by row: a thin rim of a large plane.
pub(super) struct Outside {
    width: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    /// Where each row starts in the store, and the end of the last.
    starts: Vec<usize>,
}

impl Outside {
    /// Around rows and columns of a `height`×`width` plane.
    pub fn new([height, width]: [usize; 2], [rows, columns]: &[Range<usize>; 2]) -> Self {
        let mut starts = vec![0];
        for row in 0..height {
            let inside = if rows.contains(&row) {
                columns.len()
            } else {
                0
            };
            starts.push(starts[row] + width - inside);
        }
        Outside {
            width,
            rows: rows.clone(),
            columns: columns.clone(),
            starts,
        }
    }

    /// The one or two stretches of a row that lie outside.
    fn stretches(&self, row: usize) -> [Range<usize>; 2] {
        match self.rows.contains(&row) {
            true => [0..self.columns.start, self.columns.end..self.width],
            false => [0..self.width, self.width..self.width],
        }
    }

    /// What `plane` holds outside the window.
    pub fn take<T: Real>(&self, plane: ArrayView2<'_, T>) -> Array1<T> {
        let mut store = Vec::with_capacity(self.starts.last().copied().unwrap_or(0));
        for (index, row) in plane.outer_iter().enumerate() {
            for stretch in self.stretches(index) {
                store.extend(row.slice(s![stretch]));
            }
        }
        store.into()
    }

    /// A row of the plane that is `store` outside the window and zero inside.
    pub fn load<T: Real>(&self, store: ArrayView1<'_, T>, row: usize, buffer: &mut [T]) {
        buffer.fill(T::zero());
        let stretches = self.stretches(row).into_iter().flatten();
        for (at, &value) in stretches.zip(store.slice(s![self.starts[row]..])) {
            buffer[at] = value;
        }
    }
}
