//! The command line as people and scripts use it.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageEncoder, ImageReader};
use program::{Place, tiny_prior};
use serde_json::Value;

#[test]
fn every_task_writes_a_picture_of_the_right_size() {
    let place = Place::with_picture();
    place.save("mask.png", 40, 30, ExtendedColorType::L8);
    place.save("psf.png", 5, 3, ExtendedColorType::L8);
    for (arguments, width, height) in [
        ("--task denoise", 40, 30),
        ("--task denoise --noise auto", 40, 30),
        ("--task denoise --noise -1 --preset fast", 40, 30),
        ("--task deblur --blur gaussian:1.5 --noise 2", 40, 30),
        ("--task deblur --blur motion:9,-30", 40, 30),
        (
            "--task deblur --blur motion --blur-length 9 --blur-angle -30",
            40,
            30,
        ),
        ("--task deblur --blur kernel:psf.png", 40, 30),
        ("--task inpaint --mask mask.png", 40, 30),
        ("--task super-resolve --scale 3", 120, 90),
    ] {
        place.restored(&format!("in.png -o out.png {arguments}"));
        let result = place.decode("out.png");
        assert_eq!(
            (result.width(), result.height()),
            (width, height),
            "{arguments}"
        );
        assert_eq!(result.color(), ColorType::Rgb8);
        fs::remove_file(place.path("out.png")).unwrap();
    }
}

#[test]
fn shorthand_and_long_form_of_blur_are_the_same() {
    let place = Place::with_picture();
    place.save("psf.png", 5, 3, ExtendedColorType::L8);
    for (short, long) in [
        ("gaussian:1.5", "gaussian --blur-sigma 1.5"),
        ("motion:9,30", "motion --blur-length 9 --blur-angle 30"),
        ("motion:9", "motion --blur-length 9"),
        ("disk:2.5", "disk --blur-radius 2.5"),
        ("kernel:psf.png", "kernel --kernel psf.png"),
    ] {
        for (name, blur) in [("short.png", short), ("long.png", long)] {
            place.succeed(&format!(
                "degrade in.png -o {name} --task deblur --blur {blur}"
            ));
        }
        assert!(
            place.bytes("short.png") == place.bytes("long.png"),
            "{short}"
        );
    }
}

#[test]
fn several_inputs_go_into_a_folder() {
    let place = Place::with_picture();
    place.save("b.jpg", 24, 20, ExtendedColorType::Rgb8);
    place.restored("in.png b.jpg -o made/new --task denoise --report report.json");
    assert_eq!(place.decode("made/new/in.png").width(), 40);
    assert_eq!(place.decode("made/new/b.jpg").width(), 24);
    let report = place.json("report.json");
    let inputs: Vec<&Value> = report
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["input"])
        .collect();
    assert_eq!(inputs, ["in.png", "b.jpg"]);

    // A folder's pictures, and nothing else of it.
    place.write("made/new/notes.txt", "no picture");
    place.write("made/new/._in.png", "resource fork");
    fs::create_dir(place.path("made/new/inner.png")).unwrap();
    place.restored("made/new -o again/ --task super-resolve");
    let mut names: Vec<_> = fs::read_dir(place.path("again"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["b.jpg", "in.png"]);
    assert_eq!(place.decode("again/b.jpg").width(), 48);

    // One file into a folder that is there.
    place.restored("in.png -o made --task denoise");
    assert!(place.bytes("made/in.png") == place.bytes("made/new/in.png"));
}

