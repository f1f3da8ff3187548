//! What the node says it is, and the controls it shows.

use std::ffi::CStr;

use dcdp::request::parameters::{Kind, PARAMETERS};
use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;
use openfx::sys::image_effect_v1::message::*;
use openfx::sys::image_effect_v1::param::*;
use openfx::sys::image_effect_v1::progress::*;

use super::effect::Effect;
use super::memory::Picture;
use super::parameters::Parameter;
use super::plugin::{Equipment, Host};
use super::properties::Properties;

#[test]
fn says_what_it_is() {
    let host = Host::load(Equipment::default());
    let plugin = host.plugin();
    let name = unsafe { CStr::from_ptr(plugin.pluginIdentifier) };
    assert_eq!(name, c"org.dcdp.Restore");
    assert_eq!(plugin.apiVersion, 1);

    let effect = host.describe();
    let texts = |name: &CStr| effect.properties.texts(name);
    assert_eq!(texts(kOfxPropLabel), ["DCDP Restore"]);
    assert_eq!(texts(kOfxImageEffectPluginPropGrouping), ["DCDP"]);
    assert_eq!(
        texts(kOfxImageEffectPropSupportedContexts),
        [
            "OfxImageEffectContextFilter",
            "OfxImageEffectContextGeneral"
        ]
    );
    assert_eq!(
        texts(kOfxImageEffectPropSupportedPixelDepths),
        ["OfxBitDepthFloat"]
    );
    assert_eq!(
        texts(kOfxImageEffectPluginRenderThreadSafety),
        ["OfxImageEffectRenderInstanceSafe"]
    );
    assert_eq!(
        effect.properties.int(kOfxImageEffectPropSupportsTiles),
        Some(0)
    );
    assert_eq!(
        effect.properties.int(kOfxImageEffectPropTemporalClipAccess),
        Some(1)
    );
}

#[test]
fn both_contexts_have_the_same_clips_and_parameters() {
    let host = Host::load(Equipment::default());
    for context in [kOfxImageEffectContextFilter, kOfxImageEffectContextGeneral] {
        let effect = host.describe_in(context);
        for name in ["Source", "Output"] {
            effect.clip(name, |clip| {
                let components = clip
                    .properties
                    .texts(kOfxImageEffectPropSupportedComponents);
                assert_eq!(
                    components,
                    ["OfxImageComponentRGBA", "OfxImageComponentRGB"]
                );
            });
        }
        effect.clip("Mask", |clip| {
            assert_eq!(clip.properties.int(kOfxImageClipPropOptional), Some(1));
            assert_eq!(clip.properties.int(kOfxImageClipPropIsMask), Some(1));
        });
        for row in PARAMETERS {
            effect.parameter(row.name, |parameter| check_row(parameter, row.kind));
        }
        for name in [
            "noise_frame",
            "blur_frame",
            "apply_mask",
            "invert_mask",
            "mix",
            "status",
        ] {
            effect.parameter(name, |_| ());
        }
        check_groups(&effect);
    }
}

fn check_row(parameter: &Parameter, kind: Kind) {
    let properties = &parameter.properties;
    let name = &parameter.name;
    assert!(!properties.text(kOfxPropLabel).is_empty(), "{name}");
    assert!(!properties.text(kOfxParamPropHint).is_empty(), "{name}");
    match kind {
        Kind::Number {
            minimum,
            automatic,
            default,
            ..
        } => {
            assert_eq!(parameter.kind, "OfxParamTypeDouble", "{name}");
            let double = |name| properties.double(name).unwrap();
            let low = double(kOfxParamPropMin);
            assert_eq!(low, if automatic { -1.0 } else { minimum }, "{name}");
            assert_eq!(double(kOfxParamPropDefault), default, "{name}");
            assert!(low <= double(kOfxParamPropDisplayMin), "{name}");
            assert!(
                double(kOfxParamPropDisplayMin) < double(kOfxParamPropDisplayMax),
                "{name}"
            );
            assert!(
                double(kOfxParamPropDisplayMax) <= double(kOfxParamPropMax),
                "{name}"
            );
        }
        Kind::Integer {
            minimum,
            automatic,
            default,
            ..
        } => {
            assert_eq!(parameter.kind, "OfxParamTypeInteger", "{name}");
            let int = |name| properties.int(name).unwrap();
            let low = int(kOfxParamPropMin);
            assert_eq!(
                i64::from(low),
                if automatic { -1 } else { minimum },
                "{name}"
            );
            assert_eq!(i64::from(int(kOfxParamPropDefault)), default, "{name}");
            assert!(low <= int(kOfxParamPropDisplayMin), "{name}");
            assert!(
                int(kOfxParamPropDisplayMin) < int(kOfxParamPropDisplayMax),
                "{name}"
            );
            assert!(
                int(kOfxParamPropDisplayMax) <= int(kOfxParamPropMax),
                "{name}"
            );
        }
        Kind::Choice {
            choices, default, ..
        } => {
            assert_eq!(parameter.kind, "OfxParamTypeChoice", "{name}");
            assert_eq!(
                properties.texts(kOfxParamPropChoiceOption),
                choices,
                "{name}"
            );
            let index = properties.int(kOfxParamPropDefault).unwrap();
            assert_eq!(choices[index as usize], default, "{name}");
        }
        Kind::Text { default } => {
            assert_eq!(properties.text(kOfxParamPropDefault), default, "{name}");
        }
        Kind::File => {
            assert_eq!(
                properties.text(kOfxParamPropStringMode),
                "OfxParamStringIsFilePath"
            );
        }
    }
}

