//! The stages around the rounds: cleaning the measurement before, finishing a fill after.

use std::time::Instant;

use ndarray::{Array2, Array3, ArrayView3, Zip};

use super::coarse_to_fine::{Level, denoise_with_spectrum, levels};
use super::once::Work;
use super::outer_loop::{run_rounds, units};
use super::report::Seconds;
use super::run::Run;
use super::space::{Measurement, Pixels, Space};
use crate::Result;
use crate::fill::{GRAIN_DENOISING, Grain, add_grain};
use crate::plan::{self, Algorithm, Known, Rounds};
use crate::request::{Request, Task};

/// Removes what has to go before the rounds, JPEG artefacts, what a decoder rounded or the noise around holes; `None`
/// where nothing has.
///
/// # Errors
/// Those of the prior; `Cancelled`.
pub fn clean(request: &Request, work: &Work<'_>, run: &mut Run<'_>) -> Result<Option<Array3<f32>>> {
    let started = Instant::now();
    let before = run.seconds;
    let cleaned = match &work.plan.clean {
        Some(rounds) => clean_jpeg(request, work, rounds, run)?,
        None if work.plan.denoise_known => denoise(work, run)?,
        None if work.plan.unround => unround(request, work)?,
        None => return Ok(None),
    };
    run.seconds = Seconds {
        clean: started.elapsed().as_secs_f64(),
        ..before
    };
    Ok(Some(cleaned))
}

fn clean_jpeg(
    request: &Request,
    work: &Work<'_>,
    rounds: &Rounds,
    run: &mut Run<'_>,
) -> Result<Array3<f32>> {
    let y = work.measurement.y.view();
    let (_, height, width) = y.dim();
    let operator = plan::quantiser(request, Known::Measurement([3, height, width]))?;
    let measurement = Measurement {
        operator: &*operator,
        y: y.view(),
    };
    let mut space = Box::new(Pixels::new(measurement, y.to_owned()));
    let own = units(rounds, &mut *space, run);
    begin(work, rounds.rounds.len(), own, run);
    run_rounds(rounds, &mut *space, &*operator, run)?;
    Ok(space.into_picture())
}

/// What the JPEG file's coefficients say.
fn unround(request: &Request, work: &Work<'_>) -> Result<Array3<f32>> {
    let mut y = work.measurement.y.to_owned();
    let (_, height, width) = y.dim();
    plan::cells(request, Known::Measurement([3, height, width]))?.unround(y.view_mut())?;
    Ok(y)
}

fn denoise(work: &Work<'_>, run: &mut Run<'_>) -> Result<Array3<f32>> {
    let mut y = work.measurement.y.to_owned();
    let spectrum = &work.findings.noise.spectrum;
    let (_, height, width) = y.dim();
    let levels = levels(spectrum, height, width);
    let tiles = |level: &Level| run.network.tiles(level.height, level.width) as f64;
    let own = levels.iter().map(tiles).sum();
    begin(work, 0, own, run);
    run.monitor.enter("clean", 0, 0, 0)?;
    denoise_with_spectrum(&mut y, spectrum, &mut |x, sigma| run.denoise(x, sigma))?;
    Ok(y)
}

/// Tells how much work there is: `own` units in as many `rounds`, and about what the restorations after them
/// take, which tell it themselves once they begin.
fn begin(work: &Work<'_>, rounds: usize, own: f64, run: &mut Run<'_>) {
    let plan = work.plan;
    let calls = match &plan.algorithm {
        Algorithm::Rounds(rounds) => rounds.network_calls(run.network.prior().info()),
        _ => 0,
    };
    let [_, height, width] = work.measurement.operator.input_shape();
    let following = calls * plan.symmetries * plan.seeds.len() * run.network.tiles(height, width);
    run.monitor.begin(rounds, own + following as f64);
}

/// Puts known pixels back and gives a fill the grain of its surroundings.
///
/// # Errors
/// Those of the prior; `Cancelled`.
pub fn finish_fill(
    request: &Request,
    work: &Work<'_>,
    restored: &mut Array3<f32>,
    run: &mut Run<'_>,
) -> Result<()> {
    let Task::Inpaint(inpaint) = &request.task else {
        return Ok(());
    };
    let y = work.measurement.y.view();
    if let Some(mask) = inpaint.mask.as_ref().filter(|_| work.plan.keep_known) {
        keep_known(restored, y.view(), mask);
    }
    let Some(hole) = work.findings.hole.as_ref().filter(|_| work.plan.grain) else {
        return Ok(());
    };
    // Patches of the picture have its grain.
    let filled = inpaint
        .mask
        .as_ref()
        .map(|mask| mask.mapv(|fill| fill > 0.5));
    let Some(filled) = filled.filter(|filled| filled.iter().any(|&fill| fill)) else {
        return Ok(());
    };
    if hole.iter().all(|&fill| fill) {
        return Ok(());
    }
    run.monitor.enter("grain", 0, 0, 0)?;
    let mut denoised = y.to_owned();
    run.denoise(&mut denoised, GRAIN_DENOISING / 127.5)?;
    run.spare_memory();
    let grain = Grain::measure(y, denoised.view(), hole.view())?;
    if grain.is_visible() {
        add_grain(restored, filled.view(), &grain, request.seed, None)?;
    }
    Ok(())
}

/// Puts the measurement back where the mask does not ask for filling.
fn keep_known(restored: &mut Array3<f32>, y: ArrayView3<'_, f32>, mask: &Array2<f32>) {
    for (mut plane, known) in restored.outer_iter_mut().zip(y.outer_iter()) {
        Zip::from(&mut plane)
            .and(&known)
            .and(mask)
            .par_for_each(|restored, &known, &fill| {
                if fill <= 0.5 {
                    *restored = known;
                }
            });
    }
}
