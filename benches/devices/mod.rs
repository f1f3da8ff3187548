//! OpenVINO against the processor: the same restorations of the sample photo, each device in a process of its own,
//! since a process loads one runtime.

use std::path::Path;
use std::process::{Command, Stdio};

use dcdp::Options;
use dcdp::image::{ImageView, ImageViewMut, Layout, PixelType};
use dcdp::metrics::psnr;
use dcdp::restore::degrade::degrade;
use dcdp::restore::{Context, measurement_size, restore};
use dcdp::runtime::devices;
use image::RgbImage;

use super::chart::{significant, time};
use super::{Result, TASKS, holes};

/// First argument of the process that restores on one device.
pub const ONE: &str = "one-device";

/// Sizes in megapixels for denoising…
const SIZES: [f64; 2] = [1.0, 4.0];

/// …and for the other tasks, which take a dozen calls.
const SMALL: [f64; 1] = [0.25];

/// Runs of which the fastest counts.
const REPEATS: usize = 3;

/// Prints the table, where there is an OpenVINO.
pub fn compare() -> Result<()> {
    // In a process of its own: asked here, the library would stay for all that follows.
    let found = run(&["list".to_owned()])?;
    if !found.contains("openvino") {
        println!("no OpenVINO here (`cargo xtask runtime openvino` fetches it)");
        return Ok(());
    }
    println!(
        "\n{:<10}{:<16}{:>5}{:>9}{:>11}{:>8}{:>9}{:>11}",
        "model", "task", "MP", "cpu s", "openvino s", "ratio", "cpu dB", "openvino dB"
    );
    for model in ["ffdnet", "photo"] {
        if dcdp::priors::find(model).is_err() {
            println!("{model} is not installed");
            continue;
        }
        for (index, (task, _)) in TASKS.iter().enumerate() {
            let sizes = if *task == "denoise" {
                &SIZES[..]
            } else {
                &SMALL[..]
            };
            for size in sizes {
                let on = |device: &str| -> Result<[f64; 2]> {
                    let words = [device, model, &index.to_string(), &size.to_string()];
                    let printed = run(&words.map(str::to_owned))?;
                    let mut numbers = printed.split_whitespace().map(str::parse::<f64>);
                    let mut next = || numbers.next().ok_or("the restoration failed");
                    Ok([next()??, next()??])
                };
                let ([cpu, before], [openvino, after]) = (on("cpu")?, on("openvino")?);
                println!(
                    "{model:<10}{task:<16}{size:>5}{:>9}{:>11}{:>8.2}{before:>9.2}{after:>11.2}",
                    significant(cpu),
                    significant(openvino),
                    cpu / openvino,
                );
            }
        }
    }
    Ok(())
}

fn run(words: &[String]) -> Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .arg(ONE)
        .args(words)
        .stderr(Stdio::inherit())
        .output()?;
    Ok(String::from_utf8(output.stdout)?)
}

/// `list`, or `DEVICE MODEL TASK MEGAPIXELS`: prints the devices that work, or the seconds of the fastest run, the
/// model loaded before, and its PSNR in dB.
pub fn one(words: &[String]) -> Result<()> {
    let [device, model, task, megapixels] = words else {
        let usable = devices()?
            .into_iter()
            .filter(|status| status.unusable.is_none());
        usable.for_each(|status| println!("{}", status.device.name()));
        return Ok(());
    };
    let mut options = Options::new();
    for (name, value) in [("device", device), ("model", model)] {
        options.set_string(name, value)?;
    }
    for (name, value) in TASKS[task.parse::<usize>()?].1 {
        options.set_string(name, value)?;
    }
    let clean = photo(megapixels.parse()?)?;
    let size = |picture: &RgbImage| (picture.width() as usize, picture.height() as usize);
    let (width, height) = size(&clean);
    options.set_mask(Some(holes(height, width)));
    let layout = |(width, height)| Layout::packed(width, height, 3, PixelType::U8);
    let small = measurement_size(&options, width, height);
    let mut measured = vec![0; 3 * small.0 * small.1];
    degrade(
        &options,
        &ImageView::new(&clean, layout((width, height)), 0)?,
        &mut ImageViewMut::new(&mut measured, layout(small), 0)?,
    )?;
    let context = Context::new(None)?;
    let mut result = vec![0; clean.len()];
    let mut fastest = f64::INFINITY;
    for _ in 0..=REPEATS {
        let (seconds, report) = time(|| {
            restore(
                &context,
                &options,
                &ImageView::new(&measured, layout(small), 0)?,
                &mut ImageViewMut::new(&mut result, layout((width, height)), 0)?,
                &mut (),
            )
        });
        report?;
        fastest = fastest.min(seconds.wall);
    }
    let view = |pixels| ImageView::new(pixels, layout((width, height)), 0);
    println!("{fastest} {}", psnr(&view(&clean)?, &view(&result)?)?);
    Ok(())
}

/// The sample photo, repeated and mirrored to 3:2.
fn photo(megapixels: f64) -> Result<RgbImage> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/photo/houses.jpg");
    let photo = image::open(file)?.to_rgb8();
    // Even, so that it can be enlarged to.
    let height = (megapixels * 1e6 / 1.5).sqrt() as u32 / 2 * 2;
    let width = (f64::from(height) * 1.5) as u32 / 2 * 2;
    let fold = |at: u32, length: u32| match (at / length).is_multiple_of(2) {
        true => at % length,
        false => length - 1 - at % length,
    };
    Ok(RgbImage::from_fn(width, height, |x, y| {
        photo[(fold(x, photo.width()), fold(y, photo.height()))]
    }))
}
