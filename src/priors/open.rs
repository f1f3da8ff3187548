//! Finding models by name and opening them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array4;

use super::consistency::ConsistencyPrior;
use super::denoiser::DenoiserPrior;
use super::folder::ModelFolder;
use super::latent::LatentPrior;
use super::manifest::{MANIFEST, Manifest};
use super::pixel::PixelPrior;
use super::validation::is_name;
use super::value_range::ValueRange;
use super::{NoiseLevel, Prior, PriorInfo, PriorKind, TileRule, trial};
use crate::diffusion::Process;
use crate::runtime::{self, Cancel, Device};
use crate::{Error, Result};

/// Opens a model by name or folder on a device; `threads` 0 takes every processor. The process keeps the
/// networks loaded, so opening the same model again is cheap.
///
/// # Errors
/// `ModelNotFound`; `Model` and `Io` when the folder is not a valid model; `Runtime`; `Device`.
pub fn open(name: &str, device: Device, threads: usize) -> Result<Arc<dyn Prior>> {
    open_folder(&find(name)?, device, threads)
}

/// Reads and checks the manifest of a model, found by name or folder. Loads no network.
///
/// A text with a path separator is a folder. Any other is looked up in the search path (the
/// `DCDP_MODEL_PATH` list, beside our own binary, the user's data folder, the system), then taken as a
/// folder.
///
/// # Errors
/// `ModelNotFound`; `Model` and `Io` when the folder is not a valid model.
pub fn find(name: &str) -> Result<ModelFolder> {
    let as_folder = Path::new(name);
    if is_name(name) {
        let candidates = search_path().into_iter().map(|folder| folder.join(name));
        for folder in candidates {
            if folder.join(MANIFEST).exists() {
                return ModelFolder::read(&folder);
            }
        }
    }
    if as_folder.is_dir() {
        return ModelFolder::read(as_folder);
    }
    let searched: Vec<_> = search_path()
        .iter()
        .map(|f| f.display().to_string())
        .collect();
    Err(Error::ModelNotFound {
        name: name.to_owned(),
        searched: searched.join(", "),
    })
}

/// Every model on the search path, by folder; where two share a name, only the first can be opened by it
/// and is listed. A broken one is listed with what is wrong.
pub fn list() -> Vec<(PathBuf, Result<ModelFolder>)> {
    let mut found = BTreeMap::new();
    for folder in search_path() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let named = entry.file_name().to_str().is_some_and(is_name);
            if named && entry.path().join(MANIFEST).exists() {
                found
                    .entry(entry.file_name())
                    .or_insert_with(|| entry.path());
            }
        }
    }
    found
        .into_values()
        .map(|path| {
            let model = ModelFolder::read(&path);
            (path, model)
        })
        .collect()
}

/// Checks a model whole: manifest, sizes, hashes, graphs, tensors, and one network call on the processor
/// whose result must be finite.
///
/// # Errors
/// As [`open`]; `Network` when the trial call fails.
pub fn verify(name: &str) -> Result<ModelFolder> {
    let model = find(name)?;
    // Opening skips files whose session is loaded already.
    for (field, entry) in model.manifest.files() {
        model.read_network(field, entry)?;
    }
    let prior = open_folder(&model, Device::Cpu, 0)?;
    let info = prior.info();
    let side = match (info.tiles.fixed_size, info.tiles.tile) {
        (true, tile) => tile,
        // 64 pixels of the picture: a full tile of a large first stage takes minutes.
        (false, _) => (64 / info.downsample).next_multiple_of(info.tiles.size_multiple),
    };
    let x = Array4::zeros((1, info.channels, side, side));
    let [low, high] = info.sigma_range;
    let level = NoiseLevel::Sigma(f64::clamp(1.0, low, high));
    let cancel = Cancel::new();
    prior.predict(x.view(), level, &cancel)?;
    if let Some(stage) = prior.first_stage() {
        let z = stage.encode(stage.decode(x.view(), &cancel)?.view(), &cancel)?;
        if model.manifest.files.decoder_vjp.is_some() {
            let u = stage.decode(z.view(), &cancel)?;
            stage.decode_vjp(z.view(), u.view(), &cancel)?;
        }
    }
    Ok(model)
}

