//! What a data-fidelity step does.

use crate::math::Real;
use crate::operators::{Operator, Rho};

/// How the gradient steps descend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimizer {
    /// Gradient descent with momentum, fresh in each round.
    Sgd,
    /// Adam (Kingma and Ba 2015) with β = (0.9, 0.999) and ε = 1e-8.
    Adam,
}

/// What a data-fidelity step does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Steps τ; 0 leaves the picture as it is.
    pub gradient_steps: usize,
    /// With SGD `s = 2α/m` for the learning rate α of the mean squared error, so that a step is
    /// `s·Aᵀ(Ax − y)` whatever the picture's size; with Adam the learning rate itself.
    pub step: f64,
    /// How the steps descend.
    pub optimizer: Optimizer,
    /// Momentum μ of SGD in 0…1 (1 excluded).
    pub momentum: f64,
    /// λ of the penalty `λ·MSE(x, v)`, v being the round's start; 0 for none.
    pub weight_decay: f64,
}

impl Default for Settings {
    /// The paper's Gaussian deblurring at 256×256×3: s = 2·10⁵/196608, τ = 100, momentum 0.9.
    fn default() -> Self {
        Self {
            gradient_steps: 100,
            step: 2e5 / 196_608.0,
            optimizer: Optimizer::Sgd,
            momentum: 0.9,
            weight_decay: 0.0,
        }
    }
}

impl Settings {
    /// The weight decay relative to `AᵀA`: the penalty's gradient `(2λ/n)(x − v)` times m/2.
    pub(super) fn decay<T: Real>(&self, operator: &dyn Operator<T>) -> f64 {
        let count = |shape: [usize; 3]| shape.iter().product::<usize>() as f64;
        self.weight_decay * count(operator.output_shape()) / count(operator.input_shape())
    }
}

/// One data-fidelity step of a round.
#[derive(Clone, Debug, PartialEq)]
pub enum DataStep {
    /// The paper's: gradient steps on the mean squared error.
    Gradient(Settings),
    /// The minimiser of `|y − Ax|² + ρ|x − v|²` over x: eq. (8) of the paper solved instead of
    /// descended. For linear operators, also in linear light.
    Proximal {
        /// ρ: how much the estimate v weighs against the measurement.
        rho: Rho,
        /// About how far v is from the picture (standard deviation, network range): σ_k of the round. Near it, blurs in
        /// linear light have a closed form.
        sigma: f64,
    },
    /// The nearest picture within a share of the measurement's quantisation cells, of an operator that
    /// [has some](Operator::cells); without cells the picture stays as it is.
    Project {
        /// 1 is the whole of each cell.
        share: f64,
    },
}
