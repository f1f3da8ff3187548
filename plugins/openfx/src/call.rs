//! How suites are called.

/// Calls a function of a suite; a host that left it out answers `kOfxStatErrMissingHostFeature`.
macro_rules! call {
    ($suite:expr, $function:ident $(, $argument:expr)* $(,)?) => {
        match $suite.$function {
            // SAFETY: the caller vouches for the arguments, the host for its function.
            Some(function) => unsafe { function($($argument),*) },
            None => openfx::sys::generic::core::kOfxStatErrMissingHostFeature,
        }
    };
}
pub(crate) use call;
