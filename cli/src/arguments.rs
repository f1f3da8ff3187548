//! What the program accepts, built from the parameter table.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use dcdp::image::DEFAULT_JPEG_QUALITY;
use dcdp::request::parameters::{Group, Id, Kind, PARAMETERS, Parameter};

/// What `degrade` needs to know besides the task: parameters that say how to simulate, not how to
/// restore.
const SIMULATION: [Id; 3] = [Id::Seed, Id::Boundary, Id::Transfer];

/// The whole command line.
pub fn program() -> Command {
    Command::new("dcdp")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Restores photographs: noise, blur, missing parts, too few pixels")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(restore())
        .subcommand(degrade())
        .subcommand(
            Command::new("compare")
                .about("Prints how far a picture is from a reference, as JSON")
                .long_about(
                    "Prints how far a picture is from a reference, as JSON: psnr in dB (null when nothing \
                     differs), ssim (Gaussian window 11×11, σ 1.5) and max_abs, the largest difference \
                     of a sample (0…1). Compared is sRGB-encoded colour, clamped to 0…1, without alpha.",
                )
                .arg(file("reference").value_name("REFERENCE").required(true).help("The picture as it should be"))
                .arg(file("image").value_name("IMAGE").required(true).help("The picture to judge")),
        )
        .subcommand(
            Command::new("models")
                .about("Lists the installed models, or checks one whole: hashes, graphs, a trial call")
                .arg(
                    Arg::new("model")
                        .value_name("NAME|DIR")
                        .help("Name of an installed model, or the folder of one"),
                ),
        )
        .subcommand(estimate())
        .subcommand(Command::new("devices").about("Lists where networks can run"))
}

fn restore() -> Command {
    pictures(restoration(Command::new("restore")))
        .mut_arg("task", |arg| arg.required(false).required_unless_present("options"))
        .about("Restores pictures")
        .arg(
            file("uncertainty")
                .long("uncertainty")
                .help("Writes how far several restorations of the picture scatter (PNG, a code per code)")
                .help_heading("Files"),
        )
        .args([
            frame(
                "noise-frame",
                "Measures automatic noise on this frame of a sequence, for all frames",
            ),
            frame(
                "blur-frame",
                "Estimates an unknown blur on this frame of a sequence, for all frames",
            ),
        ])
        .arg(
            Arg::new("require")
                .long("require")
                .action(ArgAction::SetTrue)
                .help("Exit with 1 where a picture is left as it is because no blur was found"),
        )
        .arg(
            file("report")
                .long("report")
                .help(
                    "Writes what was done as JSON: options, rounds, network calls, seconds per stage, \
                     memory; for several inputs an array",
                )
                .help_heading("Files"),
        )
}

fn frame(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("N")
        .value_parser(value_parser!(i64))
        .allow_hyphen_values(true)
        .help(help)
        .help_heading("Files")
}

/// What `restore` and `estimate` have in common: everything but the pictures.
fn restoration(command: Command) -> Command {
    command
        .args(PARAMETERS.iter().map(parameter))
        .arg(mask())
        .arg(
            file("ignore")
                .long("ignore")
                .help("Picture of what holds no data (dust, a time stamp), white where to ignore")
                .help_heading(Group::Task.label()),
        )
        .arg(
            file("fill-from")
                .long("fill-from")
                .help("Picture of where patches may come from, white where they may [task inpaint]")
                .help_heading(Group::Task.label()),
        )
        .arg(
            file("options")
                .long("options")
                .value_name("REPORT.json")
                .help("Takes options, noise and blur from the report of an earlier run; other flags go before")
                .help_heading("Files"),
        )
        .arg(
            file("kernel-out")
                .long("kernel-out")
                .help("Writes the blur that was found as a picture (PNG)")
                .help_heading("Files"),
        )
}

fn estimate() -> Command {
    restoration(Command::new("estimate"))
        .about("Prints as JSON what restoring a picture would assume and take: noise, blur, JPEG quality, network calls, seconds, memory")
        .mut_arg("task", |arg| arg.required(false))
        .arg(file("picture").value_name("IN").required(true).help("The picture to look at"))
        .arg(quiet())
}

fn mask() -> Arg {
    file("mask")
        .long("mask")
        .help("Picture of the region to fill, white where to fill [task inpaint]")
        .help_heading(Group::Task.label())
}

fn quiet() -> Arg {
    Arg::new("quiet")
        .long("quiet")
        .action(ArgAction::SetTrue)
        .help("No progress bar and no warnings")
}

