//! Where things stand in the checkout.

use std::path::{Path, PathBuf};

use crate::Result;

/// The workspace root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask/ has a parent folder")
}

/// Cargo's target folder, wherever the caller put it.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => std::env::current_dir().unwrap_or_default().join(folder),
        None => root().join("target"),
    }
}

/// Where release builds land.
pub fn release() -> PathBuf {
    target().join("release")
}

/// What is kept between checkouts: `dcdp` in the user's cache folder.
pub fn cache() -> Result<PathBuf> {
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .or_else(|| std::env::var_os("LOCALAPPDATA").map(PathBuf::from))
        .map(|folder| folder.join("dcdp"))
        .ok_or_else(|| "no cache folder: neither XDG_CACHE_HOME nor HOME is set".to_owned())
}
