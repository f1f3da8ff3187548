//! One frame of a sequence.

use ndarray::{ArrayView2, ArrayView3};

/// One frame of a sequence.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// 3×H×W.
    pub picture: ArrayView3<'a, f32>,
    /// H×W, which of its pixels are picture; all unless said.
    pub usable: Option<ArrayView2<'a, bool>>,
}
