//! What lies beyond a picture's edges.

/// How a blur continues the picture beyond its edges. Written for the row `a b c d`:
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// Whole-sample mirror, `d c b | a b c d | c b a`: the padding of the paper. A row of one pixel
    /// is replicated.
    Reflect,
    /// Half-sample mirror, `c b a | a b c d | d c b`.
    Symmetric,
    /// Wrapped around, `b c d | a b c d | a b c`.
    Circular,
}

impl Boundary {
    /// Index in `0..size` of the pixel that stands at `index`, however far outside (`size` ≥ 1).
    pub fn source(self, index: isize, size: usize) -> usize {
        let size = size as isize;
        match self {
            Boundary::Circular => index.rem_euclid(size) as usize,
            Boundary::Symmetric => {
                let folded = index.rem_euclid(2 * size);
                folded.min(2 * size - 1 - folded) as usize
            }
            Boundary::Reflect if size == 1 => 0,
            Boundary::Reflect => {
                let period = 2 * (size - 1);
                let folded = index.rem_euclid(period);
                folded.min(period - folded) as usize
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_as_often_as_needed() {
        let row = |boundary: Boundary, size| -> Vec<usize> {
            (-5..8).map(|i| boundary.source(i, size)).collect()
        };
        assert_eq!(
            row(Boundary::Reflect, 3),
            [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]
        );
        assert_eq!(
            row(Boundary::Symmetric, 3),
            [1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]
        );
        assert_eq!(
            row(Boundary::Circular, 3),
            [1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]
        );
        assert!(row(Boundary::Reflect, 1).iter().all(|&index| index == 0));
    }
}
