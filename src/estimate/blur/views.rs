//! The crops in one light, and how well candidates explain them.

use rayon::prelude::*;

use crate::Result;

use super::exactness::Exactness;
use super::families::{Candidate, gaussians};
use super::finding::Light;
use super::scene::{Crop, Scene};
use super::spectrum::{Bins, TERMS, periodogram};
use super::whittle::{Fit, Observed};

/// Candidates between two questions whether to go on.
const BATCH: usize = 64;

/// Lines of the first stage that are looked at in full.
const FINALISTS: usize = 12;

/// Degrees between a texture and motion that can be told from it.
const ACROSS: f64 = 20.0;

/// Most of them that are ranked under the texture, the best without it: what was looked at in full was among the first 230 of some 1350
/// in three pictures of 24 megapixels, and the 120 blurs of `models/evaluate/blur.py` are found alike.
const MOST_ACROSS: usize = 450;

/// Calls `check` with the fraction done.
pub(super) type Check<'a> = &'a dyn Fn(f64) -> Result<()>;

/// How candidates are fitted: in full, and in the first stage.
#[derive(Clone, Copy)]
pub(super) struct Fits {
    full: Fit,
    /// Disks in the first stage.
    pub disk: Fit,
    /// Lines and textures in the first stage.
    pub line: Fit,
}

impl Fits {
    /// With the priors as strong, relative to the number of frequencies, as with `all` of them.
    pub fn new(all: &Bins, full: &Bins, coarse: &Bins) -> Self {
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

/// The crops in one light, at all frequencies and at some.
pub(super) struct Views<'a> {
    pub light: Light,
    fits: Fits,
    full: Vec<Observed<'a>>,
    coarse: Vec<Observed<'a>>,
    /// Misfit of no blur, summed over the crops.
    pub none: f64,
}

/// A candidate and its negative log-likelihood.
pub(super) struct Scored {
    pub candidate: Candidate,
    pub misfit: f64,
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
pub(super) struct Best {
    pub blurs: [Scored; 3],
    pub texture: Scored,
}

impl<'a> Views<'a> {
    /// The `crops` of `scene` in each of the `lights`, at all frequencies and at some.
    pub fn in_each<const N: usize>(
        lights: [Light; N],
        scene: &Scene<'_>,
        (crops, exactness): (&[Crop], Exactness),
        bins: (&'a Bins, &'a Bins),
        fits: Fits,
    ) -> [Self; N] {
        let mut views = lights.map(|light| Self {
            light,
            fits,
            full: Vec::new(),
            coarse: Vec::new(),
            none: 0.0,
        });
        for &crop in crops {
            for (view, values) in views.iter_mut().zip(scene.crop(crop, lights)) {
                let power = periodogram(values.view(), exactness.floor() as f32);
                let (full, coarse) = (bins.0.pick(&power), bins.1.pick(&power));
                let amplitude = Observed::amplitude(bins.0, &full);
                let observed =
                    |bins, power| Observed::new(bins, power, amplitude, exactness.variance());
                view.full.push(observed(bins.0, full));
                view.coarse.push(observed(bins.1, coarse));
            }
        }
        for view in &mut views {
            view.none = total(&view.full, &vec![1.0; bins.0.len()], fits.full);
        }
        views
    }

    /// Log-likelihood that a blur with the squared transfer function `transfer` gains over no blur.
    pub fn gain(&self, transfer: &[f32]) -> f64 {
        self.none - total(&self.full, transfer, self.fits.full)
    }

    /// The best of every family and the best texture, looked at in full.
    pub fn best(
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
        // Down to what can be told: lines and disks of four training photos came out 0.7 % and 0.2° off in the median, 1.0 %
        // and 0.5° where the last two steps of disks and lines were left out.
        let steps = [(0.025, 0.0), (0.012, 0.0), (0.006, 0.0)];
        let disk = search(firsts(disks, 3), &steps);
        check(0.2)?;
        let steps = [(0.1, 0.0), (0.05, 0.0), (0.025, 0.0)];
        let gaussian = search(gaussians(), &steps);
        check(0.3)?;
        let steps = [(0.04, 1.5), (0.02, 0.8), (0.01, 0.4), (0.005, 0.2)];
        let mut line = self.climb(bins, &plain, firsts(lines, FINALISTS), &steps);
        check(0.5)?;
        if line.misfit > texture.misfit {
            let across = (lines.iter().map(|line| line.candidate))
                .filter(|line| line.turned_from(texture.candidate) >= ACROSS)
                .take(MOST_ACROSS)
                .collect();
            let under_coarse = texture.candidate.transfer(coarse);
            let view = std::slice::from_ref(self);
            let some = (coarse, under_coarse.as_slice());
            let ranked = first_stage(view, some, across, self.fits.line, &|part| {
                check(0.5 + 0.3 * part)
            })?;
            line = line.or(self.climb(bins, &under, firsts(&ranked[0], FINALISTS), &steps));
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
pub(super) fn first_stage(
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
