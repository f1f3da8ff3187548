//! Frame sequences: which frame becomes which, what is missing, and going on after an interruption.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::time::SystemTime;

use image::ExtendedColorType;
use program::Place;
use serde_json::json;

/// A place with frames `in/shot.NNNN.png` of different widths.
fn with_frames(frames: &[u32]) -> Place {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    for &frame in frames {
        let name = format!("in/shot.{frame:04}.png");
        place.save(&name, 20 + frame, 16, ExtendedColorType::Rgb8);
    }
    place
}

/// The names in a folder, in order.
fn names(place: &Place, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(place.path(folder)).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_frame_gets_its_number_whatever_the_way_it_is_written() {
    let place = with_frames(&[1, 2, 3, 4, 10]);
    place.write("in/shot.note.png", "no frame");
    place.write("in/shot.00005.png", "of another sequence");
    place.restored("in/shot.####.png -o out/a_%02d.png --task denoise --frames 1-3:2,10");
    assert_eq!(names(&place, "out"), ["a_01.png", "a_03.png", "a_10.png"]);
    for frame in [1, 3, 10] {
        let alone = format!("in/shot.{frame:04}.png -o alone.png --task denoise");
        place.restored(&alone);
        let name = format!("out/a_{frame:02}.png");
        assert!(place.bytes(&name) == place.bytes("alone.png"), "{name}");
    }

    place.succeed("degrade in/shot.%04d.png -o all --task denoise --frames 1-4 --noise 5");
    assert_eq!(
        names(&place, "all"),
        [
            "shot.0001.png",
            "shot.0002.png",
            "shot.0003.png",
            "shot.0004.png"
        ]
    );
    place.restored("all/shot.%04d.png -o all.%d.x --format tiff --task super-resolve --frames 3");
    assert_eq!(place.decode("all.3.tif").width(), 46);
}

#[test]
fn missing_frames_are_named_and_the_others_made() {
    let place = with_frames(&[1, 2, 5]);
    let outcome = place.restore(
        "in/shot.####.png -o out/shot.####.png --task denoise --frames 1-5 --report report.json",
    );
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{outcome:?}");
    assert!(
        lines[0].contains("shot.0003.png: frame 3 is missing"),
        "{outcome:?}"
    );
    assert!(
        lines[1].contains("shot.0004.png: frame 4 is missing"),
        "{outcome:?}"
    );
    assert!(lines[2].contains("2 of 5"), "{outcome:?}");
    assert_eq!(
        names(&place, "out"),
        ["shot.0001.png", "shot.0002.png", "shot.0005.png"]
    );
    let report = place.json("report.json");
    assert_eq!(report.as_array().unwrap().len(), 5);

    // Without frames a gap is no failure, but is told.
    let outcome = place.restore("in/shot.####.png -o all --task denoise");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("between frames 1 and 5 are missing: 3-4"),
        "{outcome:?}"
    );
    assert_eq!(names(&place, "all").len(), 3);
    let outcome = place.restore("in/shot.####.png -o all --task denoise --quiet");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));

    place
        .restore("in/none.####.png -o x --task denoise")
        .failed(1, "no frame of this sequence");
    assert!(!place.path("x").exists());
}

#[test]
fn a_restart_repeats_nothing_that_is_finished() {
    let place = with_frames(&[1, 2, 3]);
    let written = |frame: u32| -> SystemTime {
        let file = place.path(&format!("out/shot.{frame:04}.png"));
        fs::metadata(file).unwrap().modified().unwrap()
    };
    let arguments = "in/shot.####.png -o out/shot.####.png --task denoise --skip-existing";
    place.restored(&format!("{arguments} --frames 2"));
    // What a full disk or a careless script leaves is no result.
    place.write("out/shot.0003.png", "");
    let before = written(2);
    place.restored(&format!("{arguments} --report report.json"));
    assert_eq!(written(2), before);
    let report = place.json("report.json");
    assert_eq!(report[1]["skipped"], true);
    assert!(report[1]["rounds"].is_null());
    assert_eq!(report[0]["skipped"], json!(null));
    assert_eq!(report[2]["size"], json!([23, 16]));
    let finished = place.content();
    place.restored(arguments);
    assert!(place.content() == finished);

    // Without it everything is made again; and it is for single files and folders too.
    place.restored("in/shot.####.png -o out/shot.####.png --task denoise --frames 2");
    assert!(written(2) > before);
    place.write("kept.png", "anything");
    place.restored("in/shot.0001.png -o kept.png --task denoise --skip-existing");
    assert_eq!(place.bytes("kept.png"), b"anything");
    place.restored("in -o out --task denoise --skip-existing");
}

