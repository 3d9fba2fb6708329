//! Products of small whole numbers: exact, so that every processor finds the same.

/// Runs a loop with the widest instructions that this processor has and the engine knows.
pub(super) fn run<R>(work: impl pulp::NullaryFnOnce<Output = R>) -> R {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V4::try_new() {
        return simd.vectorize(work);
    } else if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(work);
    }
    work.call()
}

/// Rows that are multiplied at once.
const LANES: usize = 16;

/// Greatest activation in whole numbers: with weights of a byte and [`INPUTS_MAX`] inputs no sum leaves 32 bits.
pub(super) const WHOLE_MAX: i16 = 1 << 12;

/// Most inputs of a matrix.
pub(super) const INPUTS_MAX: usize = 1024;

/// Longest vectors whose product stays inside 32 bits, whatever they hold, with room for a distance.
pub(super) const DOT_MAX: usize = 96;

/// Room for results, used again and again: what an earlier sentence left there need not be cleared, for every place is written.
#[derive(Debug, Default)]
pub(super) struct Room {
    numbers: Vec<f32>,
    len: usize,
}

impl Room {
    fn of(&mut self, len: usize) -> &mut [f32] {
        if self.numbers.len() < len {
            self.numbers.resize(len, 0.0);
        }
        self.len = len;
        &mut self.numbers[..len]
    }
}

impl std::ops::Deref for Room {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.numbers[..self.len]
    }
}

/// A matrix with a scale and a bias per output, and room for whole blocks of outputs.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    inputs: usize,
    outputs: usize,
    /// `[block of outputs][pair of inputs][output in the block][input of the pair]`.
    packed: Vec<i16>,
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl Dense {
    /// From signed bytes, row by row, with what one of them weighs and what is added.
    pub(super) fn new(inputs: usize, weights: &[i8], scales: &[f32], biases: &[f32], unit: f32) -> Self {
        let outputs = biases.len();
        let rows = outputs.next_multiple_of(LANES);
        let mut packed = vec![0; rows * inputs];
        for (row, weights) in weights.chunks_exact(inputs).enumerate() {
            let block = row / LANES * LANES * inputs;
            for (input, &weight) in weights.iter().enumerate() {
                packed[block + (input / 2 * LANES + row % LANES) * 2 + input % 2] = i16::from(weight);
            }
        }
        let padded = |values: &[f32], by: f32| {
            let mut padded: Vec<f32> = values.iter().map(|v| v * by).collect();
            padded.resize(rows, 0.0);
            padded
        };
        Dense { inputs, outputs, packed, scales: padded(scales, 1.0 / unit), biases: padded(biases, 1.0) }
    }

    /// Number of outputs.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of outputs with the padding: the length of one token's results.
    pub(super) fn rows(&self) -> usize {
        self.biases.len()
    }

    /// Multiplies the vectors of `tokens` tokens.
    pub(super) fn apply(&self, vectors: &[i16], tokens: usize, results: &mut Room) {
        self.part().multiply(&vectors[..tokens * self.inputs], results.of(tokens * self.rows()));
    }

    fn part(&self) -> Part<'_> {
        Part { inputs: self.inputs, packed: &self.packed, scales: &self.scales, biases: &self.biases }
    }

    /// Some outputs for some vectors: writes those of the whole blocks around `range`; says where the first one stands, and
    /// how many there are for a vector.
    pub(super) fn some(
        &self,
        range: std::ops::Range<usize>,
        vectors: &[i16],
        results: &mut Room,
    ) -> (usize, usize) {
        let rows = range.start / LANES * LANES..range.end.next_multiple_of(LANES);
        let part = Part {
            inputs: self.inputs,
            packed: &self.packed[rows.start * self.inputs..rows.end * self.inputs],
            scales: &self.scales[rows.clone()],
            biases: &self.biases[rows.clone()],
        };
        part.multiply(vectors, results.of(rows.len() * (vectors.len() / self.inputs)));
        (range.start - rows.start, rows.len())
    }
}

/// Whole blocks of a matrix.
#[derive(Clone, Copy)]
struct Part<'a> {
    inputs: usize,
    packed: &'a [i16],
    scales: &'a [f32],
    biases: &'a [f32],
}

