//! Everything the engine does, but for what needs a process of its own: one program, so that the engine is linked
//! once. `cargo test --test engine jpeg::` runs one file.

mod alpha;
mod architecture;
mod arrays;
mod bad_image_files;
mod bad_models;
mod bad_operators;
mod blur_estimate;
mod constants;
mod data_consistency;
mod denoisers;
mod farm_template;
mod files;
mod fill;
mod floats;
mod floors;
mod golden;
mod grain;
mod image_files;
mod image_views;
mod import_circles;
mod jpeg;
mod jpeg_cells;
mod jpeg_files;
mod jpeg_traces;
mod kernels;
mod latent;
mod mask_pictures;
mod models;
mod models_table;
mod noise_of_blurred;
mod operators;
mod patch_fill;
mod planned_steps;
mod progress;
mod proximal;
mod restore;
mod setup;
mod shake;
mod steps;
#[path = "../support/mod.rs"]
mod support;
mod temporal;
mod through_decoder;
mod uncommon_pixels;
mod valid_blur;
