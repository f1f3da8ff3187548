//! OpenVINO, where the tests were given an ONNX Runtime that has it inside.

mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dcdp::Error;
use dcdp::priors::{NoiseLevel, open};
use dcdp::runtime::{self, Cancel, Device};
use ndarray::Array4;
use support::{ANY, Attribute, F32, Graph, I64, edit, folder, open_folder, pattern};

/// Loads the runtime with OpenVINO into this process; `None`, said aloud, where there is none.
fn runtime_with_openvino() -> Option<()> {
    let Some(library) = std::env::var_os("DCDP_TEST_OPENVINO").map(PathBuf::from) else {
        println!("skipped: DCDP_TEST_OPENVINO names no ONNX Runtime with OpenVINO");
        return None;
    };
    runtime::load(Some(&library)).unwrap();
    Some(())
}

fn rms(a: &Array4<f32>, b: &Array4<f32>) -> f64 {
    let sum: f64 = (a - b).iter().map(|&d| f64::from(d).powi(2)).sum();
    (sum / a.len() as f64).sqrt()
}

#[test]
fn bundled_models_compute_what_the_processor_computes() {
    if runtime_with_openvino().is_none() {
        return;
    }
    let x = pattern((1, 3, 64, 96));
    let cancel = Cancel::new();
    for (model, sigma, largest) in [
        ("photo", 0.2, 0.01),
        ("ffdnet", 0.2, 0.016),
        ("ffdnet", 0.07, 1e-6),
    ] {
        let call = |device| {
            let prior = open(model, device, 2).unwrap();
            assert_eq!(prior.device(), device);
            prior
                .predict(x.view(), NoiseLevel::Sigma(sigma), &cancel)
                .unwrap()
                .sample
        };
        // Below σ 12 of 255 a network that returns the picture keeps every digit.
        let error = rms(&call(Device::OpenVino), &call(Device::Cpu));
        assert!(error <= largest, "{model} at σ {sigma}: {error}");
    }
    let auto = open("photo", Device::Auto, 2).unwrap();
    assert_eq!(auto.device(), Device::OpenVino);
    let found = runtime::devices().unwrap();
    let status = found
        .iter()
        .find(|status| status.device == Device::OpenVino)
        .unwrap();
    assert_eq!(status.unusable, None);
}

/// ε = sin(t·123.4) everywhere: in bf16 the product has no digits after the point.
fn sines() -> Vec<u8> {
    Graph::new()
        .input("x", F32, &[ANY, 3, ANY, ANY])
        .input("t", I64, &[ANY])
        .output("eps", F32, &[ANY, 3, ANY, ANY])
        .integers("column", &[4], &[-1, 1, 1, 1])
        .floats("frequency", &[1], &[123.4])
        .floats("zero", &[1], &[0.0])
        .node_with("Cast", &["t"], &["float"], &[("to", Attribute::Int(1))])
        .node("Reshape", &["float", "column"], &["time"])
        .node("Mul", &["time", "frequency"], &["angle"])
        .node("Sin", &["angle"], &["sine"])
        .node("Mul", &["x", "zero"], &["blank"])
        .node("Add", &["blank", "sine"], &["eps"])
        .model()
}

#[test]
fn a_model_that_bf16_ruins_is_refused_there_and_runs_on_the_processor() {
    if runtime_with_openvino().is_none() {
        return;
    }
    let folder = folder(&sines());
    let path = folder.path().to_str().unwrap();
    match open(path, Device::OpenVino, 1) {
        Err(Error::Device { device, reason }) => {
            assert_eq!(device, "openvino");
            assert!(reason.contains("model test is off by"), "{reason}");
            assert_eq!(open(path, Device::Auto, 1).unwrap().device(), Device::Cpu);
        }
        // A processor without bf16 computes in f32.
        opened => assert_eq!(opened.unwrap().device(), Device::OpenVino),
    }
    assert!(open_folder(&folder).is_ok());
    edit(folder.path(), "\"epsilon\"", "\"v\"");
    assert!(open_folder(&folder).is_ok());
}

#[test]
fn a_cancelled_call_ends_soon_and_leaves_the_session_usable() {
    if runtime_with_openvino().is_none() {
        return;
    }
    let prior = open("photo", Device::OpenVino, 2).unwrap();
    let x = pattern((1, 3, 512, 512));
    let cancel = Cancel::new();
    let level = NoiseLevel::Timestep(100);
    std::thread::scope(|scope| {
        let call = scope.spawn(|| prior.predict(x.view(), level, &cancel));
        std::thread::sleep(Duration::from_millis(20));
        let asked = Instant::now();
        cancel.cancel();
        assert!(matches!(call.join().unwrap(), Err(Error::Cancelled)));
        // One call at most; the limit only catches one that goes on.
        assert!(asked.elapsed() < Duration::from_secs(60));
    });
    assert!(prior.predict(x.view(), level, &Cancel::new()).is_ok());
}