fn open_folder(folder: &ModelFolder, device: Device, threads: usize) -> Result<Arc<dyn Prior>> {
    let prior = load(folder, device, threads)?;
    if !prior.device().rounds() {
        return Ok(prior);
    }
    let processor = || load(folder, Device::Cpu, threads);
    match trial::passes(folder, &*prior, &processor)? {
        trial::Verdict::Passed => Ok(prior),
        trial::Verdict::Refused(reason) if device == Device::Auto => {
            log::warn!("{reason}; the processor computes it in f32 instead");
            processor()
        }
        trial::Verdict::Refused(reason) => Err(Error::Device {
            device: device.to_string(),
            reason,
        }),
    }
}

fn load(folder: &ModelFolder, device: Device, threads: usize) -> Result<Arc<dyn Prior>> {
    let manifest = &folder.manifest;
    let info = info(manifest)?;
    Ok(match manifest.kind {
        PriorKind::Pixel if manifest.is_denoiser() => {
            Arc::new(DenoiserPrior::load(folder, info, device, threads)?)
        }
        PriorKind::Pixel => {
            let range = ValueRange::new(manifest.value_range);
            Arc::new(PixelPrior::load(folder, info, range, device, threads)?)
        }
        PriorKind::Consistency => Arc::new(ConsistencyPrior::load(folder, info, device, threads)?),
        PriorKind::Latent => Arc::new(LatentPrior::load(folder, info, device, threads)?),
    })
}

/// The manifest's facts in the network's own pixels and in our units.
fn info(manifest: &Manifest) -> Result<PriorInfo> {
    let downsample = manifest.downsample.unwrap_or(1);
    let text = |(name, setting): (&String, &super::Setting)| (name.clone(), setting.to_string());
    let process = manifest.process()?;
    Ok(PriorInfo {
        name: manifest.name.clone(),
        kind: manifest.kind,
        channels: manifest.latent_channels.unwrap_or(manifest.channels),
        tiles: TileRule {
            size_multiple: manifest.size_multiple / downsample,
            tile: manifest.tile / downsample,
            halo: manifest.halo.div_ceil(downsample),
            global_operations: manifest.global_operations,
            fixed_size: manifest.fixed_size,
        },
        sigma_range: sigma_range(manifest, &process),
        process,
        learned_variance: manifest.learned_variance,
        downsample,
        network_bytes: manifest
            .files
            .all()
            .fold(0, |sum: u64, file| sum.saturating_add(file.bytes)),
        defaults: manifest
            .defaults
            .iter()
            .map(|(task, settings)| (task.clone(), settings.iter().map(text).collect()))
            .collect(),
    })
}

/// Smallest and largest σ in network range units.
fn sigma_range(manifest: &Manifest, process: &Process) -> [f64; 2] {
    let scale = ValueRange::new(manifest.value_range).scale;
    let ends = [process.sigma(0), process.sigma(process.timesteps() - 1)];
    match (manifest.kind, manifest.sigma_min, manifest.sigma_max) {
        (PriorKind::Consistency, Some(low), Some(high)) => [low * scale, high * scale],
        (PriorKind::Pixel, _, Some(high)) => [0.0, high / 127.5],
        (..) => ends,
    }
}

/// Folders that hold model folders, best first.
fn search_path() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(list) = std::env::var_os("DCDP_MODEL_PATH") {
        folders.extend(std::env::split_paths(&list).filter(|f| !f.as_os_str().is_empty()));
    }
    for folder in runtime::binary_folders() {
        folders.push(folder.join("models"));
        folders.extend(
            folder
                .parent()
                .map(|prefix| prefix.join("share/dcdp/models")),
        );
        // An OpenFX bundle: Contents/Linux-x86-64/dcdp.ofx.
        let contents = folder.parent();
        folders.extend(contents.map(|contents| contents.join("Resources/models")));
        // A checkout: target/release/dcdp.
        let root = folder.parent().and_then(Path::parent);
        folders.extend(root.map(|root| root.join("models")));
    }
    folders.extend(user_data().map(|folder| folder.join("dcdp").join("models")));
    for folder in system_data() {
        folders.push(folder.join("dcdp").join("models"));
    }
    folders
}

fn variable(name: &str) -> Option<PathBuf> {
    let value = PathBuf::from(std::env::var_os(name)?);
    value.is_absolute().then_some(value)
}

fn user_data() -> Option<PathBuf> {
    if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    }
}

fn system_data() -> Vec<PathBuf> {
    if cfg!(windows) {
        variable("PROGRAMDATA").into_iter().collect()
    } else if cfg!(target_os = "macos") {
        vec![PathBuf::from("/Library/Application Support")]
    } else {
        ["/usr/local/share", "/usr/share"].map(PathBuf::from).into()
    }
}
