//! Many instances, many threads, many times.

use std::sync::Barrier;

use openfx::sys::image_effect_v1::image_effect::*;

use super::effect::images_out;
use super::engine::{options, restored};
use super::memory::Picture;
use super::plugin::{Equipment, Host};
use super::process::alone;

#[test]
fn two_threads_with_two_instances_each() {
    let host = Host::load(Equipment::default());
    let settings = ["3", "40"].map(|noise| [("noise", noise)]);
    let pictures = [Picture::sample(48, 40, 4), Picture::sample(31, 57, 4)];
    let expected = settings.map(|settings| {
        pictures
            .each_ref()
            .map(|picture| restored(picture, &options(&settings)))
    });
    let ready = Barrier::new(2);
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (host, settings, pictures, expected) = (&host, &settings, &pictures, &expected);
            let ready = &ready;
            scope.spawn(move || {
                let instances = settings.map(|settings| {
                    let instance = host.create();
                    instance.set(&settings);
                    instance
                });
                ready.wait();
                for round in 0..10 {
                    // The threads take turns with the pictures.
                    let at = (round + thread) % 2;
                    for (instance, expected) in instances.iter().zip(expected) {
                        let found = instance.restore(&pictures[at]);
                        assert!(found.distance(&expected[at]) < 1e-5);
                    }
                }
            });
        }
    });
    assert_eq!(images_out(), 0);
}

#[test]
fn a_shot_keeps_its_noise_field() {
    let host = Host::load(Equipment::default());
    let stochastic = [
        ("preset", "paper"),
        ("noise", "20"),
        ("sampler", "ddpm"),
        ("rounds", "2"),
    ];
    let source = Picture::sample(32, 32, 4);
    let frame = |seed: &str| {
        let instance = host.create();
        instance.set(&stochastic);
        instance.set(&[("seed", seed)]);
        instance.restore(&source)
    };
    assert_eq!(frame("5"), frame("5"));
    assert!(frame("5").distance(&frame("6")) > 1e-3);
}

/// Resident memory of this process in bytes.
fn resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// A host that loads, describes, creates, renders and destroys for every frame, in a process whose
/// memory no other test uses.
#[test]
fn two_hundred_lives_leave_nothing_behind() {
    // With an arena per thread, what threads happen to free where decides how much stays resident.
    let arenas = [("MALLOC_ARENA_MAX", "1")];
    if let Some(text) = alone("lasting::two_hundred_lives_leave_nothing_behind", &arenas) {
        return print!("{text}");
    }
    let source = Picture::sample(64, 48, 4);
    let life = || {
        let host = Host::load(Equipment::default());
        host.describe();
        let instance = host.create_in(kOfxImageEffectContextFilter);
        let found = instance.restore(&source);
        drop(instance);
        assert_eq!(images_out(), 0);
        found
    };
    let first = life();
    // What is kept for ever is there after some lives.
    for _ in 0..40 {
        life();
    }
    let before = resident();
    for _ in 0..200 {
        assert_eq!(life(), first);
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        let grown = after.saturating_sub(before);
        println!("200 lives: {} KiB more resident memory", grown / 1024);
        // A leaked frame a life would be 9 MiB.
        assert!(grown < 4 << 20, "{grown} bytes more resident memory");
    }
}
