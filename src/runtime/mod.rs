//! ONNX Runtime: the only folder that names `ort`.
//!
//! One library and one environment serve the whole process; sessions are cached by model, device and
//! threads.

mod cache;
mod cancel;
mod device;
mod devices;
mod library;
mod location;
mod memory;
mod session;

pub use cache::release;
pub use cancel::Cancel;
pub use device::{Device, DeviceStatus};
pub use devices::devices;
pub use library::{Library, check, load};
pub use location::keep_loaded;
pub use memory::peak_memory_mb;

pub(crate) use cache::{FileId, session};
pub(crate) use location::binary_folders;
pub(crate) use memory::give_back_memory;
pub(crate) use session::{Element, Input, Session, TensorInfo};
