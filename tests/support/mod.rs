//! Builds small ONNX models and model folders for tests.
#![allow(dead_code)] // Each test program uses its own part.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use dcdp::Error;
use dcdp::priors::{NoiseLevel, Prediction, Prior, open};
use dcdp::runtime::{Cancel, Device};
use dcdp::testing::diffusion::Process;
use ndarray::Array4;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub const F32: u64 = 1;
pub const I64: u64 = 7;
pub const F16: u64 = 10;
pub const BOOL: u64 = 9;

/// A free dimension.
pub const ANY: i64 = -1;

/// A graph under construction, in the wire format of `onnx.proto`.
#[derive(Clone, Default)]
pub struct Graph {
    bytes: Vec<u8>,
}

/// An attribute of a node.
pub enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
    Text(&'static str),
    Graph(Graph),
}

impl Graph {
    pub fn new() -> Self {
        Graph {
            bytes: bytes(2, b"test"),
        }
    }

    pub fn input(mut self, name: &str, element: u64, shape: &[i64]) -> Self {
        self.bytes
            .extend(bytes(11, &value_info(name, element, shape)));
        self
    }

    pub fn output(mut self, name: &str, element: u64, shape: &[i64]) -> Self {
        self.bytes
            .extend(bytes(12, &value_info(name, element, shape)));
        self
    }

    pub fn floats(mut self, name: &str, shape: &[i64], values: &[f32]) -> Self {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.bytes.extend(bytes(5, &tensor(name, F32, shape, &raw)));
        self
    }

    pub fn integers(mut self, name: &str, shape: &[i64], values: &[i64]) -> Self {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.bytes.extend(bytes(5, &tensor(name, I64, shape, &raw)));
        self
    }

    /// One f32 value kept in another file.
    pub fn external(mut self, name: &str, file: &str) -> Self {
        let mut content = tensor(name, F32, &[1], &[]);
        let location = [bytes(1, b"location"), bytes(2, file.as_bytes())].concat();
        content.extend(bytes(13, &location));
        content.extend(number(14, 1));
        self.bytes.extend(bytes(5, &content));
        self
    }

    pub fn node(self, operator: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        self.node_with(operator, inputs, outputs, &[])
    }

    pub fn node_with(
        mut self,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> Self {
        let mut node = Vec::new();
        inputs
            .iter()
            .for_each(|name| node.extend(bytes(1, name.as_bytes())));
        outputs
            .iter()
            .for_each(|name| node.extend(bytes(2, name.as_bytes())));
        node.extend(bytes(4, operator.as_bytes()));
        for (name, value) in attributes {
            let mut content = bytes(1, name.as_bytes());
            match value {
                Attribute::Int(value) => {
                    content.extend([number(3, *value as u64), number(20, 2)].concat())
                }
                Attribute::Ints(values) => {
                    values
                        .iter()
                        .for_each(|&value| content.extend(number(8, value as u64)));
                    content.extend(number(20, 7));
                }
                Attribute::Text(text) => {
                    content.extend([bytes(4, text.as_bytes()), number(20, 3)].concat())
                }
                Attribute::Graph(graph) => {
                    content.extend([bytes(6, &graph.bytes), number(20, 5)].concat())
                }
            }
            node.extend(bytes(5, &content));
        }
        self.bytes.extend(bytes(1, &node));
        self
    }

    /// The whole model file.
    pub fn model(&self) -> Vec<u8> {
        let opset = [bytes(1, b""), number(2, 17)].concat();
        [number(1, 8), bytes(7, &self.bytes), bytes(8, &opset)].concat()
    }
}

/// A graph with the usual inputs `x` and `t` and output `eps`, without nodes.
pub fn sample_graph(element: u64, channels: i64) -> Graph {
    Graph::new()
        .input("x", element, &[ANY, 3, ANY, ANY])
        .input("t", I64, &[ANY])
        .output("eps", element, &[ANY, channels, ANY, ANY])
}

/// eps = x.
pub fn identity() -> Vec<u8> {
    sample_graph(F32, 3)
        .node("Identity", &["x"], &["eps"])
        .model()
}

/// A model folder with one network and a manifest that fits [`sample_graph`].
pub fn folder(network: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("network.onnx"), network).unwrap();
    let manifest = MANIFEST.to_owned() + &entry("network", network);
    std::fs::write(folder.path().join("model.toml"), manifest).unwrap();
    folder
}

/// The manifest's lines about a network file called `ROLE.onnx`.
pub fn entry(role: &str, content: &[u8]) -> String {
    let hash: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "\n[files.{role}]\npath = \"{role}.onnx\"\nsha256 = \"{hash}\"\nbytes = {}\n",
        content.len()
    )
}

