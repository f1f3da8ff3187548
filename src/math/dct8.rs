//! The orthonormal 8×8 DCT-II of one block (ITU-T T.81, A.3.3).

use std::f64::consts::PI;

/// 8×8 values, row-major.
pub type Block = [f32; 64];

/// The transform's two matrices.
#[derive(Clone, Debug)]
pub struct Dct8 {
    /// Row k holds the k-th cosine.
    basis: Block,
    transposed: Block,
}

impl Default for Dct8 {
    fn default() -> Self {
        Self::new()
    }
}

impl Dct8 {
    /// Computes the cosines.
    pub fn new() -> Self {
        let (mut basis, mut transposed) = ([0.0; 64], [0.0; 64]);
        for (k, row) in basis.chunks_exact_mut(8).enumerate() {
            for (i, value) in row.iter_mut().enumerate() {
                let scale = if k == 0 { 0.125_f64 } else { 0.25 }.sqrt();
                *value = (scale * (PI * k as f64 * (i as f64 + 0.5) / 8.0).cos()) as f32;
                transposed[8 * i + k] = *value;
            }
        }
        Self { basis, transposed }
    }

    /// Coefficients of samples: entry 8u + v has vertical frequency u and horizontal frequency v.
    pub fn forward(&self, samples: &Block) -> Block {
        product(&product(&self.basis, samples), &self.transposed)
    }

    /// Samples of coefficients.
    pub fn inverse(&self, coefficients: &Block) -> Block {
        product(&product(&self.transposed, coefficients), &self.basis)
    }
}

/// The matrix product of two 8×8 blocks, a row at a time, which compilers turn into vector code.
fn product(a: &Block, b: &Block) -> Block {
    let mut out = [0.0; 64];
    for (out, a) in out.chunks_exact_mut(8).zip(a.chunks_exact(8)) {
        for (&weight, row) in a.iter().zip(b.chunks_exact(8)) {
            for (out, &value) in out.iter_mut().zip(row) {
                *out += weight * value;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::dct::Dct2;
    use ndarray::Array2;

    #[test]
    fn agrees_with_the_transform_of_any_size_and_inverts() {
        let samples: Block = std::array::from_fn(|at| ((at * 37 + at * at) % 256) as f32 - 128.0);
        let mut wanted = Array2::from_shape_vec((8, 8), samples.to_vec()).unwrap();
        Dct2::new(8, 8).forward(wanted.view_mut());
        let dct = Dct8::new();
        let found = dct.forward(&samples);
        let back = dct.inverse(&found);
        for at in 0..64 {
            assert!((found[at] - wanted[[at / 8, at % 8]]).abs() < 1e-3, "{at}");
            assert!((back[at] - samples[at]).abs() < 1e-3, "{at}");
        }
    }
}
