//! `cargo bench --bench restoration`: whole restorations with the bundled prior and the default preset,
//! against the bare ONNX Runtime session running the same network on the same tiles.
//!
//! Arguments after `--` choose sizes in megapixels (default 0.25 1 4 for denoise, 0.25 for the others),
//! tasks by name (`devices`: OpenVINO against the processor), `threads=N`, and `repeats=N` (default 3 up to 1 MP,
//! else 1). Every line is measured in this run: as many bare calls as the restoration makes tile calls (at most
//! 40), before each restoration and after the last, in a process of their own that knows nothing but the runtime
//! and the network file. `x bare` is the fastest restoration over (tile calls × one call of the fastest bare run);
//! with other work on the machine believe the ratio of processor seconds, `x bare cpu`.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

use dcdp::Options;
use dcdp::image::{ImageView, ImageViewMut, Layout, PixelType};
use dcdp::priors;
use dcdp::restore::{Context, Report, estimate, output_size, restore};
use dcdp::runtime::{self, Device};
use dcdp::testing::plan::{self, Known, TileSize, Tiling};
use ndarray::Array2;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::Tensor;

mod chart;
mod devices;
use chart::{Bar, Seconds, significant, time};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/photo");

const TASKS: &[(&str, &[(&str, &str)])] = &[
    ("denoise", &[("task", "denoise"), ("noise", "25")]),
    (
        "deblur-gaussian",
        &[
            ("task", "deblur"),
            ("blur", "gaussian"),
            ("blur_sigma", "3"),
        ],
    ),
    (
        "deblur-motion",
        &[
            ("task", "deblur"),
            ("blur", "motion"),
            ("blur_length", "21"),
            ("blur_angle", "30"),
        ],
    ),
    // Beside the one before: what the light costs.
    (
        "deblur-motion-encoded",
        &[
            ("task", "deblur"),
            ("blur", "motion"),
            ("blur_length", "21"),
            ("blur_angle", "30"),
            ("blur_light", "encoded"),
        ],
    ),
    ("inpaint", &[("task", "inpaint")]),
    (
        "super-resolve",
        &[("task", "super-resolve"), ("scale", "2")],
    ),
];

/// Bare calls of one run, at most.
const BARE_CALLS: usize = 40;

/// First argument of the process that times bare calls.
const BARE: &str = "bare-session";

struct Request {
    tasks: Vec<String>,
    sizes: Vec<f64>,
    threads: usize,
    repeats: Option<usize>,
}

fn request() -> Result<Request> {
    let mut request = Request {
        tasks: Vec::new(),
        sizes: Vec::new(),
        threads: 0,
        repeats: None,
    };
    for word in std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
    {
        if let Some(threads) = word.strip_prefix("threads=") {
            request.threads = threads.parse()?;
        } else if let Some(repeats) = word.strip_prefix("repeats=") {
            request.repeats = Some(repeats.parse()?);
        } else if let Ok(size) = word.parse() {
            request.sizes.push(size);
        } else {
            request.tasks.push(word);
        }
    }
    Ok(request)
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == BARE) {
        return bare_session(&words[1..]);
    }
    if words.first().is_some_and(|word| word == devices::ONE) {
        return devices::one(&words[1..]);
    }
    let request = request()?;
    let context = Context::new(None)?;
    println!(
        "{:<22}{:>6}{:>7}{:>9}{:>9}{:>8}{:>11}{:>9}{:>9}{:>9}{:>9}{:>8}",
        "task",
        "MP",
        "calls",
        "s",
        "s/MP",
        "x bare",
        "x bare cpu",
        "fidelity",
        "network",
        "purify",
        "other",
        "MB"
    );
    let mut bars = Vec::new();
    for (name, settings) in TASKS {
        if !request.tasks.is_empty() && !request.tasks.iter().any(|task| task == name) {
            continue;
        }
        let sizes: &[f64] = match (&request.sizes[..], *name) {
            ([], "denoise") => &[0.25, 1.0, 4.0],
            ([], _) => &[0.25],
            (given, _) => given,
        };
        for &megapixels in sizes {
            let usual = if megapixels <= 1.0 { 3 } else { 1 };
            let repeats = request.repeats.unwrap_or(usual).max(1);
            let run = measure(&context, settings, megapixels, request.threads, repeats)?;
            run.print(name, megapixels);
            bars.push(Bar {
                label: format!("{name}, {megapixels} MP"),
                value: run.whole.wall / (megapixels * run.report.network_calls as f64),
            });
        }
    }
    let title = "Seconds per megapixel and network call, default preset";
    println!("{}", chart::write("restoration", title, &bars)?.display());
    match request.tasks.is_empty() || request.tasks.iter().any(|task| task == "devices") {
        true => devices::compare(),
        false => Ok(()),
    }
}

