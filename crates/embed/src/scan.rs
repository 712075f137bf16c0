//! Looking through many one-bit codes: the distance of a question of two bits to each.
//! It must not know which code belongs to what, nor who may be seen.
//! Invariant: every machine counts the same; wider instructions only make it quicker.

use crate::vector::{Code, DIMENSIONS};

/// The largest distance.
pub const FARTHEST: usize = 3 * DIMENSIONS;

/// Distances of which the least is told.
pub const GROUP: usize = 32;

/// The distance of `query` ([`crate::Direction::planes`]) to each of `codes`, into `out`, which is as long: twice the
/// Hamming distance to the first plane and once to the second, 0 to [`FARTHEST`]. Into `least` goes the least of each
/// [`GROUP`]: most hold nothing near enough to be looked at.
pub fn distances(query: &[Code; 2], codes: &[Code], out: &mut [u16], least: &mut [u16]) {
    debug_assert_eq!(codes.len(), out.len());
    debug_assert_eq!(codes.len().div_ceil(GROUP), least.len());
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512vpopcntdq") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the processor has just said that it has these instructions.
            #[allow(unsafe_code)]
            return unsafe { with_avx512(query, codes, out, least) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
            // SAFETY: as above.
            #[allow(unsafe_code)]
            return unsafe { with_avx2(query, codes, out, least) };
        }
    }
    portable(query, codes, out, least);
}

/// What all of them do; each copy is compiled for the instructions of the function that it is inlined into.
#[inline(always)]
fn portable(query: &[Code; 2], codes: &[Code], out: &mut [u16], least: &mut [u16]) {
    let [signs, sizes] = query;
    let apart = |code: &Code, plane: &Code| {
        code.0.iter().zip(plane.0).map(|(word, asked)| (word ^ asked).count_ones()).sum::<u32>()
    };
    for ((codes, out), least) in codes.chunks(GROUP).zip(out.chunks_mut(GROUP)).zip(least) {
        for (code, distance) in codes.iter().zip(&mut *out) {
            *distance = (2 * apart(code, signs) + apart(code, sizes)) as u16;
        }
        *least = out.iter().fold(u16::MAX, |least, distance| least.min(*distance));
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512vpopcntdq")]
fn with_avx512(query: &[Code; 2], codes: &[Code], out: &mut [u16], least: &mut [u16]) {
    portable(query, codes, out, least);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn with_avx2(query: &[Code; 2], codes: &[Code], out: &mut [u16], least: &mut [u16]) {
    portable(query, codes, out, least);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_counts_the_same() {
        let code = |seed: u64| Code(std::array::from_fn(|w| (seed + w as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let codes: Vec<Code> = (0..1_003).map(|n| code(n * 7)).collect();
        let query = [code(3), code(4)];
        let (mut chosen, mut plain) = (vec![0; codes.len()], vec![0; codes.len()]);
        let (mut least, mut plain_least) = ([0; 32], [0; 32]);
        distances(&query, &codes, &mut chosen, &mut least);
        portable(&query, &codes, &mut plain, &mut plain_least);
        assert_eq!((&chosen, least), (&plain, plain_least));
        assert_eq!(least[31], *chosen[31 * GROUP..].iter().min().expect("some"));
        let opposite = Code(codes[5].0.map(|w| !w));
        for (query, expect) in [
            ([codes[5], codes[5]], 0),
            ([codes[5], opposite], 256),
            ([opposite, codes[5]], 512),
            ([opposite, opposite], FARTHEST as u16),
        ] {
            distances(&query, &codes[5..6], &mut chosen[..1], &mut least[..1]);
            assert_eq!(chosen[0], expect);
        }
    }
}