impl Part<'_> {
    fn multiply(self, vectors: &[i16], results: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            return wide::multiply(wide::V4(simd), self, vectors, results);
        } else if let Some(simd) = pulp::x86::V3::try_new() {
            return wide::multiply(wide::V3(simd), self, vectors, results);
        }
        self.multiply_anywhere(vectors, results);
    }

    /// The same for any processor.
    fn multiply_anywhere(self, vectors: &[i16], results: &mut [f32]) {
        let rows = self.biases.len();
        for (vector, results) in vectors.chunks_exact(self.inputs).zip(results.chunks_exact_mut(rows)) {
            let blocks = self.packed.chunks_exact(self.inputs * LANES);
            for (n, (block, results)) in blocks.zip(results.chunks_exact_mut(LANES)).enumerate() {
                let mut sums = [0i32; LANES];
                for (weights, [a, b]) in
                    block.as_chunks::<{ 2 * LANES }>().0.iter().zip(vector.as_chunks::<2>().0)
                {
                    for (sum, [v, w]) in sums.iter_mut().zip(weights.as_chunks::<2>().0) {
                        *sum += i32::from(*v) * i32::from(*a) + i32::from(*w) * i32::from(*b);
                    }
                }
                self.finish(n, &sums, results);
            }
        }
    }

    /// Sums of a block become results.
    #[inline(always)]
    fn finish(self, block: usize, sums: &[i32; LANES], results: &mut [f32]) {
        let of = block * LANES..(block + 1) * LANES;
        let (scales, biases) = (&self.scales[of.clone()], &self.biases[of]);
        for (((result, &sum), scale), bias) in results.iter_mut().zip(sums).zip(scales).zip(biases) {
            *result = sum as f32 * scale + bias;
        }
    }
}

