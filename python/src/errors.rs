//! The engine's errors as Python's exceptions.

use pyo3::prelude::*;

/// The exception for an error, of the class that `dcdp.errors` has for its code.
pub fn exception(py: Python<'_>, error: &dcdp::Error) -> PyErr {
    let made = py
        .import("dcdp.errors")
        .and_then(|module| module.call_method1("of_code", (error.code(), error.to_string())));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// The result with its error as an exception.
pub fn raised<T>(py: Python<'_>, result: dcdp::Result<T>) -> PyResult<T> {
    result.map_err(|error| exception(py, &error))
}
