//! A document's trees drawn for people: every word on a line of its own, in order, with lines that lead to its head.

use super::Parsed;
use crate::text::{Sentence, TokenId};

/// A part of the drawing, for whoever colours it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The words of a sentence, above its tree.
    Text,
    /// The lines from a head to its dependents.
    Branch,
    /// A token as written.
    Form,
    /// Its word class.
    Upos,
    /// Its relation to its head.
    Deprel,
    /// Its lemma.
    Lemma,
    /// Its inflection.
    Morph,
}

/// What is drawn besides words, word classes, relations and lemmas.
#[derive(Clone, Copy, Debug, Default)]
pub struct DrawingOptions {
    /// Whether inflections are drawn.
    pub morph: bool,
    /// Columns within which inflections are broken into lines; any number without it.
    pub width: Option<usize>,
}

/// Beyond this column a word no longer pushes the columns of its sentence to the right: web addresses have no end.
const ALIGN_MAX: usize = 48;

/// Room that inflections take however narrow the terminal is.
const MORPH_MIN: usize = 24;

/// Draws the tree of every sentence under its words: token, word class, relation, the lemma where it differs from the
/// token in lower case.
///
/// A head stands where its dependents' lines meet; a line that another one cuts through goes on behind it. `paint` puts
/// colours, or nothing, around each part.
///
/// # Example
/// ```
/// use annalist::syntax::{Analyser, DrawingOptions, drawing};
/// use annalist::text::Splitter;
/// use annalist::{Bundle, Document, Meta, Parsed};
/// let bundle = Bundle::embedded();
/// let document = Document::new("A drone hit a car.".into(), Meta::default())?;
/// let text = Splitter::new(&bundle)?.split(&document);
/// let syntax = Analyser::new(&bundle)?.parse(&document, &text);
/// let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
/// let drawn = drawing(&parsed, DrawingOptions::default(), |_, part| part.to_owned());
/// assert!(drawn.contains("─┼ hit      VERB   root\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn drawing(parsed: &Parsed<'_>, options: DrawingOptions, paint: impl Fn(Part, &str) -> String) -> String {
    let mut out = String::new();
    for sentence in parsed.text.sentences() {
        let words = sentence.span.of(parsed.document.text()).replace(char::is_control, " ");
        out += &paint(Part::Text, &words);
        out.push_str("\n\n");
        let rows = rows(parsed, sentence, options);
        let columns = Columns::new(&rows, options);
        rows.iter().for_each(|row| columns.draw(row, &paint, &mut out));
        out.push('\n');
    }
    out
}

/// One token.
struct Row {
    branch: String,
    form: String,
    /// Word class, relation and lemma.
    cells: [(Part, String); 3],
    /// Inflection; empty where there is none to draw.
    morph: String,
}

fn rows(parsed: &Parsed<'_>, sentence: &Sentence, options: DrawingOptions) -> Vec<Row> {
    let first = sentence.tokens.start;
    let head = |token| parsed.head(token).and_then(|head| head.checked_sub(first));
    let heads: Vec<Option<usize>> = sentence.tokens.clone().map(head).collect();
    let row = |(token, branch): (TokenId, String)| {
        let lemma = Some(parsed.lemma(token)).filter(|&lemma| lemma != parsed.lower(token));
        let morph = Some(parsed.morph(token)).filter(|&morph| options.morph && morph != "_");
        Row {
            branch,
            form: parsed.form(token).to_owned(),
            cells: [
                (Part::Upos, parsed.upos(token).as_str().to_owned()),
                (Part::Deprel, parsed.deprel(token).as_str().to_owned()),
                (Part::Lemma, lemma.unwrap_or_default().to_owned()),
            ],
            morph: morph.unwrap_or_default().to_owned(),
        }
    };
    sentence.tokens.clone().zip(branches(&heads)).map(row).collect()
}

/// Where the columns of a sentence stand.
struct Columns {
    cells: [usize; 3],
    morph: usize,
    morph_width: usize,
}

/// Characters, not columns: wide ones are rare where trees are drawn, and cost only the alignment.
fn width(text: &str) -> usize {
    text.chars().count()
}

impl Columns {
    fn new(rows: &[Row], options: DrawingOptions) -> Self {
        let words = rows.iter().map(|row| width(&row.branch) + 1 + width(&row.form));
        let mut end = words.filter(|&w| w <= ALIGN_MAX).max().unwrap_or(0);
        let cells = [0, 1, 2].map(|n| {
            let start = end + 2;
            let widest = rows.iter().map(|row| width(&row.cells[n].1)).max().unwrap_or(0);
            end = if widest > 0 { start + widest } else { end };
            start
        });
        let morph = end + 2;
        let morph_width =
            options.width.map_or(usize::MAX, |columns| columns.saturating_sub(morph).max(MORPH_MIN));
        Columns { cells, morph, morph_width }
    }

