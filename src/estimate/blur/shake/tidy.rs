//! What of an estimated kernel is a trail, in the middle of its grid.

use ndarray::Array2;

/// Values below this part of the largest are noise.
const FAINT: f32 = 0.05;

/// Connected parts with less than this part of the whole are noise.
const SPLINTER: f32 = 0.1;

/// `kernel` without noise, its centre of mass in the middle, of sum 1.
pub(super) fn tidied(mut kernel: Array2<f32>) -> Array2<f32> {
    let most = kernel.iter().fold(0.0f32, |most, &value| most.max(value));
    kernel.mapv_inplace(|value| if value < FAINT * most { 0.0 } else { value });
    let sum = kernel.sum();
    for part in parts(&kernel) {
        if part.iter().map(|&at| kernel[at]).sum::<f32>() < SPLINTER * sum {
            part.iter().for_each(|&at| kernel[at] = 0.0);
        }
    }
    let sum = kernel.sum();
    if sum > 0.0 {
        centred(&(kernel / sum))
    } else {
        point(kernel.nrows())
    }
}

/// No blur, on `side` × `side` pixels.
pub(super) fn point(side: usize) -> Array2<f32> {
    let mut kernel = Array2::zeros((side, side));
    kernel[[side / 2, side / 2]] = 1.0;
    kernel
}

/// The pixels of each connected part, corners touching.
fn parts(kernel: &Array2<f32>) -> Vec<Vec<(usize, usize)>> {
    let (height, width) = kernel.dim();
    let mut free = kernel.mapv(|value| value > 0.0);
    let mut parts = Vec::new();
    for row in 0..height {
        for column in 0..width {
            let mut part = Vec::new();
            let mut open = vec![(row, column)];
            while let Some((i, j)) = open.pop() {
                if !std::mem::take(&mut free[[i, j]]) {
                    continue;
                }
                part.push((i, j));
                for i in i.saturating_sub(1)..(i + 2).min(height) {
                    open.extend((j.saturating_sub(1)..(j + 2).min(width)).map(|j| (i, j)));
                }
            }
            if !part.is_empty() {
                parts.push(part);
            }
        }
    }
    parts
}

/// Moved by whole pixels so that the centre of mass lies in the middle; what leaves the grid is lost.
fn centred(kernel: &Array2<f32>) -> Array2<f32> {
    let (mut down, mut right) = (0.0f64, 0.0f64);
    for ((row, column), &value) in kernel.indexed_iter() {
        down += f64::from(value) * row as f64;
        right += f64::from(value) * column as f64;
    }
    let (height, width) = kernel.dim();
    let shift = [
        (height / 2) as isize - down.round() as isize,
        (width / 2) as isize - right.round() as isize,
    ];
    let mut moved = Array2::zeros(kernel.dim());
    for ((row, column), &value) in kernel.indexed_iter() {
        let to = [
            row.wrapping_add_signed(shift[0]),
            column.wrapping_add_signed(shift[1]),
        ];
        if let Some(to) = moved.get_mut(to) {
            *to = value;
        }
    }
    let sum = moved.sum();
    moved / sum
}
