//! What a model says of itself for a task, where the request leaves it open.

use super::options::Options;
use super::parameters::{self, Id, Kind};
use super::parse::task_kind;
use super::typed::Request;
use super::words::word;
use crate::priors::PriorInfo;
use crate::{Error, Result};

/// What a model may set for a task.
const MODEL_DEFAULTS: [Id; 9] = [
    Id::Rounds,
    Id::GradientSteps,
    Id::Step,
    Id::TStart,
    Id::TEnd,
    Id::Sampler,
    Id::SamplerSteps,
    Id::Schedule,
    Id::LatentApproach,
];

impl Request {
    /// The request that `options` make with the model's own values for the task where the preset would
    /// decide; `paper` takes none.
    ///
    /// # Errors
    /// `Model` naming a default that is no such parameter or not one of its values.
    pub fn with_model_defaults(self, options: &Options, info: &PriorInfo) -> Result<Self> {
        let task = word(task_kind(options));
        let Some(defaults) = info.defaults.get(task) else {
            return Ok(self);
        };
        if self.is_paper() {
            return Ok(self);
        }
        let mut options = options.clone();
        for (name, value) in defaults {
            let refuse = |reason: String| Error::Model {
                path: info.name.clone().into(),
                field: format!("defaults.{task}.{name}"),
                reason,
            };
            let parameter =
                parameters::find(name).filter(|found| MODEL_DEFAULTS.contains(&found.id));
            let Some(parameter) = parameter else {
                let allowed = MODEL_DEFAULTS.map(Id::name).join(", ");
                return Err(refuse(format!(
                    "is not a model's to set; allowed: {allowed}"
                )));
            };
            let automatic = match parameter.kind {
                Kind::Choice { .. } => options.text(parameter.id) == "auto",
                _ => options.number(parameter.id) == -1.0,
            };
            if automatic {
                let set = options.set_string(name, value);
                set.map_err(|error| refuse(error.to_string()))?;
            }
        }
        let method = Request::parse(&options)?.method;
        Ok(Request { method, ..self })
    }
}
