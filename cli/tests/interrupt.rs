//! Ctrl-C half way: exit code 130, nothing left behind, nothing replaced.
#![cfg(unix)]

#[path = "support/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Read};
use std::process::Command;

use program::{Place, tiny_prior};

/// Starts `dcdp restore` on more rounds than anyone waits for, sends `signal` in the third and gives the
/// exit code with what was said after that.
fn interrupted(place: &Place, arguments: &str, signal: &str) -> (Option<i32>, String) {
    let mut child = place
        .command(&format!(
            "restore --model {} --task deblur --blur gaussian --preset paper --t-start 1000 --rounds 1000 {arguments}",
            tiny_prior()
        ))
        .env("RUST_LOG", "dcdp=debug")
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("round 3 of 1000") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it ended early");
    }
    // The shell's own: not every system has the program.
    let sent = Command::new("sh")
        .args(["-c", &format!("kill {signal} {}", child.id())])
        .status()
        .unwrap();
    assert!(sent.success());
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    (child.wait().unwrap().code(), rest)
}

#[test]
fn an_interrupted_run_leaves_every_file_as_it_was() {
    let place = Place::with_picture();
    place.write("out.png", "what was there before");
    let before = place.content();
    for (arguments, signal) in [
        ("in.png -o new.png", "-INT"),
        ("in.png -o out.png --report report.json", "-INT"),
        ("in.png -o in.png", "-TERM"),
    ] {
        let (code, told) = interrupted(&place, arguments, signal);
        assert_eq!(code, Some(130), "{arguments}: {told}");
        assert_eq!(
            told.lines().last(),
            Some("dcdp: cancelled"),
            "{arguments}: {told}"
        );
        assert!(!told.contains("panic"), "{told}");
        assert!(place.content() == before, "{arguments}: files changed");
    }
}

#[test]
fn an_interrupted_batch_ends_at_once() {
    let place = Place::with_picture();
    place.save("other.png", 30, 20, image::ExtendedColorType::Rgb8);
    let (code, told) = interrupted(&place, "in.png other.png -o made", "-INT");
    assert_eq!(code, Some(130), "{told}");
    assert_eq!(std::fs::read_dir(place.path("made")).unwrap().count(), 0);
}
