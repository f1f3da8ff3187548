//! The degraded pictures, and what is restored of them.

use std::time::Instant;

use dcdp::request::{Constants, PresetName, TaskKind, task_kind, word};
use dcdp::restore::Context;
use image::RgbImage;

use crate::measure::{Case, Outcome, Row};
use crate::processor::processor_seconds;

/// Every row's measurements, one of each picture.
pub struct Bench<'a> {
    context: Context,
    set: &'a [(String, String)],
    rows: Vec<(&'static Row, Vec<Case<'a>>)>,
}

/// What varies between restorations.
#[derive(Clone, Copy)]
pub struct Variant<'a> {
    pub preset: PresetName,
    pub constants: Constants,
    /// The model, as `model = auto` chooses where it is not named.
    pub model: Option<&'a str>,
}

/// What the pictures of a row came to, mean.
#[derive(Clone, Copy, Default)]
pub struct Score {
    /// PSNR in dB.
    pub psnr: f64,
    /// Milliseconds of one restoration: the processors', or by the clock where the system does not tell.
    pub milliseconds: f64,
}

impl Score {
    /// The mean of several.
    pub fn mean(scores: &[Score]) -> Score {
        let mean = |value: fn(&Score) -> f64| {
            scores.iter().map(value).sum::<f64>() / scores.len().max(1) as f64
        };
        Score {
            psnr: mean(|score| score.psnr),
            milliseconds: mean(|score| score.milliseconds),
        }
    }
}

impl<'a> Bench<'a> {
    /// Degrades every picture in every way.
    pub fn new(
        rows: impl Iterator<Item = &'static Row>,
        pictures: &'a [RgbImage],
        set: &'a [(String, String)],
    ) -> Outcome<Self> {
        let cases = |row: &Row| -> Outcome<Vec<Case<'a>>> {
            pictures.iter().map(|clean| Case::new(row, clean)).collect()
        };
        Ok(Bench {
            context: Context::new(None)?,
            set,
            rows: rows
                .map(|row| Ok((row, cases(row)?)))
                .collect::<Outcome<_>>()?,
        })
    }

    /// The places of a task's rows.
    pub fn of_task(&self, task: TaskKind) -> Vec<usize> {
        let asks = |(_, cases): &(&Row, Vec<Case>)| {
            cases
                .first()
                .is_some_and(|case| task_kind(&case.options) == task)
        };
        (0..self.rows.len())
            .filter(|&place| asks(&self.rows[place]))
            .collect()
    }

    pub fn row(&self, place: usize) -> &'static Row {
        self.rows[place].0
    }

    /// PSNR of the measurements of a row in dB, mean.
    pub fn before(&self, place: usize) -> f64 {
        let cases = &self.rows[place].1;
        cases.iter().map(|case| case.before).sum::<f64>() / cases.len() as f64
    }

    /// Restores the measurements of a row.
    pub fn score(&self, place: usize, variant: &Variant) -> Outcome<Score> {
        let scores: Outcome<Vec<Score>> = self.rows[place]
            .1
            .iter()
            .map(|case| self.restore(case, variant))
            .collect();
        Ok(Score::mean(&scores?))
    }

    /// Opens a variant's model, so that the first measurement does not pay for it.
    pub fn warm_up(&self, place: usize, variant: &Variant) -> Outcome<()> {
        self.restore(&self.rows[place].1[0], variant).map(drop)
    }

    fn restore(&self, case: &Case, variant: &Variant) -> Outcome<Score> {
        let mut options = case.options.clone();
        for (name, value) in self.set {
            options.set_string(name, value)?;
        }
        options.set_string("preset", word(variant.preset))?;
        if let Some(model) = variant.model {
            options.set_string("model", model)?;
        }
        options.set_constants(variant.constants);
        let (started, before) = (Instant::now(), processor_seconds());
        let (psnr, _) = case.restore(&self.context, &options)?;
        let clock = started.elapsed().as_secs_f64();
        let seconds = match (before, processor_seconds()) {
            (Some(before), Some(after)) => after - before,
            _ => clock,
        };
        Ok(Score {
            psnr,
            milliseconds: 1e3 * seconds,
        })
    }
}
