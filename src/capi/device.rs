//! Devices for C.

use std::ffi::{CString, c_char};
use std::mem::offset_of;

use super::abi::{Out, Sized32, c_string, handle, take_back, write_struct};
use super::{guard, log};
use crate::{Error, Result, runtime};

/// One device. Filled by dcdp_devices_get; strings live as long as the list.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_device {
    /// sizeof(dcdp_device); on return the bytes filled.
    pub struct_size: u32,
    /// Not 0 when it can be used.
    pub usable: i32,
    /// Its word for the option `device`, such as "cpu".
    pub name: *const c_char,
    /// Why it cannot be used; "" when it can.
    pub reason: *const c_char,
}

// SAFETY: repr(C), begins with a u32, and holds numbers and raw pointers only.
unsafe impl Sized32 for dcdp_device {
    const NAME: &'static str = "dcdp_device";
    const OLDEST: usize = offset_of!(dcdp_device, reason) + size_of::<*const c_char>();
}

/// A list of devices, the processor first.
pub struct dcdp_devices {
    entries: Vec<Entry>,
}

struct Entry {
    usable: bool,
    name: CString,
    reason: CString,
}

fn entry(status: &runtime::DeviceStatus) -> Entry {
    Entry {
        usable: status.unusable.is_none(),
        name: c_string(status.device.name()),
        reason: c_string(status.unusable.as_deref().unwrap_or_default()),
    }
}

/// Tries out every device; may take seconds. Needs ONNX Runtime, which a context loads. Free the list with
/// dcdp_devices_destroy.
///
/// Any thread. On failure `out` stays as it was: DCDP_ERROR_RUNTIME, DCDP_ERROR_ARGUMENT (`out` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_devices_create(out: *mut *mut dcdp_devices) -> i32 {
    guard(|| {
        log::outside()?;
        // SAFETY: `out` is as the contract in the header says.
        let out = unsafe { Out::new(out, "out")? };
        let entries = runtime::devices()?.iter().map(entry).collect();
        out.give(dcdp_devices { entries });
        Ok(())
    })
}

/// Frees a list. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_devices_destroy(devices: *mut dcdp_devices) {
    guard(|| {
        // SAFETY: `devices` is as the contract in the header says.
        drop(unsafe { take_back(devices) });
        Ok(())
    });
}

/// Number of devices in a list; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_devices_count(devices: *const dcdp_devices) -> u32 {
    // SAFETY: `devices` is as the contract in the header says.
    unsafe { devices.as_ref() }.map_or(0, |devices| devices.entries.len() as u32)
}

/// Describes device number `index` of a list. Set out->struct_size first.
///
/// Fails with DCDP_ERROR_ARGUMENT when a pointer is NULL or `index` too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_devices_get(
    devices: *const dcdp_devices,
    index: u32,
    out: *mut dcdp_device,
) -> i32 {
    guard(|| {
        // SAFETY: `devices` is as the contract in the header says.
        let devices = unsafe { handle(devices, "devices")? };
        let entry = nth(&devices.entries, index, "devices")?;
        let device = dcdp_device {
            struct_size: size_of::<dcdp_device>() as u32,
            usable: i32::from(entry.usable),
            name: entry.name.as_ptr(),
            reason: entry.reason.as_ptr(),
        };
        // SAFETY: `out` is as the contract in the header says.
        unsafe { write_struct(out, &device) }
    })
}

/// Entry `index` of a list.
pub(super) fn nth<'a, T>(entries: &'a [T], index: u32, what: &str) -> Result<&'a T> {
    entries.get(index as usize).ok_or_else(|| {
        let count = entries.len();
        Error::InvalidArgument(format!("index is {index}; there are {count} {what}"))
    })
}