#[test]
fn what_fits_no_sequence_is_refused() {
    let place = with_frames(&[1, 2]);
    place.save("one.png", 20, 16, ExtendedColorType::Rgb8);
    let before = place.content();
    for (arguments, what) in [
        ("in/shot.####.png -o out.png", "new.####.exr"),
        (
            "in/shot.####.png -o out.####.png --frames 2-1",
            "frames: `2-1`",
        ),
        ("in/shot.####.png -o out.####.png --frames 1-x", "1-200:2"),
        ("in/shot.####.png -o in/shot.%04d.png", "would be replaced"),
        ("in/shot.####.png -o out.##.##.png", "more than one place"),
        (
            "in/shot.####.png one.png -o out.####.png",
            "one.png is of no sequence",
        ),
        (
            "in/shot.####.png in/shot.%04d.png -o out.####.png",
            "would both become",
        ),
        ("in/shot.####.png -o -", "several"),
        ("one.png -o out.png --frames 1", "--frames"),
    ] {
        place
            .restore(&format!("{arguments} --task denoise"))
            .failed(2, what);
        assert!(place.content() == before, "{arguments}: files changed");
    }
}

#[test]
fn every_frame_has_its_own_mask() {
    let place = with_frames(&[1, 2, 3]);
    for frame in [1, 3] {
        let name = format!("in/hole.{frame:04}.png");
        place.save(&name, 20 + frame, 16, ExtendedColorType::L8);
    }
    let arguments = "--task inpaint --mask in/hole.%04d.png";
    let outcome = place.restore(&format!("in/shot.####.png -o out.####.png {arguments}"));
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("hole.0002.png"), "{outcome:?}");
    assert!(!place.path("out.0002.png").exists());
    place.restored("in/shot.0003.png -o alone.png --task inpaint --mask in/hole.0003.png");
    assert!(place.bytes("out.0003.png") == place.bytes("alone.png"));
    for (what, arguments) in [
        ("no frame of one", "in/shot.0001.png -o x.png"),
        ("would be replaced", "in/shot.####.png -o in/hole.####.png"),
    ] {
        let given = format!("{arguments} --task inpaint --mask in/hole.####.png");
        place.restore(&given).failed(2, what);
    }
}

#[test]
fn a_file_that_is_there_is_no_pattern() {
    let place = Place::new();
    place.save("no.#1.png", 20, 16, ExtendedColorType::Rgb8);
    place.restored("no.#1.png -o result.#1.png --task denoise");
    assert_eq!(place.decode("result.#1.png").width(), 20);
}

/// A place with `count` frames of one still shot, each with noise of its own.
fn still_shot(count: u32) -> Place {
    let place = with_frames(&[]);
    place.save("clean.png", 64, 48, ExtendedColorType::Rgb8);
    for frame in 1..=count {
        place.succeed(&format!(
            "degrade clean.png -o in/shot.{frame:04}.png --task denoise --noise 20 --seed {frame}"
        ));
    }
    place
}

#[test]
fn one_frame_is_measured_for_all() {
    let place = still_shot(12);
    place.restored("in/shot.####.png -o out/ --task denoise --noise-frame 5 --report report.json");
    let report = place.json("report.json");
    let entries = report.as_array().unwrap();
    assert_eq!(entries.len(), 12);
    let noise = &entries[4]["noise"];
    assert!(noise["sigma"].as_f64().unwrap() > 10.0);
    assert!(entries.iter().all(|entry| entry["noise"] == *noise));
    // As that frame shows it alone.
    place.restored("in/shot.0005.png -o alone.png --task denoise --report alone.json");
    assert_eq!(place.json("alone.json")["noise"], *noise);
    let outcome = place.restore("in/shot.0005.png -o x.png --task denoise --noise-frame 5");
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
}

#[test]
fn frames_around_count_as_far_as_they_are_there() {
    let place = still_shot(4);
    place.restored(
        "in/shot.####.png -o out/ --task denoise --noise 20 --temporal-frames 5 --report report.json",
    );
    let frames = |report: &serde_json::Value| -> Vec<u64> {
        let entries = report.as_array().unwrap().iter();
        entries
            .map(|entry| entry["temporal"]["frames"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(frames(&place.json("report.json")), [3, 4, 4, 3]);
    // Also frames that are not asked for themselves; none of another size.
    place.save("in/shot.0003.png", 40, 48, ExtendedColorType::Rgb8);
    place.restored(
        "in/shot.####.png -o some/ --task denoise --noise 20 --temporal-frames 3 --frames 1-2:1 \
         --report some.json",
    );
    assert_eq!(frames(&place.json("some.json")), [2, 2]);
    let outcome = place.restore("in/shot.####.png -o x/ --task denoise --temporal-frames 4");
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
}
