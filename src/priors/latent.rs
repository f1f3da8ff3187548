//! Latent priors: a noise-predicting network between an encoder and a decoder.

use ndarray::{Array4, ArrayView4};

use super::folder::ModelFolder;
use super::manifest::FileEntry;
use super::network::OnnxNetwork;
use super::pixel::PixelPrior;
use super::value_range::ValueRange;
use super::{FirstStage, NoiseLevel, Prediction, Prior, PriorInfo};
use crate::runtime::{Cancel, Device, Input};
use crate::{Error, Result};

/// A latent diffusion model (arXiv 2112.10752).
pub(super) struct LatentPrior {
    prior: PixelPrior,
    autoencoder: FirstStageGraphs,
}

/// The first stage: graphs `x`→`z`, `z`→`x` and `z`, `u`→`g`.
struct FirstStageGraphs {
    encoder: OnnxNetwork,
    decoder: OnnxNetwork,
    decoder_vjp: Option<OnnxNetwork>,
    model: ModelFolder,
    channels: usize,
    downsample: usize,
    scale: f32,
    range: ValueRange,
}

impl LatentPrior {
    /// Loads every network of `folder`.
    ///
    /// # Errors
    /// As [`OnnxNetwork::load`]; `Model` when a tensor's name, rank or channels differ from the manifest.
    pub fn load(
        folder: &ModelFolder,
        info: PriorInfo,
        device: Device,
        threads: usize,
    ) -> Result<Self> {
        let manifest = &folder.manifest;
        let (channels, downsample) = (info.channels, info.downsample);
        let prior = PixelPrior::load(folder, info, ValueRange::SAME, device, threads)?;
        // The picture itself passes through these, so that rounding would be seen.
        let device = prior.device().exact();
        let load =
            |field, entry: &Option<FileEntry>, inputs: &[(&str, usize)], output: (&str, usize)| {
                let Some(entry) = entry else {
                    return Ok(None);
                };
                let network = OnnxNetwork::load(folder, field, entry, device, threads)?;
                network.check_input_count(inputs.len())?;
                for (name, channels) in inputs {
                    network.check_image_input(name, *channels, field)?;
                }
                network.check_image_output(output.0, output.1, field)?;
                Ok(Some(network))
            };
        let missing = |field: &str| Error::Model {
            path: folder.path.clone(),
            field: field.to_owned(),
            reason: "is missing; latent needs it".to_owned(),
        };
        let files = &manifest.files;
        let (x, z) = (("x", manifest.channels), ("z", channels));
        let encoder = load("files.encoder", &files.encoder, &[x], z)?;
        let decoder = load("files.decoder", &files.decoder, &[z], x)?;
        let u = ("u", manifest.channels);
        let decoder_vjp = load(
            "files.decoder_vjp",
            &files.decoder_vjp,
            &[z, u],
            ("g", channels),
        )?;
        let autoencoder = FirstStageGraphs {
            encoder: encoder.ok_or_else(|| missing("files.encoder"))?,
            decoder: decoder.ok_or_else(|| missing("files.decoder"))?,
            decoder_vjp,
            model: folder.clone(),
            channels,
            downsample,
            scale: manifest.latent_scale.unwrap_or(1.0) as f32,
            range: ValueRange::new(manifest.value_range),
        };
        Ok(LatentPrior { prior, autoencoder })
    }
}

impl Prior for LatentPrior {
    fn info(&self) -> &PriorInfo {
        self.prior.info()
    }

    fn device(&self) -> Device {
        self.prior.device()
    }

    fn predict(
        &self,
        x: ArrayView4<'_, f32>,
        level: NoiseLevel,
        cancel: &Cancel,
    ) -> Result<Prediction> {
        self.prior.predict(x, level, cancel)
    }

    fn first_stage(&self) -> Option<&dyn FirstStage> {
        Some(&self.autoencoder)
    }
}

impl FirstStageGraphs {
    /// The picture shape that belongs to latents.
    fn picture_shape(&self, z: ArrayView4<'_, f32>) -> [usize; 4] {
        let (batch, _, height, width) = z.dim();
        let side = self.downsample;
        [
            batch,
            self.model.manifest.channels,
            height * side,
            width * side,
        ]
    }

    fn unscaled(&self, z: ArrayView4<'_, f32>) -> Array4<f32> {
        z.as_standard_layout().mapv(|value| value / self.scale)
    }
}

impl FirstStage for FirstStageGraphs {
    fn encode(&self, x: ArrayView4<'_, f32>, cancel: &Cancel) -> Result<Array4<f32>> {
        let ValueRange { scale, shift } = self.range;
        let (scale, shift) = (scale as f32, shift as f32);
        let x = x.as_standard_layout().mapv(|value| (value - shift) / scale);
        let (batch, _, height, width) = x.dim();
        let side = self.downsample;
        let shape = [batch, self.channels, height / side, width / side];
        let input = Input::Floats(x.view().into_dyn());
        let mut z = self.encoder.run(&[("x", input)], "z", shape, cancel)?;
        z.mapv_inplace(|value| value * self.scale);
        Ok(z)
    }

    fn decode(&self, z: ArrayView4<'_, f32>, cancel: &Cancel) -> Result<Array4<f32>> {
        let shape = self.picture_shape(z);
        let z = self.unscaled(z);
        let input = Input::Floats(z.view().into_dyn());
        let mut x = self.decoder.run(&[("z", input)], "x", shape, cancel)?;
        let (scale, shift) = (self.range.scale as f32, self.range.shift as f32);
        x.mapv_inplace(|value| scale * value + shift);
        Ok(x)
    }

    fn decode_vjp(
        &self,
        z: ArrayView4<'_, f32>,
        u: ArrayView4<'_, f32>,
        cancel: &Cancel,
    ) -> Result<Array4<f32>> {
        let network = self.decoder_vjp.as_ref().ok_or_else(|| Error::Model {
            path: self.model.path.clone(),
            field: "files.decoder_vjp".to_owned(),
            reason: "is missing; data fidelity in latent space needs it, use latent_approach pixel"
                .to_owned(),
        })?;
        let (batch, channels, height, width) = z.dim();
        let z = self.unscaled(z);
        let u = u.as_standard_layout();
        let inputs = [
            ("z", Input::Floats(z.view().into_dyn())),
            ("u", Input::Floats(u.view().into_dyn())),
        ];
        let mut g = network.run(&inputs, "g", [batch, channels, height, width], cancel)?;
        // The chain rule through z ↦ range(D(z / scale)).
        let factor = self.range.scale as f32 / self.scale;
        g.mapv_inplace(|value| factor * value);
        Ok(g)
    }
}