/// Replaces text in the manifest of a folder; the text must be there.
pub fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("model.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

const MANIFEST: &str = r#"format = 1
name = "test"
version = "1"
licence = "MIT"
kind = "pixel"
description = "A test."
channels = 3
size_multiple = 4
tile = 64
halo = 8
global_operations = false
value_range = [-1.0, 1.0]
timesteps = 1000
beta_schedule = "linear"
beta_start = 0.0001
beta_end = 0.02
prediction = "epsilon"
learned_variance = false
time_input = "index"
# more

[inputs]
sample = "x"
time = "t"

[outputs]
sample = "eps"
"#;

fn value_info(name: &str, element: u64, shape: &[i64]) -> Vec<u8> {
    let mut dimensions = Vec::new();
    for (index, &side) in shape.iter().enumerate() {
        let dimension = match side {
            ANY => bytes(2, format!("{name}{index}").as_bytes()),
            side => number(1, side as u64),
        };
        dimensions.extend(bytes(1, &dimension));
    }
    let tensor = [number(1, element), bytes(2, &dimensions)].concat();
    [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &tensor))].concat()
}

fn tensor(name: &str, element: u64, shape: &[i64], raw: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    shape
        .iter()
        .for_each(|&side| content.extend(number(1, side as u64)));
    content.extend(number(2, element));
    content.extend(bytes(8, name.as_bytes()));
    if !raw.is_empty() {
        content.extend(bytes(9, raw));
    }
    content
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [
        varint(field << 3 | 2),
        varint(content.len() as u64),
        content.to_vec(),
    ]
    .concat()
}

/// Encoder 2×2 mean, decoder nearest ×2, and the decoder's adjoint.
pub fn latent_folder(with_vjp: bool) -> TempDir {
    let pool = || {
        vec![
            ("kernel_shape", Attribute::Ints(vec![2, 2])),
            ("strides", Attribute::Ints(vec![2, 2])),
        ]
    };
    let any = [ANY, 3, ANY, ANY];
    let encoder = Graph::new()
        .input("x", F32, &any)
        .output("z", F32, &any)
        .node_with("AveragePool", &["x"], &["z"], &pool())
        .model();
    let decoder = Graph::new()
        .input("z", F32, &any)
        .output("x", F32, &any)
        .floats("scales", &[4], &[1.0, 1.0, 2.0, 2.0])
        .node_with(
            "Resize",
            &["z", "", "scales"],
            &["x"],
            &[
                ("mode", Attribute::Text("nearest")),
                (
                    "coordinate_transformation_mode",
                    Attribute::Text("asymmetric"),
                ),
                ("nearest_mode", Attribute::Text("floor")),
            ],
        )
        .model();
    let vjp = Graph::new()
        .input("z", F32, &any)
        .input("u", F32, &any)
        .output("g", F32, &any)
        .floats("four", &[1], &[4.0])
        .node_with("AveragePool", &["u"], &["mean"], &pool())
        .node("Mul", &["mean", "four"], &["g"])
        .model();
    let folder = folder(&identity());
    edit(folder.path(), "\"pixel\"", "\"latent\"");
    edit(
        folder.path(),
        "# more",
        "latent_scale = 0.25\nlatent_channels = 3\ndownsample = 2",
    );
    let mut files = vec![("encoder", encoder), ("decoder", decoder)];
    if with_vjp {
        files.push(("decoder_vjp", vjp));
    }
    for (role, content) in files {
        fs::write(folder.path().join(format!("{role}.onnx")), &content).unwrap();
        edit(
            folder.path(),
            "[inputs]",
            &(entry(role, &content) + "\n[inputs]"),
        );
    }
    folder
}

pub fn open_folder(folder: &TempDir) -> dcdp::Result<Arc<dyn Prior>> {
    open(folder.path().to_str().unwrap(), Device::Cpu, 1)
}

pub fn predict(folder: &TempDir, x: &Array4<f32>, t: usize) -> Prediction {
    let prior = open_folder(folder).unwrap();
    prior
        .predict(x.view(), NoiseLevel::Timestep(t), &Cancel::new())
        .unwrap()
}

pub fn pattern(shape: (usize, usize, usize, usize)) -> Array4<f32> {
    Array4::from_shape_fn(shape, |(n, c, y, x)| {
        ((n * 31 + c * 17 + y * 7 + x * 3) as f32 * 0.37).sin()
    })
}

/// The message of the `Model` error that opening gives, which must name this field.
pub fn refusal(folder: &Path, field: &str) -> String {
    match open(folder.to_str().unwrap(), Device::Cpu, 1).map(drop) {
        Err(Error::Model {
            path,
            field: found,
            reason,
        }) => {
            assert_eq!(found, field, "{reason}");
            assert!(
                path.starts_with(folder.canonicalize().unwrap()),
                "{}",
                path.display()
            );
            reason
        }
        other => panic!("{field}: {other:?}"),
    }
}

/// The process that the manifests here describe.
pub fn process() -> Process {
    Process::linear(1000, 1e-4, 0.02).unwrap()
}

/// eps = x + t at every pixel.
pub fn adds_time() -> Vec<u8> {
    Graph::new()
        .input("x", F32, &[ANY, 3, ANY, ANY])
        .input("t", F32, &[ANY])
        .output("eps", F32, &[ANY, 3, ANY, ANY])
        .integers("column", &[4], &[-1, 1, 1, 1])
        .node("Reshape", &["t", "column"], &["sigma"])
        .node("Add", &["x", "sigma"], &["eps"])
        .model()
}
