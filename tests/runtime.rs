//! Network calls: devices, cancelling, values that are not finite.

mod support;

use std::str::FromStr;

use dcdp::Error;
use dcdp::priors::{NoiseLevel, open};
use dcdp::runtime::{self, Cancel, Device};
use ndarray::Array4;
use support::{ANY, Attribute, BOOL, F32, Graph, I64, folder, identity, sample_graph};

const T0: NoiseLevel = NoiseLevel::Timestep(0);

fn ramp(batch: usize, side: usize) -> Array4<f32> {
    Array4::from_shape_fn((batch, 3, side, side), |(n, c, y, x)| {
        (n + 2 * c + 3 * y + 5 * x) as f32 / 100.0
    })
}

/// eps = x after t·10¹⁵ turns of an idle loop.
fn endless() -> Vec<u8> {
    let body = Graph::new()
        .input("i", I64, &[])
        .input("go", BOOL, &[])
        .input("value", F32, &[ANY, 3, ANY, ANY])
        .node("Identity", &["go"], &["go_on"])
        .node("Neg", &["value"], &["next"])
        .output("go_on", BOOL, &[])
        .output("next", F32, &[ANY, 3, ANY, ANY]);
    sample_graph(F32, 3)
        .integers("turns", &[1], &[1_000_000_000_000_000])
        .integers("scalar", &[0], &[])
        .node("Mul", &["t", "turns"], &["count"])
        .node("Reshape", &["count", "scalar"], &["trips"])
        .node_with(
            "Loop",
            &["trips", "", "x"],
            &["eps"],
            &[("body", Attribute::Graph(body))],
        )
        .model()
}

#[test]
fn the_runtime_beside_the_build_is_found_and_recent() {
    let library = runtime::load(None).unwrap();
    assert!(library.path.is_absolute());
    assert!(library.version.starts_with("1."));
    let same = runtime::load(Some(&library.path)).unwrap();
    assert_eq!(same.path, library.path);

    let error = runtime::load(Some("/no/such/library.so".as_ref())).unwrap_err();
    assert!(
        matches!(&error, Error::Runtime(text) if text.contains("already")),
        "{error}"
    );
}

#[test]
fn cancelling_ends_a_call_in_flight_and_leaves_the_session_usable() {
    let folder = folder(&endless());
    let prior = open(folder.path().to_str().unwrap(), Device::Cpu, 1).unwrap();
    let x = ramp(1, 8);
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        // Without the terminate flag this call would never end.
        let call = scope.spawn(|| prior.predict(x.view(), NoiseLevel::Timestep(999), &cancel));
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!call.is_finished());
        cancel.cancel();
        assert!(matches!(call.join().unwrap(), Err(Error::Cancelled)));
    });
    assert!(matches!(
        prior.predict(x.view(), T0, &cancel),
        Err(Error::Cancelled)
    ));
    let again = prior.predict(x.view(), T0, &Cancel::new()).unwrap();
    assert_eq!(again.sample, x);
}

#[test]
fn one_session_serves_many_threads() {
    let folder = folder(&identity());
    let path = folder.path().to_str().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let prior = open(path, Device::Cpu, 2).unwrap();
                let x = ramp(thread + 1, 16);
                for _ in 0..20 {
                    let eps = prior.predict(x.view(), T0, &Cancel::new()).unwrap().sample;
                    assert_eq!(eps, x);
                }
            });
        }
    });
}

#[test]
fn an_output_that_is_not_finite_is_an_error() {
    for weight in [f32::NAN, f32::INFINITY] {
        let network = sample_graph(F32, 3)
            .floats("weight", &[1], &[weight])
            .node("Mul", &["x", "weight"], &["eps"])
            .model();
        let folder = folder(&network);
        let prior = open(folder.path().to_str().unwrap(), Device::Cpu, 1).unwrap();
        let error = prior
            .predict(ramp(1, 4).view(), T0, &Cancel::new())
            .unwrap_err();
        assert!(
            matches!(&error, Error::Network(text) if text.contains("not finite")),
            "{error}"
        );
    }
}

#[test]
fn devices_are_named_and_refused_by_name() {
    for device in [
        Device::Auto,
        Device::Cpu,
        Device::Cuda,
        Device::DirectMl,
        Device::CoreMl,
        Device::OpenVino,
        Device::OpenVinoGpu,
        Device::OpenVinoNpu,
    ] {
        assert_eq!(Device::from_str(device.name()).unwrap(), device);
    }
    assert!(matches!(
        Device::from_str("gpu"),
        Err(Error::InvalidOption { .. })
    ));

    let devices = runtime::devices().unwrap();
    assert_eq!(devices[0].device, Device::Cpu);
    assert_eq!(devices[0].unusable, None);

    let folder = folder(&identity());
    let path = folder.path().to_str().unwrap();
    let auto = open(path, Device::Auto, 1).unwrap().device();
    assert!(
        devices
            .iter()
            .any(|status| status.device == auto && status.unusable.is_none())
    );
    for status in devices {
        match (open(path, status.device, 1), status.unusable) {
            (Ok(prior), None) => assert_eq!(prior.device(), status.device),
            (Err(Error::Device { device, reason }), Some(_)) => {
                assert_eq!(device, status.device.name());
                assert!(!reason.contains('\n'), "{reason}");
            }
            (opened, unusable) => {
                panic!("{}: {unusable:?}, {:?}", status.device, opened.map(drop));
            }
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    // Enough channels and pixels for the runtime to split the work.
    let weights = |channels: usize, inputs: usize| -> Vec<f32> {
        (0..channels * inputs * 9)
            .map(|i| ((i * 7919) % 101) as f32 / 500.0 - 0.1)
            .collect()
    };
    let pads = || ("pads", Attribute::Ints(vec![1; 4]));
    let network = sample_graph(F32, 3)
        .floats("a", &[48, 3, 3, 3], &weights(48, 3))
        .floats("b", &[48, 48, 3, 3], &weights(48, 48))
        .floats("c", &[3, 48, 3, 3], &weights(3, 48))
        .node_with("Conv", &["x", "a"], &["h"], &[pads()])
        .node("Relu", &["h"], &["i"])
        .node_with("Conv", &["i", "b"], &["j"], &[pads()])
        .node("Sigmoid", &["j"], &["k"])
        .node_with("Conv", &["k", "c"], &["eps"], &[pads()])
        .model();
    let folder = folder(&network);
    let x = ramp(1, 92);
    let run = |threads| {
        let prior = open(folder.path().to_str().unwrap(), Device::Cpu, threads).unwrap();
        prior.predict(x.view(), T0, &Cancel::new()).unwrap().sample
    };
    let reference = run(1);
    for threads in [2, 3, 4] {
        assert_eq!(run(threads), reference, "{threads} threads");
    }
}
