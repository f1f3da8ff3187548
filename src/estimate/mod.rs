//! What pictures show about how they were made: pure functions of their pixels.

pub mod blur;
pub mod jpeg;
pub mod motion;
pub mod noise;