#[test]
fn one_bad_picture_does_not_stop_the_others() {
    let place = Place::with_picture();
    fs::create_dir(place.path("photos")).unwrap();
    place.write("photos/a.png", "text");
    place.save("photos/b.png", 24, 20, ExtendedColorType::Rgb8);
    place.write("photos/c.png", "");
    let outcome = place.restore("photos -o out --task denoise --report report.json");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{outcome:?}");
    assert!(
        lines[0].contains("a.png") && lines[1].contains("c.png") && lines[2].contains("2 of 3"),
        "{outcome:?}"
    );
    assert_eq!(place.decode("out/b.png").width(), 24);
    assert!(!place.path("out/a.png").exists() && !place.path("out/c.png").exists());
    let report = place.json("report.json");
    assert!(
        report[0]["error"]
            .as_str()
            .unwrap()
            .contains("not a picture")
    );
    assert_eq!(report[1]["size"], serde_json::json!([24, 20]));
    assert!(report[2]["rounds"].is_null());
}

#[test]
fn an_input_is_replaced_when_it_is_named_as_output() {
    let place = Place::with_picture();
    place.restored("in.png -o out.png --task denoise --noise 20");
    place.restored("in.png -o in.png --task denoise --noise 20");
    assert!(place.bytes("in.png") == place.bytes("out.png"));
}

#[test]
fn the_report_tells_options_rounds_and_costs() {
    let place = Place::with_picture();
    place.restored(
        "in.png -o out.png --task super-resolve --preset paper --noise 0 --seed 9 --device cpu --report r.json",
    );
    let report = place.json("r.json");
    assert_eq!(report["input"], "in.png");
    assert_eq!(report["output"], "out.png");
    assert_eq!(report["model"], "tiny-prior");
    assert_eq!(report["device"], "cpu");
    assert_eq!(report["size"], serde_json::json!([80, 60]));
    assert_eq!(report["options"]["seed"], 9);
    assert_eq!(report["options"]["t_start"], -1.0);
    let rounds = report["rounds"].as_array().unwrap();
    let strengths: Vec<f64> = rounds
        .iter()
        .map(|round| round["t"].as_f64().unwrap())
        .collect();
    assert_eq!(
        strengths,
        [
            400.0, 356.0, 311.0, 267.0, 222.0, 178.0, 133.0, 89.0, 44.0, 1.0
        ]
    );
    let sum = |field: &str| -> u64 {
        rounds
            .iter()
            .map(|round| round[field].as_u64().unwrap())
            .sum()
    };
    assert_eq!(sum("gradient_steps"), 10 * 100);
    assert_eq!(report["network_calls"], sum("network_calls"));
    assert!(report["tile_calls"].as_u64() >= report["network_calls"].as_u64());
    assert!(
        rounds
            .iter()
            .all(|round| (round["step"].as_f64().unwrap() - 0.04069).abs() < 1e-4)
    );
    for stage in [
        "load",
        "prepare",
        "data_fidelity",
        "network",
        "purify",
        "finish",
        "total",
    ] {
        assert!(report["seconds"][stage].as_f64().unwrap() >= 0.0, "{stage}");
    }
    assert!(report["peak_memory_mb"].as_f64().unwrap() > 1.0);
}

#[test]
fn same_seed_same_bytes_whatever_the_threads() {
    let place = Place::new();
    place.save("in.png", 150, 101, ExtendedColorType::Rgb8);
    let result = |arguments: &str| {
        place.restored(&format!(
            "in.png -o out.png --task deblur --blur motion:9,20 --rounds 3 --sampler ddpm --sampler-steps 4 {arguments}"
        ));
        place.bytes("out.png")
    };
    let first = result("--seed 5 --threads 1");
    assert!(first == result("--seed 5 --threads 2"));
    assert!(first == result("--seed 5 --threads 7"));
    assert!(first != result("--seed 6 --threads 1"));
}

