//! The variadic functions, compiled from C.

use std::ffi::{c_char, c_int, c_void};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use libloading::Library;
use openfx::sys::image_effect_v1::param::OfxParamHandle;

use super::{effect, parameters};

type Message =
    unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, *const c_char, ...) -> c_int;

/// The functions of variadic.c.
pub struct Shim {
    pub get_value: unsafe extern "C" fn(OfxParamHandle, ...) -> c_int,
    pub get_value_at_time: unsafe extern "C" fn(OfxParamHandle, f64, ...) -> c_int,
    pub set_value: unsafe extern "C" fn(OfxParamHandle, ...) -> c_int,
    pub message: Message,
    pub set_persistent_message: Message,
}

#[repr(C)]
struct Answers {
    get: unsafe extern "C" fn(*mut c_void, f64, *mut c_void) -> c_int,
    kind: unsafe extern "C" fn(*mut c_void) -> c_int,
    set_integer: unsafe extern "C" fn(*mut c_void, c_int) -> c_int,
    set_double: unsafe extern "C" fn(*mut c_void, f64) -> c_int,
    set_text: unsafe extern "C" fn(*mut c_void, *const c_char) -> c_int,
    message: unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *const c_char) -> c_int,
}

/// The shim, compiled with the system's C compiler on first use.
pub fn get() -> &'static Shim {
    static SHIM: OnceLock<Shim> = OnceLock::new();
    SHIM.get_or_init(|| {
        let name = format!("variadic-{}.so", std::process::id());
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/variadic.c");
        let status = Command::new("cc")
            .args([
                "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o",
            ])
            .args([&library, &source])
            .status()
            .unwrap();
        assert!(status.success());
        let shim = unsafe { load(&library) };
        std::fs::remove_file(library).unwrap();
        shim
    })
}

unsafe fn load(path: &Path) -> Shim {
    // It stays loaded until the tests end.
    let library: &Library = Box::leak(Box::new(unsafe { Library::new(path) }.unwrap()));
    unsafe fn symbol<T: Copy>(library: &'static Library, name: &str) -> T {
        *unsafe { library.get::<T>(name.as_bytes()) }.unwrap()
    }
    unsafe {
        let answer_with: unsafe extern "C" fn(*const Answers) = symbol(library, "answer_with");
        answer_with(&Answers {
            get: parameters::get,
            kind: parameters::kind,
            set_integer: parameters::set_integer,
            set_double: parameters::set_double,
            set_text: parameters::set_text,
            message: effect::message,
        });
        Shim {
            get_value: symbol(library, "get_value"),
            get_value_at_time: symbol(library, "get_value_at_time"),
            set_value: symbol(library, "set_value"),
            message: symbol(library, "message"),
            set_persistent_message: symbol(library, "set_persistent_message"),
        }
    }
}
