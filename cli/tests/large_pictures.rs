//! Large photographs within a memory limit, by the program and the bundled prior: 4 megapixels, 24 with
//! `cargo xtask test --full`.
#![cfg(target_os = "linux")]

#[path = "support/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Read};
use std::process::Command;

use image::imageops::{flip_horizontal, replace};
use image::{GrayImage, Luma, RgbImage};
use program::Place;

/// Megapixels and the limit in MB.
fn size() -> (f64, u32) {
    match std::env::var_os("DCDP_TEST_FULL") {
        Some(_) => (24.0, 2000),
        None => (4.0, 500),
    }
}

/// The sample photo, repeated and mirrored to 3:2 and `megapixels`.
fn mosaic(megapixels: f64) -> RgbImage {
    let photo = program::root().join("examples/photo/houses.jpg");
    let photo = image::open(photo).unwrap().to_rgb8();
    let mirrored = flip_horizontal(&photo);
    let height = (megapixels * 1e6 / 1.5).sqrt().round() as u32;
    let mut mosaic = RgbImage::new(height * 3 / 2, height);
    for (row, top) in (0..mosaic.height())
        .step_by(photo.height() as usize)
        .enumerate()
    {
        for (column, left) in (0..mosaic.width())
            .step_by(photo.width() as usize)
            .enumerate()
        {
            let part = if (row + column) % 2 == 0 {
                &photo
            } else {
                &mirrored
            };
            replace(&mut mosaic, part, left.into(), top.into());
        }
    }
    mosaic
}

/// White squares of 16 pixels to be filled.
fn holes(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        Luma([if (x / 16 + 3 * (y / 16)) % 10 == 0 {
            255
        } else {
            0
        }])
    })
}

fn model() -> String {
    let folder = program::root().join("models/photo");
    folder.to_str().unwrap().to_owned()
}

#[test]
fn every_task_keeps_to_the_memory_limit() {
    let (megapixels, limit) = size();
    let place = Place::new();
    let large = mosaic(megapixels);
    holes(large.width(), large.height())
        .save(place.path("mask.png"))
        .unwrap();
    large.save(place.path("large.png")).unwrap();
    mosaic(megapixels / 4.0)
        .save(place.path("small.png"))
        .unwrap();
    // The mosaic shows that it was a JPEG file. A second round finds what the runtime keeps of the first.
    for (task, rounds) in [
        ("large.png --task denoise --noise 10", 1),
        ("large.png --task deblur --blur gaussian:3", 1),
        ("large.png --task deblur --blur motion:21,30", 2),
        ("large.png --task inpaint --mask mask.png", 1),
        ("small.png --task super-resolve --scale 2 --clean off", 1),
    ] {
        let arguments = format!(
            "restore {task} -o out.png --model {} --preset fast --rounds {rounds} --max-memory {limit} \
             --report report.json",
            model()
        );
        let mut program = place.command(&arguments);
        let output = program.env("RUST_LOG", "dcdp=debug").output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{task}: {told}");
        assert!(
            told.contains(&format!("round {rounds} of {rounds}")),
            "{task}: no progress in {told}"
        );
        let peak = place.json("report.json")["peak_memory_mb"]
            .as_f64()
            .unwrap();
        println!("{task}: {peak} MB");
        assert!(peak <= 1.1 * f64::from(limit), "{task}: {peak} MB");
    }
}

#[test]
fn a_large_run_is_cancelled_half_way() {
    let (megapixels, limit) = size();
    let place = Place::new();
    mosaic(megapixels).save(place.path("large.png")).unwrap();
    let mut child = place
        .command(&format!(
            "restore large.png -o out.png --task deblur --blur gaussian --model {} --max-memory {limit}",
            model()
        ))
        .env("RUST_LOG", "dcdp=debug")
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("round 1 of") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it ended early");
    }
    let interrupt = format!("kill -INT {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &interrupt])
            .status()
            .unwrap()
            .success()
    );
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(!place.path("out.png").exists());
}

#[test]
fn too_little_memory_is_refused_with_what_is_needed() {
    let place = Place::new();
    mosaic(4.0).save(place.path("large.png")).unwrap();
    let arguments = "restore large.png -o out.png --task deblur --max-memory";
    let refusal = |limit: u32| {
        let output = place
            .command(&format!("{arguments} {limit} --model {}", model()))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let needed = |told: &str| -> u32 {
        let number = told.split("about ").nth(1).unwrap().split(' ').next();
        number.unwrap().parse().unwrap()
    };
    // Refused before the picture is converted, and after.
    let (early, late) = (refusal(50), refusal(250));
    assert_eq!(needed(&early), needed(&late));
    assert!((250..1000).contains(&needed(&late)), "{late}");
    assert!(!place.path("out.png").exists());
}