fn check_groups(effect: &Effect) {
    let parameters = effect.parameters.lock().unwrap();
    for parameter in parameters.iter() {
        let parent = parameter.properties.text(kOfxParamPropParent);
        if ["OfxParamTypeGroup", "OfxParamTypePage"].contains(&&*parameter.kind) {
            continue;
        }
        let group = parameters.iter().find(|other| other.name == parent);
        let kind = group.map(|group| &*group.kind);
        assert_eq!(
            kind,
            Some("OfxParamTypeGroup"),
            "{} in `{parent}`",
            parameter.name
        );
    }
}

#[test]
fn unknown_actions_get_the_default_reply() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    for action in [
        c"OfxActionOfAnotherAge",
        kOfxActionBeginInstanceChanged,
        kOfxImageEffectActionBeginSequenceRender,
        kOfxImageEffectActionGetRegionOfDefinition,
        c"",
    ] {
        let properties = Properties::default();
        let status = instance.ask(action, &properties, &properties);
        assert_eq!(status, kOfxStatReplyDefault, "{action:?}");
        let status = host.act(action, std::ptr::null(), None, None);
        assert_eq!(status, kOfxStatReplyDefault, "{action:?}");
    }
}

#[test]
fn asks_for_whole_pictures() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let memory = Picture::sample(24, 16, 4).packed();
    instance.connect(&memory);
    let (arguments, answers) = (Properties::default(), Properties::default());
    arguments.set_doubles(kOfxPropTime, &[0.0]);
    arguments.set_doubles(kOfxImageEffectPropRegionOfInterest, &[3.0, 4.0, 5.0, 6.0]);
    let action = kOfxImageEffectActionGetRegionsOfInterest;
    assert_eq!(instance.ask(action, &arguments, &answers), kOfxStatOK);
    let whole = Properties::default();
    whole.set_doubles(c"all", &[0.0, 0.0, 24.0, 16.0]);
    assert_eq!(
        answers.get(c"OfxImageClipPropRoI_Source"),
        whole.get(c"all")
    );
    // Nothing is connected to the mask.
    assert!(answers.get(c"OfxImageClipPropRoI_Mask").is_empty());
}

#[test]
fn shows_the_controls_of_the_task() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let state = |name: &str| {
        instance.effect.parameter(name, |parameter| {
            let int = |name| parameter.properties.int(name);
            (
                int(kOfxParamPropSecret) == Some(1),
                int(kOfxParamPropEnabled) == Some(1),
            )
        })
    };
    let (hidden, idle, usable) = ((true, false), (false, false), (false, true));
    assert_eq!(state("blur_sigma"), hidden);
    assert_eq!(state("scale"), hidden);
    assert_eq!(state("noise"), usable);
    assert_eq!(state("strength"), usable);
    assert_eq!(state("noise_frame"), usable);
    assert_eq!(state("blur_frame"), hidden);
    instance.set(&[("task", "dejpeg")]);
    assert_eq!(state("strength"), hidden);
    assert_eq!(state("noise_frame"), hidden);
    assert_eq!(state("noise"), usable);
    instance.set(&[("task", "deblur")]);
    assert_eq!(state("blur_sigma"), idle);
    assert_eq!(state("blur_frame"), usable);
    instance.set(&[("blur", "gaussian")]);
    assert_eq!(state("blur_frame"), idle);
    assert_eq!(state("blur_sigma"), usable);
    assert_eq!(state("blur_length"), idle);
    instance.set(&[("blur", "motion")]);
    assert_eq!(state("blur_sigma"), idle);
    assert_eq!(state("blur_length"), usable);
    instance.set(&[("task", "super-resolve")]);
    assert_eq!(state("blur_length"), hidden);
    assert_eq!(state("scale"), usable);
    instance.set(&[("optimizer", "adam")]);
    assert_eq!(state("momentum"), idle);
}

#[test]
fn tells_what_the_last_render_did() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.restore(&Picture::sample(16, 16, 4));
    let nothing = Properties::default();
    assert_eq!(
        instance.ask(kOfxActionSyncPrivateData, &nothing, &nothing),
        kOfxStatOK
    );
    let status = instance
        .effect
        .parameter("status", |parameter| format!("{:?}", parameter.get()));
    assert!(
        status.contains("tiny-prior") && status.contains("network call"),
        "{status}"
    );
}

#[test]
fn an_old_host_is_enough() {
    let host = Host::load(Equipment {
        lacks: vec![
            (kOfxMessageSuite, 1),
            (kOfxMessageSuite, 2),
            (kOfxProgressSuite, 1),
            (kOfxProgressSuite, 2),
        ],
        unknown: vec![
            "OfxPropPluginDescription",
            "OfxPropVersionLabel",
            "OfxPropShortLabel",
            "OfxPropLongLabel",
            "OfxParamPropPageChild",
            "OfxParamPropScriptName",
            "OfxParamPropGroupOpen",
            "OfxImageEffectPropNoSpatialAwareness",
            "OfxImageEffectPropColourManagementStyle",
            "OfxImageEffectPropColourManagementAvailableConfigs",
        ],
        ..Equipment::default()
    });
    host.describe();
    let instance = host.create();
    instance.restore(&Picture::sample(16, 16, 4));
    // There is nobody to tell, but the source stands in the output all the same.
    instance.set(&[("model", "no-such-model")]);
    let source = Picture::sample(16, 16, 4);
    assert_eq!(instance.render(&source), (kOfxStatFailed, source));
}

#[test]
fn a_host_without_parameters_is_refused() {
    let host = Host::open(Equipment {
        lacks: vec![(kOfxParameterSuite, 1)],
        ..Equipment::default()
    });
    let status = host.act(kOfxActionLoad, std::ptr::null(), None, None);
    assert_eq!(status, kOfxStatErrMissingHostFeature);
}
