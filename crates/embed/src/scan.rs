//! Looking through many one-bit codes: the Hamming distance of a query to each.
//! It must not know which code belongs to what, nor who may be seen.
//! Invariant: every machine counts the same; wider instructions only make it quicker.

use crate::vector::Code;

/// The distance (0 to 256) of `query` to each of `codes`, into `out`, which is as long.
pub fn distances(query: &Code, codes: &[Code], out: &mut [u16]) {
    debug_assert_eq!(codes.len(), out.len());
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512vpopcntdq") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the processor has just said that it has these instructions.
            #[allow(unsafe_code)]
            return unsafe { with_avx512(query, codes, out) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
            // SAFETY: as above.
            #[allow(unsafe_code)]
            return unsafe { with_avx2(query, codes, out) };
        }
    }
    portable(query, codes, out);
}

/// What all of them do; each copy is compiled for the instructions of the function that it is inlined into.
#[inline(always)]
fn portable(query: &Code, codes: &[Code], out: &mut [u16]) {
    let query = query.0;
    for (code, distance) in codes.iter().zip(out) {
        let mut count = 0;
        for word in 0..query.len() {
            count += (code.0[word] ^ query[word]).count_ones();
        }
        *distance = count as u16;
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512vpopcntdq")]
fn with_avx512(query: &Code, codes: &[Code], out: &mut [u16]) {
    portable(query, codes, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn with_avx2(query: &Code, codes: &[Code], out: &mut [u16]) {
    portable(query, codes, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_counts_the_same() {
        let code = |seed: u64| Code(std::array::from_fn(|w| (seed + w as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let codes: Vec<Code> = (0..1_003).map(|n| code(n * 7)).collect();
        let (mut chosen, mut plain) = (vec![0; codes.len()], vec![0; codes.len()]);
        distances(&code(3), &codes, &mut chosen);
        portable(&code(3), &codes, &mut plain);
        assert_eq!(chosen, plain);
        distances(&codes[5], &codes[5..6], &mut chosen[..1]);
        assert_eq!(chosen[0], 0);
        let opposite = Code(codes[5].0.map(|w| !w));
        distances(&opposite, &codes[5..6], &mut chosen[..1]);
        assert_eq!(chosen[0], 256);
    }
}
