//! The outer loop (Algorithms 1 and 2): alternate data fidelity and purification.

use std::time::Instant;

use super::run::Run;
use super::space::Space;
use crate::Result;
use crate::data_consistency::DataStep;
use crate::operators::Operator;
use crate::plan::Rounds;
use crate::runtime::give_back_memory;

/// Work of a whole loop in units of one tile call, for the progress.
pub fn units(rounds: &Rounds, space: &mut dyn Space, run: &mut Run<'_>) -> f64 {
    let (_, height, width) = space.sample().dim();
    let tiles = run.network.tiles(height, width) as f64;
    let info = run.network.prior().info();
    let finish: f64 = rounds.finish.iter().map(|step| space.units(step)).sum();
    let each = rounds.rounds.iter().map(|round| {
        round.purification.network_calls(info) as f64 * tiles + space.units(&round.data_step)
    });
    each.sum::<f64>() + finish
}

/// Runs the rounds on the estimate in `space`; `operator` says which part of it is shown on the way.
///
/// # Errors
/// Those of the operator and the prior; `Cancelled`.
pub fn run_rounds(
    rounds: &Rounds,
    space: &mut dyn Space,
    operator: &dyn Operator<f32>,
    run: &mut Run<'_>,
) -> Result<()> {
    for (index, round) in rounds.rounds.iter().enumerate() {
        let number = index + 1;
        let steps = round.purification.network_calls(run.network.prior().info());
        run.monitor.enter("data fidelity", number, 0, steps)?;
        data_step(&round.data_step, space, run)?;
        run.purify(&round.purification, number, space.sample())?;
        let (started, before) = (Instant::now(), space.coding_seconds());
        space.purified()?;
        run.seconds.network += space.coding_seconds() - before;
        run.seconds.purify += started.elapsed().as_secs_f64() - (space.coding_seconds() - before);
        run.monitor.round_end(operator.visible(space.picture()))?;
    }
    if let Some(step) = &rounds.finish {
        run.monitor
            .enter("data fidelity", rounds.rounds.len(), 0, 0)?;
        data_step(step, space, run)?;
    }
    Ok(())
}

fn data_step(step: &DataStep, space: &mut dyn Space, run: &mut Run<'_>) -> Result<()> {
    let (started, before) = (Instant::now(), space.coding_seconds());
    run.spare_memory();
    if let Some(step) = space.data_step(step, run.network.cancel())? {
        run.smallest_step = Some(run.smallest_step.map_or(step, |least| least.min(step)));
    }
    if run.memory_is_limited {
        give_back_memory();
    }
    let coding = space.coding_seconds() - before;
    run.seconds.network += coding;
    run.seconds.data_fidelity += started.elapsed().as_secs_f64() - coding;
    run.monitor.advance(space.units(step))
}
