//! Where the tiles of a picture lie and how their outputs are blended.

use super::tiles::TileSize;
use crate::priors::TileRule;

/// Tiles along one axis: equal lengths, starts on the network's size multiple.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Length of the picture along this axis.
    pub length: usize,
    /// Length after mirror padding at the end, a multiple of the network's size multiple.
    pub padded: usize,
    /// Length of every tile.
    pub tile: usize,
    /// First pixel of each tile, rising.
    pub starts: Vec<usize>,
    /// Blend weights of each tile; over all tiles they sum to 1 at every padded pixel.
    pub weights: Vec<Vec<f32>>,
}

/// The tile grid of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Tiling {
    /// Along the height.
    pub rows: Axis,
    /// Along the width.
    pub columns: Axis,
}

impl Tiling {
    /// Tiles a picture of `height`×`width` network pixels.
    pub fn new(rule: TileRule, size: TileSize, height: usize, width: usize) -> Self {
        Tiling {
            rows: Axis::new(rule, size, height),
            columns: Axis::new(rule, size, width),
        }
    }

    /// The same grid `factor` times coarser: what an autoencoder makes of the tiles. Padded lengths,
    /// tiles and starts must be multiples of `factor`; nothing lies beyond the coarse picture.
    pub fn coarser(&self, factor: usize) -> Self {
        Tiling {
            rows: self.rows.coarser(factor),
            columns: self.columns.coarser(factor),
        }
    }

    /// Number of tiles.
    pub fn count(&self) -> usize {
        self.rows.starts.len() * self.columns.starts.len()
    }
}

impl Axis {
    fn coarser(&self, factor: usize) -> Self {
        let starts: Vec<usize> = self.starts.iter().map(|start| start / factor).collect();
        let (tile, padded) = (self.tile / factor, self.padded / factor);
        let overlap = starts.windows(2).map(|pair| pair[0] + tile - pair[1]);
        let weights = blend_weights(&starts, tile, padded, 0, overlap.min().unwrap_or(0));
        Axis {
            length: padded,
            padded,
            tile,
            starts,
            weights,
        }
    }

    fn new(rule: TileRule, size: TileSize, length: usize) -> Self {
        let multiple = rule.size_multiple;
        let smallest = if rule.fixed_size { size.tile } else { multiple };
        let padded = length.next_multiple_of(multiple).max(smallest);
        if size.tile == 0 || padded <= size.tile {
            return Axis {
                length,
                padded,
                tile: padded,
                starts: vec![0],
                weights: vec![vec![1.0; padded]],
            };
        }
        let overlap = size.overlap;
        // Tiles start on multiples, so neighbours may be this far apart.
        let stride =
            |tile: usize| (tile.saturating_sub(overlap) / multiple * multiple).max(multiple);
        let count = 1 + (padded - size.tile).div_ceil(stride(size.tile));
        let mut tile = size.tile;
        // Equal tiles, no longer than needed, so that none is mostly repeated work.
        while !rule.fixed_size && tile >= overlap + 2 * multiple {
            let shorter = tile - multiple;
            if (count - 1) * stride(shorter) < padded - shorter {
                break;
            }
            tile = shorter;
        }
        let last = (padded - tile) / multiple;
        let starts: Vec<usize> = (0..count)
            .map(|index| last * index / (count - 1).max(1) * multiple)
            .collect();
        let blind = if rule.global_operations {
            0
        } else {
            rule.halo.min(overlap / 2)
        };
        let weights = blend_weights(&starts, tile, padded, blind, overlap - 2 * blind);
        Axis {
            length,
            padded,
            tile,
            starts,
            weights,
        }
    }
}

