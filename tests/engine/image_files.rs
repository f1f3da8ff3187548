//! Pictures survive their files: depth, alpha, profile, EXIF, orientation; bad files are refused.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use dcdp::image::{
    Alpha, FileFormat, ImageFile, ImageView, Layout, Picture, PixelType, Transfer, read_kernel,
    read_mask,
};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageReader};

use crate::files::{copy, samples};

/// An EXIF block with two fields: orientation, and the maker "Lens Co" (longer than an entry holds).
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x02\0".to_vec();
    block.extend([0x0f, 0x01, 2, 0, 8, 0, 0, 0, 38, 0, 0, 0]);
    block.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    block.extend([0, 0, 0, 0]);
    block.extend(b"Lens Co\0");
    block
}

/// Enough of an ICC profile to be carried: its header says RGB or gray.
fn icc(space: &[u8; 4]) -> Vec<u8> {
    let mut profile = vec![0; 200];
    profile[16..20].copy_from_slice(space);
    profile
}

/// Sample (x, y, channel), integers scaled to 0…1.
fn sample(path: &Path, x: usize, y: usize, channel: usize) -> f32 {
    let file = ImageFile::read(path).unwrap();
    let view = file.view().unwrap();
    let picture = Picture::read(&view);
    match &picture.alpha {
        Some(alpha) if channel + 1 == picture.channels() => alpha[[y, x]],
        _ => 0.5 * (picture.color[[channel, y, x]] + 1.0),
    }
}

fn decode(path: &Path) -> DynamicImage {
    ImageReader::open(path).unwrap().decode().unwrap()
}

#[test]
fn integer_pictures_come_back_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = samples(5 * 3 * 4 * 2);
    for (color, channels, depth) in [
        (ExtendedColorType::L8, 1, 1),
        (ExtendedColorType::La8, 2, 1),
        (ExtendedColorType::Rgb8, 3, 1),
        (ExtendedColorType::Rgba8, 4, 1),
        (ExtendedColorType::L16, 1, 2),
        (ExtendedColorType::La16, 2, 2),
        (ExtendedColorType::Rgb16, 3, 2),
        (ExtendedColorType::Rgba16, 4, 2),
    ] {
        let pixels = &bytes[..5 * 3 * channels * depth];
        let source = folder.path().join("in.png");
        image::save_buffer(&source, pixels, 5, 3, color).unwrap();
        let original = decode(&source);
        for extension in ["png", "tif", "webp"] {
            if extension == "webp" && depth == 2 {
                continue;
            }
            let target = folder.path().join(format!("out.{extension}"));
            copy(&source, &target).unwrap();
            if extension == "webp" {
                let back = decode(&target);
                assert_eq!(
                    back.to_rgba8(),
                    original.to_rgba8(),
                    "{color:?} {extension}"
                );
                continue;
            }
            let back = folder.path().join("back.png");
            copy(&target, &back).unwrap();
            let back = decode(&back);
            assert_eq!(back.color(), original.color(), "{color:?} {extension}");
            assert!(
                back.as_bytes() == original.as_bytes(),
                "{color:?} {extension}"
            );
        }
    }
}

#[test]
fn tiff_files_are_read_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("in.png");
    let target = folder.path().join("out.tif");
    for color in [
        ExtendedColorType::L16,
        ExtendedColorType::Rgb8,
        ExtendedColorType::Rgba16,
    ] {
        let pixels = samples(4 * 3 * color.bits_per_pixel() as usize / 8);
        image::save_buffer(&source, &pixels, 4, 3, color).unwrap();
        copy(&source, &target).unwrap();
        assert_eq!(decode(&target), decode(&source), "{color:?}");
    }
}

