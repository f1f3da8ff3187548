//! Pixels.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dcdp::estimate::blur::{Blur, BlurFinding};
use dcdp::estimate::noise::NoiseKind;
use dcdp::image::Alpha;
use dcdp::request::grid::{self, Grid};
use dcdp::request::parameters::Id;
use dcdp::{Options, Report};
use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;

use crate::analysis::{Chosen, Shot};
use crate::clip::{Clip, Depth, Image, Pixels};
use crate::failure::{Failure, Result};
use crate::frame::{Frame, copy};
use crate::geometry::{is_thumbnail, render_scale, time};
use crate::host::Suites;
use crate::mask::{self, Mask};
use crate::neighbours;
use crate::progress::Watch;
use crate::property::Properties;
use crate::settings::{self, Settings};
use crate::{colour, instance, message, restoration};

/// Answers IsIdentity: the source passes through at mix 0, and where the picture is too small to restore.
///
/// # Errors
/// `Host`.
pub fn is_identity(
    suites: &Suites,
    effect: OfxImageEffectHandle,
    arguments: &Properties,
    answers: &Properties,
) -> Result<OfxStatus> {
    let time = time(arguments)?;
    let set = suites.parameter_set(effect)?;
    if !is_thumbnail(arguments) && settings::read_mix(suites, set, time)? > 0.0 {
        return Ok(kOfxStatReplyDefault);
    }
    answers.set_string(kOfxPropName, 0, kOfxImageEffectSimpleSourceClipName)?;
    answers.set_double(kOfxPropTime, 0, time)?;
    Ok(kOfxStatOK)
}

/// Answers Render. Whatever goes wrong once there is an output, the source stands in it: hosts show it
/// without looking at the status.
///
/// # Errors
/// Any [`Failure`].
pub fn render(
    suites: &Suites,
    effect: OfxImageEffectHandle,
    arguments: &Properties,
) -> Result<OfxStatus> {
    let time = time(arguments)?;
    let output = Clip::get(suites, effect, kOfxImageEffectOutputClipName)?;
    let output = output
        .image(time)?
        .ok_or_else(|| Failure::host("clipGetImage of Output", kOfxStatErrImageFormat))?;
    let window = arguments.ints(kOfxImageEffectPropRenderWindow);
    let window = window.map_or(output.pixels.bounds, |[x1, y1, x2, y2]| OfxRectI {
        x1,
        y1,
        x2,
        y2,
    });
    let clip = Clip::get(suites, effect, kOfxImageEffectSimpleSourceClipName);
    let source = clip.and_then(|clip| {
        let image = clip.image(time)?;
        let image =
            image.ok_or_else(|| Failure::Refused("the Source clip has no picture".into()))?;
        Ok((image, clip.properties))
    });
    // The image is held until the end: a failure needs its pixels.
    let (done, image) = match source {
        Ok((image, clip)) => {
            let job = Job {
                suites,
                effect,
                time,
                arguments,
                image: &image,
                clip: &clip,
            };
            let work = AssertUnwindSafe(|| job.run(window, &output.pixels));
            let done = catch_unwind(work).unwrap_or_else(|_| {
                let defect = "a panic while rendering; please report it";
                Err(Failure::Engine(dcdp::Error::Internal(defect.into())))
            });
            (done, Some(image))
        }
        Err(failure) => (Err(failure), None),
    };
    // SAFETY: the host destroys no instance during an action on it.
    let instance = unsafe { instance::get(suites, effect) };
    match done {
        Ok(note) => {
            message::clear_error(suites, effect);
            if let Some(instance) = instance {
                instance.note(note);
            }
            Ok(kOfxStatOK)
        }
        Err(failure) => {
            let pixels = image.as_ref().map(|image| &image.pixels);
            copy(pixels, window, &output.pixels);
            if !matches!(failure, Failure::Stopped) {
                let text = failure.to_string();
                message::show_error(suites, effect, &text);
                if let Some(instance) = instance {
                    instance.note(text);
                }
            }
            Err(failure)
        }
    }
}