#[test]
fn depth_and_alpha_are_carried() {
    let place = Place::new();
    for (color, decoded) in [
        (ExtendedColorType::L8, ColorType::L8),
        (ExtendedColorType::La8, ColorType::La8),
        (ExtendedColorType::Rgba8, ColorType::Rgba8),
        (ExtendedColorType::L16, ColorType::L16),
        (ExtendedColorType::Rgb16, ColorType::Rgb16),
        (ExtendedColorType::Rgba16, ColorType::Rgba16),
    ] {
        place.save("in.png", 40, 30, color);
        for name in ["out.png", "out.tif"] {
            if color == ExtendedColorType::La8 && name == "out.tif" {
                continue; // The decoder used here reads no such TIFF.
            }
            place.restored(&format!("in.png -o {name} --task denoise --noise 20"));
            let (before, after) = (place.decode("in.png"), place.decode(name));
            assert_eq!(after.color(), decoded, "{name}");
            assert!(
                after.as_bytes() != before.as_bytes(),
                "{decoded:?}: nothing was done"
            );
            let alpha = |picture: &image::DynamicImage| -> Vec<u16> {
                picture
                    .to_rgba16()
                    .pixels()
                    .map(|pixel| pixel.0[3])
                    .collect()
            };
            assert_eq!(alpha(&after), alpha(&before), "{name} {decoded:?}");
        }
    }
    // What a format cannot hold becomes the nearest it can.
    place.save("deep.png", 40, 30, ExtendedColorType::Rgb16);
    place.restored("deep.png -o out.jpg --task denoise");
    assert_eq!(place.decode("out.jpg").color(), ColorType::Rgb8);
}

/// A 40×30 JPEG file that says "turn me by 90°", from the maker "Lens Co".
fn turned_jpeg() -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend([0x0f, 0x01, 2, 0, 8, 0, 0, 0, 38, 0, 0, 0]);
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
    exif.extend([0; 4]);
    exif.extend(b"Lens Co\0");
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
    encoder.set_exif_metadata(exif).unwrap();
    let pixels: Vec<u8> = (0..40 * 30)
        .flat_map(|at| [if at % 40 < 20 { 30 } else { 220 }; 3])
        .collect();
    encoder
        .write_image(&pixels, 40, 30, ExtendedColorType::Rgb8)
        .unwrap();
    file
}

#[test]
fn a_turned_jpeg_is_restored_upright_with_its_exif() {
    let place = Place::new();
    place.write("in.jpg", turned_jpeg());
    place.restored("in.jpg -o out.jpg --task denoise --noise 2");
    let bytes = place.bytes("out.jpg");
    let mut decoder = ImageReader::with_format(Cursor::new(&bytes), image::ImageFormat::Jpeg)
        .into_decoder()
        .unwrap();
    assert_eq!(decoder.dimensions(), (30, 40));
    assert_eq!(
        decoder.orientation().unwrap(),
        image::metadata::Orientation::NoTransforms
    );
    let exif = decoder.exif_metadata().unwrap().unwrap();
    assert!(exif.windows(7).any(|window| window == b"Lens Co"));
    // Dark was left, and is now on top.
    let picture = place.decode("out.jpg").to_luma8();
    assert!(picture.get_pixel(15, 5).0[0] < 80 && picture.get_pixel(15, 35).0[0] > 170);
    // Another quality makes another file.
    place.restored("in.jpg -o small.jpg --task denoise --noise 2 --jpeg-quality 20");
    assert!(place.bytes("small.jpg").len() < bytes.len());
}

