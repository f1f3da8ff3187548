//! The parameter table and the models, as JSON.

use dcdp::Error;
use dcdp::priors::{self, ModelFolder};
use dcdp::request::parameters::{Kind, PARAMETERS, Parameter};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::errors::raised;

/// A value as JSON.
pub fn json(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn row(parameter: &Parameter) -> Value {
    let tasks = match dcdp::request::parameters::find("task").map(|row| row.kind) {
        Some(Kind::Choice { choices, .. }) => choices,
        _ => &[],
    };
    let tasks: Vec<&str> = tasks
        .iter()
        .copied()
        .filter(|task| parameter.applies_to(task))
        .collect();
    let (kind, minimum, maximum, default, automatic, choices) = match parameter.kind {
        Kind::Number {
            minimum,
            maximum,
            default,
            automatic,
            ..
        } => (
            "number",
            json!(minimum),
            json!(maximum),
            json!(default),
            automatic,
            &[][..],
        ),
        Kind::Integer {
            minimum,
            maximum,
            default,
            automatic,
            ..
        } => (
            "integer",
            json!(minimum),
            json!(maximum),
            json!(default),
            automatic,
            &[][..],
        ),
        Kind::Choice {
            choices, default, ..
        } => (
            "choice",
            Value::Null,
            Value::Null,
            json!(default),
            false,
            choices,
        ),
        Kind::Text { default } => (
            "text",
            Value::Null,
            Value::Null,
            json!(default),
            false,
            &[][..],
        ),
        Kind::File => ("file", Value::Null, Value::Null, json!(""), false, &[][..]),
    };
    json!({
        "name": parameter.name,
        "label": parameter.label,
        "hint": parameter.hint,
        "unit": parameter.unit,
        "group": parameter.group.label(),
        "type": kind,
        "minimum": minimum,
        "maximum": maximum,
        "default": default,
        "automatic": automatic,
        "choices": choices,
        "tasks": tasks,
        "needs": parameter.needs.map(|(id, word)| [id.name(), word]),
    })
}

/// The rows of the parameter table.
#[pyfunction]
pub fn parameters() -> PyResult<String> {
    json(&PARAMETERS.iter().map(row).collect::<Vec<_>>())
}

/// Every model on the search path, or the one of a name or folder.
#[pyfunction]
#[pyo3(signature = (name=None))]
pub fn models(py: Python<'_>, name: Option<&str>) -> PyResult<String> {
    let found = match name {
        None => priors::list(),
        Some(name) => {
            let model = raised(py, priors::find(name))?;
            vec![(model.path.clone(), Ok(model))]
        }
    };
    let entry = |(folder, model): &(std::path::PathBuf, dcdp::Result<ModelFolder>)| {
        let fact = |fact: fn(&ModelFolder) -> String| model.as_ref().map(fact).unwrap_or_default();
        json!({
            "name": fact(|model| model.manifest.name.clone()),
            "version": fact(|model| model.manifest.version.clone()),
            "licence": fact(|model| model.manifest.licence.clone()),
            "kind": fact(|model| model.manifest.kind.to_string()),
            "description": fact(|model| model.manifest.description.clone()),
            "folder": folder,
            "reason": model.as_ref().err().map_or(String::new(), Error::to_string),
        })
    };
    json(&found.iter().map(entry).collect::<Vec<_>>())
}

/// The package's version.
#[pyfunction]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
