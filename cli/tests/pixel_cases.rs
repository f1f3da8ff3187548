//! The files of `tests/data/cases`, made after public reports about similar tools: pixels that are no plain photograph.

#[path = "support/program.rs"]
mod program;

use image::{ImageReader, Rgb32FImage};
use program::{Place, root};
use serde_json::Value;

/// A place with copies of these files.
fn place(names: &[&str]) -> Place {
    let place = Place::new();
    for name in names {
        let file = root().join("tests/data/cases").join(name);
        place.write(name, std::fs::read(&file).unwrap());
    }
    place
}

/// PSNR in dB.
fn quality(place: &Place, reference: &str, picture: &str) -> f64 {
    let printed = place.succeed(&format!("compare {reference} {picture}"));
    let found: Value = serde_json::from_str(&printed).unwrap();
    found["psnr"].as_f64().unwrap()
}

#[test]
fn a_camera_file_is_denoised() {
    let place = place(&["camera.jpg", "camera_clean.png"]);
    place.succeed("restore camera.jpg -o out.png --task denoise --device cpu");
    let found = quality(&place, "camera_clean.png", "out.png");
    // As the best single σ would; 24.54 before.
    assert!(found >= 27.7, "{found}");
}

#[test]
fn every_mask_fills_what_was_painted() {
    let masks = [
        "mask_white_with_alpha.png",
        "mask_01.png",
        "mask_red.png",
        "mask_blackalpha.png",
    ];
    let place = place(&[&masks[..], &["picture.png", "hole_mask.png"]].concat());
    let picture = place.decode("picture.png").to_rgb8();
    let hole = place.decode("hole_mask.png").to_luma8();
    let mut first: Option<image::RgbImage> = None;
    for mask in masks {
        // Some are understood with a line that says how.
        let outcome = place.run(&format!(
            "restore picture.png -o out.png --task inpaint --mask {mask} --noise 0"
        ));
        assert_eq!(outcome.code, Some(0), "{mask}: {outcome:?}");
        let filled = place.decode("out.png").to_rgb8();
        let mut changed = 0;
        for ((x, y, before), after) in picture.enumerate_pixels().zip(filled.pixels()) {
            match hole[(x, y)][0] > 127 {
                true => changed += usize::from(before != after),
                false => assert_eq!(before, after, "{mask} at {x},{y}"),
            }
        }
        assert!(changed > 300, "{mask}: {changed}");
        assert!(first.get_or_insert(filled.clone()) == &filled, "{mask}");
    }
}

#[test]
fn a_transparent_hole_becomes_opaque() {
    let place = place(&["hole.png", "hole_mask.png"]);
    place.succeed("restore hole.png -o out.png --task inpaint --mask hole_mask.png --noise 0");
    let (before, after) = (
        place.decode("hole.png").to_rgba8(),
        place.decode("out.png").to_rgba8(),
    );
    assert!(before.pixels().any(|pixel| pixel[3] == 0));
    assert!(after.pixels().all(|pixel| pixel[3] == 255));
}

#[test]
fn an_enlarged_cut_out_has_no_fringe() {
    let place = place(&["cutout.png"]);
    place.succeed("restore cutout.png -o out.png --task super-resolve --scale 2");
    let mut opaque = 0;
    for pixel in place
        .decode("out.png")
        .to_rgba8()
        .pixels()
        .filter(|p| p[3] == 255)
    {
        opaque += 1;
        for (value, painted) in pixel.0.into_iter().zip([240, 220, 180]) {
            assert!(value.abs_diff(painted) <= 12, "{pixel:?}");
        }
    }
    assert!(opaque > 1000, "{opaque}");
}

#[test]
fn black_and_white_stays_neutral() {
    let place = place(&["bw.png"]);
    place.succeed("restore bw.png -o out.png --task denoise --noise 10");
    let (before, after) = (place.decode("bw.png"), place.decode("out.png").to_rgb8());
    assert!(
        after
            .pixels()
            .all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
    );
    assert!(before.to_rgb8() != after);
}

