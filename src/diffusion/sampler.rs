//! Which sampler runs back from x_T.

/// The samplers, one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sampler {
    /// Deterministic DDIM.
    Ddim,
    /// Ancestral DDPM (reverse SDE, eq. (12)).
    Ddpm,
    /// One Tweedie step (Version 2 of the paper).
    Tweedie,
    /// A consistency model (eq. (15)).
    Consistency,
}
