//! The search over families, in both lights, on all crops at once.

use rayon::prelude::*;

use crate::Result;

use super::crops::{Crop, Scene};
use super::families::{Candidate, disks, gaussians, lines, textures};
use super::finding::{Blur, BlurFinding, Light, NoBlur};
use super::spectrum::{Bins, TERMS, periodogram};
use super::whittle::{Fit, Observed};

/// Candidates between two questions whether to go on.
const BATCH: usize = 64;

/// Frequencies looked at in full and in the first stage, all crops together; and the most of the first
/// stage in one crop.
const FREQUENCIES: usize = 40_000;
const COARSE: usize = 9_000;
const COARSE_PER_CROP: usize = 5_000;

/// Lines of the first stage that are looked at in full.
const FINALISTS: usize = 12;

/// Degrees between a texture and motion that can be told from it.
const ACROSS: f64 = 20.0;

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
    fits: Fits,
    full: Vec<Observed<'a>>,
    coarse: Vec<Observed<'a>>,
    /// Misfit of no blur, summed over the crops.
    none: f64,
}

struct Scored {
    candidate: Candidate,
    misfit: f64,
}

impl Scored {
    /// The better of both.
    fn or(self, other: Self) -> Self {
        if other.misfit < self.misfit {
            other
        } else {
            self
        }
    }
}

/// The first `count` candidates.
fn firsts(scored: &[Scored], count: usize) -> Vec<Candidate> {
    scored.iter().take(count).map(|one| one.candidate).collect()
}

/// The best of every family of blurs, and what a sharp picture could be instead.
struct Best {
    blurs: [Scored; 3],
    texture: Scored,
}

/// How candidates are fitted: in full, and in the first stage.
#[derive(Clone, Copy)]
struct Fits {
    full: Fit,
    disk: Fit,
    line: Fit,
}

impl Fits {
    /// With the priors as strong, relative to the number of frequencies, as with `all` of them.
    fn new(all: &Bins, full: &Bins, coarse: &Bins) -> Self {
        let fit = |bins: &Bins, terms, steps| Fit {
            terms,
            steps,
            prior: bins.len() as f64 / all.len().max(1) as f64,
        };
        Self {
            full: fit(full, TERMS, 7),
            disk: fit(coarse, 5, 7),
            line: fit(coarse, 3, 3),
        }
    }
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
    let all = Bins::new(crops[0].size);
    let full = all.some(FREQUENCIES / crops.len());
    let coarse = all.coarse((COARSE / crops.len()).min(COARSE_PER_CROP));
    let fits = Fits::new(&all, &full, &coarse);
    let views: Vec<Views<'_>> = LIGHTS
        .iter()
        .map(|&light| Views::new(scene, (crops, noise), light, (&full, &coarse), fits))
        .collect();
    check(0.05)?;
    let none = vec![1.0; coarse.len()];
    let some = (&coarse, none.as_slice());
    let disks = first_stage(&views, some, disks(), fits.disk, &|part| {
        check(0.05 + 0.05 * part)
    })?;
    let lines = first_stage(&views, some, lines(), fits.line, &|part| {
        check(0.1 + 0.3 * part)
    })?;
    let textures = first_stage(&views, some, textures(), fits.line, &|part| {
        check(0.4 + 0.1 * part)
    })?;
    let mut best = Vec::new();
    for (index, view) in views.iter().enumerate() {
        let done = 0.5 + 0.25 * index as f64;
        let firsts = [&disks[index], &lines[index], &textures[index]];
        best.push(
            view.best((&full, &coarse), firsts.map(Vec::as_slice), &|part| {
                check(done + 0.25 * part)
            })?,
        );
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
        (crops, noise): (&[Crop], f64),
        light: Light,
        bins: (&'a Bins, &'a Bins),
        fits: Fits,
    ) -> Self {
        let mut views = Self {
            light,
            fits,
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
        views.none = total(&views.full, &vec![1.0; bins.0.len()], fits.full);
        views
    }

    /// The best of every family and the best texture, looked at in full.
    fn best(
        &self,
        (bins, coarse): (&Bins, &Bins),
        [disks, lines, textures]: [&[Scored]; 3],
        check: Check<'_>,
    ) -> Result<Best> {
        let plain = vec![1.0; bins.len()];
        let texture = self.climb(bins, &plain, firsts(textures, 4), &[(0.2, 2.5), (0.1, 1.2)]);
        check(0.1)?;
        let under = texture.candidate.transfer(bins);
        // A texture does not exclude a blur, unless the blur is along it.
        let search = |candidates: Vec<Candidate>, steps: &[_]| {
            let alone = self.climb(bins, &plain, candidates.clone(), steps);
            if alone.misfit <= texture.misfit {
                return alone;
            }
            alone.or(self.climb(bins, &under, candidates, steps))
        };
        let disk = search(firsts(disks, 3), &[(0.025, 0.0)]);
        check(0.2)?;
        let gaussian = search(gaussians(), &[(0.1, 0.0), (0.05, 0.0)]);
        check(0.3)?;
        let steps = [(0.04, 1.5), (0.02, 0.8)];
        let mut line = self.climb(bins, &plain, firsts(lines, FINALISTS), &steps);
        check(0.5)?;
        if line.misfit > texture.misfit {
            let across = super::families::lines()
                .into_iter()
                .filter(|line| line.turned_from(texture.candidate) >= ACROSS)
                .collect();
            let under_coarse = texture.candidate.transfer(coarse);
            let view = std::slice::from_ref(self);
            let some = (coarse, under_coarse.as_slice());
            let lines = first_stage(view, some, across, self.fits.line, &|part| {
                check(0.5 + 0.3 * part)
            })?;
            line = line.or(self.climb(bins, &under, firsts(&lines[0], FINALISTS), &steps));
        }
        Ok(Best {
            blurs: [gaussian, disk, line],
            texture,
        })
    }

    /// The best of `candidates`, then of its neighbours at each of the `steps`, in a picture whose
    /// spectrum has the factor `texture`.
    fn climb(
        &self,
        bins: &Bins,
        texture: &[f32],
        candidates: Vec<Candidate>,
        steps: &[(f64, f64)],
    ) -> Scored {
        let mut best = self.least(bins, texture, &candidates);
        for &(part, degrees) in steps {
            let around = best.candidate.neighbours(part, degrees);
            best = best.or(self.least(bins, texture, &around));
        }
        best
    }

    fn least(&self, bins: &Bins, texture: &[f32], candidates: &[Candidate]) -> Scored {
        let misfits: Vec<f64> = candidates
            .par_iter()
            .map(|candidate| {
                let transfer = textured(*candidate, bins, texture);
                total(&self.full, &transfer, self.fits.full)
            })
            .collect();
        let scored = candidates.iter().zip(misfits);
        let scored = scored.map(|(&candidate, misfit)| Scored { candidate, misfit });
        scored
            .min_by(|a, b| a.misfit.total_cmp(&b.misfit))
            .expect("every family has candidates")
    }
}

/// Scores candidates on some frequencies, in a picture whose spectrum has the factor `texture`: for
/// every light, all of them, the best first.
fn first_stage(
    views: &[Views<'_>],
    (bins, texture): (&Bins, &[f32]),
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
                let transfer = textured(*candidate, bins, texture);
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

/// The squared transfer function of a candidate, times `texture`.
fn textured(candidate: Candidate, bins: &Bins, texture: &[f32]) -> Vec<f32> {
    let mut transfer = candidate.transfer(bins);
    transfer
        .iter_mut()
        .zip(texture)
        .for_each(|(to, by)| *to *= by);
    transfer
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
