//! How large the tiles are that a network sees.

use crate::priors::TileRule;
use crate::request::Place;
use crate::request::parameters::Id;
use crate::{Error, Result};

/// Width in pixels over which neighbouring tiles of a local network are cross-faded. Their outputs
/// agree there; the fade only hides rounding.
pub const FADE: usize = 8;

/// The tile side and overlap that a request and the prior settle on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileSize {
    /// Side in network pixels, halo included; 0 is the whole picture.
    pub tile: usize,
    /// Network pixels neighbouring tiles share.
    pub overlap: usize,
}

impl TileSize {
    /// What a request asks for, the model's own where it leaves that open.
    ///
    /// # Errors
    /// `InvalidOption` when a tile has no room for its overlap or the model takes only one size.
    pub fn resolve(rule: TileRule, place: &Place) -> Result<Self> {
        let multiple = rule.size_multiple;
        let overlap = match place.overlap {
            Some(given) => given,
            None if rule.global_operations => (2 * rule.halo).max(rule.tile / 4),
            None => 2 * rule.halo + FADE,
        };
        let refused = |tile: usize, allowed: String| Error::invalid(Id::Tile.name(), tile, allowed);
        let tile = match place.tile {
            None => rule.tile,
            Some(0) if rule.fixed_size => rule.tile,
            Some(given) if rule.fixed_size && given != rule.tile => {
                let allowed = format!("{}, the only size this model takes", rule.tile);
                return Err(refused(given, allowed));
            }
            Some(given) => given.next_multiple_of(multiple),
        };
        if tile != 0 && tile < overlap + multiple {
            let allowed = format!(
                "0, or at least {} for an overlap of {overlap}",
                overlap + multiple
            );
            return Err(refused(tile, allowed));
        }
        Ok(TileSize { tile, overlap })
    }
}
