//! The frames around those of a sequence.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sequence::Pattern;
use dcdp::image::{Document, OwnedImage, Transfer};
use dcdp::request::{TaskKind, task_kind, temporal_reach};
use dcdp::{Options, Result};

/// Decoded frames by number; `None` for those that are not there.
type Frames = BTreeMap<i64, Option<Arc<OwnedImage>>>;

/// Reads each frame of a sequence once, and keeps no more than one result needs.
pub struct Neighbours {
    reach: i32,
    transfer: Option<Transfer>,
    /// Of the sequence that was read last, the frames that the next result may need; `None` where a file is
    /// missing, cannot be read or has several pictures.
    kept: RefCell<(PathBuf, Frames)>,
}

impl Neighbours {
    /// For the options of a run, and how it reads files.
    ///
    /// # Errors
    /// A usage error for a number of frames that is not allowed.
    pub fn new(options: &Options, transfer: Option<Transfer>) -> Result<Self> {
        Ok(Neighbours {
            reach: match task_kind(options) {
                TaskKind::Denoise => temporal_reach(options)?,
                _ => 0,
            },
            transfer,
            kept: RefCell::default(),
        })
    }

    /// Gives `options` the frames around one of a sequence, as far as they are there.
    ///
    /// # Errors
    /// `InvalidArgument` never: offsets are within what is allowed.
    pub fn offer(&self, options: &mut Options, pattern: &Pattern, frame: i64) -> Result<()> {
        if self.reach == 0 {
            return Ok(());
        }
        let reach = i64::from(self.reach);
        let mut kept = self.kept.borrow_mut();
        if kept.0 != pattern.path() {
            *kept = (pattern.path().to_owned(), BTreeMap::new());
        }
        let frames = &mut kept.1;
        frames.retain(|&other, _| (other - frame).abs() <= reach);
        let size = self.frame(frames, pattern, frame);
        let size = size.map(|image| size_of(&image));
        for offset in (-self.reach..=self.reach).filter(|&offset| offset != 0) {
            let other = self.frame(frames, pattern, frame + i64::from(offset));
            let fits = other.filter(|image| Some(size_of(image)) == size);
            options.set_neighbour(offset, fits)?;
        }
        Ok(())
    }

    fn frame(
        &self,
        frames: &mut BTreeMap<i64, Option<Arc<OwnedImage>>>,
        pattern: &Pattern,
        frame: i64,
    ) -> Option<Arc<OwnedImage>> {
        let read = || self.read(&pattern.file(frame));
        frames.entry(frame).or_insert_with(read).clone()
    }

    fn read(&self, file: &Path) -> Option<Arc<OwnedImage>> {
        let mut document = Document::open(file).ok()?;
        if document.pages() != 1 {
            return None;
        }
        let picture = document.read(self.transfer).ok()?;
        let view = picture.view().ok()?;
        OwnedImage::copy_of(&view).ok().map(Arc::new)
    }
}

/// Width, height and channels.
fn size_of(image: &OwnedImage) -> (usize, usize, usize) {
    let view = image.view();
    let layout = view.layout();
    (layout.width, layout.height, layout.channels)
}