    fn draw(&self, row: &Row, paint: &impl Fn(Part, &str) -> String, out: &mut String) {
        let mut end = width(&row.branch) + 1 + width(&row.form);
        *out += &paint(Part::Branch, &row.branch);
        out.push(' ');
        *out += &paint(Part::Form, &row.form);
        let put = |out: &mut String, start: usize, end: &mut usize, part: Part, text: &str| {
            let gap = start.saturating_sub(*end).max(2);
            out.extend(std::iter::repeat_n(' ', gap));
            *out += &paint(part, text);
            *end += gap + width(text);
        };
        for ((part, text), start) in
            row.cells.iter().zip(self.cells).filter(|((_, text), _)| !text.is_empty())
        {
            put(out, start, &mut end, *part, text);
        }
        for (n, line) in broken(&row.morph, self.morph_width).into_iter().enumerate() {
            if n > 0 {
                let branch = continued(&row.branch);
                out.push('\n');
                *out += &paint(Part::Branch, &branch);
                end = width(&branch);
            }
            put(out, self.morph, &mut end, Part::Morph, &line);
        }
        out.push('\n');
    }
}

/// An inflection in lines of a width, cut between features; one that is longer has a line of its own.
fn broken(morph: &str, width_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for feature in morph.split_inclusive('|') {
        match lines.last_mut().filter(|line| width(line) + width(feature) <= width_max) {
            Some(line) => line.push_str(feature),
            None => lines.push(feature.to_owned()),
        }
    }
    lines
}

/// The lines left of a word as they go on under it.
fn continued(branch: &str) -> String {
    let line = branch.chars().map(|c| if "│├╭┬┼".contains(c) { '│' } else { ' ' }).collect::<String>();
    line.trim_end().to_owned()
}