#[test]
fn degrade_then_restore_then_compare() {
    let place = Place::new();
    place.save("in.png", 41, 30, ExtendedColorType::Rgb8);
    let compare = |one: &str, other: &str| -> Value {
        serde_json::from_str(&place.succeed(&format!("compare {one} {other}"))).unwrap()
    };
    place.succeed("degrade in.png -o noisy.png --task denoise --noise 25 --seed 3");
    let noisy = compare("in.png", "noisy.png");
    // σ = 25 is 20.17 dB; a little less is clipped away.
    let psnr = noisy["psnr"].as_f64().unwrap();
    assert!((19.9..21.5).contains(&psnr), "{noisy}");
    assert!(
        (0.1..0.999).contains(&noisy["ssim"].as_f64().unwrap()),
        "{noisy}"
    );
    assert!(
        (0.15..=1.0).contains(&noisy["max_abs"].as_f64().unwrap()),
        "{noisy}"
    );

    place.succeed("degrade in.png -o again.png --task denoise --noise 25 --seed 3");
    assert!(place.bytes("noisy.png") == place.bytes("again.png"));
    let equal = compare("noisy.png", "again.png");
    assert!(equal["psnr"].is_null(), "{equal}");
    assert_eq!(
        (equal["ssim"].as_f64(), equal["max_abs"].as_f64()),
        (Some(1.0), Some(0.0))
    );

    place.succeed("degrade in.png -o plain.png --task denoise");
    assert!(compare("in.png", "plain.png")["psnr"].is_null());
    place.succeed("degrade in.png -o plain.png --task denoise --transfer linear");
    assert!(compare("in.png", "plain.png")["max_abs"].as_f64().unwrap() < 1.5 / 255.0);

    place.succeed("degrade in.png -o small.png --task super-resolve --scale 4");
    let small = place.decode("small.png");
    assert_eq!((small.width(), small.height()), (11, 8));
    place.restored("small.png -o large.png --task super-resolve --scale 4");
    assert_eq!(place.decode("large.png").width(), 44);

    // What the tiny prior can do is smooth.
    let gray = vec![128; 64 * 64 * 3];
    image::save_buffer(
        place.path("flat.png"),
        &gray,
        64,
        64,
        ExtendedColorType::Rgb8,
    )
    .unwrap();
    place.succeed("degrade flat.png -o grainy.png --task denoise --noise 25");
    place.restored("grainy.png -o smooth.png --task denoise --noise 25");
    let (grainy, smooth) = (
        compare("flat.png", "grainy.png"),
        compare("flat.png", "smooth.png"),
    );
    assert!(
        smooth["psnr"].as_f64() > grainy["psnr"].as_f64(),
        "{grainy} {smooth}"
    );
}

#[test]
fn quiet_keeps_warnings_back() {
    let place = Place::new();
    // A JPEG file holds no EXIF block of 70,000 bytes.
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    encoder
        .set_exif_metadata([&b"II*\0\x08\0\0\0\0\0\0\0\0\0"[..], &[0; 70_000]].concat())
        .unwrap();
    encoder
        .write_image(&[100; 8 * 8], 8, 8, ExtendedColorType::L8)
        .unwrap();
    place.write("in.png", file);
    let told = place.restore("in.png -o out.jpg --task denoise");
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stderr.contains("EXIF is left out"), "{told:?}");
    place.restored("in.png -o out.jpg --task denoise --quiet");
    place.succeed("degrade in.png -o out.jpg --task denoise --quiet");
}

#[test]
fn models_and_devices_are_listed() {
    let place = Place::new();
    assert_eq!(
        place.succeed("--version"),
        format!("dcdp {}\n", env!("CARGO_PKG_VERSION"))
    );
    let devices = place.succeed("devices");
    assert!(devices.starts_with("ONNX Runtime 1."), "{devices}");
    assert!(
        devices
            .lines()
            .any(|line| line.split_whitespace().eq(["cpu", "usable"])),
        "{devices}"
    );

    let facts = place.succeed(&format!("models {}", tiny_prior()));
    assert!(facts.contains("f83eb403e541aec2469f070692cef34005f01e788b75cc25bee1538aa90cdb9f"));

    fs::create_dir_all(place.path("models/broken")).unwrap();
    place.write("models/broken/model.toml", "format = 7\n");
    let list = |place: &Place| {
        let mut command = place.command("models");
        let output = command
            .env("DCDP_MODEL_PATH", place.path("models"))
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let listed = list(&place);
    assert!(
        listed.lines().any(|line| line.starts_with("broken: ")),
        "{listed}"
    );
    let copy = place.path("models/tiny-prior");
    fs::create_dir(&copy).unwrap();
    for file in ["model.toml", "network.onnx"] {
        fs::copy(format!("{}/{file}", tiny_prior()), copy.join(file)).unwrap();
    }
    let listed = list(&place);
    assert!(listed.contains("tiny-prior  1.0.0  pixel"), "{listed}");
}
