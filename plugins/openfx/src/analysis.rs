//! What a chosen frame shows of noise and blur, held for all the others: a shot restored with one strength
//! does not flicker.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use dcdp::Options;
use dcdp::estimate::blur::BlurFinding;
use dcdp::estimate::noise::NoiseFinding;
use dcdp::image::{Alpha, Transfer};
use dcdp::request::looks_for_blur;
use dcdp::request::parameters::Id;
use openfx::sys::generic::core::OfxTime;
use openfx::sys::image_effect_v1::image_effect::*;
use parking_lot::Mutex;

use crate::clip::Clip;
use crate::failure::{Failure, Result};
use crate::frame::Frame;
use crate::host::Suites;
use crate::mask::{self, Mask};
use crate::restoration;
use crate::settings::Settings;

/// Findings of this process that are kept; a finding is a few kilobytes.
const MOST: usize = 256;

/// The findings, oldest first. Instances share them: some hosts make one per frame.
static HELD: Mutex<VecDeque<(Key, Arc<Finding>)>> = Mutex::new(VecDeque::new());

#[derive(PartialEq)]
struct Key {
    /// All that the finding depends on but the pixels.
    settings: String,
    /// A hash of the pixels, where the host gave the frame itself.
    pixels: Option<u64>,
}

/// What one look at a frame found.
struct Finding {
    noise: NoiseFinding,
    blur: Option<BlurFinding>,
}

/// The frames to measure on, where something is to be measured on a chosen one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chosen {
    /// The noise.
    pub noise: Option<OfxTime>,
    /// The blur.
    pub blur: Option<OfxTime>,
}

impl Chosen {
    /// Of the node's settings.
    pub fn of(settings: &Settings) -> Self {
        let options = &settings.options;
        let frame = |number: i32| (number >= 0).then(|| f64::from(number));
        let measured = options.number(Id::Noise) < 0.0 && options.text(Id::Task) != "dejpeg";
        let open = looks_for_blur(options);
        Chosen {
            noise: frame(settings.noise_frame).filter(|_| measured),
            blur: frame(settings.blur_frame).filter(|_| open),
        }
    }

    /// Both.
    pub fn frames(self) -> impl Iterator<Item = OfxTime> {
        self.noise.into_iter().chain(self.blur)
    }
}

/// The frame being rendered, and how other frames of its clip can be had.
pub struct Shot<'a> {
    /// The host.
    pub suites: &'a Suites,
    /// The instance.
    pub effect: OfxImageEffectHandle,
    /// The time of `frame`.
    pub time: OfxTime,
    /// The frame being rendered.
    pub frame: &'a Frame,
    /// What its values mean.
    pub transfer: Transfer,
    /// How its colour relates to alpha.
    pub alpha: Alpha,
    /// Whether the Mask clip counts inverted.
    pub invert_mask: bool,
}

impl Shot<'_> {
    /// Tells `options` what the chosen frames show; a sentence about a host that gives no other frames.
    ///
    /// # Errors
    /// `Refused` when the host does not have a chosen frame; `Engine`.
    pub fn settle(&self, options: &mut Options, chosen: Chosen) -> Result<Option<&'static str>> {
        if let Some(frame) = chosen.noise {
            let mut noise = options.clone();
            if chosen.blur != chosen.noise && noise.text(Id::Task) == "deblur" {
                // Not looked for here.
                noise.set_string(Id::Blur.name(), "gaussian")?;
            }
            let found = self.look(&noise, frame)?;
            options.set_noise_found(Some(found.noise.clone()));
        }
        if let Some(frame) = chosen.blur {
            let found = self.look(options, frame)?;
            options.set_blur_found(found.blur.clone());
        }
        let stuck = chosen.frames().next().is_some() && !self.suites.gives_other_frames();
        Ok(stuck.then_some("measured on the first frame rendered: this host gives no others"))
    }

    fn look(&self, options: &Options, time: OfxTime) -> Result<Arc<Finding>> {
        let travels = self.suites.gives_other_frames();
        let other = match travels && time != self.time {
            true => Some(self.fetch(time)?),
            false => None,
        };
        let frame = other.as_ref().unwrap_or(self.frame);
        let mut options = options.clone();
        if options.text(Id::Task) == "inpaint" {
            let time = if travels { time } else { self.time };
            options.set_mask(Some(self.unknown(frame, time)?));
        }
        let key = Key {
            settings: self.settings(&options, time),
            pixels: travels.then(|| hash(frame, options.mask().as_deref())),
        };
        // Held while looking: of two frames rendered at once, one is the first.
        let mut held = HELD.lock();
        if let Some((_, found)) = held.iter().find(|(other, _)| *other == key) {
            return Ok(found.clone());
        }
        let seen = restoration::examine(&options, frame, self.transfer, self.alpha)?;
        let found = Arc::new(Finding {
            noise: seen.noise,
            blur: seen.blur,
        });
        if held.len() == MOST {
            held.pop_front();
        }
        held.push_back((key, found.clone()));
        Ok(found)
    }

    fn fetch(&self, time: OfxTime) -> Result<Frame> {
        let clip = Clip::get(
            self.suites,
            self.effect,
            kOfxImageEffectSimpleSourceClipName,
        )?;
        let image = clip.image(time)?.ok_or_else(|| {
            Failure::Refused(format!(
                "the Source clip has no frame {time}, where noise or blur is to be measured"
            ))
        })?;
        Frame::read(&image.pixels)
    }

    /// Where `frame` is to be filled.
    fn unknown(&self, frame: &Frame, time: OfxTime) -> Result<Mask> {
        let mask = mask::read(
            self.suites,
            self.effect,
            time,
            frame.bounds,
            self.invert_mask,
        )?;
        let nothing = || Mask::zeros((frame.height(), frame.width()));
        Ok(mask.or_else(|| mask::holes(frame)).unwrap_or_else(nothing))
    }

    fn settings(&self, options: &Options, time: OfxTime) -> String {
        let names = [
            Id::Task,
            Id::Noise,
            Id::Blur,
            Id::BlurLight,
            Id::Scale,
            Id::Source,
        ];
        let values = names.map(|id| options.value(id).clone());
        let noise = options.noise_found().map(|found| found.sigma);
        let size = [self.frame.width(), self.frame.height()];
        let meaning = (self.transfer, self.alpha);
        format!("{values:?} {noise:?} {size:?} {meaning:?} {time}")
    }
}

fn hash(frame: &Frame, mask: Option<&Mask>) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytemuck::cast_slice(&frame.samples));
    if let Some(values) = mask.and_then(|mask| mask.as_slice()) {
        hasher.write(bytemuck::cast_slice(values));
    }
    frame.components.count().hash(&mut hasher);
    hasher.finish()
}

/// Forgets every finding.
pub fn forget() {
    HELD.lock().clear();
}
