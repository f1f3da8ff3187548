//! Measures restorations over a folder of clean pictures.
//!
//! `cargo run --release --example evaluate -- FOLDER [--rows NAME,NAME] [--every N] [--limit N] [--crop N]
//! [--set NAME=VALUE]...` degrades each picture as each row says, stores the measurement as an 8-bit PNG,
//! a 16-bit one or a JPEG file would, restores it, and prints a Markdown table of mean PSNR in dB over the folder.
//! A NAME takes every row that begins so; `=NAME` takes that row alone.
//! Options set apply to the restoration of every row.

mod measure;

use dcdp::restore::Context;

use measure::{Arguments, Case, Outcome};

const USAGE: &str = "usage: evaluate FOLDER [--rows NAME,NAME] [--every N] [--limit N] [--crop N] [--set NAME=VALUE]...";

fn main() -> Outcome<()> {
    let arguments = Arguments::read(USAGE, |_, _| Ok(false))?;
    let pictures = measure::pictures(&arguments)?;
    let context = Context::new(None)?;
    println!("| row | degraded | restored | gain | NFE | seconds |");
    println!("|---|---|---|---|---|---|");
    for row in arguments.rows() {
        let (mut before, mut after, mut calls, mut seconds) = (0.0, 0.0, 0.0_f64, 0.0);
        for clean in &pictures {
            let case = Case::new(row, clean)?;
            let mut options = case.options.clone();
            for (name, value) in &arguments.set {
                options.set_string(name, value)?;
            }
            let (psnr, report) = case.restore(&context, &options)?;
            before += case.before;
            after += psnr;
            calls = calls.max(report.network_calls);
            seconds += report.seconds.total;
        }
        let count = pictures.len() as f64;
        let (before, after, seconds) = (before / count, after / count, seconds / count);
        let gain = after - before;
        println!(
            "| {} | {before:.2} | {after:.2} | {gain:+.2} | {calls} | {seconds:.1} |",
            row.name
        );
    }
    Ok(())
}
