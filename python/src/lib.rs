//! `dcdp._engine`: what of the Python package is compiled. `dcdp/__init__.py` is the package's face.
#![deny(missing_docs)]

mod array;
mod errors;
mod operator;
mod options;
mod run;
mod table;
mod watcher;

/// The engine for Python.
#[pyo3::pymodule]
mod _engine {
    #[pymodule_export]
    use super::options::Options;
    #[pymodule_export]
    use super::run::{degrade, estimate, measurement_size, output_size, restore};
    #[pymodule_export]
    use super::table::{models, parameters, version};
    #[pymodule_export]
    use super::watcher::Progress;
}
