//! The search over families, in both lights, on all crops at once.

use rayon::prelude::*;

use crate::Result;

use super::crops::{Crop, Scene};
use super::families::{Candidate, disks, gaussians, lines, textures};
use super::finding::{Blur, BlurFinding, Light, NoBlur};
use super::spectrum::{Bins, periodogram};
use super::whittle::{Fit, Observed};

/// Candidates between two questions whether to go on.
const BATCH: usize = 64;

/// Lines of the first stage that are looked at in full.
const FINALISTS: usize = 12;

/// The lights searched, the one preferred on a tie first.
const LIGHTS: [Light; 2] = [Light::Linear, Light::Encoded];

/// What explains the crops best.
pub(super) struct Found {
    pub candidate: Candidate,
    pub light: Light,
    /// Log-likelihood gained over a sharp picture, and over a sharp picture with a directed texture.
    pub gain: f64,
    pub excess: f64,
    /// Frequencies looked at, all crops together.
    pub frequencies: usize,
}

/// The crops in one light, at all frequencies and at some.
struct Views<'a> {
    light: Light,
    full: Vec<Observed<'a>>,
    coarse: Vec<Observed<'a>>,
    /// Misfit of no blur, summed over the crops.
    none: f64,
}

struct Scored {
    candidate: Candidate,
    misfit: f64,
}

/// The best of every family of blurs, and what a sharp picture could be instead.
struct Best {
    blurs: [Scored; 3],
    texture: Scored,
}

/// Calls `check` with the fraction done.
type Check<'a> = &'a dyn Fn(f64) -> Result<()>;

/// Searches the `crops` of `scene`, at least one and all of one size.
pub(super) fn search(
    scene: &Scene<'_>,
    crops: &[Crop],
    noise: f64,
    check: Check<'_>,
) -> Result<Found> {
    let full = Bins::new(crops[0].size);
    let coarse = full.coarse();
    let views: Vec<Views<'_>> = LIGHTS
        .iter()
        .map(|&light| Views::new(scene, crops, light, noise, (&full, &coarse)))
        .collect();
    check(0.05)?;
    let coarse_fit = |terms, steps| Fit {
        terms,
        steps,
        prior: coarse.len() as f64 / full.len() as f64,
    };
    let disks = first_stage(&views, &coarse, disks(), coarse_fit(5, 7), &|part| {
        check(0.05 + 0.05 * part)
    })?;
    let lines = first_stage(&views, &coarse, lines(), coarse_fit(3, 3), &|part| {
        check(0.1 + 0.4 * part)
    })?;
    let textures = first_stage(&views, &coarse, textures(), coarse_fit(3, 3), &|part| {
        check(0.5 + 0.1 * part)
    })?;
    let mut best = Vec::new();
    for (index, view) in views.iter().enumerate() {
        let done = 0.6 + 0.2 * index as f64;
        best.push(view.best(
            &full,
            [&disks[index], &lines[index], &textures[index]],
            &|part| check(done + 0.2 * part),
        )?);
    }
    Ok(choose(&views, best, full.len() * crops.len()))
}

