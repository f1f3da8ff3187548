//! A JPEG file's quantiser as an operator.

use ndarray::{ArrayView3, ArrayViewMut3};

use super::identity::Identity;
use super::jpeg::QuantizationCells;
use super::{Cells, Check, Operator};
use crate::Result;

/// `y = x`, of which only the quantised coefficients are known: a data step projects on their cells.
pub struct Quantised {
    pixels: Identity,
    cells: QuantizationCells,
}

impl Quantised {
    /// The quantiser of a file, for pictures of its size.
    pub fn new(cells: QuantizationCells) -> Self {
        let (width, height) = cells.source().size();
        Self {
            pixels: Identity::new([3, height, width]),
            cells,
        }
    }
}

impl Operator<f32> for Quantised {
    fn input_shape(&self) -> [usize; 3] {
        Operator::<f32>::input_shape(&self.pixels)
    }

    fn output_shape(&self) -> [usize; 3] {
        Operator::<f32>::output_shape(&self.pixels)
    }

    fn measure(&self, x: ArrayView3<'_, f32>, out: ArrayViewMut3<'_, f32>) -> Result<()> {
        self.pixels.measure(x, out)
    }

    fn adjoint(
        &self,
        x: ArrayView3<'_, f32>,
        u: ArrayView3<'_, f32>,
        out: ArrayViewMut3<'_, f32>,
    ) -> Result<()> {
        self.pixels.adjoint(x, u, out)
    }

    fn lambda_max(&self) -> Option<f64> {
        Some(1.0)
    }

    fn start(&self, y: ArrayView3<'_, f32>) -> Result<ndarray::Array3<f32>> {
        Ok(y.to_owned())
    }

    fn cells(&self) -> Option<&dyn Cells<f32>> {
        Some(self)
    }
}

impl Cells<f32> for Quantised {
    fn project(&self, x: ArrayViewMut3<'_, f32>, share: f64, check: Check<'_>) -> Result<()> {
        check()?;
        self.cells.project(x, share)
    }
}
