//! What is missing of a picture: H×W, 1 where it is.

use ndarray::Array2;

/// Scattered 16×16 holes covering a tenth of the picture, the same for every picture of a size.
pub fn blocks(height: u32, width: u32) -> Array2<f32> {
    let (rows, columns) = (height.div_ceil(16), width.div_ceil(16));
    Array2::from_shape_fn((height as usize, width as usize), |(y, x)| {
        let cell = (y as u32 / 16) * columns + x as u32 / 16;
        // A fixed shuffle of the cells: multiples of a number coprime to their count.
        let cells = rows * columns;
        let stride = (1..)
            .map(|k| 7919 + k)
            .find(|k| coprime(*k, cells))
            .unwrap_or(1);
        let place = (u64::from(cell) * u64::from(stride)) % u64::from(cells);
        f32::from(u8::from(place * 10 < u64::from(cells)))
    })
}

/// Slanted scratches, three pixels wide.
pub fn scratches(height: u32, width: u32) -> Array2<f32> {
    Array2::from_shape_fn((height as usize, width as usize), |(y, x)| {
        f32::from(u8::from((3 * x + y) % 96 < 9))
    })
}

fn coprime(mut a: u32, mut b: u32) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}
