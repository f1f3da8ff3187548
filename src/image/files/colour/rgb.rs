//! Integer samples as colours.

use moxcms::{ColorProfile, Layout, TransformOptions};

/// Integer samples that inks and colours come in.
pub(in crate::image::files) trait Rgb: Copy + Default {
    /// What is left of white under an ink and black.
    fn without_inks(ink: Self, black: Self) -> Self;

    /// Converts to sRGB; `false` when the profile cannot.
    fn transform(
        source: &ColorProfile,
        from: (Layout, &[Self]),
        to: (Layout, &mut [Self]),
        options: TransformOptions,
    ) -> bool;
}

impl Rgb for u8 {
    fn without_inks(ink: Self, black: Self) -> Self {
        ((u32::from(!ink) * u32::from(!black) + 127) / 255) as u8
    }

    fn transform(
        source: &ColorProfile,
        from: (Layout, &[Self]),
        to: (Layout, &mut [Self]),
        options: TransformOptions,
    ) -> bool {
        source
            .create_transform_8bit(from.0, &ColorProfile::new_srgb(), to.0, options)
            .is_ok_and(|transform| transform.transform(from.1, to.1).is_ok())
    }
}

impl Rgb for u16 {
    fn without_inks(ink: Self, black: Self) -> Self {
        ((u64::from(!ink) * u64::from(!black) + 32_767) / 65_535) as u16
    }

    fn transform(
        source: &ColorProfile,
        from: (Layout, &[Self]),
        to: (Layout, &mut [Self]),
        options: TransformOptions,
    ) -> bool {
        source
            .create_transform_16bit(from.0, &ColorProfile::new_srgb(), to.0, options)
            .is_ok_and(|transform| transform.transform(from.1, to.1).is_ok())
    }
}