/// Picks light and family: what gains most over the best explanation without a blur in that light. The
/// gains themselves depend on the light, since a texture is as visible in both.
fn choose(views: &[Views<'_>], best: Vec<Best>, frequencies: usize) -> Found {
    let mut found: Option<Found> = None;
    for (view, best) in views.iter().zip(best) {
        let sharp = view.none.min(best.texture.misfit);
        let blur = (best.blurs.iter())
            .min_by(|a, b| a.misfit.total_cmp(&b.misfit))
            .expect("there are several families");
        let excess = sharp - blur.misfit;
        let scored = if excess > 0.0 { blur } else { &best.texture };
        if found.as_ref().is_none_or(|found| excess > found.excess) {
            found = Some(Found {
                candidate: scored.candidate,
                light: view.light,
                gain: view.none - scored.misfit,
                excess,
                frequencies,
            });
        }
    }
    found.expect("both lights were searched")
}

impl<'a> Views<'a> {
    fn new(
        scene: &Scene<'_>,
        crops: &[Crop],
        light: Light,
        noise: f64,
        bins: (&'a Bins, &'a Bins),
    ) -> Self {
        let mut views = Self {
            light,
            full: Vec::new(),
            coarse: Vec::new(),
            none: 0.0,
        };
        for &crop in crops {
            let power = periodogram(scene.crop(crop, light).view());
            let (full, coarse) = (bins.0.pick(&power), bins.1.pick(&power));
            let amplitude = Observed::amplitude(bins.0, &full);
            views
                .full
                .push(Observed::new(bins.0, full, amplitude, noise));
            views
                .coarse
                .push(Observed::new(bins.1, coarse, amplitude, noise));
        }
        views.none = total(&views.full, &vec![1.0; bins.0.len()], Fit::FULL);
        views
    }

    /// The best of every family and the best texture, looked at in full.
    fn best(
        &self,
        bins: &Bins,
        [disks, lines, textures]: [&[Scored]; 3],
        check: Check<'_>,
    ) -> Result<Best> {
        let firsts = |scored: &[Scored], count: usize| -> Vec<Candidate> {
            scored.iter().take(count).map(|one| one.candidate).collect()
        };
        let gaussian = self.climb(bins, gaussians(), &[(0.1, 0.0), (0.05, 0.0)])?;
        check(0.25)?;
        let disk = self.climb(bins, firsts(disks, 2), &[(0.025, 0.0)])?;
        check(0.4)?;
        let line = self.climb(bins, firsts(lines, FINALISTS), &[(0.04, 1.5), (0.02, 0.8)])?;
        check(0.8)?;
        let texture = self.climb(bins, firsts(textures, 4), &[(0.2, 2.5), (0.1, 1.2)])?;
        Ok(Best {
            blurs: [gaussian, disk, line],
            texture,
        })
    }

    /// The best of `candidates`, then of its neighbours at each of the `steps`.
    fn climb(
        &self,
        bins: &Bins,
        candidates: Vec<Candidate>,
        steps: &[(f64, f64)],
    ) -> Result<Scored> {
        let mut best = self.least(bins, &candidates);
        for &(part, degrees) in steps {
            let around = self.least(bins, &best.candidate.neighbours(part, degrees));
            if around.misfit < best.misfit {
                best = around;
            }
        }
        Ok(best)
    }

    fn least(&self, bins: &Bins, candidates: &[Candidate]) -> Scored {
        let misfits: Vec<f64> = candidates
            .par_iter()
            .map(|candidate| total(&self.full, &candidate.transfer(bins), Fit::FULL))
            .collect();
        let scored = candidates.iter().zip(misfits);
        let scored = scored.map(|(&candidate, misfit)| Scored { candidate, misfit });
        scored
            .min_by(|a, b| a.misfit.total_cmp(&b.misfit))
            .expect("every family has candidates")
    }
}

/// Scores candidates on some frequencies: for every light, all of them, the best first.
fn first_stage(
    views: &[Views<'_>],
    bins: &Bins,
    candidates: Vec<Candidate>,
    fit: Fit,
    check: Check<'_>,
) -> Result<Vec<Vec<Scored>>> {
    let mut ranked: Vec<Vec<Scored>> = views.iter().map(|_| Vec::new()).collect();
    for (index, batch) in candidates.chunks(BATCH).enumerate() {
        check((index * BATCH) as f64 / candidates.len() as f64)?;
        let misfits: Vec<Vec<f64>> = batch
            .par_iter()
            .map(|candidate| {
                let transfer = candidate.transfer(bins);
                let view = |view: &Views<'_>| total(&view.coarse, &transfer, fit);
                views.iter().map(view).collect()
            })
            .collect();
        for (&candidate, misfits) in batch.iter().zip(misfits) {
            for (ranked, misfit) in ranked.iter_mut().zip(misfits) {
                ranked.push(Scored { candidate, misfit });
            }
        }
    }
    for ranked in &mut ranked {
        ranked.sort_by(|a, b| a.misfit.total_cmp(&b.misfit));
    }
    Ok(ranked)
}

/// The misfit of all crops together.
fn total(crops: &[Observed<'_>], transfer: &[f32], fit: Fit) -> f64 {
    crops.iter().map(|crop| crop.misfit(transfer, fit)).sum()
}

impl Found {
    /// As reported, for a picture of the given sharpness.
    pub fn finding(&self, sharpness: f64) -> BlurFinding {
        /// Excess per thousand frequencies at which the confidence is 63 %.
        const CONVINCING: f64 = 4.0;
        let per_thousand = 1000.0 / self.frequencies as f64;
        let confidence = 1.0 - (-per_thousand * self.excess.max(0.0) / CONVINCING).exp();
        let counts = self.candidate.counts();
        BlurFinding {
            blur: if counts {
                self.candidate.blur()
            } else {
                Blur::None {
                    reason: NoBlur::Unclear,
                }
            },
            light: self.light,
            confidence: if counts { confidence } else { 1.0 - confidence },
            sharpness: Some(sharpness),
            gain: per_thousand * self.gain,
        }
    }
}
