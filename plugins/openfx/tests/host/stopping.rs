//! Progress out, abort in.

use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::progress::*;

use super::effect::{Behaviour, images_out};
use super::memory::Picture;
use super::plugin::{Equipment, Host, Instance};

/// A run that takes minutes.
fn make_slow(instance: &Instance<'_>) {
    instance.set(&[
        ("preset", "paper"),
        ("rounds", "400"),
        ("sampler_steps", "100"),
    ]);
    instance.set(&[("noise", "20"), ("t_start", "1000"), ("t_end", "1000")]);
}

#[test]
fn abort_after_a_second_ends_the_render() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    make_slow(&instance);
    let source = Picture::sample(256, 192, 4);
    let at = Instant::now() + Duration::from_secs(1);
    instance.effect.behaviour.lock().unwrap().abort_at = Some(at);
    let result = instance.render(&source);
    println!(
        "abort: the render ended {:.0} ms later",
        at.elapsed().as_secs_f64() * 1e3
    );
    assert_eq!(result, (kOfxStatFailed, source));
    assert!(instance.effect.was_aborted.load(SeqCst));
    // It was far from its end, and the user who stopped it needs no message.
    assert!(*instance.effect.progress.lock().unwrap().last().unwrap() < 0.9);
    assert_eq!(instance.message(), None);
    assert_eq!(images_out(), 0);

    // The instance is as good as new.
    *instance.effect.behaviour.lock().unwrap() = Behaviour::default();
    instance.set(&[
        ("preset", "default"),
        ("rounds", "-1"),
        ("t_start", "-1"),
        ("t_end", "-1"),
    ]);
    instance.restore(&Picture::sample(32, 32, 4));
}

#[test]
fn abort_before_the_start_does_nothing() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.effect.behaviour.lock().unwrap().abort_at = Some(Instant::now());
    let source = Picture::sample(32, 32, 4);
    assert_eq!(instance.render(&source), (kOfxStatFailed, source));
    assert!(instance.effect.progress.lock().unwrap().is_empty());
}

#[test]
fn refusing_progress_stops_the_render() {
    for lacks in [vec![], vec![(kOfxProgressSuite, 2)]] {
        let host = Host::load(Equipment {
            lacks,
            ..Equipment::default()
        });
        let instance = host.create();
        make_slow(&instance);
        instance.effect.behaviour.lock().unwrap().refuse_at = Some(5);
        let source = Picture::sample(64, 48, 4);
        assert_eq!(instance.render(&source), (kOfxStatFailed, source));
        assert_eq!(instance.effect.progress.lock().unwrap().len(), 5);
        assert_eq!(instance.effect.displays[0].load(SeqCst), 1);
        assert_eq!(instance.message(), None);
    }
}

#[test]
fn progress_rises_to_its_end() {
    for lacks in [vec![], vec![(kOfxProgressSuite, 2)]] {
        let host = Host::load(Equipment {
            lacks,
            ..Equipment::default()
        });
        let instance = host.create();
        instance.set(&[("preset", "paper"), ("rounds", "3"), ("noise", "20")]);
        instance.restore(&Picture::sample(64, 48, 4));
        let progress = instance.effect.progress.lock().unwrap();
        assert!(progress.is_sorted(), "{progress:?}");
        assert!(
            progress.first() == Some(&0.0) && progress.last() == Some(&1.0),
            "{progress:?}"
        );
    }
}

#[test]
fn no_progress_suite_is_fine() {
    let host = Host::load(Equipment {
        lacks: vec![(kOfxProgressSuite, 1), (kOfxProgressSuite, 2)],
        ..Equipment::default()
    });
    let instance = host.create();
    instance.restore(&Picture::sample(32, 32, 4));
    assert!(instance.effect.progress.lock().unwrap().is_empty());
}
