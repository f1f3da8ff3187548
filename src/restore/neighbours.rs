//! The frames around the one that is restored.

use ndarray::{Array2, Array3, Axis};
use serde::Serialize;

use super::findings::Findings;
use crate::estimate::noise::is_neutral;
use crate::fusion::{Frame, Fused, Taken, fuse};
use crate::image::{ImageView, Layout, Picture};
use crate::request::{Neighbour, Request};
use crate::runtime::Cancel;
use crate::{Error, Result};

/// How the frames around the input were used.
#[derive(Clone, Debug, Serialize)]
pub struct Neighbourhood {
    /// Frames that the result was restored from, the input among them.
    pub frames: usize,
    /// Mean over the picture of the noise that was left to remove, relative to one frame's.
    pub noise: f64,
    /// Those that were given and within `temporal_frames`, the nearest first.
    pub neighbours: Vec<Use>,
}

/// How one of them was used.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Use {
    /// How many frames after the input it stands.
    pub offset: i32,
    /// Its mean weight, 0…1; 0 behind a cut and of a copy.
    pub support: f64,
    /// Whether it carries the noise of the input or of a nearer neighbour, and so says nothing new.
    pub copy: bool,
}

impl Neighbourhood {
    /// Of a run that took the input alone.
    pub fn alone() -> Self {
        Neighbourhood {
            frames: 1,
            noise: 1.0,
            neighbours: Vec::new(),
        }
    }

    /// Of frames that were fused.
    pub fn of(neighbours: &[Neighbour], fused: &Fused) -> Self {
        let used = neighbours.iter().zip(&fused.taken);
        Neighbourhood {
            frames: fused.frames(),
            noise: f64::from(fused.noise.mean().unwrap_or(1.0)),
            neighbours: used
                .map(|(neighbour, taken)| Use {
                    offset: neighbour.offset,
                    support: match taken {
                        Taken::Copy => 0.0,
                        Taken::Support(support) => *support,
                    },
                    copy: *taken == Taken::Copy,
                })
                .collect(),
        }
    }
}

/// Refuses neighbours that are not of the input's size and channels.
///
/// # Errors
/// `InvalidImage`.
pub fn check(neighbours: &[Neighbour], input: &Layout) -> Result<()> {
    for Neighbour { offset, frame } in neighbours {
        let view = frame.view();
        let other = view.layout();
        let size = |layout: &Layout| (layout.width, layout.height, layout.channels);
        if size(other) != size(input) {
            return Err(Error::InvalidImage(format!(
                "the neighbour at {offset} is {}x{} with {} channels; allowed: {}x{} with {}, as the input",
                other.width,
                other.height,
                other.channels,
                input.width,
                input.height,
                input.channels,
            )));
        }
    }
    Ok(())
}

/// Fuses `y`, read from `picture`, with the request's neighbours.
///
/// # Errors
/// `Cancelled`.
pub fn fuse_neighbours(
    request: &Request,
    neighbours: &[Neighbour],
    y: &Array3<f32>,
    picture: &Picture,
    findings: &Findings,
    cancel: &Cancel,
) -> Result<Fused> {
    let neutral = is_neutral(y.view());
    let spectrum = match neutral {
        true => findings.noise.spectrum.neutral(),
        false => findings.noise.spectrum.clone(),
    };
    let read = |view: ImageView<'_>| {
        let view = match request.transfer {
            Some(transfer) => view.with_transfer(transfer),
            None => view,
        };
        let mut picture = Picture::read(&view);
        if neutral {
            super::coarse_to_fine::make_neutral(&mut picture.color);
        }
        picture
    };
    let others: Vec<Picture> = neighbours
        .iter()
        .map(|neighbour| read(neighbour.frame.view()))
        .collect();
    let visible = |picture: &Picture| {
        let unseen = picture.unseen.as_ref();
        unseen.map(|unseen| unseen.mapv(|unseen| !unseen))
    };
    let masks: Vec<Option<Array2<bool>>> = others.iter().map(visible).collect();
    let frames: Vec<Frame<'_>> = others
        .iter()
        .zip(&masks)
        .map(|(picture, mask)| Frame {
            picture: picture.color.view(),
            usable: mask.as_ref().map(|mask| mask.view()),
        })
        .collect();
    let mut usable = visible(picture);
    if let Some(ignore) = &request.ignore {
        let size = (y.len_of(Axis(1)), y.len_of(Axis(2)));
        let usable = usable.get_or_insert_with(|| Array2::from_elem(size, true));
        usable.zip_mut_with(ignore, |usable, &ignore| *usable &= ignore <= 0.5);
    }
    let frame = Frame {
        picture: y.view(),
        usable: usable.as_ref().map(|usable| usable.view()),
    };
    fuse(&frame, &frames, &spectrum, &|| cancel.check())
}