struct Run {
    whole: Seconds,
    /// One bare call on one tile.
    bare: Seconds,
    report: Report,
}

fn measure(
    context: &Context,
    settings: &[(&str, &str)],
    megapixels: f64,
    threads: usize,
    repeats: usize,
) -> Result<Run> {
    let mut options = Options::new();
    options.set_string("model", MODEL)?;
    options.set_string("device", "cpu")?;
    options.set_number("threads", threads as f64)?;
    for (name, value) in settings {
        options.set_string(name, value)?;
    }
    // Sizes count the result.
    let (scale, _) = output_size(&options, 1, 1)?;
    let height = (megapixels * 1e6 / 1.5).sqrt() / scale as f64;
    let (height, width) = (height.round() as usize, (height * 1.5).round() as usize);
    options.set_mask(Some(holes(height, width)));
    let (wide, tall) = output_size(&options, width, height)?;
    let input = pixels(width, height);
    let mut output = vec![0; 3 * wide * tall];
    let layout = |width, height| Layout::packed(width, height, 3, PixelType::U8);
    let view = ImageView::new(&input, layout(width, height), 0)?;
    let mut restored = ImageViewMut::new(&mut output, layout(wide, tall), 0)?;

    let prior = priors::open(MODEL, Device::Cpu, threads)?;
    let asked = dcdp::request::Request::parse(&options)?;
    let size = TileSize::resolve(prior.info().tiles, &asked.place)?;
    let known = Known::Measurement([3, height, width]);
    let [_, tall, wide] = plan::build_operator(&asked, known, None)?.input_shape();
    let tiling = Tiling::new(prior.info().tiles, size, tall, wide);
    let tile = [tiling.rows.tile, tiling.columns.tile];
    let calls = tiling.count() * estimate(&options, width, height)?.network_calls;
    let calls = calls.min(BARE_CALLS);
    let mut bare = bare_call(tile, calls, threads)?;
    let mut fastest: Option<(Seconds, Report)> = None;
    for _ in 0..repeats {
        forget_peak();
        let (whole, report) = time(|| restore(context, &options, &view, &mut restored, &mut ()));
        let report = report?;
        bare = bare.faster(bare_call(tile, calls, threads)?);
        fastest = Some(match fastest {
            Some((before, kept)) if before.wall < whole.wall => (before.faster(whole), kept),
            Some((before, _)) => (whole.faster(before), report),
            None => (whole, report),
        });
    }
    let (whole, report) = fastest.ok_or("no run")?;
    Ok(Run {
        whole,
        bare,
        report,
    })
}

/// Blocks to fill, a tenth of a picture.
fn holes(height: usize, width: usize) -> Array2<f32> {
    Array2::from_shape_fn((height, width), |(y, x)| {
        f32::from((y / 16 + x / 16) % 10 == 0)
    })
}

/// A picture of gradients, edges and texture, 8-bit RGB.
fn pixels(width: usize, height: usize) -> Vec<u8> {
    let value = |at: usize| {
        let (x, y, c) = (at / 3 % width, at / 3 / width, at % 3);
        let texture = (x * 7 + y * 13 + c * 5) % 31;
        (x * 128 / width + texture + 60 * ((x / 16 + y / 16) % 2)) as u8
    };
    (0..3 * width * height).map(value).collect()
}

