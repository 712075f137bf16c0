//! The model that is learnt from: the hidden state of each piece of the vocabulary, by itself in a sentence.
//!
//! It must not know what becomes of it. Invariant: a row is the state at the piece itself: on the dev split that finds
//! more than the mean over `[CLS] piece [SEP]` (docs/decisions/0008).

use std::path::Path;

use candle_core::{Device, Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, DTYPE};

/// Ids of `[CLS]` and `[SEP]` in BERT's vocabulary.
const CLS: u32 = 101;
const SEP: u32 = 102;
/// Pieces at a time.
const BATCH: usize = 512;

/// One row a piece.
pub(super) fn rows(folder: &Path, pieces: usize) -> Result<Vec<Vec<f32>>> {
    let device = Device::Cpu;
    let config = std::fs::read_to_string(folder.join("config.json"))?;
    let config: Config = serde_json::from_str(&config).map_err(candle_core::Error::wrap)?;
    let weights = std::fs::read(folder.join("model.safetensors"))?;
    let model = BertModel::load(VarBuilder::from_buffered_safetensors(weights, DTYPE, &device)?, &config)?;
    let mut rows = Vec::with_capacity(pieces);
    for from in (0..pieces).step_by(BATCH) {
        let batch = from as u32..pieces.min(from + BATCH) as u32;
        let count = batch.len();
        let ids: Vec<u32> = batch.flat_map(|piece| [CLS, piece, SEP]).collect();
        let ids = Tensor::from_vec(ids, (count, 3), &device)?;
        let states = model.forward(&ids, &ids.zeros_like()?, None)?;
        rows.extend(states.narrow(1, 1, 1)?.squeeze(1)?.to_vec2::<f32>()?);
    }
    Ok(rows)
}
