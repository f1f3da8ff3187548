//! Wide holes filled with patches of the picture itself.
//!
//! A hole is filled so that every patch in it is like one of the known picture (Y. Wexler, E. Shechtman
//! and M. Irani, "Space-Time Completion of Video", 2007), from coarse to fine, with the correspondences
//! found by randomised search (C. Barnes et al., "PatchMatch", 2009). Beside colour, patches are compared
//! by how textured they are (A. Newson et al., "Video Inpainting of Complex Scenes", 2014), lest flat
//! patches win.

mod field;
mod join;
mod level;
mod vote;

use ndarray::{Array2, Array3, ArrayView2, s};

use super::{check_hole, components, distance_to_known};
use crate::operators::Check;
use crate::{Error, Result};
use field::Field;
use level::Level;

/// Largest half side of a patch: 7×7 pixels.
const HALF_SIDE: usize = 3;

/// Holes nearer to each other than this, in pixels, are filled together.
const TOGETHER: f64 = 8.0;

/// Least and most pixels around a hole that are searched for patches.
const SURROUNDINGS: [usize; 2] = [128, 1200];

/// Places to copy from that a search should have at least.
const FEW: usize = 400;

/// How far the coarsest level's votes are drawn back to the smooth start, so that the fill is as bright as
/// its surroundings suggest.
const GUIDANCE: f32 = 0.7;

/// What is to be filled with patches, and from where.
#[derive(Clone, Copy)]
pub struct PatchFill<'a> {
    /// H×W, true where the picture is to be invented.
    pub hole: ArrayView2<'a, bool>,
    /// H×W, true where the picture is not to be copied from although it is not part of the hole: other
    /// holes, whose present content patches are compared with.
    pub unknown: Option<ArrayView2<'a, bool>>,
    /// H×W, true where patches may come from; `None` for the surroundings of the hole.
    pub from: Option<ArrayView2<'a, bool>>,
    /// Seed of the random search.
    pub seed: u64,
}

/// Fills a hole of a picture (3×H×W, finite) with patches from elsewhere in it, joined to the known
/// pixels over a few pixels within the hole, and on the whole about as bright as its surroundings suggest
/// unless `from` says where patches come from.
///
/// The search looks as far around a hole as it is large, 128 to 1200 pixels, or wherever `from` allows.
/// `check` is asked between the steps of the search whether to go on.
///
/// # Errors
/// `InvalidImage` when sizes differ; `InvalidOption` (`mask`) when no pixel is known, (`fill_from`) when
/// no whole patch of 3×3 known pixels may be copied from; what `check` gives.
pub fn fill_patches(
    picture: &mut Array3<f32>,
    request: PatchFill<'_>,
    check: Check<'_>,
) -> Result<()> {
    check_hole(picture.view(), request.hole)?;
    for other in [request.unknown, request.from].into_iter().flatten() {
        if other.dim() != request.hole.dim() {
            return Err(Error::InvalidImage(format!(
                "a mask of {}x{} pixels for a picture of {}x{}",
                other.ncols(),
                other.nrows(),
                request.hole.ncols(),
                request.hole.nrows()
            )));
        }
    }
    let mut result = picture.clone();
    for area in areas(request.hole) {
        fill_area(&mut result, &request, &area, check)?;
    }
    *picture = result;
    Ok(())
}

/// A rectangle of the picture and the pixels of it to fill.
struct Area {
    top: usize,
    left: usize,
    hole: Array2<bool>,
}

/// The bounding boxes of the holes, near ones together.
fn areas(hole: ArrayView2<'_, bool>) -> Vec<Area> {
    let near = distance_to_known(hole.mapv(|fill| !fill).view()).mapv(|away| away <= TOGETHER);
    let (labels, count) = components::label(near.view());
    let mut boxes = vec![[usize::MAX, usize::MAX, 0, 0]; count];
    let own = |at: (usize, usize)| hole[at].then(|| labels[at] as usize);
    for ((y, x), _) in hole.indexed_iter() {
        if let Some(label) = own((y, x)) {
            let [top, left, bottom, right] = boxes[label];
            boxes[label] = [top.min(y), left.min(x), bottom.max(y + 1), right.max(x + 1)];
        }
    }
    let area = |(label, [top, left, bottom, right]): (usize, [usize; 4])| Area {
        top,
        left,
        hole: Array2::from_shape_fn((bottom - top, right - left), |(y, x)| {
            own((top + y, left + x)) == Some(label)
        }),
    };
    boxes.into_iter().enumerate().map(area).collect()
}

