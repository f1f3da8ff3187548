//! A bar chart as SVG, and what both benchmarks measure with.
#![allow(dead_code)] // Each benchmark uses its own part.

mod processor;

use std::path::{Path, PathBuf};
use std::time::Instant;

use processor::processor_seconds;

/// One bar.
pub struct Bar {
    pub label: String,
    pub value: f64,
}

/// Writes `target/bench/NAME.svg`: one horizontal bar per value, on a logarithmic scale where the values
/// span more than two decades. Returns its path.
pub fn write(name: &str, title: &str, bars: &[Bar]) -> std::io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.svg"));
    std::fs::write(&path, svg(title, bars))?;
    Ok(path)
}

fn svg(title: &str, bars: &[Bar]) -> String {
    const ROW: usize = 22;
    const LEFT: f64 = 260.0;
    const WIDTH: f64 = 480.0;
    let largest = bars.iter().fold(0.0, |a: f64, bar| a.max(bar.value));
    let smallest = bars.iter().fold(largest, |a: f64, bar| a.min(bar.value));
    let logarithmic = smallest > 0.0 && largest / smallest > 100.0;
    let share = |value: f64| match logarithmic {
        true => (value / smallest * 2.0).log10() / (largest / smallest * 2.0).log10(),
        false => value / largest.max(f64::MIN_POSITIVE),
    };
    let scale = if logarithmic { " (logarithmic)" } else { "" };
    let rows: String = bars
        .iter()
        .enumerate()
        .map(|(index, bar)| {
            let top = 34 + index * ROW;
            let (middle, long) = (top + 13, WIDTH * share(bar.value));
            format!(
                "<text x=\"{x}\" y=\"{middle}\" text-anchor=\"end\">{label}</text>\
                 <rect x=\"{LEFT}\" y=\"{top}\" width=\"{long:.1}\" height=\"17\" fill=\"#4878a8\"/>\
                 <text x=\"{end:.1}\" y=\"{middle}\">{value}</text>\n",
                x = LEFT - 8.0,
                label = bar.label,
                end = LEFT + long + 6.0,
                value = significant(bar.value),
            )
        })
        .collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"840\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\
         <text x=\"12\" y=\"22\" font-weight=\"bold\">{title}{scale}</text>\n{rows}</svg>\n",
        height = 46 + bars.len() * ROW,
    )
}

/// Three significant digits.
pub fn significant(value: f64) -> String {
    let digits = 2 - value.abs().max(1e-9).log10().floor() as i32;
    format!("{value:.*}", digits.clamp(0, 6) as usize)
}

/// Wall-clock seconds, and the process's processor seconds where the system tells.
#[derive(Clone, Copy, Default)]
pub struct Seconds {
    pub wall: f64,
    pub processor: Option<f64>,
}

impl Seconds {
    /// The lesser of each.
    pub fn faster(self, other: Seconds) -> Seconds {
        let processors = self.processor.zip(other.processor);
        Seconds {
            wall: self.wall.min(other.wall),
            processor: processors.map(|(a, b)| a.min(b)),
        }
    }
}

/// Times one call.
pub fn time<R>(work: impl FnOnce() -> R) -> (Seconds, R) {
    let (started, before) = (Instant::now(), processor_seconds());
    let result = work();
    let seconds = Seconds {
        wall: started.elapsed().as_secs_f64(),
        processor: processor_seconds()
            .zip(before)
            .map(|(after, before)| after - before),
    };
    (seconds, result)
}
