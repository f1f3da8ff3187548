//! Models for C.

use std::ffi::{CString, c_char};
use std::mem::offset_of;
use std::path::Path;

use super::abi::{Out, Sized32, c_string, handle, take_back, text, write_struct};
use super::device::nth;
use super::guard;
use crate::priors::{self, ModelFolder};
use crate::{Error, Result};

/// One model. Filled by dcdp_models_get; strings live as long as the list and are never NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_model {
    /// sizeof(dcdp_model); on return the bytes filled.
    pub struct_size: u32,
    /// Not 0 when its manifest is in order; else only folder and reason are filled.
    pub usable: i32,
    /// Its name, as the option `model` takes it.
    pub name: *const c_char,
    /// Version of the model.
    pub version: *const c_char,
    /// Licence of its weights.
    pub licence: *const c_char,
    /// "pixel", "consistency" or "latent".
    pub kind: *const c_char,
    /// One sentence for persons.
    pub description: *const c_char,
    /// Where it stands.
    pub folder: *const c_char,
    /// What is wrong with it; "" when nothing is.
    pub reason: *const c_char,
}

// SAFETY: repr(C), begins with a u32, and holds numbers and raw pointers only.
unsafe impl Sized32 for dcdp_model {
    const NAME: &'static str = "dcdp_model";
    const OLDEST: usize = offset_of!(dcdp_model, reason) + size_of::<*const c_char>();
}

/// A list of models.
pub struct dcdp_models {
    entries: Vec<Entry>,
}

#[derive(Default)]
struct Entry {
    usable: bool,
    name: CString,
    version: CString,
    licence: CString,
    kind: CString,
    description: CString,
    folder: CString,
    reason: CString,
}

fn entry(folder: &Path, model: &Result<ModelFolder>) -> Entry {
    let folder = c_string(&folder.to_string_lossy());
    match model {
        Ok(ModelFolder { manifest, .. }) => Entry {
            usable: true,
            name: c_string(&manifest.name),
            version: c_string(&manifest.version),
            licence: c_string(&manifest.licence),
            kind: c_string(&format!("{:?}", manifest.kind).to_lowercase()),
            description: c_string(&manifest.description),
            folder,
            reason: CString::default(),
        },
        Err(error) => Entry {
            folder,
            reason: c_string(&error.to_string()),
            ..Entry::default()
        },
    }
}

/// Lists models: the one that `name` means, a name or a folder, or every model on the search path (the
/// environment variable DCDP_MODEL_PATH, beside libdcdp, the user's data folder, the system) for NULL. Reads
/// manifests only. Free the list with dcdp_models_destroy.
///
/// Any thread. On failure `out` stays as it was: DCDP_ERROR_MODEL_NOT_FOUND, DCDP_ERROR_MODEL or DCDP_ERROR_IO
/// (the named one is malformed), DCDP_ERROR_ARGUMENT (`out` is NULL, `name` is not UTF-8).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_models_create(
    name: *const c_char,
    out: *mut *mut dcdp_models,
) -> i32 {
    guard(|| {
        // SAFETY: `out` is as the contract in the header says.
        let out = unsafe { Out::new(out, "out")? };
        let entries = if name.is_null() {
            let models = priors::list();
            models
                .iter()
                .map(|(path, model)| entry(path, model))
                .collect()
        } else {
            // SAFETY: `name` is as the contract in the header says.
            let model = priors::find(unsafe { text(name, "name")? })?;
            let path = model.path.clone();
            vec![entry(&path, &Ok::<_, Error>(model))]
        };
        out.give(dcdp_models { entries });
        Ok(())
    })
}

/// Frees a list. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_models_destroy(models: *mut dcdp_models) {
    guard(|| {
        // SAFETY: `models` is as the contract in the header says.
        drop(unsafe { take_back(models) });
        Ok(())
    });
}

/// Number of models in a list; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_models_count(models: *const dcdp_models) -> u32 {
    // SAFETY: `models` is as the contract in the header says.
    unsafe { models.as_ref() }.map_or(0, |models| models.entries.len() as u32)
}

/// Describes model number `index` of a list. Set out->struct_size first.
///
/// Fails with DCDP_ERROR_ARGUMENT when a pointer is NULL or `index` too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_models_get(
    models: *const dcdp_models,
    index: u32,
    out: *mut dcdp_model,
) -> i32 {
    guard(|| {
        // SAFETY: `models` is as the contract in the header says.
        let models = unsafe { handle(models, "models")? };
        let entry = nth(&models.entries, index, "models")?;
        let model = dcdp_model {
            struct_size: size_of::<dcdp_model>() as u32,
            usable: i32::from(entry.usable),
            name: entry.name.as_ptr(),
            version: entry.version.as_ptr(),
            licence: entry.licence.as_ptr(),
            kind: entry.kind.as_ptr(),
            description: entry.description.as_ptr(),
            folder: entry.folder.as_ptr(),
            reason: entry.reason.as_ptr(),
        };
        // SAFETY: `out` is as the contract in the header says.
        unsafe { write_struct(out, &model) }
    })
}