#[test]
fn floats_come_back_in_tiff_and_exr() {
    let folder = tempfile::tempdir().unwrap();
    let values: [f32; 12] = [
        0.0, 0.25, 1.0, 7.5, -0.125, 0.5, 0.75, 1000.0, 0.001, 0.1, 0.9, 2.0,
    ];
    let exr = folder.path().join("in.exr");
    let pixels = image::Rgb32FImage::from_raw(2, 2, values.to_vec()).unwrap();
    pixels.save(&exr).unwrap();
    let again = folder.path().join("again.exr");
    copy(&exr, &again).unwrap();
    let back = decode(&again).into_rgb32f();
    for (got, wanted) in back.as_raw().iter().zip(values) {
        assert!(
            (got - wanted).abs() <= 1e-6 * wanted.abs().max(1.0),
            "{got} {wanted}"
        );
    }
    // As it is in TIFF, with a profile that says it is linear; and back.
    let tiff = folder.path().join("out.tif");
    copy(&exr, &tiff).unwrap();
    let encoded = decode(&tiff).into_rgb32f();
    assert!(
        (encoded.as_raw()[1] - 0.25).abs() < 1e-5,
        "{}",
        encoded.as_raw()[1]
    );
    copy(&tiff, &again).unwrap();
    let back = decode(&again).into_rgb32f();
    for (got, wanted) in back.as_raw().iter().zip(values) {
        assert!(
            (got - wanted).abs() <= 3e-6 * wanted.abs().max(1.0),
            "{got} {wanted}"
        );
    }
}

#[test]
fn gray_and_half_floats_stay_so() {
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("in.png");
    image::save_buffer(&png, &[0, 64, 128, 255], 2, 1, ExtendedColorType::La8).unwrap();
    let exr = folder.path().join("out.exr");
    copy(&png, &exr).unwrap();
    let file = ImageFile::read(&exr).unwrap();
    let layout = *file.view().unwrap().layout();
    assert_eq!((layout.channels, layout.pixel_type), (2, PixelType::F16));
    assert_eq!(
        (layout.transfer, layout.alpha),
        (Transfer::Linear, Alpha::Premultiplied)
    );
    let tiff = folder.path().join("out.tif");
    copy(&exr, &tiff).unwrap();
    let layout = *ImageFile::read(&tiff).unwrap().view().unwrap().layout();
    assert_eq!((layout.channels, layout.pixel_type), (2, PixelType::F32));
    let back = folder.path().join("back.png");
    copy(&exr, &back).unwrap();
    assert!((sample(&back, 1, 0, 0) - 128.0 / 255.0).abs() < 1e-3);
    assert_eq!(sample(&back, 0, 0, 1), sample(&png, 0, 0, 1));
}

/// Writes a 3×2 RGB picture whose red channel counts its pixels, with profile and EXIF.
fn write_with_metadata(path: &Path, orientation: u8) {
    let pixels: Vec<u8> = (0..6).flat_map(|index| [index * 40, 0, 0]).collect();
    let mut bytes = Vec::new();
    fn fill(mut encoder: impl ImageEncoder, pixels: &[u8], orientation: u8) {
        encoder.set_icc_profile(icc(b"RGB ")).unwrap();
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        encoder
            .write_image(pixels, 3, 2, ExtendedColorType::Rgb8)
            .unwrap();
    }
    match FileFormat::of_name(path).unwrap() {
        FileFormat::Png => fill(PngEncoder::new(&mut bytes), &pixels, orientation),
        FileFormat::Jpeg => {
            fill(
                JpegEncoder::new_with_quality(&mut bytes, 100),
                &pixels,
                orientation,
            );
        }
        _ => fill(WebPEncoder::new_lossless(&mut bytes), &pixels, orientation),
    }
    fs::write(path, bytes).unwrap();
}

fn maker_and_orientation(block: &[u8]) -> (bool, Option<u8>) {
    let maker = block.windows(8).any(|window| window == b"Lens Co\0");
    let orientation = image::metadata::Orientation::from_exif_chunk(block);
    (maker, orientation.map(|orientation| orientation.to_exif()))
}

fn tiff_profile(path: &Path) -> Option<Vec<u8>> {
    let file = fs::File::open(path).unwrap();
    let mut decoder = tiff::decoder::Decoder::new(file).unwrap();
    decoder.get_tag_u8_vec(tiff::tags::Tag::IccProfile).ok()
}

