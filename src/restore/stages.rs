//! The stages around the rounds: cleaning the measurement before, finishing a fill after.

use std::time::Instant;

use ndarray::{Array2, Array3, ArrayView3, Zip};

use super::coarse_to_fine::denoise_with_spectrum;
use super::once::Work;
use super::outer_loop::{run_rounds, units};
use super::report::Seconds;
use super::run::Run;
use super::space::{Measurement, Pixels, Space};
use crate::Result;
use crate::fill::{GRAIN_DENOISING, Grain, add_grain};
use crate::plan::{self, Algorithm, Known, Rounds};
use crate::request::{Request, Task};

/// Removes what has to go before the rounds, JPEG artefacts or the noise around holes; `None` where
/// nothing has.
///
/// # Errors
/// Those of the prior; `Cancelled`.
pub fn clean(request: &Request, work: &Work<'_>, run: &mut Run<'_>) -> Result<Option<Array3<f32>>> {
    let y = work.measurement.y.view();
    let started = Instant::now();
    let before = run.seconds;
    let cleaned = match &work.plan.clean {
        Some(rounds) => clean_jpeg(request, (rounds, &work.plan.algorithm), y, run)?,
        None if work.plan.denoise_known => {
            let mut y = y.to_owned();
            run.monitor.enter("clean", 0, 0, 0)?;
            let mut denoise = |x: &mut Array3<f32>, sigma| run.denoise(x, sigma);
            denoise_with_spectrum(&mut y, &work.findings.noise.spectrum, &mut denoise)?;
            y
        }
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
    (rounds, then): (&Rounds, &Algorithm),
    y: ArrayView3<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Array3<f32>> {
    let (_, height, width) = y.dim();
    let operator = plan::quantiser(request, Known::Measurement([3, height, width]))?;
    let measurement = Measurement {
        operator: &*operator,
        y: y.view(),
    };
    let mut space = Pixels::new(measurement, y.to_owned());
    let own = units(rounds, &mut space, run);
    let count = rounds.rounds.len();
    let following = match then {
        Algorithm::Rounds(rounds) => rounds.rounds.len(),
        _ => 0,
    };
    // Rounds on one picture take about as long.
    let total = own * (1.0 + following as f64 / count.max(1) as f64);
    run.monitor.begin(count, total);
    run_rounds(rounds, &mut space, &*operator, run)?;
    Ok(space.picture().to_owned())
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
    if !hole.iter().any(|&fill| fill) || hole.iter().all(|&fill| fill) {
        return Ok(());
    }
    run.monitor.enter("grain", 0, 0, 0)?;
    let mut denoised = y.to_owned();
    run.denoise(&mut denoised, GRAIN_DENOISING / 127.5)?;
    let grain = Grain::measure(y, denoised.view(), hole.view())?;
    if grain.is_visible() {
        add_grain(restored, hole.view(), &grain, request.seed, None)?;
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
