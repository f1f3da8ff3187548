//! The gradient loop without the loop.
//!
//! For a linear operator the τ momentum steps from v are a fixed polynomial in `AᵀA`:
//! `x = v − q(AᵀA)·Aᵀ(Av − y)`. An operator's [solver](crate::operators::Solver) applies any
//! such q; this is the q.

use super::Settings;

/// `q(λ)`: how far τ steps of SGD with momentum μ move along an eigenvector of `AᵀA` with eigenvalue λ,
/// relative to its first gradient. The distance d obeys `u ← μu + s(1 − λd)`, `d ← d + u` from zero.
///
/// Weight decay adds to λ: its gradient is `(2λ_wd/n)(x − v)`, so λ grows by `λ_wd·m/n` (m
/// measurement values, n picture values) while the first gradient stays the same.
pub fn gain(lambda: f64, settings: &Settings) -> f64 {
    let Settings { step, momentum, .. } = *settings;
    // One step is the affine map (u, d) ← M(u, d) + b; its τ-th power by repeated squaring.
    let mut power = Affine {
        matrix: [[momentum, -step * lambda], [momentum, 1.0 - step * lambda]],
        offset: [step, step],
    };
    let mut total = Affine {
        matrix: [[1.0, 0.0], [0.0, 1.0]],
        offset: [0.0, 0.0],
    };
    let mut steps = settings.gradient_steps;
    while steps > 0 {
        if steps & 1 == 1 {
            total = power.after(&total);
        }
        steps >>= 1;
        if steps > 0 {
            power = power.after(&power);
        }
    }
    total.offset[1]
}

#[derive(Clone, Copy)]
struct Affine {
    matrix: [[f64; 2]; 2],
    offset: [f64; 2],
}

impl Affine {
    /// `self` applied after `first`.
    fn after(&self, first: &Affine) -> Affine {
        let [[a, b], [c, d]] = self.matrix;
        let [[e, f], [g, h]] = first.matrix;
        let [u, v] = first.offset;
        Affine {
            matrix: [
                [a * e + b * g, a * f + b * h],
                [c * e + d * g, c * f + d * h],
            ],
            offset: [
                a * u + b * v + self.offset[0],
                c * u + d * v + self.offset[1],
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_recurrence() {
        for (step, momentum, gradient_steps) in [
            (1.017, 0.9, 100),
            (0.163, 0.9, 1),
            (3.7, 0.9, 1000),
            (0.01, 0.0, 37),
            (1.0, 0.5, 0),
        ] {
            let settings = Settings {
                step,
                momentum,
                gradient_steps,
                ..Settings::default()
            };
            for lambda in [0.0, 1e-12, 1e-4, 0.0026, 0.01, 0.3, 1.0] {
                let (mut velocity, mut distance) = (0.0, 0.0);
                for _ in 0..gradient_steps {
                    velocity = momentum * velocity + step * (1.0 - lambda * distance);
                    distance += velocity;
                }
                let error = (gain(lambda, &settings) - distance).abs();
                assert!(
                    error <= 1e-11 * distance.abs().max(1.0),
                    "{lambda} {settings:?}: {error}"
                );
            }
        }
    }
}
