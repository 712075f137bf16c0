//! Sums of a model's rows, and products of eight-bit vectors, many in one call.
//! It must not know what a row or a vector is of.
//! Invariant: every machine computes the same; wider instructions only make it quicker.

use crate::vector::DIMENSIONS;

/// Adds rows, each `times` over, to `sum`. `rows` are signed bytes, [`DIMENSIONS`] a row.
pub(crate) fn add_rows(rows: &[u8], which: &[(u16, f32)], sum: &mut [f32; DIMENSIONS]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has these instructions.
        #[allow(unsafe_code)]
        return unsafe { add_rows_avx2(rows, which, sum) };
    }
    add_rows_portable(rows, which, sum);
}

/// The product of `question` with each of `vectors`, which are signed bytes, handed to `sink` in their order.
pub(crate) fn products<'v>(
    question: &[i16; DIMENSIONS],
    vectors: impl Iterator<Item = &'v [u8; DIMENSIONS]>,
    sink: impl FnMut(i32),
) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        #[allow(unsafe_code)]
        return unsafe { products_avx2(question, vectors, sink) };
    }
    products_portable(question, vectors, sink);
}

#[inline(always)]
fn add_rows_portable(rows: &[u8], which: &[(u16, f32)], sum: &mut [f32; DIMENSIONS]) {
    // A copy of its own, that it may stay in registers as far as they go.
    let mut total = *sum;
    for (row, times) in which {
        let from = usize::from(*row) * DIMENSIONS;
        for (sum, x) in total.iter_mut().zip(&rows[from..from + DIMENSIONS]) {
            *sum += times * f32::from(*x as i8);
        }
    }
    *sum = total;
}

#[inline(always)]
fn products_portable<'v>(
    question: &[i16; DIMENSIONS],
    vectors: impl Iterator<Item = &'v [u8; DIMENSIONS]>,
    mut sink: impl FnMut(i32),
) {
    for vector in vectors {
        let mut sum = 0i32;
        for d in 0..DIMENSIONS {
            sum += i32::from(question[d]) * i32::from(vector[d] as i8);
        }
        sink(sum);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_rows_avx2(rows: &[u8], which: &[(u16, f32)], sum: &mut [f32; DIMENSIONS]) {
    add_rows_portable(rows, which, sum);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn products_avx2<'v>(
    question: &[i16; DIMENSIONS],
    vectors: impl Iterator<Item = &'v [u8; DIMENSIONS]>,
    sink: impl FnMut(i32),
) {
    products_portable(question, vectors, sink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_computes_the_same() {
        let byte = |n: usize| (n.wrapping_mul(0x9e37_79b9) >> 13) as u8;
        let rows: Vec<u8> = (0..40 * DIMENSIONS).map(byte).collect();
        let which: Vec<(u16, f32)> = (0..40).map(|n| (n * 7 % 40, 0.3 + f32::from(n))).collect();
        let (mut chosen, mut plain) = ([0.5; DIMENSIONS], [0.5; DIMENSIONS]);
        add_rows(&rows, &which, &mut chosen);
        add_rows_portable(&rows, &which, &mut plain);
        assert_eq!(chosen, plain);
        assert!(chosen.iter().any(|x| *x != 0.5));
        let vectors: Vec<[u8; DIMENSIONS]> =
            (0..9).map(|v| std::array::from_fn(|d| byte(v * DIMENSIONS + d))).collect();
        let question = vectors[3].map(|x| 256 * i16::from(x as i8));
        let (mut chosen, mut plain) = (Vec::new(), Vec::new());
        products(&question, vectors.iter(), |product| chosen.push(product));
        products_portable(&question, vectors.iter(), |product| plain.push(product));
        assert_eq!(chosen, plain);
        assert_eq!(chosen[3], vectors[3].iter().map(|x| 256 * i32::from(*x as i8) * i32::from(*x as i8)).sum::<i32>());
    }
}
