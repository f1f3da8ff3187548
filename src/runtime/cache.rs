//! Sessions shared by the whole process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::{Device, Session};
use crate::Result;

/// How many sessions stay loaded when nobody uses them: a latent model has four networks.
const KEPT: usize = 8;

/// A file as it stood when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    /// Links resolved.
    pub path: PathBuf,
    /// The hash its content must have.
    pub sha256: String,
    pub bytes: u64,
    /// Where the file system keeps it.
    pub modified: Option<SystemTime>,
}

/// What makes two sessions the same.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    file: FileId,
    device: Device,
    threads: usize,
}

/// Least recently used first.
static SESSIONS: Mutex<Vec<(Key, Arc<Session>)>> = Mutex::new(Vec::new());

/// The session of a network file on a device, loaded from what `read` returns unless the process has it
/// already and the file has not changed. `threads` 0 takes every processor.
///
/// # Errors
/// Those of `read` and [`Session::new`].
pub(crate) fn session(
    file: FileId,
    device: Device,
    threads: usize,
    read: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Arc<Session>> {
    let key = Key {
        file,
        device,
        threads: match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        },
    };
    // Held while loading, so that two callers of one model load it once.
    let mut sessions = SESSIONS.lock();
    if let Some(position) = sessions.iter().position(|(other, _)| *other == key) {
        let entry = sessions.remove(position);
        let session = Arc::clone(&entry.1);
        sessions.push(entry);
        return Ok(session);
    }
    let session = Arc::new(Session::new(&read()?, key.device, key.threads)?);
    sessions.push((key, Arc::clone(&session)));
    if sessions.len() > KEPT {
        sessions.remove(0);
    }
    Ok(session)
}

/// Lets go of every cached session; those in use end with their last user.
pub fn release() {
    SESSIONS.lock().clear();
}
