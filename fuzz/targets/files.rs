//! Files of pictures, read whole and written again: any bytes become files or an error. The first byte
//! chooses the format to write.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use dcdp::Error;
use dcdp::image::{Document, FileFormat, Output};
use libfuzzer_sys::fuzz_target;

/// Most pixels that are written: what is large is slow and finds nothing more.
const MAX_PIXELS: usize = 1 << 16;
/// Most pictures of a file that are read.
const MAX_PAGES: usize = 4;

/// A file of this process, in memory where the system has that.
fn file(ending: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let shared = PathBuf::from("/dev/shm");
        if shared.is_dir() {
            shared
        } else {
            std::env::temp_dir()
        }
    });
    folder.join(format!("dcdp-fuzz-files-{}.{ending}", std::process::id()))
}

fn copy(format: FileFormat) -> Result<(), Error> {
    let target = file("out");
    let output = Output::new(&target, Some(format), 90)?;
    let mut source = Document::open(&file("in"))?;
    let is_whole = source.pages() <= MAX_PAGES;
    let mut writer = None;
    for index in 0..source.pages().min(MAX_PAGES) {
        let picture = source.read(None)?;
        let (width, height) = picture.size();
        if width * height > MAX_PIXELS || !is_whole {
            continue;
        }
        if index == 0 {
            writer = Some(source.writer(&output)?);
        }
        if let Some(writer) = &mut writer {
            writer.push(&picture.copy_for(&output)?)?;
        }
    }
    if let Some(writer) = writer {
        let (staged, _) = writer.finish()?;
        staged.publish()?;
        // What was written can be read.
        let again = Document::open(&target)?.read(None);
        let _ = std::fs::remove_file(&target);
        again?;
    }
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    std::fs::write(file("in"), content).expect("the file can be written");
    let format = match choice % 5 {
        0 => FileFormat::Png,
        1 => FileFormat::Jpeg,
        2 => FileFormat::Tiff,
        3 => FileFormat::WebP,
        _ => FileFormat::Exr,
    };
    let result = copy(format);
    let _ = std::fs::remove_file(file("in"));
    match result {
        Ok(()) | Err(Error::Io { .. } | Error::File { .. } | Error::InvalidImage(_)) => {}
        Err(other) => panic!("{other:?}"),
    }
});
