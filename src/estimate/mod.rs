//! What a picture shows about how it was made: pure functions of its pixels.

pub mod blur;
pub mod jpeg;
pub mod noise;
