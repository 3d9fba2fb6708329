//! Model files out of any bytes, for tests and the fuzzer: what no training would write, and what damage leaves.

use annalist::Bundle;
use annalist::syntax::model::{FORMAT, Matrix, Parts, Script, matrix_sizes, to_bytes};
use annalist::syntax::network::{DISTANCES, Shape};
use annalist::syntax::{Analyser, Deprel, Model, Upos, vector};
use std::sync::LazyLock;

/// Bytes of the header before the list of sections.
const HEADER: usize = 64;

/// Without the list of irregular forms: it costs more than the model, and hides its lemmas.
static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
    let mut bundle = Bundle::embedded();
    bundle.overlay("lang/en/irregular.tsv", Vec::new());
    bundle
});

/// What is wrong with the analysis by a model of these bytes; nothing when the model is refused.
pub(crate) fn fault(file: Vec<u8>, forms: &[&str]) -> Option<String> {
    let model = Model::from_bytes("any", file.into()).ok()?;
    let analyser = Analyser::with_model("en", model, &BUNDLE).expect("there is no list that could be wrong");
    let analyses = analyser.analyse_forms(forms);
    if analyses.len() != forms.len() {
        return Some(format!("{} analyses of {} tokens", analyses.len(), forms.len()));
    }
    for (n, (analysis, _)) in analyses.iter().enumerate() {
        let _ = analyser.morph(*analysis);
        if analysis.head.is_none() != (analysis.deprel == Deprel::Root) {
            return Some(format!("token {n} has head {:?} and is {:?}", analysis.head, analysis.deprel));
        }
        let walk = |at: &usize| analyses.get(*at).and_then(|(analysis, _)| analysis.head);
        if std::iter::successors(Some(n), walk).nth(forms.len()).is_some() {
            return Some(format!("token {n} hangs in a circle"));
        }
        if analysis.head.is_some_and(|head| head >= forms.len()) {
            return Some(format!("the head of token {n} is outside"));
        }
    }
    let roots = analyses.iter().filter(|(analysis, _)| analysis.head.is_none()).count();
    (roots != usize::from(!forms.is_empty())).then(|| format!("{roots} roots"))
}

/// A file out of any bytes: as they are, behind a header that fits, or a whole model, perhaps damaged.
pub(crate) fn file(bytes: &[u8]) -> Vec<u8> {
    let mut source = Source { left: bytes };
    match source.byte() % 4 {
        0 => source.left.to_vec(),
        1 => {
            let sections = u32::from(source.byte() % 20);
            with_header(sections, source.left)
        }
        kind => {
            let mut file = to_bytes(&parts(&mut source));
            if kind == 2 {
                damage(&mut file, &mut source);
            }
            file
        }
    }
}

/// Some bytes changed or cut off behind the header, which then says so.
fn damage(file: &mut Vec<u8>, source: &mut Source<'_>) {
    for _ in 0..source.byte() % 8 {
        // Half of the blows hit the list of sections.
        let reach = if source.byte().is_multiple_of(2) { 15 * 24 } else { file.len() - HEADER };
        let at = HEADER + (usize::from(source.byte()) << 8 | usize::from(source.byte())) % reach;
        file[at] = source.byte();
    }
    let cut = usize::from(source.byte() % 16) * 64;
    file.truncate((file.len() - cut).max(HEADER));
    let sections = u32::from_le_bytes(file[12..16].try_into().expect("four bytes"));
    *file = with_header(sections, &file[HEADER..]);
}

fn with_header(sections: u32, body: &[u8]) -> Vec<u8> {
    let mut file = b"ANNALSYN".to_vec();
    file.extend(FORMAT.to_le_bytes());
    file.extend(sections.to_le_bytes());
    file.extend(((HEADER + body.len()) as u64).to_le_bytes());
    file.extend([0; 8]);
    file.extend(blake3::hash(body).as_bytes());
    file.extend(body);
    file
}

/// Parts of sizes that mostly fit, with any numbers in them.
fn parts(source: &mut Source<'_>) -> Parts {
    let upos: Vec<String> = source.names(6, |n| Upos::ALL[n % Upos::ALL.len()].as_str().to_owned());
    let labels: Vec<String> = source.names(8, |n| Deprel::ALL[n % Deprel::ALL.len()].as_str().to_owned());
    let mut morphs: Vec<String> =
        source.names(12, |n| format!("{} Number={n}", Upos::ALL[n % Upos::ALL.len()].as_str()));
    if !source.byte().is_multiple_of(4) {
        morphs.sort();
    }
    let size = |n: u8| 4 * (1 + usize::from(n % 8));
    let shape = Shape {
        width: size(source.byte()),
        layers: usize::from(source.byte() % 4),
        arc: size(source.byte()),
        relation: size(source.byte()),
    };
    let matrices = matrix_sizes(shape, upos.len(), labels.len(), morphs.len())
        .into_iter()
        .map(|(inputs, outputs)| Matrix {
            weights: source.weights(inputs * outputs),
            scales: source.numbers(outputs),
            biases: source.numbers(outputs),
        })
        .collect();
    let scripts =
        source.names(5, |n| n).into_iter().map(|n| Script { cut: n as u8, append: "é".repeat(n % 3) });
    let features = source.names(9, |n| n as u32);
    // Rows that are there, and rows far beyond.
    let slots: Vec<(u32, u32)> =
        features.iter().map(|&f| (f, f.wrapping_mul(0x9e37_79b9) >> (f % 32) >> 1)).collect();
    Parts {
        shape,
        upos,
        labels,
        morphs,
        scripts: scripts.collect(),
        slots: vector::table(&slots),
        vectors: source.weights(shape.width * 40),
        vector_scale: source.numbers(1)[0],
        matrices,
        peeps: source.numbers(2 * shape.width * shape.layers),
        root: source.numbers(shape.arc),
        distance: source.numbers(DISTANCES),
        lemma_table: source
            .weights(1 << 8)
            .chunks(4)
            .map(|c| [c[0], c[1], c[2], c[3]].map(|n| n as u8))
            .collect(),
    }
}

/// Bytes that are taken one by one; zeros follow the last.
struct Source<'a> {
    left: &'a [u8],
}

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        self.left.split_off_first().copied().unwrap_or_default()
    }

    /// Up to so many things, at least one, each made from a number.
    fn names<T>(&mut self, most: u8, name: impl Fn(usize) -> T) -> Vec<T> {
        (0..=self.byte() % most).map(|_| name(usize::from(self.byte()))).collect()
    }

    /// A few bytes, over and over.
    fn weights(&mut self, len: usize) -> Vec<i8> {
        let some = self.names(24, |n| n as u8 as i8);
        some.into_iter().cycle().take(len).collect()
    }

    /// A few numbers, over and over: small ones, or any, infinite and none at all among them.
    fn numbers(&mut self, len: usize) -> Vec<f32> {
        let wild = self.byte().is_multiple_of(4);
        let some: Vec<f32> = (0..=self.byte() % 5)
            .map(|_| match wild {
                true => f32::from_bits(u32::from_le_bytes([0; 4].map(|_: u8| self.byte()))),
                false => (f32::from(self.byte()) - 128.0) / 64.0,
            })
            .collect();
        some.into_iter().cycle().take(len).collect()
    }
}
