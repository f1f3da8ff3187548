//! The values a network takes for a picture.

use ndarray::{Array4, ArrayView4};

use super::network::SampleNetwork;
use crate::Result;
use crate::runtime::Cancel;

/// The line from the network's values to ours: ours = `scale`·network + `shift`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ValueRange {
    pub scale: f64,
    pub shift: f64,
}

impl ValueRange {
    /// No change, as for latents.
    pub const SAME: ValueRange = ValueRange {
        scale: 1.0,
        shift: 0.0,
    };

    /// From the manifest's `value_range` to [-1, 1].
    pub fn new([low, high]: [f64; 2]) -> Self {
        ValueRange {
            scale: 2.0 / (high - low),
            shift: -(high + low) / (high - low),
        }
    }

    /// The picture as the network takes it, times `factor`.
    pub fn to_network(self, x: ArrayView4<'_, f32>, factor: f64) -> Array4<f32> {
        let factor = factor / self.scale;
        x.mapv(|value| (factor * (f64::from(value) - self.shift)) as f32)
    }

    /// What the network returned as a picture of ours, in place.
    pub fn to_picture(self, x: &mut Array4<f32>) {
        if self != ValueRange::SAME {
            x.mapv_inplace(|value| (f64::from(value) * self.scale + self.shift) as f32);
        }
    }

    /// Calls a network that takes (x + σ·ε, σ) and returns x, everything in its own range.
    pub fn clean(
        self,
        network: &SampleNetwork,
        x: ArrayView4<'_, f32>,
        sigma: f64,
        cancel: &Cancel,
    ) -> Result<Array4<f32>> {
        if self == ValueRange::SAME {
            return network.call(x, sigma, sigma, cancel);
        }
        let x = self.to_network(x, 1.0);
        let mut clean = network.call(x.view(), sigma / self.scale, sigma, cancel)?;
        self.to_picture(&mut clean);
        Ok(clean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_ranges_map_their_ends() {
        for range in [[0.0, 1.0], [-1.0, 1.0], [-0.5, 0.5], [0.0, 255.0]] {
            let line = ValueRange::new(range);
            let mut ends = Array4::from_shape_vec((1, 1, 1, 2), range.map(|v| v as f32).to_vec());
            line.to_picture(ends.as_mut().unwrap());
            let ends = ends.unwrap();
            assert!(
                (&ends - &ndarray::arr1(&[-1.0, 1.0]))
                    .iter()
                    .all(|d| d.abs() < 1e-6)
            );
            let back = line.to_network(ends.view(), 0.5);
            let expected = ndarray::arr1(&range.map(|v| 0.5 * v as f32));
            assert!((back - expected).iter().all(|d| d.abs() < 1e-4));
        }
        assert_eq!(ValueRange::new([-1.0, 1.0]), ValueRange::SAME);
    }
}