fn fill_area(
    picture: &mut Array3<f32>,
    request: &PatchFill<'_>,
    area: &Area,
    check: Check<'_>,
) -> Result<()> {
    let (_, height, width) = picture.dim();
    let (tall, wide) = area.hole.dim();
    let [least, most] = SURROUNDINGS;
    let margin = tall.max(wide).clamp(least, most);
    let near = [
        area.top.saturating_sub(margin)..(area.top + tall + margin).min(height),
        area.left.saturating_sub(margin)..(area.left + wide + margin).min(width),
    ];
    let windows = [near, [0..height, 0..width]];
    // Where little may be copied from nearby, from anywhere; and small patches rather than none.
    let first = usize::from(request.from.is_some());
    for half in (1..=HALF_SIDE).rev() {
        for [rows, columns] in &windows[first..] {
            let window = s![rows.clone(), columns.clone()];
            let mut hole = Array2::from_elem((rows.len(), columns.len()), false);
            let (top, left) = (area.top - rows.start, area.left - columns.start);
            hole.slice_mut(s![top..top + tall, left..left + wide])
                .assign(&area.hole);
            let mut usable = hole.mapv(|fill| !fill);
            usable.zip_mut_with(&request.hole.slice(window), |usable, &fill| {
                *usable &= !fill
            });
            if let Some(unknown) = request.unknown {
                usable.zip_mut_with(&unknown.slice(window), |usable, &other| *usable &= !other);
            }
            if let Some(from) = request.from {
                usable.zip_mut_with(&from.slice(window), |usable, &from| *usable &= from);
            }
            let colours = picture.slice(s![.., rows.clone(), columns.clone()]);
            let level = Level::finest(colours, hole, usable, half);
            let last = half == 1 && rows.len() == height && columns.len() == width;
            if level.sources.len() >= FEW || (last && !level.sources.is_empty()) {
                let mut filled = fill_level(level, request.seed, check)?;
                // What comes from elsewhere by request keeps its own colours.
                if request.from.is_none() {
                    join::even_out(&mut filled, check)?;
                }
                let mut target = picture.slice_mut(s![.., rows.clone(), columns.clone()]);
                filled.write(&mut target);
                return Ok(());
            }
        }
    }
    Err(Error::invalid(
        "fill_from",
        "an area without a whole patch",
        "an area with patches of at least 3x3 known pixels to fill the hole with",
    ))
}

/// Sweeps of the search and rounds of search and vote on the level that is `depth` above the finest.
fn effort(depth: usize, coarsest: bool) -> (usize, usize) {
    match (depth, coarsest) {
        (_, true) => (4, 16),
        (0, _) => (2, 3),
        (1, _) => (2, 4),
        (2, _) => (2, 6),
        _ => (2, 8),
    }
}

/// Fills the hole of the finest level, coarse to fine.
fn fill_level(finest: Level, seed: u64, check: Check<'_>) -> Result<Level> {
    let mut levels = vec![finest];
    while let Some(coarser) = levels.last().and_then(Level::coarser) {
        levels.push(coarser);
    }
    let coarsest = levels.len() - 1;
    let mut guide = Vec::new();
    let mut field: Option<Field> = None;
    for depth in (0..=coarsest).rev() {
        let level = &mut levels[depth];
        let mut current = match field.take() {
            None => {
                level.start(check)?;
                guide.clone_from(&level.pixels);
                Field::random(level, [seed, depth as u64])
            }
            Some(coarse) => {
                let field = Field::finer(level, &coarse, [seed, depth as u64]);
                vote::blend(level, &field);
                field
            }
        };
        let (sweeps, rounds) = effort(depth, depth == coarsest);
        for round in 0..rounds {
            current.measure(level);
            for sweep in 0..sweeps {
                current.sweep(level, [round * sweeps + sweep, depth], check)?;
            }
            if depth > 0 || round + 1 < rounds {
                vote::blend(level, &current);
            }
            if depth == coarsest {
                level.pull(&guide, GUIDANCE);
            }
        }
        field = Some(current);
    }
    let mut level = levels.swap_remove(0);
    if let Some(field) = field {
        let rim = vote::copy(&mut level, &field);
        join::fade_in(&mut level, &rim, check)?;
    }
    Ok(level)
}