fn degrade() -> Command {
    let rows = PARAMETERS
        .iter()
        .filter(|row| row.group == Group::Task || SIMULATION.contains(&row.id));
    pictures(
        Command::new("degrade")
            .args(rows.map(parameter))
            .arg(mask()),
    )
    .about("Simulates what a camera would have made of a picture, to try restore on")
    .mut_arg("noise", |arg| {
        arg.help("Standard deviation of the noise to add, in 0…255 units [default: 0]")
    })
}

/// Adds what `restore` and `degrade` have in common: files.
fn pictures(command: Command) -> Command {
    command
        .arg(
            file("input")
                .value_name("IN")
                .required(true)
                .num_args(1..)
                .help(
                    "Pictures (PNG, JPEG, TIFF, WebP, EXR), folders of them, or sequences (shot.####.exr, \
                     shot.%04d.exr); - is standard input",
                ),
        )
        .arg(
            file("output")
                .short('o')
                .long("output")
                .value_name("OUT")
                .required(true)
                .help(
                    "The result's file (- is standard output, with --format); a folder for several inputs; a \
                     folder or pattern (new.####.exr) for a sequence",
                )
                .help_heading("Files"),
        )
        .arg(
            Arg::new("frames")
                .long("frames")
                .value_name("1-200:2,240")
                .allow_hyphen_values(true)
                .help("Frames of a sequence to take: numbers and ranges, with steps [default: all that are there]")
                .help_heading("Files"),
        )
        .arg(
            Arg::new("skip-existing")
                .long("skip-existing")
                .action(ArgAction::SetTrue)
                .help("Leaves out pictures whose results are there already: an interrupted run goes on where it was")
                .help_heading("Files"),
        )
        .arg(quiet())
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("png|jpeg|tiff|webp|exr")
                .help("Format of results [default: what their names say]")
                .help_heading("Files"),
        )
        .arg(
            Arg::new("jpeg-quality")
                .long("jpeg-quality")
                .value_name("1…100")
                .value_parser(value_parser!(u8).range(1..=100))
                .help(format!(
                    "Quality of results in JPEG [default: {DEFAULT_JPEG_QUALITY}]"
                ))
                .help_heading("Files"),
        )
}

fn file(name: &'static str) -> Arg {
    Arg::new(name)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
}

/// The flag of one row of the table. Its text is checked by [`Options`](dcdp::Options), so that every
/// user interface refuses alike.
fn parameter(row: &'static Parameter) -> Arg {
    let flag = Arg::new(row.name)
        .long(row.name.replace('_', "-"))
        .help(help(row))
        .help_heading(row.group.label());
    let flag = match row.kind {
        Kind::Number { .. } => flag.value_name("NUMBER").allow_negative_numbers(true),
        Kind::Integer { .. } => flag.value_name("N").allow_negative_numbers(true),
        Kind::Choice { choices, .. } => flag.value_name(choices.join("|")),
        Kind::Text { .. } => flag.value_name("TEXT"),
        Kind::File => flag.value_name("FILE").value_parser(value_parser!(PathBuf)),
    };
    match row.id {
        Id::Task => flag.required(true),
        Id::Blur => flag.value_name(
            "auto|gaussian:SIGMA|disk:RADIUS|motion:LENGTH,ANGLE|random:SEED|shake|kernel:FILE",
        ),
        Id::Noise => flag.value_name("SIGMA|auto"),
        Id::Model => flag.value_name("NAME|DIR"),
        _ => flag,
    }
}

fn help(row: &Parameter) -> String {
    let default = match row.kind {
        _ if row.id == Id::Task => String::new(),
        _ if row.id == Id::Noise => "auto".to_owned(),
        Kind::Number { default, .. } => default.to_string(),
        Kind::Integer { default, .. } => default.to_string(),
        Kind::Choice { default, .. } | Kind::Text { default } => default.to_owned(),
        Kind::File => String::new(),
    };
    match default.as_str() {
        "" => row.hint.to_owned(),
        default => format!("{} [default: {default}]", row.hint),
    }
}

/// The path given for `name`.
pub fn path<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a PathBuf> {
    matches.get_one(name)
}

/// Quality of results in JPEG, 1…100.
pub fn jpeg_quality(matches: &ArgMatches) -> u8 {
    let given = matches.get_one("jpeg-quality");
    given.copied().unwrap_or(DEFAULT_JPEG_QUALITY)
}