/// The product with wide instructions, several tokens at a time.
#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{LANES, Part};
    use pulp::x86;

    /// Instructions of a kind of processor, for the sums of one block of outputs.
    pub(super) trait Wide: Copy {
        /// [`LANES`] sums.
        type Sums: Copy;

        /// Whether there is room for the sums of two blocks at a time, so that a token's inputs are read half as often.
        const PAIRED: bool;

        fn vectorize<R>(self, work: impl pulp::NullaryFnOnce<Output = R>) -> R;
        fn zero(self) -> Self::Sums;
        /// Adds the products of one pair of inputs with the weights of every output.
        fn add(self, sums: Self::Sums, pair: [i16; 2], weights: &[[i16; 2]; LANES]) -> Self::Sums;
        fn finish(
            self,
            sums: Self::Sums,
            scales: &[f32; LANES],
            biases: &[f32; LANES],
            results: &mut [f32; LANES],
        );
    }

    /// Nearly all processors since 2013: AVX2.
    #[derive(Clone, Copy)]
    pub(super) struct V3(pub(super) x86::V3);

    impl Wide for V3 {
        type Sums = [std::arch::x86_64::__m256i; 2];

        const PAIRED: bool = false;

        #[inline(always)]
        fn vectorize<R>(self, work: impl pulp::NullaryFnOnce<Output = R>) -> R {
            self.0.vectorize(work)
        }

        #[inline(always)]
        fn zero(self) -> Self::Sums {
            [self.0.avx._mm256_setzero_si256(); 2]
        }

        #[inline(always)]
        fn add(self, sums: Self::Sums, pair: [i16; 2], weights: &[[i16; 2]; LANES]) -> Self::Sums {
            let x86::V3 { avx2, .. } = self.0;
            let pair = avx2._mm256_broadcastd_epi32(pulp::cast([bytemuck::cast::<_, i32>(pair), 0, 0, 0]));
            let weights: Self::Sums = pulp::cast(*weights);
            [0, 1].map(|half| avx2._mm256_add_epi32(sums[half], avx2._mm256_madd_epi16(pair, weights[half])))
        }

        #[inline(always)]
        fn finish(
            self,
            sums: Self::Sums,
            scales: &[f32; LANES],
            biases: &[f32; LANES],
            results: &mut [f32; LANES],
        ) {
            let x86::V3 { avx, .. } = self.0;
            let [scales, biases] = [scales, biases].map(|of| pulp::cast::<_, [[f32; 8]; 2]>(*of));
            *results = pulp::cast([0, 1].map(|half| {
                let product = avx._mm256_mul_ps(avx._mm256_cvtepi32_ps(sums[half]), pulp::cast(scales[half]));
                avx._mm256_add_ps(product, pulp::cast(biases[half]))
            }));
        }
    }

    /// Processors with AVX-512.
    #[derive(Clone, Copy)]
    pub(super) struct V4(pub(super) x86::V4);

    impl Wide for V4 {
        type Sums = std::arch::x86_64::__m512i;

        const PAIRED: bool = true;

        #[inline(always)]
        fn vectorize<R>(self, work: impl pulp::NullaryFnOnce<Output = R>) -> R {
            self.0.vectorize(work)
        }

        #[inline(always)]
        fn zero(self) -> Self::Sums {
            self.0.avx512f._mm512_setzero_si512()
        }

        #[inline(always)]
        fn add(self, sums: Self::Sums, pair: [i16; 2], weights: &[[i16; 2]; LANES]) -> Self::Sums {
            let x86::V4 { avx512f, avx512bw, .. } = self.0;
            let pair = avx512f._mm512_set1_epi32(bytemuck::cast(pair));
            avx512f._mm512_add_epi32(sums, avx512bw._mm512_madd_epi16(pair, pulp::cast(*weights)))
        }

        #[inline(always)]
        fn finish(
            self,
            sums: Self::Sums,
            scales: &[f32; LANES],
            biases: &[f32; LANES],
            results: &mut [f32; LANES],
        ) {
            let x86::V4 { avx512f, .. } = self.0;
            let product = avx512f._mm512_mul_ps(avx512f._mm512_cvtepi32_ps(sums), pulp::cast(*scales));
            *results = pulp::cast(avx512f._mm512_add_ps(product, pulp::cast(*biases)));
        }
    }

    /// Multiplies four tokens at once as long as there are so many, then two, then one.
    pub(super) fn multiply<W: Wide>(simd: W, part: Part<'_>, vectors: &[i16], results: &mut [f32]) {
        let (vectors, results) = tokens::<W, 4>(simd, part, vectors, results);
        let (vectors, results) = tokens::<W, 2>(simd, part, vectors, results);
        tokens::<W, 1>(simd, part, vectors, results);
    }

    /// Multiplies as many times `TOKENS` tokens as there are; gives back what is left.
    fn tokens<'v, 'r, W: Wide, const TOKENS: usize>(
        simd: W,
        part: Part<'_>,
        vectors: &'v [i16],
        results: &'r mut [f32],
    ) -> (&'v [i16], &'r mut [f32]) {
        let whole = vectors.len() / (part.inputs * TOKENS) * TOKENS;
        let (vectors, vectors_left) = vectors.split_at(whole * part.inputs);
        let (results, results_left) = results.split_at_mut(whole * part.biases.len());
        if whole > 0 {
            simd.vectorize(Product::<_, TOKENS> { simd, part, vectors, results });
        }
        (vectors_left, results_left)
    }

    struct Product<'a, W, const TOKENS: usize> {
        simd: W,
        part: Part<'a>,
        vectors: &'a [i16],
        results: &'a mut [f32],
    }

    impl<W: Wide, const TOKENS: usize> pulp::NullaryFnOnce for Product<'_, W, TOKENS> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Product { simd, part, vectors, results } = self;
            let (pairs, rows) = (part.inputs / 2, part.biases.len());
            let vectors: &[[i16; 2]] = vectors.as_chunks().0;
            let blocks = rows / LANES;
            for (vectors, results) in
                vectors.chunks_exact(pairs * TOKENS).zip(results.chunks_exact_mut(rows * TOKENS))
            {
                let vectors: [&[[i16; 2]]; TOKENS] =
                    std::array::from_fn(|token| &vectors[token * pairs..][..pairs]);
                let mut first = 0;
                while W::PAIRED && first + 2 <= blocks {
                    tile::<W, TOKENS, 2>(simd, part, first, vectors, results);
                    first += 2;
                }
                while first < blocks {
                    tile::<W, TOKENS, 1>(simd, part, first, vectors, results);
                    first += 1;
                }
            }
        }
    }

    /// Some blocks of outputs from the `first` on, for some tokens.
    #[inline(always)]
    fn tile<W: Wide, const TOKENS: usize, const BLOCKS: usize>(
        simd: W,
        part: Part<'_>,
        first: usize,
        vectors: [&[[i16; 2]]; TOKENS],
        results: &mut [f32],
    ) {
        let (pairs, rows) = (part.inputs / 2, part.biases.len());
        let packed = part.packed.as_chunks::<2>().0.as_chunks::<LANES>().0;
        let blocks: [&[[[i16; 2]; LANES]]; BLOCKS] =
            std::array::from_fn(|n| &packed[(first + n) * pairs..][..pairs]);
        let mut sums = [[simd.zero(); TOKENS]; BLOCKS];
        for pair in 0..pairs {
            for (block, sums) in blocks.iter().zip(&mut sums) {
                for (vector, sums) in vectors.iter().zip(sums) {
                    *sums = simd.add(*sums, vector[pair], &block[pair]);
                }
            }
        }
        let (scales, biases) = (part.scales.as_chunks().0, part.biases.as_chunks().0);
        for (n, sums) in (first..).zip(sums) {
            for (token, sums) in sums.into_iter().enumerate() {
                let results = results[token * rows..].as_chunks_mut().0;
                simd.finish(sums, &scales[n], &biases[n], &mut results[n]);
            }
        }
    }
}

