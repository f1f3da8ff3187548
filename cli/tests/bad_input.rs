//! Whatever is wrong: the right exit code, one clear sentence, and not a file touched.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use image::ExtendedColorType;
use program::{Place, tiny_prior};
use sha2::{Digest, Sha256};

/// Runs `dcdp restore`, which must fail so and leave every file as it was.
fn refused(place: &Place, arguments: &str, code: i32, what: &str) {
    let before = place.content();
    place.restore(arguments).failed(code, what);
    assert!(place.content() == before, "{arguments}: files changed");
}

#[test]
fn values_out_of_range_are_usage_errors() {
    let place = Place::with_picture();
    for (arguments, what) in [
        ("--task denoise --noise -5", "noise: -5"),
        ("--task denoise --noise 300", "noise: 300"),
        ("--task denoise --noise nan", "noise"),
        ("--task denoise --noise much", "noise: `much`"),
        ("--task deblur --blur gaussian:0", "blur_sigma: 0"),
        ("--task deblur --blur gaussian:-2", "blur_sigma: -2"),
        ("--task deblur --blur gaussian:inf", "blur_sigma"),
        ("--task deblur --blur gaussian:", "blur_sigma"),
        ("--task deblur --blur gaussian:1,2", "gaussian:SIGMA"),
        ("--task deblur --blur motion:0,30", "blur_length: 0"),
        (
            "--task deblur --blur motion:21,steep",
            "blur_angle: `steep`",
        ),
        ("--task deblur --blur kernel:", "kernel:FILE"),
        (
            "--task deblur --blur box:3",
            "gaussian | motion | kernel | disk",
        ),
        (
            "--task deblur --blur gaussian --blur-sigma 0",
            "blur_sigma: 0",
        ),
        (
            "--task deblur --blur gaussian --step 4",
            "step: 4 is unstable",
        ),
        ("--task deblur --step -3", "step: -3"),
        ("--task super-resolve --scale 0", "scale: 0"),
        ("--task super-resolve --scale 2.5", "scale: 2.5"),
        (
            "--task sharpen",
            "denoise | deblur | inpaint | super-resolve",
        ),
        ("--task denoise --preset better", "preset: `better`"),
        ("--task denoise --sampler euler", "sampler: `euler`"),
        ("--task denoise --device tpu", "device: `tpu`"),
        ("--task denoise --rounds 0", "rounds: 0"),
        (
            "--task denoise --schedule linear --rounds 3 --t-start 2",
            "rounds",
        ),
        ("--task denoise --t-start 10 --t-end 20", "t_end"),
        ("--task denoise --threads -1", "threads: -1"),
        ("--task denoise --jpeg-quality 101", "101"),
        ("--task denoise --strength 3", "strength: 3"),
        ("--task denoise --vigour 3", "--vigour"),
        ("--noise 5", "--task"),
    ] {
        refused(&place, &format!("in.png -o out.png {arguments}"), 2, what);
    }
}

#[test]
fn options_that_change_nothing_or_are_missing_are_usage_errors() {
    let place = Place::with_picture();
    for (arguments, what) in [
        (
            "--task denoise --scale 2",
            "--scale is of no use to task denoise",
        ),
        ("--task denoise --mask in.png", "--mask"),
        (
            "--task deblur --blur motion --blur-sigma 3",
            "--blur-sigma is of no use without --blur gaussian",
        ),
        ("--task deblur --blur gaussian:3 --blur-sigma 3", "twice"),
        ("--task deblur --blur kernel", "kernel"),
        ("--task inpaint", "mask"),
    ] {
        refused(&place, &format!("in.png -o out.png {arguments}"), 2, what);
    }
    refused(&place, "in.png --task denoise", 2, "--output");
    refused(&place, "-o out.png --task denoise", 2, "<IN>");
    refused(&place, "in.png -o out.gif --task denoise", 2, "out.gif");
    refused(&place, "in.png -o out --task denoise", 2, ".png");
}

#[test]
fn pictures_that_cannot_be_read_are_named() {
    let place = Place::with_picture();
    place.write("empty.png", "");
    place.write("text.png", "This is not a picture.\n");
    let whole = place.bytes("in.png");
    place.write("half.png", &whole[..whole.len() / 2]);
    place.write("huge.png", declare_size(&whole, 60_000, 60_000));
    place.write("wide.png", declare_size(&whole, 1 << 30, 1));
    place.write("none.png", declare_size(&whole, 0, 30));
    fs::create_dir(place.path("folder")).unwrap();
    for (name, what) in [
        ("absent.png", "No such file"),
        ("empty.png", "empty"),
        ("text.png", "not a picture"),
        ("half.png", "half.png"),
        ("huge.png", "60000x60000 pixels; allowed"),
        ("wide.png", "wide.png"),
        ("none.png", "none.png"),
        ("folder", "no pictures"),
    ] {
        refused(
            &place,
            &format!("{name} -o out.png --task denoise"),
            1,
            name,
        );
        refused(
            &place,
            &format!("{name} -o out.png --task denoise"),
            1,
            what,
        );
    }
}

/// The PNG file `whole` with another size in its header (PNG §11.2.2).
fn declare_size(whole: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut file = whole.to_vec();
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&checksum.to_be_bytes());
    file
}

