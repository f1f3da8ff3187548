//! Noise and blur measured on a chosen frame.

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;

use super::engine::{examined, options, restored};
use super::memory::{Picture, Placing};
use super::plugin::{Equipment, Frame, Host, Instance};
use super::properties::{Properties, Value};

pub fn load(temporal: bool) -> Host {
    Host::load(Equipment {
        temporal,
        ..Equipment::default()
    })
}

/// The sample picture under noise, uniform within ±`amplitude`.
fn noisy(width: usize, height: usize, amplitude: f32) -> Picture {
    seeded(width, height, amplitude, 1)
}

/// The same, with other noise for each seed.
pub fn seeded(width: usize, height: usize, amplitude: f32, mut state: u32) -> Picture {
    let mut picture = Picture::sample(width, height, 4);
    for pixel in picture.samples.chunks_exact_mut(4) {
        for value in &mut pixel[..3] {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *value += amplitude * ((state >> 8) as f32 / (1 << 23) as f32 - 1.0);
        }
    }
    picture
}

/// The mean along a line of 2·`reach` + 1 pixels: straight motion.
fn blurred(picture: &Picture, reach: i32) -> Picture {
    let mut result = picture.clone();
    let width = picture.width as i32;
    for (index, value) in result.samples.iter_mut().enumerate() {
        let (pixel, channel) = (index as i32 / 4, index % 4);
        let (x, y) = (pixel % width, pixel / width);
        let mut sum = 0.0;
        for x in (x - reach..=x + reach).map(|x| x.clamp(0, width - 1)) {
            sum += picture.samples[(y * width + x) as usize * 4 + channel];
        }
        *value = sum / (2 * reach + 1) as f32;
    }
    result
}

/// Connects `at` to be the frame at one time, whatever stands at the others.
pub fn offer(instance: &Instance<'_>, time: f64, at: Option<&Picture>) {
    let memory = at.map(Picture::packed);
    instance
        .effect
        .clip("Source", |clip| clip.connect_at(time, memory.as_ref()));
}

pub fn render(instance: &Instance<'_>, source: &Picture, time: f64) -> (OfxStatus, Picture) {
    let memory = source.packed();
    instance.connect(&memory);
    instance.render_frame(&Frame {
        time,
        ..Frame::like(&memory, 4, Placing::default())
    })
}

pub fn status(instance: &Instance<'_>) -> String {
    let nothing = Properties::default();
    instance.ask(kOfxActionSyncPrivateData, &nothing, &nothing);
    instance
        .effect
        .parameter("status", |parameter| format!("{:?}", parameter.get()))
}

/// What a new instance with these settings answers when it is asked which frames it needs at `time`.
pub fn frames_needed(
    temporal: bool,
    settings: &[(&str, &str)],
    time: f64,
) -> (OfxStatus, Vec<Value>) {
    let host = load(temporal);
    let instance = host.create();
    instance.set(settings);
    let (arguments, answers) = (Properties::default(), Properties::default());
    arguments.set_doubles(kOfxPropTime, &[time]);
    let action = kOfxImageEffectActionGetFramesNeeded;
    let status = instance.ask(action, &arguments, &answers);
    (status, answers.get(c"OfxImageClipPropFrameRange_Source"))
}

/// The answer that names these first and last frames, pair by pair.
pub fn ranges(ends: &[f64]) -> (OfxStatus, Vec<Value>) {
    let expected = Properties::default();
    expected.set_doubles(c"all", ends);
    (kOfxStatOK, expected.get(c"all"))
}

#[test]
fn noise_of_one_frame_counts_for_all() {
    let host = load(true);
    let (quiet, loud) = (noisy(96, 80, 0.02), noisy(96, 80, 0.15));
    let automatic = options(&[]);
    let found = examined(&loud, &automatic).noise;
    let mut told = automatic.clone();
    told.set_noise_found(Some(found.clone()));
    let expected = restored(&quiet, &told);
    assert!(expected.distance(&restored(&quiet, &automatic)) > 1e-3);
    // Twice: the second time from memory.
    for _ in 0..2 {
        let instance = host.create();
        instance.set(&[("noise_frame", "5")]);
        offer(&instance, 5.0, Some(&loud));
        let (status, picture) = render(&instance, &quiet, 2.0);
        assert_eq!((status, instance.message()), (kOfxStatOK, None));
        assert!(picture.distance(&expected) < 1e-5);
        let said = self::status(&instance);
        assert!(said.contains(&format!("{:.1}", found.sigma)), "{said}");
    }
    // The frame is another one now: so is the answer.
    let instance = host.create();
    instance.set(&[("noise_frame", "5")]);
    offer(&instance, 5.0, Some(&quiet));
    let (_, picture) = render(&instance, &quiet, 2.0);
    assert!(picture.distance(&restored(&quiet, &automatic)) < 1e-5);
    // A number that is given needs no frame.
    instance.set(&[("noise", "10")]);
    offer(&instance, 7.0, None);
    instance.set(&[("noise_frame", "7")]);
    let (status, picture) = render(&instance, &quiet, 2.0);
    assert_eq!(status, kOfxStatOK);
    assert!(picture.distance(&restored(&quiet, &options(&[("noise", "10")]))) < 1e-5);
}