/// One frame to render.
struct Job<'a> {
    suites: &'a Suites,
    effect: OfxImageEffectHandle,
    time: OfxTime,
    arguments: &'a Properties,
    image: &'a Image<'a>,
    clip: &'a Properties,
}

impl Job<'_> {
    /// Renders into the output; answers what was done.
    fn run(&self, window: OfxRectI, output: &Pixels) -> Result<String> {
        let set = self.suites.parameter_set(self.effect)?;
        if is_thumbnail(self.arguments) || settings::read_mix(self.suites, set, self.time)? == 0.0 {
            copy(Some(&self.image.pixels), window, output);
            return Ok("the source as it is".into());
        }
        self.refuse_fields()?;
        if output.depth != Depth::Float {
            return Err(Failure::Refused(
                "the host wants an image that is not float, the only depth this node offers".into(),
            ));
        }
        let settings = settings::read_all(self.suites, set, self.time)?;
        let frame = Frame::read(&self.image.pixels)?;
        let mut options = self.on_grid(&settings)?;
        if options.text(Id::Task) == "super-resolve" && options.integer(Id::Scale) == 1 {
            frame.write(window, output);
            return Ok("the source as it is: at this size nothing is lacking".into());
        }

        let alpha = colour::alpha(&self.image.properties, self.clip, frame.components);
        let transfer = colour::transfer(options.text(Id::Transfer), self.clip);
        options.set_string("transfer", "auto")?;
        let mask = mask::read(
            self.suites,
            self.effect,
            self.time,
            frame.bounds,
            settings.invert_mask,
        )?;
        let inpaints = options.text(Id::Task) == "inpaint";
        let holes = match &mask {
            None if inpaints && alpha == Alpha::Straight => mask::holes(&frame),
            _ => None,
        };
        if inpaints {
            let fill = mask.as_ref().or(holes.as_ref()).ok_or_else(|| {
                Failure::Refused(
                    "inpaint needs to know where: connect the Mask clip (white where to fill), or \
                     give the source an unpremultiplied alpha that is 0 there"
                        .into(),
                )
            })?;
            if !fill.iter().any(|&fill| fill > 0.5) {
                frame.write(window, output);
                return Ok("the source as it is: the mask marks nothing to fill".into());
            }
            options.set_mask(Some(fill.clone()));
        }

        let chosen = Chosen::of(&settings);
        let shot = Shot {
            suites: self.suites,
            effect: self.effect,
            time: self.time,
            frame: &frame,
            transfer,
            alpha,
            invert_mask: settings.invert_mask,
        };
        let mut watch = Watch::start(self.suites, self.effect);
        if watch.is_aborted() {
            return Err(Failure::Stopped);
        }
        let stuck = shot.settle(&mut options, chosen)?;
        shot.offer_neighbours(&mut options)?;
        let (mut result, report) = restoration::run(&options, &frame, transfer, alpha, &mut watch)?;
        let mask = mask.filter(|_| settings.apply_mask && !inpaints);
        blend(&frame, &mut result, settings.mix, mask.as_ref());
        result.write(window, output);
        let looked = settings.options.number(Id::Noise) < 0.0;
        let frames = neighbours::in_words(report.temporal.as_ref(), self.suites);
        let frames = frames.filter(|_| options.text(Id::Task) == "denoise");
        Ok(summary(&report, looked, stuck.map(str::to_owned), frames))
    }

    /// The options of the settings, for the picture as the host gives it: its size and pixel aspect.
    fn on_grid(&self, settings: &Settings) -> Result<Options> {
        let mut options = settings.options.clone();
        let scale = render_scale(self.arguments);
        let aspect = kOfxImagePropPixelAspectRatio;
        let aspect = self.image.properties.double(aspect, 0);
        let aspect = aspect.or_else(|| self.clip.double(kOfxImagePropPixelAspectRatio, 0));
        if options.text(Id::Task) == "deblur" {
            grid::adapt(&mut options, Grid::new(scale, aspect.unwrap_or(1.0)))?;
        }
        let shrunk = scale[0].min(scale[1]);
        for (name, id, least) in [("scale", Id::Scale, 1.0), ("tile", Id::Tile, LEAST_TILE)] {
            let value = options.number(id);
            let scaled = (value * shrunk).round().max(least);
            if shrunk < 1.0 && scaled < value {
                options.set_number(name, scaled)?;
            }
        }
        Ok(options)
    }

    /// A field has every other line of a picture: no kernel and no prior here knows about that.
    fn refuse_fields(&self) -> Result<()> {
        let fields = [
            self.clip.string(kOfxImageClipPropFieldOrder, 0),
            self.image.properties.string(kOfxImagePropField, 0),
            self.arguments.string(kOfxImageEffectPropFieldToRender, 0),
        ];
        let progressive = [kOfxImageFieldNone, kOfxImageFieldBoth].map(|name| name.to_str());
        match fields
            .into_iter()
            .flatten()
            .find(|field| !field.is_empty() && !progressive.contains(&Ok(field.as_str())))
        {
            None => Ok(()),
            Some(field) => Err(Failure::Refused(format!(
                "the source is interlaced ({field}); deinterlace it first"
            ))),
        }
    }
}

