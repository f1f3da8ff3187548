//! What the project's own tests, benches and examples see of the inside; nothing in here is stable.

/// See the module of this name.
pub mod data_consistency {
    pub use crate::data_consistency::*;
}

/// See the module of this name.
pub mod diffusion {
    pub use crate::diffusion::*;
}

/// See the module of this name.
pub mod fill {
    pub use crate::fill::*;
}

/// See the module of this name.
pub mod fusion {
    pub use crate::fusion::*;
}

/// See the module of this name.
pub mod math {
    pub use crate::math::*;
}

/// See the module of this name.
pub mod plan {
    pub use crate::plan::*;
}

/// See the modules of these names.
pub mod restore {
    pub use crate::restore::autoencoder::*;
    pub use crate::restore::network::*;
    pub use crate::restore::outer_loop::*;
    pub use crate::restore::run::*;
    pub use crate::restore::space::*;
}