#[test]
fn a_still_shot_has_one_strength() {
    let host = load(true);
    let shot: Vec<Picture> = (1..=12).map(|seed| seeded(96, 80, 0.1, seed)).collect();
    let mut told = options(&[]);
    let found = examined(&shot[4], &told).noise;
    told.set_noise_found(Some(found));
    for (time, frame) in shot.iter().enumerate() {
        // Frames are rendered in any order, by any instance.
        let instance = host.create();
        instance.set(&[("noise_frame", "4")]);
        offer(&instance, 4.0, Some(&shot[4]));
        let (status, picture) = render(&instance, frame, time as f64);
        assert_eq!(status, kOfxStatOK);
        // To the bit, and so is the estimate that it comes from.
        assert_eq!(picture, restored(frame, &told), "{time}");
    }
}

#[test]
fn a_frame_that_is_missing_is_told() {
    let host = load(true);
    let instance = host.create();
    instance.set(&[("noise_frame", "900")]);
    offer(&instance, 900.0, None);
    let source = noisy(40, 32, 0.1);
    assert_eq!(render(&instance, &source, 0.0), (kOfxStatFailed, source));
    assert!(instance.message().unwrap().contains("900"));
}

#[test]
fn a_host_without_other_frames_keeps_the_first() {
    let host = load(false);
    let (quiet, loud) = (noisy(88, 72, 0.02), noisy(88, 72, 0.15));
    let settings = [("noise_frame", "3")];
    let mut told = options(&[]);
    told.set_noise_found(Some(examined(&loud, &told).noise));
    for (time, picture) in [(0.0, &loud), (1.0, &quiet), (2.0, &loud)] {
        // Some hosts make an instance per frame.
        let instance = host.create();
        instance.set(&settings);
        let (status, found) = render(&instance, picture, time);
        assert_eq!(status, kOfxStatOK);
        assert!(found.distance(&restored(picture, &told)) < 1e-5, "{time}");
        let said = self::status(&instance);
        assert!(said.contains("no others"), "{said}");
    }
}

#[test]
fn blur_of_one_frame_counts_for_all() {
    let host = load(true);
    let sharp = noisy(128, 96, 0.2);
    let soft = blurred(&sharp, 4);
    let settings = [("task", "deblur"), ("noise", "1")];
    let automatic = options(&settings);
    let mut told = automatic.clone();
    told.set_blur_found(examined(&soft, &automatic).blur);
    let expected = restored(&sharp, &told);
    let instance = host.create();
    instance.set(&settings);
    instance.set(&[("blur_frame", "4")]);
    offer(&instance, 4.0, Some(&soft));
    let (status, picture) = render(&instance, &sharp, 0.0);
    assert_eq!((status, instance.message()), (kOfxStatOK, None));
    assert!(picture.distance(&expected) < 1e-5);
    let blur = told.blur_found().unwrap();
    assert!(blur.is_blurred(), "{blur:?}");
    assert!(self::status(&instance).contains("% sure"));
}

#[test]
fn chosen_frames_are_asked_for() {
    let frames = |temporal, settings: &[_]| frames_needed(temporal, settings, 2.0);
    let default = (kOfxStatReplyDefault, Vec::new());
    let chosen = [("noise_frame", "5"), ("blur_frame", "9")];
    assert_eq!(frames(true, &[]), default);
    assert_eq!(frames(true, &chosen), ranges(&[2.0, 2.0, 5.0, 5.0]));
    assert_eq!(frames(false, &chosen), default);
    let deblur = [&[("task", "deblur")][..], &chosen].concat();
    assert_eq!(
        frames(true, &deblur),
        ranges(&[2.0, 2.0, 5.0, 5.0, 9.0, 9.0])
    );
}