/// Tiles are not made smaller than this: halos would take up most of them.
const LEAST_TILE: f64 = 256.0;

/// Moves the result back to the source where the mix or the mask want less than all of it.
fn blend(source: &Frame, result: &mut Frame, mix: f64, mask: Option<&Mask>) {
    if mix >= 1.0 && mask.is_none() {
        return;
    }
    let count = source.components.count();
    let pixels = result.samples.chunks_exact_mut(count);
    for (index, (new, old)) in pixels.zip(source.samples.chunks_exact(count)).enumerate() {
        let mask = mask
            .and_then(|mask| mask.as_slice())
            .map_or(1.0, |mask| mask[index]);
        let share = mix as f32 * mask;
        for (new, old) in new.iter_mut().zip(old) {
            // Exactly one or the other at the ends, also where a value is infinite.
            *new = match share {
                0.0 => *old,
                1.0 => *new,
                share => old + share * (*new - old),
            };
        }
    }
}

/// What a render found, where it looked, and what it took.
fn summary(report: &Report, looked: bool, stuck: Option<String>, frames: Option<String>) -> String {
    let noise = looked.then(|| match report.noise.kind {
        NoiseKind::None => "no noise".to_owned(),
        kind => format!("{} noise σ {:.1}", kind.name(), report.noise.sigma),
    });
    let blur = report.blur.as_ref().map(blur_in_words);
    let found = noise.into_iter().chain(blur).chain(stuck).chain(frames);
    let took = format!(
        "model {} on {}, {} network calls, {:.1} s",
        report.model, report.device, report.network_calls, report.seconds.total
    );
    let parts: Vec<String> = found.chain([took]).collect();
    parts.join("; ")
}

fn blur_in_words(found: &BlurFinding) -> String {
    let sure = format!("{:.0} % sure", 100.0 * found.confidence);
    match &found.blur {
        Blur::None { reason } => format!("left as it is: {reason}"),
        Blur::Gaussian { sigma } => format!("Gaussian blur σ {sigma:.1} px, {sure}"),
        Blur::Disk { radius } => format!("out of focus, radius {radius:.1} px, {sure}"),
        Blur::Motion { length, angle } => {
            format!("motion of {length:.1} px at {angle:.0}°, {sure}")
        }
        Blur::Shake { psf } => {
            let (height, width) = psf.dim();
            format!("camera shake within {width}x{height} px, {sure}")
        }
    }
}
