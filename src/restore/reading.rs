//! A caller's pixels, made whole: what is no picture gets a stand-in before anything is computed.

use crate::fill::fill_unseen;
use crate::image::{Broken, ImageView, Picture};
use crate::{Error, Result};

/// Reads a picture. What lies under alpha 0 or is not finite is replaced by what surrounds it, so that it does
/// not bleed into what is seen.
///
/// # Errors
/// `InvalidImage` when no pixel is finite.
pub fn read(view: &ImageView<'_>) -> Result<Picture> {
    let mut picture = Picture::read(view);
    let Some(unseen) = &picture.unseen else {
        return Ok(picture);
    };
    if let Some(broken) = picture.broken
        && unseen.iter().all(|&unseen| unseen)
    {
        return Err(Error::InvalidImage(format!(
            "{}, and nothing else is to be seen to repair them from",
            said(broken)
        )));
    }
    fill_unseen(&mut picture.color, unseen.view());
    Ok(picture)
}

/// Tells in one line which pixels of a result are repaired.
pub fn tell_repaired(picture: &Picture) {
    if let Some(broken) = picture.broken {
        log::warn!("{}: repaired from their surroundings", said(broken));
    }
}

fn said(broken: Broken) -> String {
    let [x, y] = broken.first;
    let (pixels, first) = match broken.count {
        1 => ("pixel is", "it lies"),
        _ => ("pixels are", "the first lies"),
    };
    format!(
        "{} {pixels} not finite (NaN, infinite or beyond all light), {first} at {x},{y} (column, row)",
        broken.count
    )
}