/// CRC-32 of PNG (§5.5).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[test]
fn masks_and_kernels_are_checked() {
    let place = Place::with_picture();
    place.save("small.png", 39, 30, ExtendedColorType::L8);
    place.write("empty.png", "");
    place.write("text.png", "psf");
    image::save_buffer(
        place.path("black.png"),
        &[0; 9],
        3,
        3,
        ExtendedColorType::L8,
    )
    .unwrap();
    for (arguments, what) in [
        (
            "--task inpaint --mask small.png",
            "the mask is 39x30 pixels; allowed: 40x30",
        ),
        ("--task inpaint --mask absent.png", "absent.png"),
        ("--task inpaint --mask text.png", "text.png"),
        ("--task deblur --blur kernel:absent.png", "absent.png"),
        ("--task deblur --blur kernel:empty.png", "empty.png"),
        ("--task deblur --blur kernel:text.png", "text.png"),
        ("--task deblur --blur kernel:black.png", "black.png"),
        (
            "--task deblur --blur kernel --kernel black.png",
            "positive sum",
        ),
    ] {
        refused(&place, &format!("in.png -o out.png {arguments}"), 1, what);
    }
}

#[test]
fn outputs_that_cannot_be_written_are_named() {
    let place = Place::with_picture();
    place.save("glass.png", 8, 8, ExtendedColorType::Rgba8);
    place.write("file.txt", "here");
    fs::create_dir(place.path("out.png")).unwrap();
    for (arguments, what) in [
        ("in.png -o file.txt/out.png", "file.txt"),
        ("in.png -o absent/out.png", "absent"),
        (
            "in.png -o good.png --report file.txt/report.json",
            "file.txt",
        ),
        ("in.png -o good.png --report absent/report.json", "absent"),
        (
            "in.png in.png -o file.txt",
            "is a file; several inputs need a folder",
        ),
        ("in.png glass.png -o file.txt/folder", "file.txt"),
        ("glass.png -o glass.jpg", "alpha"),
        ("in.png -o good.png --max-memory 1", "max_memory"),
    ] {
        refused(&place, &format!("{arguments} --task denoise"), 1, what);
    }
}

#[test]
fn results_that_would_collide_are_usage_errors() {
    let place = Place::with_picture();
    fs::create_dir(place.path("other")).unwrap();
    place.save("other/in.png", 8, 8, ExtendedColorType::Rgb8);
    for (arguments, what) in [
        ("in.png other/in.png -o results", "would both become"),
        ("in.png in.png -o results", "would both become"),
        ("in.png -o .", "would be replaced"),
        ("in.png -o out.png --report out.png", "--report out.png"),
        ("in.png -o out.png --report ./in.png", "--report ./in.png"),
        ("other -o other", "would be replaced"),
    ] {
        refused(&place, &format!("{arguments} --task denoise"), 2, what);
    }
}

/// Copies the tiny prior to `model` and changes its network file; `honest` puts the new size and hash
/// into the manifest.
fn model_with(place: &Place, change: impl Fn(&mut Vec<u8>), honest: bool) {
    let source = tiny_prior();
    let source = Path::new(&source);
    let old = fs::read(source.join("network.onnx")).unwrap();
    let mut new = old.clone();
    change(&mut new);
    let mut manifest = fs::read_to_string(source.join("model.toml")).unwrap();
    if honest {
        let hash = |bytes: &[u8]| -> String {
            let digest = Sha256::digest(bytes);
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        manifest = manifest.replace(&hash(&old), &hash(&new)).replace(
            &format!("bytes = {}", old.len()),
            &format!("bytes = {}", new.len()),
        );
    }
    fs::create_dir_all(place.path("model")).unwrap();
    place.write("model/network.onnx", new);
    place.write("model/model.toml", manifest);
}

#[test]
fn models_that_cannot_be_trusted_are_refused() {
    let place = Place::with_picture();
    let restore = "restore in.png -o out.png --task denoise --model";
    let refuse = |model: &str, what: &str| {
        let before = place.content();
        place.run(&format!("{restore} {model}")).failed(1, what);
        assert!(place.content() == before, "{model}: files changed");
    };
    refuse("absent-model", "absent-model");
    refuse("absent/model", "absent/model");

    model_with(&place, |bytes| bytes.truncate(2000), false);
    refuse("./model", "2000 bytes");
    model_with(&place, |bytes| bytes.truncate(2000), true);
    refuse("./model", "network.onnx");
    model_with(&place, |bytes| bytes[3000] ^= 1, false);
    refuse("./model", "sha256");
    place.run("models ./model").failed(1, "sha256");
    place.write("model/model.toml", "format = 1\n");
    refuse("./model", "model.toml");
}

#[test]
fn a_missing_runtime_or_device_is_explained() {
    let place = Place::with_picture();
    let device = if cfg!(windows) { "coreml" } else { "directml" };
    refused(
        &place,
        &format!("in.png -o out.png --task denoise --device {device}"),
        1,
        device,
    );
    let before = place.content();
    let mut command = place.command("restore in.png -o out.png --task denoise");
    let output = command.env("DCDP_ORT_DYLIB", "absent.so").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("ONNX Runtime") && told.lines().count() == 1,
        "{told}"
    );
    assert!(place.content() == before);
}

#[test]
fn other_commands_refuse_alike() {
    let place = Place::with_picture();
    place.save("small.png", 20, 15, ExtendedColorType::Rgb8);
    let before = place.content();
    for (arguments, code, what) in [
        ("compare in.png absent.png", 1, "absent.png"),
        ("compare in.png small.png", 1, "40x30 and 20x15"),
        ("compare in.png", 2, "IMAGE"),
        (
            "degrade in.png -o out.png --task deblur --blur gaussian:0",
            2,
            "blur_sigma",
        ),
        (
            "degrade in.png -o out.png --task denoise --rounds 3",
            2,
            "--rounds",
        ),
        (
            "degrade in.png -o out.png --task inpaint --mask small.png",
            1,
            "mask",
        ),
        (
            "degrade absent.png -o out.png --task denoise",
            1,
            "absent.png",
        ),
        ("models absent", 1, "absent"),
        ("enlarge in.png", 2, "enlarge"),
    ] {
        place.run(arguments).failed(code, what);
    }
    assert!(place.content() == before);
}
