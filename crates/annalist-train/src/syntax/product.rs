//! Products of matrices of fractions: each sum is made in the order of its terms, so that every processor learns the same.

/// Columns that are multiplied at once; every matrix has a multiple of them.
pub(crate) const LANES: usize = 16;

/// Adds the product of `a` (rows of `inner` cells) and `b` (rows of `columns` cells, a multiple of [`LANES`]) to `c`.
pub(crate) fn add_product(a: &[f32], b: &[f32], c: &mut [f32], inner: usize, columns: usize) {
    if inner == 0 || columns == 0 {
        return;
    }
    let whole = a.len() / inner / ROWS * ROWS;
    let (a, a_rest) = a.split_at(whole * inner);
    let (c, c_rest) = c.split_at_mut(whole * columns);
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        simd.vectorize(avx::Product::<ROWS> { simd, a, b, c, inner, columns });
        simd.vectorize(avx::Product::<1> { simd, a: a_rest, b, c: c_rest, inner, columns });
        return;
    }
    anywhere::<ROWS>(a, b, c, inner, columns);
    anywhere::<1>(a_rest, b, c_rest, inner, columns);
}

/// Rows that are multiplied at once.
const ROWS: usize = 4;

/// The same for any processor.
fn anywhere<const ROWS: usize>(a: &[f32], b: &[f32], c: &mut [f32], inner: usize, columns: usize) {
    for (a, c) in a.chunks_exact(inner * ROWS).zip(c.chunks_exact_mut(columns * ROWS)) {
        for column in (0..columns).step_by(LANES) {
            let mut sums = [[0.0f32; LANES]; ROWS];
            for (n, b) in b.chunks_exact(columns).enumerate() {
                for (row, sums) in sums.iter_mut().enumerate() {
                    let a = a[row * inner + n];
                    sums.iter_mut().zip(&b[column..]).for_each(|(sum, b)| *sum += a * b);
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                let c = &mut c[row * columns + column..][..LANES];
                c.iter_mut().zip(sums).for_each(|(c, sum)| *c += sum);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx {
    use super::LANES;
    use pulp::x86::V3;

    pub(super) struct Product<'a, const ROWS: usize> {
        pub(super) simd: V3,
        pub(super) a: &'a [f32],
        pub(super) b: &'a [f32],
        pub(super) c: &'a mut [f32],
        pub(super) inner: usize,
        pub(super) columns: usize,
    }

    impl<const ROWS: usize> pulp::NullaryFnOnce for Product<'_, ROWS> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Product { simd: V3 { avx, .. }, a, b, c, inner, columns } = self;
            for (a, c) in a.chunks_exact(inner * ROWS).zip(c.chunks_exact_mut(columns * ROWS)) {
                for column in (0..columns).step_by(LANES) {
                    let mut sums = [[avx._mm256_setzero_ps(); 2]; ROWS];
                    for (n, b) in b.chunks_exact(columns).enumerate() {
                        let Some(b) = b[column..].first_chunk::<LANES>() else { continue };
                        let [low, high] = pulp::cast(*b);
                        for (row, [sum_low, sum_high]) in sums.iter_mut().enumerate() {
                            let a = avx._mm256_set1_ps(a[row * inner + n]);
                            // Not fused, so that other processors come to the same.
                            *sum_low = avx._mm256_add_ps(*sum_low, avx._mm256_mul_ps(a, low));
                            *sum_high = avx._mm256_add_ps(*sum_high, avx._mm256_mul_ps(a, high));
                        }
                    }
                    for (row, sums) in sums.iter().enumerate() {
                        let sums: [f32; LANES] = pulp::cast(*sums);
                        let c = &mut c[row * columns + column..][..LANES];
                        c.iter_mut().zip(sums).for_each(|(c, sum)| *c += sum);
                    }
                }
            }
        }
    }
}

/// Rows become columns; the number of rows of the result and of its cells is rounded up to `columns`.
pub(crate) fn transposed(matrix: &[f32], width: usize, columns: usize, out: &mut Vec<f32>) {
    out.clear();
    out.resize(width * columns, 0.0);
    for (row, cells) in matrix.chunks_exact(width).enumerate() {
        for (cell, &value) in cells.iter().enumerate() {
            out[cell * columns + row] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_sums_of_products() {
        let (rows, inner) = (5, 3);
        let a: Vec<f32> = (0..rows * inner).map(|n| n as f32).collect();
        let b: Vec<f32> = (0..inner * LANES).map(|n| (n % 7) as f32).collect();
        let mut c = vec![1.0; rows * LANES];
        add_product(&a, &b, &mut c, inner, LANES);
        for row in 0..rows {
            for column in 0..LANES {
                let sum: f32 = (0..inner).map(|n| a[row * inner + n] * b[n * LANES + column]).sum();
                assert_eq!(c[row * LANES + column], 1.0 + sum);
            }
        }
        let mut turned = Vec::new();
        transposed(&a, inner, 8, &mut turned);
        assert_eq!((turned[8], turned[1], turned[7]), (1.0, 3.0, 0.0));
    }
}