#[test]
fn profile_and_exif_are_kept_and_orientation_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in [
        ("png", "png"),
        ("png", "jpg"),
        ("jpg", "jpg"),
        ("jpg", "webp"),
        ("webp", "png"),
        ("jpg", "tif"),
    ] {
        let source = folder.path().join(format!("in.{from}"));
        let target = folder.path().join(format!("out.{to}"));
        write_with_metadata(&source, 6);
        copy(&source, &target).unwrap();
        let reader = ImageReader::open(&target).unwrap();
        let mut decoder = reader.into_decoder().unwrap();
        assert_eq!(decoder.dimensions(), (2, 3), "{from} to {to}");
        let profile = match to {
            // The decoder above allows tags no more memory than the pixels take.
            "tif" => tiff_profile(&target),
            _ => decoder.icc_profile().unwrap(),
        };
        assert_eq!(
            profile.as_deref(),
            Some(&icc(b"RGB ")[..]),
            "{from} to {to}"
        );
        if to != "tif" {
            let block = decoder.exif_metadata().unwrap().unwrap();
            assert_eq!(
                maker_and_orientation(&block),
                (true, Some(1)),
                "{from} to {to}"
            );
        }
    }
    // Through TIFF's own directories and back.
    let back = folder.path().join("back.png");
    copy(&folder.path().join("out.tif"), &back).unwrap();
    let mut decoder = ImageReader::open(&back).unwrap().into_decoder().unwrap();
    let block = decoder.exif_metadata().unwrap().unwrap();
    assert_eq!(maker_and_orientation(&block), (true, None));
    assert_eq!(decoder.icc_profile().unwrap(), Some(icc(b"RGB ")));
}

#[test]
fn every_orientation_is_seen_upright() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.png");
    for orientation in 1..=8 {
        write_with_metadata(&path, orientation);
        let mut expected = decode(&path);
        expected.apply_orientation(image::metadata::Orientation::from_exif(orientation).unwrap());
        let copied = folder.path().join("out.png");
        copy(&path, &copied).unwrap();
        assert_eq!(decode(&copied), expected, "orientation {orientation}");
    }
}

#[test]
fn profiles_that_do_not_fit_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.png");
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(icc(b"GRAY")).unwrap();
    encoder
        .write_image(&[1, 2, 3], 1, 1, ExtendedColorType::Rgb8)
        .unwrap();
    fs::write(&path, bytes).unwrap();
    let out = folder.path().join("out.png");
    copy(&path, &out).unwrap();
    let mut decoder = ImageReader::open(&out).unwrap().into_decoder().unwrap();
    assert_eq!(decoder.icc_profile().unwrap(), None);
}

#[test]
fn exif_that_is_too_long_for_jpeg_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.png");
    let mut long = exif(1);
    long.extend(vec![0; 70_000]);
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(long).unwrap();
    encoder
        .write_image(&[1, 2, 3], 1, 1, ExtendedColorType::Rgb8)
        .unwrap();
    fs::write(&path, bytes).unwrap();
    let out = folder.path().join("out.jpg");
    copy(&path, &out).unwrap();
    assert_eq!(decode(&out).width(), 1);
}

#[test]
fn masks_and_kernels_are_read_as_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.png");
    image::save_buffer(&path, &[0, 255, 127, 128], 2, 2, ExtendedColorType::L8).unwrap();
    let mask = read_mask(&path).unwrap();
    assert_eq!(
        mask.mapv(|value| value > 0.5).into_raw_vec_and_offset().0,
        [false, true, false, true]
    );
    let wide: Vec<u8> = [0_u16, 1, 65_535, 300]
        .iter()
        .flat_map(|v| v.to_ne_bytes())
        .collect();
    image::save_buffer(&path, &wide, 4, 1, ExtendedColorType::L16).unwrap();
    let psf = read_kernel(&path).unwrap();
    assert_eq!(psf.dim(), (1, 4));
    assert!((psf[[0, 3]] - 300.0 / 65_535.0).abs() < 1e-9);
    image::save_buffer(&path, &[0; 4], 2, 2, ExtendedColorType::L8).unwrap();
    assert!(
        read_kernel(&path)
            .unwrap_err()
            .to_string()
            .contains("kernel")
    );
}

#[test]
fn views_of_files_are_plain_views() {
    // The picture in memory equals what the decoder gives, whatever the format's own order.
    let pixels = samples(4 * 2 * 3);
    let mut bytes = Vec::new();
    PngEncoder::new(Cursor::new(&mut bytes))
        .write_image(&pixels, 4, 2, ExtendedColorType::Rgb8)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.png");
    fs::write(&path, &bytes).unwrap();
    let file = ImageFile::read(&path).unwrap();
    assert_eq!(file.size(), (4, 2));
    let direct = ImageView::new(&pixels, Layout::packed(4, 2, 3, PixelType::U8), 0).unwrap();
    assert_eq!(
        Picture::read(&file.view().unwrap()).color,
        Picture::read(&direct).color
    );
}
