//! Operators of the caller's own: two Python functions.

use std::sync::Arc;

use dcdp::operators::Operator;
use dcdp::{Error, Result};
use ndarray::{ArrayView3, ArrayViewMut3};
use numpy::{PyArray3, PyArrayMethods, PyUntypedArrayMethods, ToPyArray};
use parking_lot::Mutex;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// What an operator's functions raised; the engine knows only that they failed.
pub type Raised = Arc<Mutex<Option<PyErr>>>;

/// Two functions, and what is known of them.
pub struct Functions {
    /// `measure(x)`.
    pub measure: Py<PyAny>,
    /// `adjoint(u)` of a linear operator, `adjoint(x, u)` of any other.
    pub adjoint: Py<PyAny>,
    /// `picture_size(height, width)` of the measurement: height and width of x.
    pub picture_size: Option<Py<PyAny>>,
    /// Whether A is linear.
    pub is_linear: bool,
    /// Bound of the largest eigenvalue of AᵀA, if known.
    pub lambda_max: Option<f64>,
    /// Where exceptions go.
    pub raised: Raised,
}

impl Functions {
    /// The operator for a measurement of shape `[channels, height, width]`.
    pub fn bind(self: &Arc<Self>, measurement: [usize; 3]) -> Result<Box<dyn Operator<f32>>> {
        let [channels, height, width] = measurement;
        let picture = match &self.picture_size {
            None => (height, width),
            Some(function) => self.attached("picture_size", |py| {
                let size = function.bind(py).call1((height, width))?;
                size.extract::<(usize, usize)>()
            })?,
        };
        if picture.0 < 1 || picture.1 < 1 {
            return Err(Error::Operator(format!(
                "picture_size gave {picture:?}; allowed: at least 1 and 1"
            )));
        }
        Ok(Box::new(Bound {
            functions: Arc::clone(self),
            picture: [channels, picture.0, picture.1],
            measurement,
        }))
    }

    /// Runs `call` with the interpreter and keeps what it raises.
    fn attached<T>(&self, name: &str, call: impl FnOnce(Python<'_>) -> PyResult<T>) -> Result<T> {
        Python::attach(|py| {
            call(py).map_err(|error| {
                let failed = Error::Operator(format!("{name}: {error}"));
                *self.raised.lock() = Some(error);
                failed
            })
        })
    }
}

/// The functions at one size.
struct Bound {
    functions: Arc<Functions>,
    picture: [usize; 3],
    measurement: [usize; 3],
}

impl Bound {
    /// Lets a function fill an array.
    fn call(
        &self,
        name: &str,
        function: &Py<PyAny>,
        given: &[ArrayView3<'_, f32>],
        mut out: ArrayViewMut3<'_, f32>,
    ) -> Result<()> {
        self.functions.attached(name, |py| {
            let arrays = given.iter().map(|array| array.to_pyarray(py));
            let answer = function.bind(py).call1(PyTuple::new(py, arrays)?)?;
            let numpy = py.import("numpy")?;
            let answer = numpy.call_method1("asarray", (answer, "float32"))?;
            let shape: Vec<usize> = answer.getattr("shape")?.extract()?;
            if shape != out.shape() {
                return Err(PyValueError::new_err(format!(
                    "{name} gave an array of shape {shape:?}; expected is {:?}",
                    out.shape()
                )));
            }
            let answer = answer.cast_into::<PyArray3<f32>>()?;
            debug_assert_eq!(answer.shape(), out.shape());
            out.assign(&answer.try_readonly()?.as_array());
            Ok(())
        })
    }
}

impl Operator<f32> for Bound {
    fn input_shape(&self) -> [usize; 3] {
        self.picture
    }

    fn output_shape(&self) -> [usize; 3] {
        self.measurement
    }

    fn measure(&self, x: ArrayView3<'_, f32>, out: ArrayViewMut3<'_, f32>) -> Result<()> {
        self.call("measure", &self.functions.measure, &[x], out)
    }

    fn adjoint(
        &self,
        x: ArrayView3<'_, f32>,
        u: ArrayView3<'_, f32>,
        out: ArrayViewMut3<'_, f32>,
    ) -> Result<()> {
        let given = [x, u];
        let given = match self.functions.is_linear {
            true => &given[1..],
            false => &given[..],
        };
        self.call("adjoint", &self.functions.adjoint, given, out)
    }

    fn is_linear(&self) -> bool {
        self.functions.is_linear
    }

    fn lambda_max(&self) -> Option<f64> {
        self.functions.lambda_max
    }
}