/// An activation as a whole number.
#[inline(always)]
pub(super) fn whole(activation: f32, unit: f32) -> i16 {
    let bound = f32::from(WHOLE_MAX);
    // Rounds to the nearest: behind the point of so great a number no bit is left.
    const MAGIC: f32 = 12_582_912.0;
    let scaled = (activation * unit).clamp(-bound, bound);
    ((scaled + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits())) as i16
}

/// Activations as whole numbers.
#[inline(always)]
pub(super) fn quantise(activations: &[f32], unit: f32, out: &mut Vec<i16>) {
    out.clear();
    out.extend(activations.iter().map(|&a| whole(a, unit)));
}

/// Product of two vectors of at most [`DOT_MAX`] activations.
#[inline(always)]
pub(super) fn dot(a: &[i16], b: &[i16]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A matrix and vectors of all sizes and extremes.
    fn product(inputs: usize, outputs: usize, tokens: usize, seed: &[i16]) -> (Dense, Vec<i16>) {
        let mut numbers = seed.iter().copied().cycle();
        let weights: Vec<i8> = numbers.by_ref().take(inputs * outputs).map(|n| n as i8).collect();
        let scales: Vec<f32> = numbers.by_ref().take(outputs).map(|n| f32::from(n) / 1e4).collect();
        let biases: Vec<f32> = numbers.by_ref().take(outputs).map(f32::from).collect();
        let vectors = numbers.take(inputs * tokens).map(|n| n.clamp(-WHOLE_MAX, WHOLE_MAX)).collect();
        (Dense::new(inputs, &weights, &scales, &biases, 512.0), vectors)
    }

    proptest! {
        #[test]
        fn every_processor_finds_the_same(
            pairs in 1usize..40, outputs in 1usize..50, tokens in 1usize..10, seed in prop::collection::vec(any::<i16>(), 1..99),
        ) {
            let inputs = pairs * 2;
            let (dense, vectors) = product(inputs, outputs, tokens, &seed);
            let mut results = Room { numbers: vec![7.0; 3], len: 3 };
            dense.apply(&vectors, tokens, &mut results);
            let mut others = vec![0.0; results.len()];
            dense.part().multiply_anywhere(&vectors, &mut others);
            prop_assert_eq!(&*results, &others);
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = pulp::x86::V3::try_new() {
                wide::multiply(wide::V3(simd), dense.part(), &vectors, &mut others);
                prop_assert_eq!(&*results, &others);
            }

            let mut some = Room::default();
            let range = outputs / 2..outputs;
            let (first, _) = dense.some(range.clone(), &vectors[..inputs], &mut some);
            prop_assert_eq!(&some[first..first + range.len()], &results[range]);
        }

        #[test]
        fn activations_are_rounded_and_bounded(activation in -1e6f32..1e6) {
            let exact = (activation * 512.0).clamp(-4096.0, 4096.0);
            prop_assert!((f32::from(whole(activation, 512.0)) - exact).abs() <= 0.5);
        }
    }

    #[test]
    fn the_greatest_sums_fit() {
        let vector = vec![WHOLE_MAX; INPUTS_MAX];
        let dense = Dense::new(INPUTS_MAX, &vec![-128; INPUTS_MAX], &[1.0], &[0.0], 1.0);
        let mut results = Room::default();
        dense.apply(&vector, 1, &mut results);
        assert_eq!(results[0], -128.0 * 4096.0 * 1024.0);
        assert_eq!(dot(&vector[..DOT_MAX], &vector[..DOT_MAX]), 96 << 24);
        assert_eq!((whole(f32::NAN, 1.0), whole(-0.0, 1.0)), (0, 0));
    }
}