/// Seconds of one bare call on one tile, the mean of `calls`.
fn bare_call([height, width]: [usize; 2], calls: usize, threads: usize) -> Result<Seconds> {
    let threads = match threads {
        0 => std::thread::available_parallelism()?.get(),
        threads => threads,
    };
    let output = Command::new(std::env::current_exe()?)
        .arg(BARE)
        .arg(&runtime::load(None)?.path)
        .args([height, width, calls, threads].map(|number| number.to_string()))
        .stderr(Stdio::inherit())
        .output()?;
    let printed = String::from_utf8(output.stdout)?;
    let mut numbers = printed.split_whitespace().map(str::parse::<f64>);
    Ok(Seconds {
        wall: numbers.next().ok_or("the bare session failed")??,
        processor: numbers.next().transpose()?,
    })
}

/// `LIBRARY HEIGHT WIDTH CALLS THREADS`: prints the wall-clock and, where known, the processor seconds
/// of one call. The session is configured as the library configures its own.
fn bare_session(words: &[String]) -> Result<()> {
    let [library, numbers @ ..] = words else {
        return Err("no library".into());
    };
    let numbers: Vec<usize> = numbers
        .iter()
        .map(|word| word.parse())
        .collect::<std::result::Result<_, _>>()?;
    let [height, width, calls, threads] = numbers[..] else {
        return Err("HEIGHT WIDTH CALLS THREADS are needed".into());
    };
    let environment = ort::init_from(library)?.with_telemetry(false).build()?;
    let configured = || -> std::result::Result<SessionBuilder, ort::Error> {
        Ok(SessionBuilder::new(&environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(threads)?
            .with_intra_op_spinning(false)?)
    };
    let mut session = configured()?.commit_from_file(Path::new(MODEL).join("photo.onnx"))?;
    let sample = Tensor::from_array(([1, 3, height, width], vec![0.25f32; 3 * height * width]))?;
    let step = Tensor::from_array(([1usize], vec![100i64]))?;
    session.run(ort::inputs![&sample, &step])?; // The first call allocates.
    let (seconds, result) = time(|| -> Result<()> {
        for _ in 0..calls {
            session.run(ort::inputs![&sample, &step])?;
        }
        Ok(())
    });
    result?;
    let share = |seconds: f64| seconds / calls as f64;
    match seconds.processor {
        Some(processor) => println!("{} {}", share(seconds.wall), share(processor)),
        None => println!("{}", share(seconds.wall)),
    }
    Ok(())
}

/// Starts counting the process's peak memory anew, where the system allows it.
fn forget_peak() {
    // Elsewhere the peak is that of all runs so far.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

impl Run {
    fn print(&self, name: &str, megapixels: f64) {
        let Report {
            seconds,
            network_calls,
            tile_calls,
            peak_memory_mb,
            ..
        } = &self.report;
        let tiles = *tile_calls as f64;
        let of_processor = self
            .whole
            .processor
            .zip(self.bare.processor)
            .map_or("-".to_owned(), |(whole, bare)| {
                format!("{:.3}", whole / (tiles * bare))
            });
        let percent = |part: f64| format!("{:.1}%", 100.0 * part / seconds.total);
        let rest = seconds.load + seconds.prepare + seconds.finish;
        println!(
            "{name:<16}{megapixels:>6}{network_calls:>7}{:>9}{:>9}{:>8.3}{of_processor:>11}{:>9}{:>9}{:>9}{:>9}{peak_memory_mb:>8.0}",
            significant(self.whole.wall),
            significant(self.whole.wall / megapixels),
            self.whole.wall / (tiles * self.bare.wall),
            percent(seconds.data_fidelity),
            percent(seconds.network),
            percent(seconds.purify),
            percent(rest),
        );
    }
}
