//! Which model a restoration runs.

use std::sync::Arc;

use crate::priors::{self, Prior};
use crate::request::Request;
use crate::{Result, plan};

/// Opens the model that a request names, or the best one for it.
///
/// # Errors
/// Those of [`priors::open`].
pub fn open_prior(request: &Request) -> Result<Arc<dyn Prior>> {
    let place = &request.place;
    priors::open(&plan::choose_model(request), place.device, place.threads)
}
