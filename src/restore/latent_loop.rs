//! Algorithm 2: purification in the latent space of an autoencoder, both ways.

use std::time::Instant;

use ndarray::Array3;

use super::autoencoder::Autoencoder;
use super::measurement::Measurement;
use super::network::Network;
use super::outer_loop::{FIDELITY_UNITS, Round};
use super::progress::Monitor;
use super::purify::{Buffers, purify};
use super::report::Seconds;
use crate::Result;
use crate::data_consistency::{Decoder, ThroughDecoder, data_fidelity};
use crate::math::noise::NoiseSource;
use crate::operators::Operator;

/// Where data fidelity runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approach {
    /// On z, through the decoder; then z ← E(D(z)) (Approach I).
    Latent,
    /// On x = D(v) in pixels; then z = E(x) (Approach II).
    Pixel,
}

impl Approach {
    /// The approach with this canonical name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "latent" => Approach::Latent,
            "pixel" => Approach::Pixel,
            _ => return None,
        })
    }

    /// Its canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Approach::Latent => "latent",
            Approach::Pixel => "pixel",
        }
    }
}

/// Runs Algorithm 2 and returns the decoded picture after the last round, of the operator's input shape.
///
/// Approach I starts from random latents (the noise of round 0), Approach II from the measurement's
/// [start](Measurement::start). `network` covers the latents of `autoencoder`.
///
/// # Errors
/// Those of the operator, the prior and its autoencoder; `Cancelled`.
#[allow(clippy::too_many_arguments)] // The pixel loop's, and two that only latents have.
pub fn restore_latent(
    approach: Approach,
    rounds: &[Round],
    operator: &dyn Operator<f32>,
    measurement: &Measurement,
    network: &mut Network<'_>,
    autoencoder: &Autoencoder<'_>,
    noise: &dyn NoiseSource,
    monitor: &mut dyn Monitor,
    seconds: &mut Seconds,
) -> Result<Array3<f32>> {
    let info = network.prior().info();
    let [channels, height, width] = autoencoder.latent_shape();
    let mut z = Array3::zeros((channels, height, width));
    let mut x = measurement.start(operator)?;
    let y = measurement.y.view();
    if approach == Approach::Latent {
        noise.fill(0, 0, &mut z);
    }
    let mut buffers = Buffers::new(network.output_channels(), height, width);
    let tiles = network.tiles() as f64;
    let units = match approach {
        // Every gradient step decodes and runs the decoder's gradient.
        Approach::Latent => 2.0 * tiles,
        Approach::Pixel => FIDELITY_UNITS,
    };
    let fidelity_units = |round: &Round| match approach {
        Approach::Latent => units * round.fidelity.gradient_steps as f64,
        Approach::Pixel => units,
    };
    let calls = |round: &Round| round.purification.network_calls(info);
    let total: f64 = rounds
        .iter()
        .map(|round| calls(round) as f64 * tiles + fidelity_units(round))
        .sum();
    monitor.begin(rounds.len(), total);

    for (index, round) in rounds.iter().enumerate() {
        let number = index + 1;
        let steps = calls(round);
        monitor.enter("data fidelity", number, 0, steps)?;
        let started = Instant::now();
        let coded_before = autoencoder.time();
        match approach {
            Approach::Latent => {
                let through = ThroughDecoder::new(operator, autoencoder);
                data_fidelity(&through, y, &mut z, &round.fidelity, network.cancel())?;
                z = autoencoder.encode(autoencoder.decode(z.view())?.view())?;
            }
            Approach::Pixel => {
                data_fidelity(operator, y, &mut x, &round.fidelity, network.cancel())?;
                z = autoencoder.encode(x.view())?;
            }
        }
        let coded = (autoencoder.time() - coded_before).as_secs_f64();
        seconds.network += coded;
        seconds.data_fidelity += started.elapsed().as_secs_f64() - coded;
        monitor.advance(fidelity_units(round))?;

        let started = Instant::now();
        let network_before = network.time;
        purify(
            network,
            &round.purification,
            number,
            &mut z,
            noise,
            &mut buffers,
            monitor,
        )?;
        let in_network = (network.time - network_before).as_secs_f64();
        seconds.network += in_network;
        seconds.purify += started.elapsed().as_secs_f64() - in_network;
        x = autoencoder.decode(z.view())?;
        monitor.round_end(operator.visible(x.view()))?;
    }
    Ok(x)
}
