//! The search over families, in both lights, on all crops at once.

use ndarray::Array2;

use crate::Result;

use super::exactness::Exactness;
use super::families::{Candidate, disks, lines, power, textures};
use super::finding::{Blur, BlurFinding, Light, NoBlur};
use super::scene::{Crop, Scene};
use super::spectrum::Bins;
use super::views::{Best, Check, Fits, Views, first_stage};

/// Frequencies looked at in full and in the first stage, all crops together; and the most of the first
/// stage in one crop.
const FREQUENCIES: usize = 40_000;
const COARSE: usize = 9_000;
const COARSE_PER_CROP: usize = 5_000;

/// The lights searched, the one preferred on a tie first.
const LIGHTS: [Light; 2] = [Light::Linear, Light::Encoded];

/// What of the families explains the crops best.
pub(super) struct Found {
    pub candidate: Candidate,
    pub light: Light,
    /// Log-likelihood gained over a sharp picture, and over a sharp picture with a directed texture.
    pub gain: f64,
    pub excess: f64,
    /// Log-likelihood that a directed texture gains over a sharp picture, in each of the lights.
    textures: Vec<(Light, f64)>,
    /// Frequencies looked at, all crops together.
    frequencies: usize,
}

/// The frequencies of crops of one size that are looked at, and how.
struct Grid {
    full: Bins,
    coarse: Bins,
    fits: Fits,
}

impl Grid {
    fn new(crops: &[Crop]) -> Self {
        let all = Bins::new(crops[0].size);
        let full = all.some(FREQUENCIES / crops.len());
        let coarse = all.coarse((COARSE / crops.len()).min(COARSE_PER_CROP));
        let fits = Fits::new(&all, &full, &coarse);
        Self { full, coarse, fits }
    }

    fn views<const N: usize>(
        &self,
        scene: &Scene<'_>,
        crops: (&[Crop], Exactness),
        lights: [Light; N],
    ) -> [Views<'_>; N] {
        Views::in_each(lights, scene, crops, (&self.full, &self.coarse), self.fits)
    }
}

/// Searches the `crops` of `scene`, at least one and all of one size.
pub(super) fn search(
    scene: &Scene<'_>,
    crops: &[Crop],
    exactness: Exactness,
    check: Check<'_>,
) -> Result<Found> {
    let grid = Grid::new(crops);
    let Grid { full, coarse, fits } = &grid;
    let views = grid.views(scene, (crops, exactness), LIGHTS);
    check(0.05)?;
    let none = vec![1.0; coarse.len()];
    let some = (coarse, none.as_slice());
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
            view.best((full, coarse), firsts.map(Vec::as_slice), &|part| {
                check(done + 0.25 * part)
            })?,
        );
    }
    Ok(choose(&views, best, full.len() * crops.len()))
}

/// Picks light and family: what gains most over the best explanation without a blur in that light. The
/// gains themselves depend on the light, since a texture is as visible in both.
fn choose(views: &[Views<'_>], best: Vec<Best>, frequencies: usize) -> Found {
    let textures: Vec<(Light, f64)> = (views.iter().zip(&best))
        .map(|(view, best)| (view.light, (view.none - best.texture.misfit).max(0.0)))
        .collect();
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
                textures: textures.clone(),
                frequencies,
            });
        }
    }
    found.expect("both lights were searched")
}

/// Log-likelihood that `kernel` (odd sides, sum 1) gains over a sharp picture in `light`, per thousand
/// frequencies of the `crops` in which `found` was found; and the part of it that no directed
/// texture explains.
pub(super) fn gains(
    found: &Found,
    scene: &Scene<'_>,
    (crops, exactness): (&[Crop], Exactness),
    (kernel, light): (&Array2<f32>, Light),
) -> (f64, f64) {
    let grid = Grid::new(crops);
    let [view] = grid.views(scene, (crops, exactness), [light]);
    let gain = view.gain(&power(kernel, &grid.full));
    let textures = found.textures.iter();
    let texture: f64 = textures.filter(|one| one.0 == light).map(|one| one.1).sum();
    let per_thousand = found.per_thousand();
    (per_thousand * gain, per_thousand * (gain - texture))
}

impl Found {
    fn per_thousand(&self) -> f64 {
        1000.0 / self.frequencies as f64
    }

    /// Log-likelihood gained over the best explanation without a blur, per thousand frequencies.
    pub fn surplus(&self) -> f64 {
        self.per_thousand() * self.excess
    }

    /// As reported, for a picture of the given sharpness and crops `scale` times smaller.
    pub fn finding(&self, sharpness: f64, scale: f64) -> BlurFinding {
        /// Excess per thousand frequencies at which the confidence is 63 %.
        const CONVINCING: f64 = 4.0;
        let confidence = 1.0 - (-self.surplus().max(0.0) / CONVINCING).exp();
        let counts = self.candidate.counts();
        BlurFinding {
            blur: if counts {
                self.candidate.blur(scale)
            } else {
                Blur::None {
                    reason: NoBlur::Unclear,
                }
            },
            light: self.light,
            confidence: if counts { confidence } else { 1.0 - confidence },
            sharpness: Some(sharpness),
            gain: self.per_thousand() * self.gain,
        }
    }
}
