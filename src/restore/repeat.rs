//! The mean of several restorations of one measurement.

use ndarray::{Array3, Zip};

/// The running mean of pictures, and how far they scatter.
pub struct Mean {
    count: usize,
    mean: Option<Array3<f32>>,
    /// Sum of squared differences from the mean; only where it is asked for.
    squares: Option<Array3<f32>>,
    wants_scatter: bool,
}

impl Mean {
    /// Of nothing yet; `wants_scatter` says whether [`deviation`](Self::deviation) will be asked for.
    pub fn new(wants_scatter: bool) -> Self {
        Mean {
            count: 0,
            mean: None,
            squares: None,
            wants_scatter,
        }
    }

    /// Takes one more picture, all of one shape (Welford's update).
    pub fn add(&mut self, picture: Array3<f32>) {
        self.count += 1;
        let share = 1.0 / self.count as f32;
        let Some(mean) = &mut self.mean else {
            self.squares = self.wants_scatter.then(|| Array3::zeros(picture.raw_dim()));
            self.mean = Some(picture);
            return;
        };
        match &mut self.squares {
            Some(squares) => {
                Zip::from(mean)
                    .and(squares)
                    .and(&picture)
                    .par_for_each(|mean, squares, &value| {
                        let before = value - *mean;
                        *mean += share * before;
                        *squares += before * (value - *mean);
                    })
            }
            None => Zip::from(mean)
                .and(&picture)
                .par_for_each(|mean, &value| *mean += share * (value - *mean)),
        }
    }

    /// The mean, and the standard deviation where it was asked for; `None` of nothing.
    pub fn finish(self) -> Option<(Array3<f32>, Option<Array3<f32>>)> {
        let divisor = self.count.saturating_sub(1).max(1) as f32;
        let deviation = self
            .squares
            .map(|squares| squares.mapv_into(|square| (square.max(0.0) / divisor).sqrt()));
        self.mean.map(|mean| (mean, deviation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_of_a_few() {
        let mut mean = Mean::new(true);
        for value in [1.0, 2.0, 6.0] {
            mean.add(Array3::from_elem((1, 1, 2), value));
        }
        let (mean, deviation) = mean.finish().unwrap();
        assert!((mean[[0, 0, 1]] - 3.0).abs() < 1e-6);
        assert!((deviation.unwrap()[[0, 0, 0]] - 7.0_f32.sqrt()).abs() < 1e-6);
        assert!(Mean::new(false).finish().is_none());
    }
}
