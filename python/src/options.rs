//! What a restoration is told.

use std::path::PathBuf;
use std::sync::Arc;

use dcdp::image::{FillMap, JpegSource, PointSpread, read_mask};
use dcdp::operators::kernels;
use numpy::{PyReadonlyArray2, PyUntypedArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::array::Located;
use super::errors::raised;
use super::operator::{Functions, Raised};

/// The engine's options, and what the operator's functions raise.
#[pyclass(module = "dcdp._engine")]
#[derive(Default)]
pub struct Options {
    /// What the engine is told.
    pub inner: dcdp::Options,
    raised: Raised,
}

/// The picture of a region: an array, or a file.
#[derive(FromPyObject)]
enum Region<'py> {
    Array(Bound<'py, PyUntypedArray>),
    File(PathBuf),
}

impl Options {
    /// What the operator's functions raised last.
    pub fn take_raised(&self) -> Option<PyErr> {
        self.raised.lock().take()
    }
}

#[pymethods]
impl Options {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Sets a number by canonical name.
    fn set_number(&mut self, py: Python<'_>, name: &str, value: f64) -> PyResult<()> {
        raised(py, self.inner.set_number(name, value))
    }

    /// Sets a word, a text or a path by canonical name.
    fn set_text(&mut self, py: Python<'_>, name: &str, value: &str) -> PyResult<()> {
        raised(py, self.inner.set_string(name, value))
    }

    /// Sets one of the regions `mask`, `ignore` and `fill_from`.
    fn set_region(&mut self, py: Python<'_>, name: &str, region: Region<'_>) -> PyResult<()> {
        let read = || match region {
            Region::File(file) => read_mask(&file),
            // SAFETY: the array is the caller's to lend, and is not kept.
            Region::Array(array) => {
                let view = unsafe { Located::of(&array, false)?.view()? };
                let map = match name {
                    "mask" => FillMap::from_view(&view)?,
                    _ => FillMap::unchecked(&view)?,
                };
                Ok(map.into_values())
            }
        };
        let values = Some(raised(py, read())?);
        match name {
            "mask" => self.inner.set_mask(values),
            "ignore" => self.inner.set_ignore(values),
            "fill_from" => self.inner.set_fill_from(values),
            other => {
                return Err(PyValueError::new_err(format!(
                    "no region is called {other}"
                )));
            }
        }
        Ok(())
    }

    /// Sets the point-spread function from its values.
    fn set_kernel(&mut self, py: Python<'_>, psf: PyReadonlyArray2<'_, f32>) -> PyResult<()> {
        let psf = psf.as_array().to_owned();
        raised(py, self.inner.set_kernel(Some(psf)))
    }

    /// Sets the point-spread function from a picture of it.
    fn set_kernel_picture(
        &mut self,
        py: Python<'_>,
        picture: &Bound<'_, PyUntypedArray>,
    ) -> PyResult<()> {
        let mut read = || {
            // SAFETY: the array is the caller's to lend, and is not kept.
            let view = unsafe { Located::of(picture, false)?.view()? };
            let psf = kernels::normalised(PointSpread::from_view(&view)?.values())?;
            let psf = kernels::centred(psf.view())?;
            self.inner.set_kernel(Some(psf.mapv(|value| value as f32)))
        };
        let result = read();
        raised(py, result)
    }

    /// Sets the JPEG file whose pixels are given.
    fn set_jpeg(&mut self, py: Python<'_>, file: PathBuf) -> PyResult<()> {
        self.inner
            .set_jpeg(Some(raised(py, JpegSource::read(&file))?));
        Ok(())
    }

    /// Sets an operator in place of the task's.
    #[pyo3(signature = (measure, adjoint, is_linear, picture_size=None, lambda_max=None))]
    fn set_operator(
        &mut self,
        measure: Py<PyAny>,
        adjoint: Py<PyAny>,
        is_linear: bool,
        picture_size: Option<Py<PyAny>>,
        lambda_max: Option<f64>,
    ) {
        let functions = Arc::new(Functions {
            measure,
            adjoint,
            picture_size,
            is_linear,
            lambda_max,
            raised: Arc::clone(&self.raised),
        });
        let factory = move |shape| functions.bind(shape);
        self.inner.set_operator(Some(Arc::new(factory)));
    }
}
