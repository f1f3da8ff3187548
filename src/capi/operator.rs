//! Operators of the caller's own.

use std::ffi::c_void;
use std::mem::offset_of;
use std::sync::Arc;

use ndarray::{ArrayView3, ArrayViewMut3};

use super::abi::{Sized32, handle_mut, read_struct};
use super::guard;
use super::options::dcdp_options;
use super::status::dcdp_status;
use crate::operators::Operator;
use crate::{Error, Result};

/// Sizes of the picture x and of the measurement y = A(x) of an operator of your own.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_shape {
    /// Bytes filled. Read no member beyond them.
    pub struct_size: u32,
    /// Planes of both.
    pub channels: i32,
    /// Width of x.
    pub x_width: i32,
    /// Height of x.
    pub x_height: i32,
    /// Width of y.
    pub y_width: i32,
    /// Height of y.
    pub y_height: i32,
}

/// Part of dcdp_operator: y = A(x). `x` is read, all of `y` is written.
pub type dcdp_measure_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        shape: *const dcdp_shape,
        x: *const f32,
        y: *mut f32,
    ) -> i32,
>;

/// Part of dcdp_operator: out = J(x)^T u, the vector-Jacobian product of A at x, which for a linear operator is
/// A^T u whatever x is. `u` has the size of y, all of `out` is written and has the size of x.
pub type dcdp_adjoint_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        shape: *const dcdp_shape,
        x: *const f32,
        u: *const f32,
        out: *mut f32,
    ) -> i32,
>;

/// Part of dcdp_operator: the size of the picture x that belongs to a measurement of y_width by y_height pixels.
pub type dcdp_picture_size_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        y_width: i32,
        y_height: i32,
        x_width: *mut i32,
        x_height: *mut i32,
    ) -> i32,
>;

/// Part of dcdp_operator: nobody will use `user` any more.
pub type dcdp_release_fn = Option<unsafe extern "C" fn(user: *mut c_void)>;

/// A forward operator A of your own: the input of dcdp_restore is y = A(x) plus noise, its output x.
///
/// Arrays are packed planes of float, channel after channel, in the range -1...1 (2 v - 1 of an sRGB-encoded
/// value v of 0...1). Callbacks return 0, or DCDP_CANCELLED to stop the run, or any other number, which ends it
/// with DCDP_ERROR_OPERATOR. They run on a thread of the library, one at a time in each restoration, and must
/// not throw or jump out. They may call the library.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct dcdp_operator {
    /// sizeof(dcdp_operator).
    pub struct_size: u32,
    /// Not 0 when A is linear: A(a x + b z) = a A(x) + b A(z). The option `step` is then checked for stability.
    pub linear: i32,
    /// Handed to every callback.
    pub user: *mut c_void,
    /// y = A(x). Not NULL.
    pub measure: dcdp_measure_fn,
    /// out = J(x)^T u. Not NULL.
    pub adjoint: dcdp_adjoint_fn,
    /// Size of x; NULL when it equals that of y.
    pub picture_size: dcdp_picture_size_fn,
    /// Called once when no options and no restoration use the operator any more; may be NULL. On any thread.
    pub release: dcdp_release_fn,
    /// Upper bound of the largest eigenvalue of A^T A; 0 when unknown (it is then estimated).
    pub lambda_max: f64,
}

// SAFETY: repr(C), begins with a u32, and holds numbers, a raw pointer and optional functions only.
unsafe impl Sized32 for dcdp_operator {
    const NAME: &'static str = "dcdp_operator";
    const OLDEST: usize = offset_of!(dcdp_operator, picture_size);
}

type Measure = unsafe extern "C" fn(*mut c_void, *const dcdp_shape, *const f32, *mut f32) -> i32;
type Adjoint =
    unsafe extern "C" fn(*mut c_void, *const dcdp_shape, *const f32, *const f32, *mut f32) -> i32;

/// The caller's operator, shared by options and runs; released with the last of them.
struct Callbacks {
    operator: dcdp_operator,
    measure: Measure,
    adjoint: Adjoint,
}

// SAFETY: the header's contract says that callbacks run on threads of the library, so `user` must allow it.
unsafe impl Send for Callbacks {}
// SAFETY: as above; two restorations that share one operator call it at the same time, as the header says.
unsafe impl Sync for Callbacks {}

impl Drop for Callbacks {
    fn drop(&mut self) {
        if let Some(release) = self.operator.release {
            // SAFETY: the caller vouches for its callbacks, and this is the last use of `user`.
            unsafe { release(self.operator.user) };
        }
    }
}

impl Callbacks {
    /// Without taking over the duty to release `user`.
    fn check(operator: &dcdp_operator) -> Result<(Measure, Adjoint)> {
        let missing = |name: &str| Error::InvalidArgument(format!("dcdp_operator: {name} is NULL"));
        let measure = operator.measure.ok_or_else(|| missing("measure"))?;
        let adjoint = operator.adjoint.ok_or_else(|| missing("adjoint"))?;
        // A NaN is no bound either.
        if !(0.0..f64::INFINITY).contains(&operator.lambda_max) {
            return Err(Error::InvalidArgument(format!(
                "dcdp_operator: lambda_max is {}; allowed: a finite number above 0, or 0 for unknown",
                operator.lambda_max
            )));
        }
        Ok((measure, adjoint))
    }

