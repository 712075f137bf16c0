//! From the teacher's rows to the model's parts: PCA, rotation, weights, bytes, neighbours.
//!
//! It must not know files. Invariant: deterministic; the only chance in it has a fixed seed.

use nalgebra::{DMatrix, DVector, SymmetricEigen};
use quipu_core::analyse;
use quipu_embed::DIMENSIONS;
use quipu_embed::format::Parts;

use crate::bench::chance::Chance;

/// Smooth inverse frequency (Arora et al., 2017): a piece counts `A / (A + p)`, `p` by Zipf's law from its rank, for
/// BERT's vocabulary is in the order of frequency. Dense lane alone, LoCoMo dev, R@10: 1e-4 .526, 3e-5 .567, 1e-5 .557.
const A: f64 = 3e-5;
/// At most so many neighbours a piece, from this cosine on. Fused, LoCoMo dev, R@10: none .731, 16 .759, 32 .757.
const NEIGHBOURS: usize = 16;
const NEAR: f32 = 0.3;

pub(super) fn parts(vocabulary: Vec<String>, rows: &[Vec<f32>]) -> Parts {
    let telling: Vec<usize> = (0..vocabulary.len()).filter(|&id| tells(&vocabulary[id])).collect();
    let reduced = reduce(rows, &telling);
    let unit: DMatrix<f32> = unit_rows(&reduced).cast();
    println!("{} pieces say something; looking for the neighbours of each", telling.len());
    let near = neighbours(&unit);
    let rotated = &reduced * rotation();
    let total: f64 = (0..vocabulary.len()).map(|rank| 1.0 / (rank as f64 + 2.0)).sum();
    let mut parts = Parts { weights: vec![0.0; vocabulary.len()], ..Parts::default() };
    parts.neighbours = vec![Vec::new(); vocabulary.len()];
    for (place, &id) in telling.iter().enumerate() {
        let p = 1.0 / (id as f64 + 2.0) / total;
        let row = rotated.row(place);
        let most = row.iter().fold(0.0f64, |most, x| most.max(x.abs()));
        parts.weights[id] = (A / (A + p) * most / 127.0) as f32;
        parts.rows.extend(row.iter().map(|x| (x * 127.0 / most).round() as i8));
        parts.neighbours[id] = near[place].iter().map(|(other, cosine)| (telling[*other] as u16, *cosine)).collect();
    }
    parts.vocabulary = vocabulary;
    parts
}

/// Whether a piece says anything by itself: not the model's own marks, not punctuation, not a stop word, not a digit.
fn tells(piece: &str) -> bool {
    let own_mark = piece.len() > 2 && piece.starts_with('[') && piece.ends_with(']');
    let word = piece.strip_prefix("##").filter(|rest| !rest.is_empty()).unwrap_or(piece);
    let letters = word.chars().any(char::is_alphanumeric);
    let digit = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit());
    // "s", "t", "re" and the like are what is left of "it's", "don't" and "we're".
    let left_over = ["s", "t", "d", "m", "ll", "re", "ve"].contains(&piece);
    letters && !own_mark && !digit && !left_over && !analyse::is_stop_word(piece)
}

/// The first principal components of the pieces that say something.
fn reduce(rows: &[Vec<f32>], telling: &[usize]) -> DMatrix<f64> {
    let width = rows.first().map_or(0, Vec::len);
    let mut all = DMatrix::from_fn(telling.len(), width, |place, d| f64::from(rows[telling[place]][d]));
    let mean = all.row_mean();
    all.row_iter_mut().for_each(|mut row| row -= &mean);
    let spread = all.tr_mul(&all) / (telling.len() as f64 - 1.0);
    let eigen = SymmetricEigen::new(spread);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let columns: Vec<DVector<f64>> =
        order.iter().take(DIMENSIONS).map(|&at| signed(eigen.eigenvectors.column(at).into_owned())).collect();
    all * DMatrix::from_columns(&columns)
}

/// An eigenvector's sign is a matter of taste; its largest part is positive here.
fn signed(column: DVector<f64>) -> DVector<f64> {
    let largest = column.iter().fold(0.0f64, |most, x| if x.abs() > most.abs() { *x } else { most });
    if largest < 0.0 { -column } else { column }
}

/// Spreads what the first components say over all dimensions: cosines stay, and each bit of a code says as much as
/// any other.
fn rotation() -> DMatrix<f64> {
    let mut chance = Chance::new(20_261_125);
    let uniform = |chance: &mut Chance| (chance.below(1 << 30) as f64 + 0.5) / (1u64 << 30) as f64;
    // Box and Muller's normal variates.
    let normal = DMatrix::from_fn(DIMENSIONS, DIMENSIONS, |_, _| {
        let (u, v) = (uniform(&mut chance), uniform(&mut chance));
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    });
    normal.qr().q()
}

fn unit_rows(rows: &DMatrix<f64>) -> DMatrix<f64> {
    let mut unit = rows.clone();
    unit.row_iter_mut().for_each(|mut row| {
        let length = row.norm().max(f64::MIN_POSITIVE);
        row /= length;
    });
    unit
}

/// For each row the nearest others with their cosines in 255ths, nearest first.
fn neighbours(unit: &DMatrix<f32>) -> Vec<Vec<(usize, u8)>> {
    let across = unit.transpose();
    let mut near = Vec::with_capacity(unit.nrows());
    for from in (0..unit.nrows()).step_by(512) {
        let block = unit.rows(from, 512.min(unit.nrows() - from)) * &across;
        for (at, cosines) in block.row_iter().enumerate() {
            let mut best: Vec<(usize, f32)> =
                cosines.iter().copied().enumerate().filter(|(n, c)| *n != from + at && *c >= NEAR).collect();
            best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            best.truncate(NEIGHBOURS);
            near.push(best.into_iter().map(|(n, c)| (n, (c.min(1.0) * 255.0).round() as u8)).collect());
        }
    }
    near
}
