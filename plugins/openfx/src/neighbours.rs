//! The frames around the one being rendered, as further measurements of it.

use std::sync::Arc;

use dcdp::Options;
use dcdp::image::OwnedImage;
use dcdp::request::parameters::Id;
use dcdp::request::temporal_reach;
use dcdp::restore::Neighbourhood;
use openfx::sys::generic::core::OfxTime;
use openfx::sys::image_effect_v1::image_effect::*;

use crate::analysis::Shot;
use crate::clip::Clip;
use crate::failure::Result;
use crate::frame::Frame;
use crate::host::Suites;
use crate::restoration;

/// Frames at either side that the settings ask for and the host can give.
///
/// # Errors
/// `Engine` with `InvalidOption` for a number of frames that is not allowed.
pub fn reach(suites: &Suites, options: &Options) -> Result<i32> {
    match options.text(Id::Task) == "denoise" && suites.gives_other_frames() {
        true => Ok(temporal_reach(options)?),
        false => Ok(0),
    }
}

impl Shot<'_> {
    /// Gives `options` the frames around the one being rendered, as far as the clip has them. A host that gives
    /// no other frames is asked for none: what it hands over is the current one again.
    ///
    /// # Errors
    /// `Host`; `Engine`.
    pub fn offer_neighbours(&self, options: &mut Options) -> Result<()> {
        let reach = reach(self.suites, options)?;
        if reach == 0 {
            return Ok(());
        }
        let clip = Clip::get(
            self.suites,
            self.effect,
            kOfxImageEffectSimpleSourceClipName,
        )?;
        let range = clip
            .properties
            .doubles(kOfxImageEffectPropFrameRange)
            .filter(|[first, last]: &[f64; 2]| first < last);
        let is_there =
            |time: OfxTime| range.is_none_or(|[first, last]| (first..=last).contains(&time));
        for offset in (-reach..=reach).filter(|&offset| offset != 0) {
            let time = self.time + f64::from(offset);
            let frame = match is_there(time) {
                true => self.neighbour(&clip, time)?,
                false => None,
            };
            options.set_neighbour(offset, frame)?;
        }
        Ok(())
    }

    /// The frame at another time, where there is one with the same pixels.
    fn neighbour(&self, clip: &Clip<'_>, time: OfxTime) -> Result<Option<Arc<OwnedImage>>> {
        let Some(image) = clip.image(time)? else {
            return Ok(None);
        };
        let frame = Frame::read(&image.pixels)?;
        let corners = |frame: &Frame| {
            let bounds = frame.bounds;
            [bounds.x1, bounds.y1, bounds.x2, bounds.y2]
        };
        let fits =
            corners(&frame) == corners(self.frame) && frame.components == self.frame.components;
        if !fits {
            return Ok(None);
        }
        let view = restoration::view(&frame, self.transfer, self.alpha)?;
        Ok(Some(Arc::new(OwnedImage::copy_of(&view)?)))
    }
}

/// How many frames a render used, where more than one was asked for.
pub fn in_words(used: Option<&Neighbourhood>, suites: &Suites) -> Option<String> {
    let used = used?;
    if used.frames > 1 {
        return Some(format!("{} frames used", used.frames));
    }
    let why = if !suites.gives_other_frames() {
        "this host gives no others"
    } else if used.neighbours.is_empty() {
        "there are no others"
    } else if used.neighbours.iter().all(|neighbour| neighbour.copy) {
        "the others are copies of it"
    } else {
        "the others show something else"
    };
    Some(format!("1 frame used: {why}"))
}