#[test]
fn photographed_kernels_deblur() {
    let kernels = ["kernel_right.png", "kernel_alpha.png", "kernel_floor.png"];
    let place = place(&[&kernels[..], &["blurred.png", "blurred_clean.png"]].concat());
    let before = quality(&place, "blurred_clean.png", "blurred.png");
    for kernel in kernels {
        // It was blurred in codes; who does not know that gains too.
        for (light, gain) in [("encoded", 15.0), ("auto", 3.0)] {
            let outcome = place.run(&format!(
                "restore blurred.png -o out.png --task deblur --blur kernel:{kernel} --blur-light {light}"
            ));
            assert_eq!(outcome.code, Some(0), "{kernel}: {outcome:?}");
            let after = quality(&place, "blurred_clean.png", "out.png");
            assert!(after > before + gain, "{kernel}, {light}: {before} {after}");
        }
    }
}

/// sRGB's curve, beyond white too.
fn code(light: f32) -> f32 {
    let magnitude = light.abs();
    let code = match magnitude <= 0.003_130_8 {
        true => 12.92 * magnitude,
        false => 1.055 * magnitude.powf(1.0 / 2.4) - 0.055,
    };
    code.copysign(light)
}

/// The scene of the HDR files: the sample photo at half its size, four times as bright as white.
fn scene() -> Rgb32FImage {
    let photo = ImageReader::open(root().join("examples/photo/houses.jpg"));
    let photo = photo.unwrap().decode().unwrap().to_rgb8();
    Rgb32FImage::from_fn(256, 256, |x, y| {
        image::Rgb(std::array::from_fn(|c| {
            let at = |dy, dx| f32::from(photo[(2 * x + dx, 2 * y + dy)][c]) / 1020.0;
            let mean: f32 = at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1);
            4.0 * match mean <= 0.04045 {
                true => mean / 12.92,
                false => ((mean + 0.055) / 1.055).powf(2.4),
            }
        }))
    })
}

/// Root mean square error of a file's codes where the scene's light lies between two values.
fn error(place: &Place, name: &str, scene: &Rgb32FImage, [least, most]: [f32; 2]) -> f32 {
    let picture = place.decode(name).to_rgb32f();
    let (mut sum, mut count) = (0.0, 0.0);
    for (&value, &light) in picture.iter().zip(scene.iter()) {
        if light > least && light <= most {
            sum += (code(value) - code(light)).powi(2);
            count += 1.0;
        }
    }
    f32::sqrt(sum / count)
}

const MIDDLE: [f32; 2] = [0.1, 1.0];
const BRIGHT: [f32; 2] = [1.15, 4.0];

#[test]
fn highlights_are_restored_as_the_rest_is() {
    let place = place(&["hdr.exr", "hdr-blurred.exr"]);
    let scene = scene();
    for (file, arguments) in [
        ("hdr.exr", "--task denoise"),
        ("hdr.exr", "--task denoise --noise 10"),
        ("hdr-blurred.exr", "--task deblur --blur gaussian:2"),
    ] {
        place.succeed(&format!("restore {file} -o out.exr {arguments}"));
        let left =
            |part| error(&place, "out.exr", &scene, part) / error(&place, file, &scene, part);
        let (middle, bright) = (left(MIDDLE), left(BRIGHT));
        assert!(middle < 0.9, "{file} {arguments}: {middle}");
        assert!(
            bright < 1.2 * middle,
            "{file} {arguments}: {bright} {middle}"
        );
    }
}

#[test]
fn stars_have_no_black_rings() {
    let place = place(&["stars.tif"]);
    let before = place.decode("stars.tif").to_luma16();
    let floor = before.pixels().map(|pixel| pixel[0]).min().unwrap();
    for transfer in ["srgb", "linear"] {
        place.succeed(&format!(
            "restore stars.tif -o out.tif --task deblur --blur gaussian:2 --transfer {transfer}"
        ));
        let after = place.decode("out.tif").to_luma16();
        let rings = after.pixels().filter(|pixel| pixel[0] < floor / 2).count();
        assert_eq!(rings, 0, "{transfer}: below half of {floor}");
        let bright = |picture: &image::ImageBuffer<image::Luma<u16>, Vec<u16>>| {
            picture.pixels().filter(|pixel| pixel[0] > 10_000).count()
        };
        assert!(bright(&after) < bright(&before), "{transfer}");
    }
}
