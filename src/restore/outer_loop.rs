//! Algorithm 1: alternate data fidelity and purification in pixels.

use std::time::Instant;

use ndarray::Array3;

use super::measurement::Measurement;
use super::network::Network;
use super::progress::Monitor;
use super::purify::{Buffers, Purification, purify};
use super::report::Seconds;
use crate::Result;
use crate::data_consistency::{Settings, data_fidelity};
use crate::math::noise::NoiseSource;
use crate::operators::Operator;

/// One round: how far towards the measurement, how far towards the prior.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// The data-fidelity step.
    pub fidelity: Settings,
    /// The purification.
    pub purification: Purification,
}

/// Work units (tile calls) one round's data fidelity counts as in the progress.
pub const FIDELITY_UNITS: f64 = 0.5;

/// Runs Algorithm 1 from the [start](Measurement::start) and returns v after the last round, of the
/// operator's input shape.
///
/// # Errors
/// Those of the operator and the prior; `Cancelled`.
pub fn restore_pixels(
    rounds: &[Round],
    operator: &dyn Operator<f32>,
    measurement: &Measurement,
    network: &mut Network<'_>,
    noise: &dyn NoiseSource,
    monitor: &mut dyn Monitor,
    seconds: &mut Seconds,
) -> Result<Array3<f32>> {
    let info = network.prior().info();
    let [_, height, width] = operator.input_shape();
    let mut v = measurement.start(operator)?;
    let mut buffers = Buffers::new(network.output_channels(), height, width);
    let tiles = network.tiles() as f64;
    let calls = |round: &Round| round.purification.network_calls(info);
    let total: f64 = rounds
        .iter()
        .map(|round| calls(round) as f64 * tiles + FIDELITY_UNITS)
        .sum();
    monitor.begin(rounds.len(), total);

    for (index, round) in rounds.iter().enumerate() {
        let number = index + 1;
        let steps = calls(round);
        monitor.enter("data fidelity", number, 0, steps)?;
        let started = Instant::now();
        data_fidelity(
            operator,
            measurement.y.view(),
            &mut v,
            &round.fidelity,
            network.cancel(),
        )?;
        seconds.data_fidelity += started.elapsed().as_secs_f64();
        monitor.advance(FIDELITY_UNITS)?;

        let started = Instant::now();
        let network_before = network.time;
        purify(
            network,
            &round.purification,
            number,
            &mut v,
            noise,
            &mut buffers,
            monitor,
        )?;
        let in_network = (network.time - network_before).as_secs_f64();
        seconds.network += in_network;
        seconds.purify += started.elapsed().as_secs_f64() - in_network;
        monitor.round_end(operator.visible(v.view()))?;
    }
    Ok(v)
}
