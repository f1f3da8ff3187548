//! ONNX Runtime: the only folder that names `ort`.

mod cancel;

pub use cancel::Cancel;