    /// The operator for a measurement of shape `[channels, height, width]`.
    fn bind(self: &Arc<Self>, measurement: [usize; 3]) -> Result<Bound> {
        let [channels, height, width] = measurement;
        let number = |value: usize| {
            i32::try_from(value).map_err(|_| Error::InvalidImage(format!("{value} is too many")))
        };
        let (y_width, y_height) = (number(width)?, number(height)?);
        let (mut x_width, mut x_height) = (y_width, y_height);
        if let Some(picture_size) = self.operator.picture_size {
            // SAFETY: the caller vouches for its callbacks.
            checked("picture_size", unsafe {
                picture_size(
                    self.operator.user,
                    y_width,
                    y_height,
                    &mut x_width,
                    &mut x_height,
                )
            })?;
        }
        if x_width < 1 || x_height < 1 {
            return Err(Error::Operator(format!(
                "picture_size gave {x_width}x{x_height}; allowed: at least 1x1"
            )));
        }
        Ok(Bound {
            callbacks: Arc::clone(self),
            shape: dcdp_shape {
                struct_size: size_of::<dcdp_shape>() as u32,
                channels: number(channels)?,
                x_width,
                x_height,
                y_width,
                y_height,
            },
        })
    }
}

fn checked(name: &str, status: i32) -> Result<()> {
    const OK: i32 = dcdp_status::DCDP_OK as i32;
    const CANCELLED: i32 = dcdp_status::DCDP_CANCELLED as i32;
    match status {
        OK => Ok(()),
        CANCELLED => Err(Error::Cancelled),
        other => Err(Error::Operator(format!("{name} returned {other}"))),
    }
}

/// The caller's operator at one size.
struct Bound {
    callbacks: Arc<Callbacks>,
    shape: dcdp_shape,
}

impl Operator<f32> for Bound {
    fn input_shape(&self) -> [usize; 3] {
        [self.shape.channels, self.shape.x_height, self.shape.x_width].map(|side| side as usize)
    }

    fn output_shape(&self) -> [usize; 3] {
        [self.shape.channels, self.shape.y_height, self.shape.y_width].map(|side| side as usize)
    }

    fn measure(&self, x: ArrayView3<'_, f32>, out: ArrayViewMut3<'_, f32>) -> Result<()> {
        let x = x.as_standard_layout();
        let Callbacks {
            operator, measure, ..
        } = &*self.callbacks;
        into_packed(out, |out| {
            // SAFETY: the caller vouches for its callbacks; both arrays are packed and of the shape said.
            checked("measure", unsafe {
                measure(operator.user, &self.shape, x.as_ptr(), out)
            })
        })
    }

    fn adjoint(
        &self,
        x: ArrayView3<'_, f32>,
        u: ArrayView3<'_, f32>,
        out: ArrayViewMut3<'_, f32>,
    ) -> Result<()> {
        let (x, u) = (x.as_standard_layout(), u.as_standard_layout());
        let Callbacks {
            operator, adjoint, ..
        } = &*self.callbacks;
        into_packed(out, |out| {
            // SAFETY: as in `measure`.
            checked("adjoint", unsafe {
                adjoint(operator.user, &self.shape, x.as_ptr(), u.as_ptr(), out)
            })
        })
    }

    fn is_linear(&self) -> bool {
        self.callbacks.operator.linear != 0
    }

    fn lambda_max(&self) -> Option<f64> {
        Some(self.callbacks.operator.lambda_max).filter(|&bound| bound > 0.0)
    }
}

/// Lets `fill` write an array in packed order.
fn into_packed(
    mut out: ArrayViewMut3<'_, f32>,
    fill: impl FnOnce(*mut f32) -> Result<()>,
) -> Result<()> {
    if let Some(packed) = out.as_slice_mut() {
        return fill(packed.as_mut_ptr());
    }
    let mut packed = ndarray::Array3::zeros(out.raw_dim());
    fill(packed.as_mut_ptr())?;
    out.assign(&packed);
    Ok(())
}

/// Sets an operator of your own in place of the one that the option `task` names. The struct is copied, `user`
/// is not: it must live until release is called. NULL takes the operator back.
///
/// On failure nothing changes, and release is not called: DCDP_ERROR_ARGUMENT (`options`, measure or adjoint is
/// NULL, lambda_max is negative or not finite).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_operator(
    options: *mut dcdp_options,
    callbacks: *const dcdp_operator,
) -> i32 {
    guard(|| {
        // SAFETY: `options` is as the contract in the header says.
        let options = unsafe { handle_mut(options, "options")? };
        if callbacks.is_null() {
            options.options.set_operator(None);
            return Ok(());
        }
        // SAFETY: `callbacks` is as the contract in the header says.
        let operator = unsafe { read_struct(callbacks)? };
        let (measure, adjoint) = Callbacks::check(&operator)?;
        let callbacks = Arc::new(Callbacks {
            operator,
            measure,
            adjoint,
        });
        options.options.set_operator(Some(Arc::new(move |shape| {
            Ok(Box::new(callbacks.bind(shape)?) as Box<dyn Operator<f32>>)
        })));
        Ok(())
    })
}