/// The lines left of each word.
///
/// A head and its dependents share an upright line, as far left as the lines that are drawn already let it be. Trees
/// without crossing arcs thus take two columns for each step from the root.
///
/// # Source
/// The manner is that of `write.TextModeTrees` in Udapi (Popel et al. 2017).
fn branches(heads: &[Option<usize>]) -> Vec<String> {
    let mut rows = vec![String::new(); heads.len()];
    let mut dependents = vec![Vec::new(); heads.len()];
    let mut left = Vec::new();
    for (node, head) in heads.iter().enumerate() {
        match head.and_then(|head| dependents.get_mut(head)) {
            Some(dependents) => dependents.push(node),
            None => {
                rows[node].push('─');
                left.push(node);
            }
        }
    }
    while let Some(head) = left.pop() {
        let below = &dependents[head];
        let (Some(&first), Some(&last)) = (below.first(), below.last()) else { continue };
        let span = first.min(head)..=last.max(head);
        let column = rows[span.clone()].iter().map(|row| row.chars().count()).max().unwrap_or(0);
        for node in span.clone() {
            let row = &mut rows[node];
            let reach = if row.ends_with(|c| c != ' ') { '─' } else { ' ' };
            row.extend(std::iter::repeat_n(reach, column - row.chars().count()));
            let at_end = (node == *span.start(), node == *span.end());
            let is_dependent = heads[node] == Some(head) && node != head;
            match (node == head, is_dependent, at_end) {
                (true, _, (true, _)) => row.push('┬'),
                (true, _, (_, true)) => row.push('┴'),
                (true, _, _) => row.push('┼'),
                (_, true, (true, _)) => row.push_str("╭─"),
                (_, true, (_, true)) => row.push_str("╰─"),
                (_, true, _) => row.push_str("├─"),
                _ if reach == '─' => row.push_str("│─"),
                _ => row.push_str("│ "),
            }
        }
        left.extend(below.iter().rev());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::conllu::tests::written;
    use proptest::prelude::*;

    fn drawn(text: &str, morph: bool, rows: &str) -> String {
        within(None, text, morph, rows)
    }

    fn within(width: Option<usize>, text: &str, morph: bool, rows: &str) -> String {
        written(text, rows, |parsed| {
            drawing(parsed, DrawingOptions { morph, width }, |_, part| part.to_owned())
        })
    }

    #[test]
    fn a_passive_with_a_relative_clause_and_coordination() {
        let rows = "
            Two two NUM _ 2 nummod
            people person NOUN _ 4 nsubj:pass
            were be AUX _ 4 aux:pass
            killed kill VERB _ 0 root
            by by ADP _ 7 case
            a a DET _ 7 det
            rocket rocket NOUN _ 4 obl:agent
            that that PRON _ 9 nsubj
            hit hit VERB _ 7 acl:relcl
            buses bus NOUN _ 9 obj
            and and CCONJ _ 12 cc
            cars car NOUN _ 10 conj
            . . PUNCT _ 4 punct";
        let words = "Two people were killed by a rocket that hit buses and cars.";
        insta::assert_snapshot!(drawn(words, false, rows), @r"
        Two people were killed by a rocket that hit buses and cars.

           ╭─ Two        NUM    nummod
         ╭─┴ people      NOUN   nsubj:pass  person
         ├─ were         AUX    aux:pass    be
        ─┼ killed        VERB   root        kill
         │ ╭─ by         ADP    case
         │ ├─ a          DET    det
         ├─┼ rocket      NOUN   obl:agent
         │ │ ╭─ that     PRON   nsubj
         │ ╰─┼ hit       VERB   acl:relcl
         │   ╰─┬ buses   NOUN   obj         bus
         │     │ ╭─ and  CCONJ  cc
         │     ╰─┴ cars  NOUN   conj        car
         ╰─ .            PUNCT  punct
        ");
    }

    #[test]
    fn inflections_stand_last() {
        let rows = "
            She she PRON Case=Nom|Number=Sing 2 nsubj
            burned burn VERB Tense=Past 0 root
            them they PRON Case=Acc|Number=Plur 2 obj
            . . PUNCT _ 2 punct
            Nothing nothing PRON _ 0 root
            . . PUNCT _ 1 punct";
        insta::assert_snapshot!(drawn("She burned them. Nothing.", true, rows), @r"
        She burned them.

         ╭─ She    PRON   nsubj        Case=Nom|Number=Sing
        ─┼ burned  VERB   root   burn  Tense=Past
         ├─ them   PRON   obj    they  Case=Acc|Number=Plur
         ╰─ .      PUNCT  punct

        Nothing.

        ─┬ Nothing  PRON   root
         ╰─ .       PUNCT  punct
        ");
    }

    #[test]
    fn inflections_are_broken_where_the_terminal_ends() {
        let rows = "
            Men man NOUN Number=Plur 2 nsubj
            burned burn VERB Mood=Ind|Number=Plur|Person=3|Tense=Past|VerbForm=Fin 0 root
            them they PRON Case=Acc|Number=Plur|Person=3|PronType=Prs 2 obj";
        insta::assert_snapshot!(within(Some(56), "Men burned them", true, rows), @r"
        Men burned them

         ╭─ Men    NOUN  nsubj  man   Number=Plur
        ─┼ burned  VERB  root   burn  Mood=Ind|Number=Plur|
         │                            Person=3|Tense=Past|
         │                            VerbForm=Fin
         ╰─ them   PRON  obj    they  Case=Acc|Number=Plur|
                                      Person=3|PronType=Prs
        ");
    }

    #[test]
    fn lines_that_cross_go_behind_one_another() {
        let rows = "
            Men man NOUN _ 2 nsubj
            came come VERB _ 0 root
            today today ADV _ 2 advmod
            who who PRON _ 5 nsubj
            shot shoot VERB _ 1 acl:relcl
            . . PUNCT _ 2 punct";
        insta::assert_snapshot!(drawn("Men came today who shot.", false, rows), @r"
        Men came today who shot.

         ╭─┬ Men     NOUN   nsubj      man
        ─┼─│─ came   VERB   root       come
         ├─│─ today  ADV    advmod
         │ │ ╭─ who  PRON   nsubj
         │ ╰─┴ shot  VERB   acl:relcl  shoot
         ╰─ .        PUNCT  punct
        ");
    }

    #[test]
    fn long_words_leave_the_columns_alone() {
        let word = "a".repeat(60);
        let rows = format!("See see VERB _ 0 root\n{word} {word} NOUN _ 1 obj");
        let drawn = drawn(&format!("See {word}"), false, &rows);
        assert!(drawn.contains("─┬ See  VERB  root\n"), "{drawn}");
        assert!(drawn.contains(&format!(" ╰─ {word}  NOUN  obj\n")), "{drawn}");
    }

    proptest! {
        /// Whatever the tree, every word hangs on its own line and every dependent's line begins under its head's mark.
        #[test]
        fn every_dependent_is_tied_to_its_head(seeds in prop::collection::vec(any::<usize>(), 1..30)) {
            // Each node takes a head that came before it in some order, so that there is one tree.
            let mut order: Vec<usize> = (0..seeds.len()).collect();
            order.sort_by_key(|&n| seeds[n]);
            let mut heads = vec![None; seeds.len()];
            for (n, &node) in order.iter().enumerate().skip(1) {
                heads[node] = Some(order[seeds[node] % n]);
            }
            let rows: Vec<Vec<char>> = branches(&heads).iter().map(|row| row.chars().collect()).collect();
            for (node, row) in rows.iter().enumerate() {
                prop_assert!(matches!(row.last(), Some('─' | '┬' | '┴' | '┼')), "{row:?}");
                let Some(head) = heads[node] else { continue };
                let column = row.iter().position(|c| "╭╰├".contains(*c)).unwrap();
                prop_assert!("┬┴┼".contains(rows[head][column]), "{rows:?}");
                for between in node.min(head) + 1..node.max(head) {
                    prop_assert!("│├┬┴┼".contains(rows[between][column]), "{rows:?}");
                }
            }
        }
    }
}
