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

macro_rules! rgb {
    ($sample:ty, $create:ident) => {
        impl Rgb for $sample {
            fn without_inks(ink: Self, black: Self) -> Self {
                let most = u32::from(Self::MAX);
                ((u32::from(!ink) * u32::from(!black) + most / 2) / most) as Self
            }

            fn transform(
                source: &ColorProfile,
                from: (Layout, &[Self]),
                to: (Layout, &mut [Self]),
                options: TransformOptions,
            ) -> bool {
                source
                    .$create(from.0, &ColorProfile::new_srgb(), to.0, options)
                    .is_ok_and(|transform| transform.transform(from.1, to.1).is_ok())
            }
        }
    };
}

rgb!(u8, create_transform_8bit);
rgb!(u16, create_transform_16bit);
