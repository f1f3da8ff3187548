//! Whatever goes wrong: a message, and the source in the output.

use std::path::Path;

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;
use openfx::sys::image_effect_v1::message::*;

use super::effect::images_out;
use super::memory::{Picture, Placing};
use super::plugin::{Equipment, Frame, Host, Instance, model};
use super::process::alone;
use super::properties::Value;

/// Renders, which must fail with all these words in the message.
fn fails(instance: &Instance<'_>, words: &[&str]) {
    let source = Picture::sample(24, 20, 4);
    assert_eq!(instance.render(&source), (kOfxStatFailed, source));
    let message = instance.message().expect("a message");
    for word in words {
        assert!(message.contains(word), "`{word}` in: {message}");
    }
    assert_eq!(images_out(), 0);
}

#[test]
fn a_missing_or_wrong_model_is_told() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(&[("model", "no-such-model")]);
    fails(&instance, &["no-such-model", "not found"]);

    let folder = tempfile::tempdir().unwrap();
    let manifest = Path::new(&model()).join("model.toml");
    let text = std::fs::read_to_string(manifest).unwrap();
    std::fs::write(folder.path().join("model.toml"), text).unwrap();
    std::fs::write(folder.path().join("network.onnx"), [0; 4695]).unwrap();
    instance.set(&[("model", folder.path().to_str().unwrap())]);
    fails(&instance, &["network.onnx", "sha256"]);

    // The message goes away with what it was about.
    instance.set(&[("model", &model())]);
    instance.restore(&Picture::sample(24, 20, 4));
}

#[test]
fn a_bad_kernel_is_told() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(&[("task", "deblur"), ("blur", "kernel")]);
    fails(&instance, &["kernel"]);
    instance.set(&[("kernel", "/no/such/kernel.png")]);
    fails(&instance, &["/no/such/kernel.png"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kernel.png");
    std::fs::write(&file, "no picture").unwrap();
    instance.set(&[("kernel", file.to_str().unwrap())]);
    fails(&instance, &["kernel.png"]);
}

#[test]
fn settings_that_make_no_sense_are_told() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(&[("preset", "paper"), ("step", "50"), ("noise", "5")]);
    fails(&instance, &["step", "50"]);
    let instance = host.create();
    instance.set(&[("sampler", "consistency")]);
    fails(&instance, &["sampler"]);
    let instance = host.create();
    instance.set(&[("max_memory", "1")]);
    let source = Picture::sample(256, 256, 4);
    assert_eq!(instance.render(&source), (kOfxStatErrMemory, source));
}

/// The runtime is loaded once per process, so a process without one is needed.
#[test]
fn a_missing_runtime_is_told() {
    let nowhere = [("DCDP_ORT_DYLIB", "/no/such/folder")];
    if alone("failing::a_missing_runtime_is_told", &nowhere).is_none() {
        let host = Host::load(Equipment::default());
        fails(&host.create(), &["ONNX Runtime", "/no/such/folder"]);
    }
}

#[test]
fn fields_are_refused() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.effect.clip("Source", |clip| {
        clip.properties
            .set_text(kOfxImageClipPropFieldOrder, kOfxImageFieldUpper);
    });
    fails(&instance, &["interlaced", "deinterlace"]);

    let instance = host.create();
    let source = Picture::sample(24, 20, 4);
    let memory = source.packed();
    instance.connect(&memory);
    let frame = Frame {
        field: kOfxImageFieldLower,
        ..Frame::like(&memory, 4, Placing::default())
    };
    assert_eq!(instance.render_frame(&frame), (kOfxStatFailed, source));
    assert!(instance.message().unwrap().contains("interlaced"));
}

#[test]
fn a_source_without_a_picture_leaves_black() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let memory = Picture::sample(24, 20, 4).packed();
    let frame = Frame::like(&memory, 4, Placing::default());
    let (status, picture) = instance.render_frame(&frame);
    assert_eq!(status, kOfxStatFailed);
    assert!(picture.samples.iter().all(|&value| value == 0.0));
    assert!(instance.message().unwrap().contains("Source"));
}

#[test]
fn senseless_images_are_refused() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let byte = Value::Text(kOfxBitDepthByte.to_owned());
    for (property, value) in [
        (kOfxImagePropRowBytes, Value::Int(7)),
        (kOfxImagePropBounds, Value::Int(0)),
        (
            kOfxImageEffectPropComponents,
            Value::Text(c"Lab".to_owned()),
        ),
        (kOfxImageEffectPropPixelDepth, byte),
    ] {
        let memory = Picture::sample(24, 20, 4).packed();
        instance.connect(&memory);
        instance
            .effect
            .clip("Source", |clip| clip.of_images(property, value));
        let frame = Frame::like(&memory, 4, Placing::default());
        assert_eq!(
            instance.render_frame(&frame).0,
            kOfxStatFailed,
            "{property:?}"
        );
        assert!(instance.message().is_some());
        assert_eq!(images_out(), 0);
    }
}

#[test]
fn missing_arguments_are_refused() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let handle = instance.effect.handle().cast();
    for action in [
        kOfxImageEffectActionRender,
        kOfxImageEffectActionIsIdentity,
        kOfxImageEffectActionGetRegionsOfInterest,
    ] {
        let status = host.act(action, handle, None, None);
        assert_ne!(status, kOfxStatOK, "{action:?}");
        let status = host.act(action, std::ptr::null(), None, None);
        assert_eq!(status, kOfxStatErrBadHandle, "{action:?}");
    }
    let status = host.act(
        kOfxImageEffectActionDescribeInContext,
        std::ptr::null(),
        None,
        None,
    );
    assert_eq!(status, kOfxStatErrBadHandle);
}

#[test]
fn hosts_that_show_messages_once_are_told_once() {
    let host = Host::load(Equipment {
        lacks: vec![(kOfxMessageSuite, 2)],
        ..Equipment::default()
    });
    let instance = host.create();
    instance.set(&[("model", "no-such-model")]);
    let source = Picture::sample(24, 20, 4);
    assert_eq!(instance.render(&source), (kOfxStatFailed, source));
    let messages = instance.effect.messages.lock().unwrap();
    assert!(
        messages.len() == 1 && messages[0].contains("no-such-model"),
        "{messages:?}"
    );
}