/// Smooth weights: zero over `blind` pixels next to an inner edge, rising over `fade` more, then
/// normalised so that all tiles sum to 1.
fn blend_weights(
    starts: &[usize],
    tile: usize,
    padded: usize,
    blind: usize,
    fade: usize,
) -> Vec<Vec<f32>> {
    let ramp = |distance: usize| {
        if distance < blind {
            return 0.0;
        }
        let share = ((distance - blind) as f64 + 0.5) / fade.max(1) as f64;
        let share = share.min(1.0);
        share * share * (3.0 - 2.0 * share)
    };
    let mut weights: Vec<Vec<f64>> = starts
        .iter()
        .map(|&start| {
            (0..tile)
                .map(|at| {
                    let from_start = if start == 0 { 1.0 } else { ramp(at) };
                    let to_end = tile - 1 - at;
                    let from_end = if start + tile == padded {
                        1.0
                    } else {
                        ramp(to_end)
                    };
                    from_start * from_end
                })
                .collect()
        })
        .collect();
    let mut sums = vec![0.0; padded];
    for (&start, tile_weights) in starts.iter().zip(&weights) {
        for (at, weight) in tile_weights.iter().enumerate() {
            sums[start + at] += weight;
        }
    }
    for (&start, tile_weights) in starts.iter().zip(&mut weights) {
        for (at, weight) in tile_weights.iter_mut().enumerate() {
            *weight /= sums[start + at];
        }
    }
    let single = |tile: Vec<f64>| tile.into_iter().map(|weight| weight as f32).collect();
    weights.into_iter().map(single).collect()
}

/// Index that mirrors `index` into `0..length` without repeating the edge (whole-sample), folding as
/// often as needed.
pub fn mirror(index: usize, length: usize) -> usize {
    if length == 1 {
        return 0;
    }
    let period = 2 * (length - 1);
    let folded = index % period;
    folded.min(period - folded)
}

#[cfg(test)]
mod tests {
    use super::super::tiles::FADE;
    use super::*;
    use crate::request::Place;
    use crate::runtime::Device;
    use proptest::prelude::*;

    fn rule(
        size_multiple: usize,
        tile: usize,
        halo: usize,
        global_operations: bool,
        fixed_size: bool,
    ) -> TileRule {
        TileRule {
            size_multiple,
            tile,
            halo,
            global_operations,
            fixed_size,
        }
    }

    fn place(tile: Option<usize>) -> Place {
        Place {
            device: Device::Cpu,
            threads: 0,
            max_memory: None,
            tile,
            overlap: None,
        }
    }

    proptest! {
        #[test]
        fn tiles_cover_and_weights_sum_to_one(
            length in 1usize..3000, halo in 0usize..40, extra in 1usize..300,
            power in 0u32..5, global: bool, fixed: bool,
        ) {
            let multiple = 1 << power;
            let tile = (4 * halo + FADE + extra).next_multiple_of(multiple) + multiple;
            let rule = rule(multiple, tile, halo, global, fixed);
            let size = TileSize::resolve(rule, &place(None)).unwrap();
            let axis = Axis::new(rule, size, length);
            prop_assert!(axis.padded >= length && axis.padded.is_multiple_of(multiple));
            prop_assert!(axis.tile.is_multiple_of(multiple) || axis.tile == axis.padded);
            let mut sums = vec![0.0f64; axis.padded];
            for (&start, weights) in axis.starts.iter().zip(&axis.weights) {
                prop_assert!(start % multiple == 0);
                prop_assert!(start + axis.tile <= axis.padded);
                for (at, &weight) in weights.iter().enumerate() {
                    prop_assert!(weight.is_finite() && weight >= 0.0);
                    // A local network's output is only used a halo away from an inner edge.
                    let inner = (start > 0 && at < halo)
                        || (start + axis.tile < axis.padded && axis.tile - 1 - at < halo);
                    prop_assert!(global || !inner || weight == 0.0);
                    sums[start + at] += f64::from(weight);
                }
            }
            prop_assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        }
    }

    #[test]
    fn mirror_folds() {
        let folded: Vec<usize> = (0..9).map(|index| mirror(index, 3)).collect();
        assert_eq!(folded, [0, 1, 2, 1, 0, 1, 2, 1, 0]);
        assert_eq!(mirror(5, 1), 0);
    }

    #[test]
    fn a_tile_needs_room_for_its_overlap() {
        let rule = rule(4, 256, 32, false, false);
        assert!(TileSize::resolve(rule, &place(Some(64))).is_err());
        assert!(TileSize::resolve(rule, &place(Some(128))).is_ok());
        assert_eq!(TileSize::resolve(rule, &place(Some(0))).unwrap().tile, 0);
    }
}
