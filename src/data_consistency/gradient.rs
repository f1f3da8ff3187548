//! The gradient loop: any operator, SGD with momentum or Adam.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip, s};

use super::{Optimizer, Settings};
use crate::Result;
use crate::math::Real;
use crate::operators::Operator;
use crate::runtime::Cancel;

/// τ steps from `x`, in place; channel by channel where the operator allows it.
pub(super) fn descend<T: Real>(
    operator: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    x: &mut Array3<T>,
    settings: &Settings,
    cancel: &Cancel,
) -> Result<()> {
    let parts = if operator.is_channelwise() {
        x.dim().0
    } else {
        1
    };
    let (pictures, measurements) = (x.dim().0 / parts.max(1), y.dim().0 / parts.max(1));
    let mut buffers = Buffers::new(
        [pictures, x.dim().1, x.dim().2],
        [measurements, y.dim().1, y.dim().2],
        settings,
    );
    for part in 0..parts {
        let x = x.slice_mut(s![part * pictures..(part + 1) * pictures, .., ..]);
        let y = y.slice(s![part * measurements..(part + 1) * measurements, .., ..]);
        buffers.descend(operator, y, x, settings, cancel)?;
    }
    Ok(())
}

/// Everything the loop needs, allocated once.
struct Buffers<T> {
    residual: Array3<T>,
    gradient: Array3<T>,
    /// SGD's velocity, or Adam's first moment.
    velocity: Array3<T>,
    /// Adam's second moment.
    second: Option<Array3<T>>,
    /// The round's start, for weight decay.
    start: Option<Array3<T>>,
}

impl<T: Real> Buffers<T> {
    fn new(picture: [usize; 3], measurement: [usize; 3], settings: &Settings) -> Self {
        let zeros = || Array3::zeros(picture);
        Self {
            residual: Array3::zeros(measurement),
            gradient: zeros(),
            velocity: zeros(),
            second: (settings.optimizer == Optimizer::Adam).then(zeros),
            start: (settings.weight_decay != 0.0).then(zeros),
        }
    }

    fn descend(
        &mut self,
        operator: &dyn Operator<T>,
        y: ArrayView3<'_, T>,
        mut x: ArrayViewMut3<'_, T>,
        settings: &Settings,
        cancel: &Cancel,
    ) -> Result<()> {
        let decay = T::rounded(settings.decay(operator));
        self.velocity.fill(T::zero());
        if let Some(second) = &mut self.second {
            second.fill(T::zero());
        }
        if let Some(start) = &mut self.start {
            start.assign(&x);
        }
        for step in 1..=settings.gradient_steps {
            cancel.check()?;
            operator.misfit(x.view(), y, self.residual.view_mut())?;
            operator.adjoint(x.view(), self.residual.view(), self.gradient.view_mut())?;
            if let Some(start) = &self.start {
                Zip::from(&mut self.gradient)
                    .and(&x)
                    .and(start)
                    .into_par_iter()
                    .for_each(|(gradient, &x, &start)| *gradient += decay * (x - start));
            }
            match &mut self.second {
                None => self.sgd(x.view_mut(), settings),
                Some(_) => self.adam(x.view_mut(), settings, step, operator.output_shape()),
            }
        }
        Ok(())
    }

    fn sgd(&mut self, x: ArrayViewMut3<'_, T>, settings: &Settings) {
        let (step, momentum) = (T::rounded(settings.step), T::rounded(settings.momentum));
        Zip::from(x)
            .and(&mut self.velocity)
            .and(&self.gradient)
            .into_par_iter()
            .for_each(|(x, velocity, &gradient)| {
                *velocity = momentum * *velocity + step * gradient;
                *x -= *velocity;
            });
    }

    fn adam(
        &mut self,
        x: ArrayViewMut3<'_, T>,
        settings: &Settings,
        step: usize,
        measurement: [usize; 3],
    ) {
        const BETA: [f64; 2] = [0.9, 0.999];
        const EPSILON: f64 = 1e-8;
        let count = measurement.iter().product::<usize>() as f64;
        // The gradient of the mean squared error is 2/m times ours.
        let scale = T::rounded(2.0 / count);
        let [correction1, correction2] =
            BETA.map(|beta| 1.0 - beta.powi(i32::try_from(step).unwrap_or(i32::MAX)));
        let rate = T::rounded(settings.step / correction1);
        let root = T::rounded(correction2.sqrt());
        let [beta1, beta2] = BETA.map(T::rounded);
        let epsilon = T::rounded(EPSILON);
        let second = self.second.as_mut().expect("allocated for Adam");
        Zip::from(x)
            .and(&mut self.velocity)
            .and(second)
            .and(&self.gradient)
            .into_par_iter()
            .for_each(|(x, first, second, &gradient)| {
                let gradient = scale * gradient;
                *first = beta1 * *first + (T::one() - beta1) * gradient;
                *second = beta2 * *second + (T::one() - beta2) * gradient * gradient;
                *x -= rate * *first / (second.sqrt() / root + epsilon);
            });
    }
}
