//! The separate holes of a mask, as lists of pixels.

use ndarray::{Array2, ArrayView2};

/// Marks a pixel outside every region, or a neighbour outside the picture.
pub(super) const NONE: u32 = u32::MAX;

/// Steps to the neighbours of a pixel: up, left, right, down.
const STEPS: [(isize, isize); 4] = [(-1, 0), (0, -1), (0, 1), (1, 0)];

/// Steps back to pixels of the same hole: those at most two steps away, since a biharmonic surface
/// couples them across one known pixel.
const BACK: [(isize, isize); 6] = [(-2, 0), (-1, -1), (-1, 0), (-1, 1), (0, -2), (0, -1)];

/// One hole and the known pixels beside it.
pub(super) struct Region {
    /// Row and column of the hole's pixels in raster order, then of the known ones beside them.
    pub pixels: Vec<[u32; 2]>,
    /// How many of them are in the hole.
    pub hole: usize,
    /// For each pixel its neighbours up, left, right and down as indices into `pixels`. Of a known pixel
    /// only the neighbours in the hole are named.
    pub neighbours: Vec<[u32; 4]>,
    /// For each pixel of the hole its neighbours within the picture, 1…4 (0 for a picture of one pixel).
    pub degrees: Vec<u8>,
}

/// The pixel `step` away from (y, x), if it is in the picture.
fn step((y, x): (usize, usize), step: (isize, isize), size: (usize, usize)) -> Option<[usize; 2]> {
    let y = y.checked_add_signed(step.0).filter(|&y| y < size.0)?;
    let x = x.checked_add_signed(step.1).filter(|&x| x < size.1)?;
    Some([y, x])
}

/// The neighbours within the picture of the pixel (y, x): up, left, right, down.
pub(super) fn neighbours(
    at: (usize, usize),
    size: (usize, usize),
) -> impl Iterator<Item = (usize, [usize; 2])> {
    (0..4).filter_map(move |direction| Some((direction, step(at, STEPS[direction], size)?)))
}

/// Labels the holes: pixels at most two steps apart belong together. Returns each pixel's label
/// ([`NONE`] outside) and how many labels there are; labels follow the raster order of first pixels.
pub(super) fn label(hole: ArrayView2<'_, bool>) -> (Array2<u32>, usize) {
    let size = hole.dim();
    let mut labels = Array2::from_elem(size, NONE);
    let mut parents: Vec<u32> = Vec::new();
    for (at, _) in hole.indexed_iter().filter(|(_, fill)| **fill) {
        let mut own = NONE;
        for other in BACK.iter().filter_map(|&back| step(at, back, size)) {
            if labels[other] == NONE {
                continue;
            }
            let root = root(&mut parents, labels[other]);
            if own != NONE && own != root {
                let (low, high) = (own.min(root), own.max(root));
                parents[high as usize] = low;
                own = low;
            } else {
                own = root;
            }
        }
        if own == NONE {
            own = parents.len() as u32;
            parents.push(own);
        }
        labels[at] = own;
    }
    let mut names = vec![NONE; parents.len()];
    let mut count = 0;
    for label in labels.iter_mut().filter(|label| **label != NONE) {
        let root = root(&mut parents, *label) as usize;
        if names[root] == NONE {
            names[root] = count;
            count += 1;
        }
        *label = names[root];
    }
    (labels, count as usize)
}

/// The first label that `label` has been joined with.
fn root(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        let above = parents[parents[label as usize] as usize];
        parents[label as usize] = above;
        label = above;
    }
    label
}

/// The holes with their surroundings, in the order of [`label`].
pub(super) fn regions(hole: ArrayView2<'_, bool>) -> Vec<Region> {
    let size = hole.dim();
    let (mut slots, count) = label(hole);
    let mut regions: Vec<Region> = (0..count)
        .map(|_| Region {
            pixels: Vec::new(),
            hole: 0,
            neighbours: Vec::new(),
            degrees: Vec::new(),
        })
        .collect();
    // From labels to places within each region.
    for ((y, x), slot) in slots.indexed_iter_mut() {
        if *slot != NONE {
            let region = &mut regions[*slot as usize];
            *slot = region.pixels.len() as u32;
            region.pixels.push([y as u32, x as u32]);
        }
    }
    for region in &mut regions {
        region.hole = region.pixels.len();
        region.neighbours = vec![[NONE; 4]; region.hole];
        for index in 0..region.hole {
            let [y, x] = region.pixels[index].map(|side| side as usize);
            let mut degree = 0;
            for (direction, beside) in neighbours((y, x), size) {
                degree += 1;
                if slots[beside] == NONE {
                    slots[beside] = region.pixels.len() as u32;
                    region.pixels.push(beside.map(|side| side as u32));
                    region.neighbours.push([NONE; 4]);
                }
                let slot = slots[beside];
                region.neighbours[index][direction] = slot;
                // A known pixel is beside one region only, since others are three steps away.
                if slot as usize >= region.hole {
                    region.neighbours[slot as usize][3 - direction] = index as u32;
                }
            }
            region.degrees.push(degree);
        }
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(rows: &[&str]) -> Array2<bool> {
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(y, x)| {
            rows[y].as_bytes()[x] == b'#'
        })
    }

    #[test]
    fn holes_two_steps_apart_are_one() {
        let apart = |rows: &[&str]| label(hole(rows).view()).1;
        assert_eq!(apart(&["#.#"]), 1);
        assert_eq!(apart(&["#..#"]), 2);
        assert_eq!(apart(&["#..", ".#.", "..#"]), 1);
        assert_eq!(apart(&["..#", "...", "#.."]), 2);
        // Joined only at the bottom.
        assert_eq!(apart(&["#...#...#", "#...#...#", "#########"]), 1);
        assert_eq!(apart(&["..."]), 0);
    }

    #[test]
    fn neighbours_name_each_other() {
        let hole = hole(&["#....", ".##..", "....#", "##..#"]);
        for region in regions(hole.view()) {
            assert!(region.hole > 0 && region.hole < region.pixels.len());
            for (index, beside) in region.neighbours.iter().enumerate() {
                let [y, x] = region.pixels[index].map(|side| side as usize);
                assert_eq!(hole[[y, x]], index < region.hole);
                for (direction, &other) in beside.iter().enumerate().filter(|(_, o)| **o != NONE) {
                    let back = region.neighbours[other as usize][3 - direction];
                    assert_eq!(back, index as u32);
                }
            }
        }
    }
}
