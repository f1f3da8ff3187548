//! Generates the C header from src/capi, and says how the shared library is linked.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Sources of the header, in the order of the header.
const SOURCES: [&str; 17] = [
    "status",
    "guard",
    "library",
    "log",
    "image",
    "parameter",
    "options",
    "given",
    "operator",
    "preview",
    "context",
    "progress",
    "restore",
    "shown",
    "shown_jpeg",
    "model",
    "device",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_CAPI").is_some() {
        header();
        link();
    }
}

fn folder(variable: &str) -> PathBuf {
    PathBuf::from(env::var_os(variable).unwrap_or_default())
}

/// Writes the header to OUT_DIR. Only with DCDP_UPDATE_HEADER set does it also replace the committed
/// include/dcdp.h; a test compares the two.
fn header() {
    println!("cargo:rerun-if-changed=src/capi");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=include/dcdp.h");
    println!("cargo:rerun-if-env-changed=DCDP_UPDATE_HEADER");
    let root = folder("CARGO_MANIFEST_DIR");
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml"))
        .unwrap_or_else(|error| panic!("cbindgen.toml: {error}"));
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(root.join(format!("src/capi/{source}.rs")));
    }
    let bindings = builder
        .generate()
        .unwrap_or_else(|error| panic!("src/capi: {error}"));
    let mut text = Vec::new();
    bindings.write(&mut text);
    let generated = folder("OUT_DIR").join("dcdp.h");
    write(&generated, &text);

    let committed = root.join("include/dcdp.h");
    if env::var_os("DCDP_UPDATE_HEADER").is_some() {
        if fs::read(&committed).ok().as_deref() != Some(&text) {
            write(&committed, &text);
        }
    } else if fs::read(&committed).ok().as_deref() != Some(&text) {
        println!(
            "cargo:warning=include/dcdp.h differs from src/capi; set DCDP_UPDATE_HEADER=1 to renew it"
        );
    }
}

fn write(path: &Path, text: &[u8]) {
    let written: io::Result<()> = fs::write(path, text);
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// The number in the soname: the upper 16 bits of DCDP_ABI_VERSION.
const ABI: u32 = 0;

fn link() {
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libdcdp.{ABI}.dylib");
        }
        Ok("windows") | Err(_) => {}
        Ok(_) => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libdcdp.so.{ABI}");
            // ONNX Runtime and thread-locals hold pointers into this code to the end of the process.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
    }
}
