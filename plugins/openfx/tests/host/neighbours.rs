//! Frames around the one being rendered.

use openfx::sys::generic::core::*;

use super::engine::{neighbour, options, restored};
use super::measuring::{frames_needed, load, offer, ranges, render, seeded, status};
use super::memory::Picture;

const SETTINGS: [(&str, &str); 2] = [("noise", "15"), ("temporal_frames", "3")];

/// Five frames of a still shot.
fn shot() -> Vec<Picture> {
    let seeds = [3, 5, 7, 11, 13];
    seeds.map(|seed| seeded(64, 56, 0.1, seed)).into()
}

#[test]
fn frames_around_count() {
    let host = load(true);
    let shot = shot();
    let alone = restored(&shot[2], &options(&SETTINGS));
    for (frames, offsets) in [("3", &[-1, 1][..]), ("4", &[-1, 1]), ("5", &[-2, -1, 1, 2])] {
        let mut told = options(&SETTINGS);
        let odd = if frames == "5" { "5" } else { "3" };
        told.set_string("temporal_frames", odd).unwrap();
        for &offset in offsets {
            let frame = &shot[(2 + offset) as usize];
            told.set_neighbour(offset, Some(neighbour(frame))).unwrap();
        }
        let expected = restored(&shot[2], &told);
        assert!(expected.distance(&alone) > 1e-3);
        let instance = host.create();
        instance.set(&SETTINGS);
        instance.set(&[("temporal_frames", frames)]);
        for (index, frame) in shot.iter().enumerate() {
            offer(&instance, 8.0 + index as f64, Some(frame));
        }
        let (done, picture) = render(&instance, &shot[2], 10.0);
        assert_eq!((done, instance.message()), (kOfxStatOK, None));
        assert_eq!(picture, expected, "{frames}");
        let said = status(&instance);
        assert!(
            said.contains(&format!("{} frames used", offsets.len() + 1)),
            "{said}"
        );
    }
}

#[test]
fn ends_and_copies_are_no_frames() {
    let host = load(true);
    let shot = shot();
    let alone = restored(&shot[2], &options(&SETTINGS));
    let instance = host.create();
    instance.set(&SETTINGS);
    // The end of the clip: the host has nothing there, and before it another size.
    offer(&instance, 11.0, None);
    offer(&instance, 9.0, Some(&seeded(48, 56, 0.1, 9)));
    let (done, picture) = render(&instance, &shot[2], 10.0);
    assert_eq!((done, &picture), (kOfxStatOK, &alone));
    assert!(status(&instance).contains("no others"));
    // A host that gives one frame for all times, whatever it says of itself.
    let instance = host.create();
    instance.set(&SETTINGS);
    let (done, picture) = render(&instance, &shot[2], 10.0);
    assert_eq!((done, &picture), (kOfxStatOK, &alone));
    assert!(status(&instance).contains("copies"));
}

#[test]
fn a_host_without_other_frames_falls_back_to_one() {
    let host = load(false);
    let shot = shot();
    let instance = host.create();
    instance.set(&SETTINGS);
    for (index, frame) in shot.iter().enumerate() {
        offer(&instance, 8.0 + index as f64, Some(frame));
    }
    let (done, picture) = render(&instance, &shot[2], 10.0);
    assert_eq!(done, kOfxStatOK);
    assert_eq!(picture, restored(&shot[2], &options(&SETTINGS)));
    let said = status(&instance);
    assert!(
        said.contains("1 frame used: this host gives no others"),
        "{said}"
    );
}

#[test]
fn frames_around_are_asked_for() {
    let frames = |temporal, settings: &[_]| frames_needed(temporal, settings, 6.0);
    let default = (kOfxStatReplyDefault, Vec::new());
    assert_eq!(frames(true, &SETTINGS), ranges(&[5.0, 7.0]));
    let five = [("temporal_frames", "5"), ("noise_frame", "1")];
    assert_eq!(frames(true, &five), ranges(&[4.0, 8.0, 1.0, 1.0]));
    assert_eq!(frames(false, &SETTINGS), default);
    let other = [("temporal_frames", "3"), ("task", "dejpeg")];
    assert_eq!(frames(true, &other), default);
}
