//! text: here is a document, give me its sentences and tokens.

use crate::bundle::{Bundle, DataError};
use crate::document::{Document, Paragraph, ParagraphRole};
use crate::span::Span;
use crate::table::rows;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

/// Longest sentence; a longer run of tokens is cut.
///
/// # Units
/// Tokens.
pub const SENTENCE_TOKENS_MAX: usize = 200;

/// Number of a token in its document.
pub type TokenId = usize;

/// A token: what stands between gaps, with clitics and hyphens apart as in UD English EWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its bytes.
    pub span: Span,
    /// What it is made of.
    pub kind: TokenKind,
}

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, perhaps with digits or an apostrophe.
    Word,
    /// Digits with their separators: `12`, `1,000`, `07:40`.
    Number,
    /// Anything else.
    Mark,
}

/// A language that sentences are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
    /// Ukrainian.
    Uk,
    /// Any other.
    Other,
}

impl Language {
    const COUNT: usize = 4;

    /// The language named by a BCP 47 tag.
    pub fn from_tag(tag: &str) -> Self {
        match tag.split(['-', '_']).next().unwrap_or_default() {
            "en" => Language::En,
            "ru" => Language::Ru,
            "uk" => Language::Uk,
            _ => Language::Other,
        }
    }

    /// Its BCP 47 tag; `und` for any other.
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ru => "ru",
            Language::Uk => "uk",
            Language::Other => "und",
        }
    }
}

/// One sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Its bytes, without white space at the ends.
    pub span: Span,
    /// Its tokens.
    pub tokens: Range<TokenId>,
    /// Number of its paragraph in the document.
    pub paragraph: usize,
    /// What part its paragraph plays.
    pub role: ParagraphRole,
    /// Its language.
    pub language: Language,
}

/// The sentences and tokens of one document.
#[derive(Clone, Debug, Default)]
pub struct Text {
    tokens: Vec<Token>,
    sentences: Vec<Sentence>,
}

impl Text {
    /// All tokens in order.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// All sentences in order.
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// The number of the sentence that holds a token.
    pub fn sentence_of(&self, token: TokenId) -> usize {
        self.sentences.partition_point(|s| s.tokens.end <= token)
    }

    /// The tokens that lie inside `span`.
    pub fn tokens_in(&self, span: Span) -> Range<TokenId> {
        let start = self.tokens.partition_point(|t| t.span.start() < span.start());
        let end = self.tokens.partition_point(|t| t.span.end() <= span.end());
        start..end.max(start)
    }

    /// The bytes from the first to the last of some tokens.
    ///
    /// # Panics
    /// When the range is empty or ends beyond the last token.
    pub fn span_of(&self, tokens: Range<TokenId>) -> Span {
        self.tokens[tokens.start].span.cover(self.tokens[tokens.end - 1].span)
    }

    /// The language of most of its sentences, weighed by length.
    pub fn language(&self) -> Language {
        let mut weights = [0; Language::COUNT];
        for sentence in &self.sentences {
            weights[sentence.language as usize] += sentence.span.len();
        }
        [Language::En, Language::Ru, Language::Uk, Language::Other]
            .into_iter()
            .max_by_key(|l| (weights[*l as usize], *l == Language::En))
            .unwrap_or(Language::En)
    }
}

/// What may follow an abbreviation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Abbreviation {
    Title,
    Number,
    Either,
}

/// Splits documents into sentences and tokens.
pub struct Splitter {
    abbreviations: FxHashMap<String, Abbreviation>,
    function_words: FxHashMap<String, Vec<Language>>,
    prefixes: FxHashSet<String>,
    domains: FxHashSet<String>,
    clitics: Clitics,
}

/// Words written as one that are several tokens.
#[derive(Default)]
struct Clitics {
    /// Ends of words, with an apostrophe.
    ends: Vec<String>,
    /// Ends of numbers.
    units: FxHashSet<String>,
    /// Whole words and the bytes at which they are cut.
    words: FxHashMap<String, Vec<usize>>,
    /// For every first letter the set of second letters that such words have: most words are told apart by it.
    starts: [u32; 26],
}

impl Splitter {
    /// Reads `abbreviation.tsv`, `prefix.tsv` and `clitic.tsv` of every language, `lang/function-words.tsv` and
    /// `lang/domain.tsv`.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let mut abbreviations = FxHashMap::default();
        let mut prefixes = FxHashSet::default();
        let mut domains = FxHashSet::default();
        let mut clitics = Clitics::default();
        let mut function_words: FxHashMap<String, Vec<Language>> = FxHashMap::default();
        for (path, file) in bundle.under("lang/") {
            let name = path.rsplit('/').next().unwrap_or(path);
            const READ: [&str; 5] =
                ["abbreviation.tsv", "prefix.tsv", "clitic.tsv", "function-words.tsv", "domain.tsv"];
            if !READ.contains(&name) {
                continue;
            }
            for row in rows(path, file.bytes())? {
                let word = row.cell(0).to_lowercase();
                match name {
                    "prefix.tsv" => {
                        prefixes.insert(word);
                    }
                    "domain.tsv" => {
                        domains.insert(word);
                    }
                    "clitic.tsv" => match row.cell(1) {
                        "end" => clitics.ends.push(word),
                        "unit" => {
                            clitics.units.insert(word);
                        }
                        cut if cut.replace('|', "") == word => {
                            let cuts =
                                cut.match_indices('|').enumerate().map(|(n, (at, _))| at - n).collect();
                            if let Some((first, second)) = start_of(&word) {
                                clitics.starts[first] |= 1 << second;
                            }
                            clitics.words.insert(word, cuts);
                        }
                        other => {
                            return Err(
                                row.fault(format!("`{other}` is not end, unit or `{word}` with cuts"))
                            );
                        }
                    },
                    "function-words.tsv" => {
                        let language = Language::from_tag(row.cell(1));
                        function_words.entry(word).or_default().push(language);
                    }
                    _ => {
                        let kind = match row.cell(1) {
                            "title" => Abbreviation::Title,
                            "number" => Abbreviation::Number,
                            "either" => Abbreviation::Either,
                            other => {
                                return Err(row.fault(format!("`{other}` is not title, number or either")));
                            }
                        };
                        abbreviations.insert(word, kind);
                    }
                }
            }
        }
        Ok(Splitter { abbreviations, function_words, prefixes, domains, clitics })
    }

    /// Sentences and tokens of one document. Never fails: any text is data.
    pub fn split(&self, document: &Document) -> Text {
        let mut text = Text::default();
        for (number, paragraph) in document.paragraphs().iter().enumerate() {
            let first = text.tokens.len();
            self.tokenize(document.text(), paragraph.span, &mut text.tokens);
            self.break_sentences(document, number, paragraph, first, &mut text);
        }
        text
    }

    /// The tokens of a phrase in lower case with plain apostrophes: how data files write what texts hold.
    pub fn words(&self, phrase: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.tokenize(phrase, Span::new(0, phrase.len()), &mut tokens);
        tokens.iter().map(|t| t.span.of(phrase).to_lowercase().replace(['’', 'ʼ'], "'")).collect()
    }

    fn tokenize(&self, text: &str, span: Span, out: &mut Vec<Token>) {
        let end = span.end();
        let mut at = span.start();
        while at < end {
            let c = char_at(text, at);
            let width = c.len_utf8();
            if is_gap(c) {
                at += width;
                continue;
            }
            let stop = if is_word(c) { self.word_end(text, at, end) } else { self.mark_end(text, at, end) };
            self.push_word(text, Span::new(at, stop), out);
            at = stop;
        }
    }

    /// The end of the word that starts at `at`: letters and digits, inner apostrophes, separators inside
    /// numbers, the hyphen after a prefix, the full stop of an abbreviation.
    fn word_end(&self, text: &str, at: usize, end: usize) -> usize {
        let stop = number_with_marks_end(text, at, end).unwrap_or_else(|| self.plain_word_end(text, at, end));
        // Only what something is glued to can be the head of an address; most words are followed by a gap.
        let glued = stop < end && !is_gap(char_at(text, stop));
        let address = if glued { self.address_end(text, at, end) } else { None };
        address.unwrap_or(stop)
    }

    fn plain_word_end(&self, text: &str, at: usize, end: usize) -> usize {
        let mut i = at;
        while i < end {
            i += text.as_bytes()[i..end].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            if i == end {
                break;
            }
            let c = char_at(text, i);
            if is_word(c) {
                i += c.len_utf8();
                continue;
            }
            let next = i + c.len_utf8();
            let after = (next < end).then(|| char_at(text, next));
            let joins = match c {
                '\'' | '’' | 'ʼ' | '`' => after.is_some_and(char::is_alphabetic),
                '.' | ',' | ':' => {
                    before(text, i).is_ascii_digit() && after.is_some_and(|a| a.is_ascii_digit())
                }
                '-' => {
                    after.is_some_and(is_word)
                        && i - at <= 12
                        && self.prefixes.contains(&text[at..i].to_lowercase())
                }
                _ => false,
            };
            if joins {
                i = next;
                continue;
            }
            if c == '.' && self.owns_full_stop(text, at, i, end) {
                i = next;
                // "U.S." and "a.m.": letter, stop, letter, stop.
                while i + 1 < end && single_letter(text, i, end) {
                    i += char_at(text, i).len_utf8() + 1;
                }
            }
            break;
        }
        i
    }

    /// The end of the internet or mail address that starts at `at`.
    fn address_end(&self, text: &str, at: usize, end: usize) -> Option<usize> {
        const LONGEST: usize = 300;
        let near = &text[at..text.floor_char_boundary(end.min(at + LONGEST))];
        let outside =
            |c: char| is_gap(c) || matches!(c, '<' | '>' | '(' | ')' | '"' | '“' | '”' | '\'' | '’' | '|');
        let chunk = &near[..near.find(outside).unwrap_or(near.len())];
        let address = chunk.trim_end_matches(['.', ',', ';', ':', '!', '?', ']', '…']);
        if !address.contains(['.', '@']) {
            return None;
        }
        let labels = |host: &str| {
            let mut labels = host.split('.');
            labels.clone().count() > 1
                && labels.all(|l| {
                    !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                })
        };
        let is_host = |host: &str| {
            let last = host.rsplit('.').next().unwrap_or_default();
            labels(host) && self.domains.contains(&last.to_ascii_lowercase())
        };
        let scheme = address.split_once("://").is_some_and(|(scheme, rest)| {
            scheme.bytes().all(|b| b.is_ascii_alphabetic()) && !rest.is_empty()
        });
        let www = address.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
        let mail = address
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.starts_with(|c: char| c.is_alphanumeric()));
        let bare = || is_host(address.split('/').next().unwrap_or_default());
        // "alt.animals.cat": three whole words without a gap are no sentences.
        let dotted = || {
            let whole = |l: &str| l.len() > 1 && l.bytes().all(|b| b.is_ascii_lowercase());
            address.matches('.').count() > 1 && address.split('.').all(whole)
        };
        (scheme || www || mail || bare() || dotted()).then(|| at + address.len())
    }

    /// The end of the mark that starts at `at`: a run of the same mark ("...", "--") is one token, and so are faces and
    /// clitics behind what is no word ("NATO.int's", "(Kyiv)'s").
    fn mark_end(&self, text: &str, at: usize, end: usize) -> usize {
        let c = char_at(text, at);
        let mut i = at + c.len_utf8();
        if matches!(c, '\'' | '’') && !is_gap(before(text, at)) {
            let letters = text[i..end].find(|c: char| !is_word(c)).map_or(end, |n| i + n);
            let is_clitic = |clitic: &String| clitic.get(1..) == Some(&text[i..letters]);
            return if self.clitics.ends.iter().any(is_clitic) { letters } else { i };
        }
        // ":)" and ";-)".
        if matches!(c, ':' | ';') {
            let face = text[i..end].strip_prefix('-').unwrap_or(&text[i..end]);
            return if face.starts_with([')', '(']) { end - face.len() + 1 } else { i };
        }
        let kin = |other: char| match c {
            '.' | '!' | '?' => matches!(other, '.' | '!' | '?'),
            '-' | '=' => matches!(other, '-' | '='),
            '*' | '_' | '$' | '<' | '>' | '+' | '/' | '\\' => other == c,
            _ => false,
        };
        while i < end && kin(char_at(text, i)) {
            i += char_at(text, i).len_utf8();
        }
        i
    }

    /// Pushes a word with its clitic apart, as UD English writes it.
    fn push_word(&self, text: &str, span: Span, out: &mut Vec<Token>) {
        const LONGEST: usize = 60;
        let word = span.of(text);
        let first = word.chars().next().unwrap_or(' ');
        let kind = if first.is_ascii_digit() && word.chars().all(|c| !c.is_alphabetic()) {
            TokenKind::Number
        } else if is_word(first) {
            TokenKind::Word
        } else {
            TokenKind::Mark
        };
        let mut start = span.start();
        if kind == TokenKind::Word && word.len() <= LONGEST {
            if let Some(unit) = self.clitics.unit(word) {
                out.push(Token { span: Span::new(start, start + unit), kind: TokenKind::Number });
                start += unit;
            } else {
                for cut in self.clitics.cuts(word) {
                    out.push(Token { span: Span::new(start, span.start() + cut), kind });
                    start = span.start() + cut;
                }
            }
        }
        out.push(Token { span: Span::new(start, span.end()), kind });
    }

    fn owns_full_stop(&self, text: &str, at: usize, stop: usize, end: usize) -> bool {
        const LONGEST: usize = 12;
        let word = &text[at..stop];
        let mut chars = word.chars();
        let first = chars.next().unwrap_or(' ');
        if chars.next().is_none() && first.is_alphabetic() {
            let after = text[stop + 1..end].chars().next();
            // An initial ("J. Smith"), or letters with stops between them.
            let initial = first.is_uppercase() && before_word_is_name_or_start(text, at);
            return initial || after.is_some_and(char::is_alphabetic);
        }
        if word.eq_ignore_ascii_case("no") && !next_is_digit(text, stop + 1, end) {
            return false;
        }
        word.len() <= LONGEST && self.abbreviations.contains_key(&format!("{}.", word.to_lowercase()))
    }

    fn break_sentences(
        &self,
        document: &Document,
        number: usize,
        paragraph: &Paragraph,
        first: TokenId,
        text: &mut Text,
    ) {
        let words = document.text();
        let last = text.tokens.len();
        let mut start = first;
        let mut i = first;
        while i < last {
            let mut next = i + 1;
            let mut ends = self.ends_sentence(words, &text.tokens, i, last);
            if ends {
                while next < last && closes(words, &text.tokens, next) {
                    next += 1;
                }
                ends = next == last
                    || may_start(words, &text.tokens, next)
                    || next == i + 1 && starts_small(words, &text.tokens, next);
            }
            let dateline_ends = document.dateline().is_some_and(|d| text.tokens[i].span.end() == d.end());
            if ends || next == last || dateline_ends || next - start >= SENTENCE_TOKENS_MAX {
                let span = text.span_of(start..next);
                text.sentences.push(Sentence {
                    span,
                    tokens: start..next,
                    paragraph: number,
                    role: paragraph.role,
                    language: self.language(words, &text.tokens[start..next]),
                });
                start = next;
            }
            i = next;
        }
    }

    fn ends_sentence(&self, words: &str, tokens: &[Token], i: TokenId, last: TokenId) -> bool {
        let token = tokens[i].span.of(words);
        match token.chars().next().unwrap_or(' ') {
            '.' | '!' | '?' | '…' if tokens[i].kind == TokenKind::Mark => {
                // Inside a word or an address there is no gap.
                i + 1 == last
                    || tokens[i + 1].span.start() > tokens[i].span.end()
                    || closes(words, tokens, i + 1)
            }
            _ if token.ends_with('.') && token.chars().count() > 2 => {
                let Some(next) = tokens.get(i + 1).filter(|_| i + 1 < last).map(|t| t.span.of(words)) else {
                    return false;
                };
                let may_end = match self.abbreviations.get(&token.to_lowercase()) {
                    Some(Abbreviation::Title | Abbreviation::Number) => false,
                    // "the U.S. Army", "J.M. Huber": a capital alone is no sentence's start.
                    _ if token.starts_with(char::is_uppercase) && token.matches('.').count() > 1 => {
                        self.function_words.contains_key(&next.to_lowercase()) || !next.starts_with(is_word)
                    }
                    _ => true,
                };
                may_end && next != "("
            }
            _ => false,
        }
    }

    fn language(&self, words: &str, tokens: &[Token]) -> Language {
        let (mut cyrillic, mut latin, mut ukrainian, mut russian, mut other) = (0, 0, 0, 0, 0);
        let mut votes = [0; Language::COUNT];
        let mut counted = 0;
        let mut lower = String::new();
        for token in tokens.iter().filter(|t| t.kind == TokenKind::Word) {
            const LETTERS_MAX: usize = 40;
            let word = token.span.of(words);
            counted += 1;
            if word.is_ascii() {
                latin += word.bytes().take(LETTERS_MAX).filter(u8::is_ascii_alphabetic).count();
            } else {
                for c in word.chars().take(LETTERS_MAX) {
                    match c {
                        'і' | 'ї' | 'є' | 'ґ' | 'І' | 'Ї' | 'Є' | 'Ґ' => ukrainian += 1,
                        'ы' | 'э' | 'ъ' | 'ё' | 'Ы' | 'Э' | 'Ъ' | 'Ё' => russian += 1,
                        _ => {}
                    }
                    match c {
                        '\u{400}'..='\u{52f}' => cyrillic += 1,
                        'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' => latin += 1,
                        _ if c.is_alphabetic() => other += 1,
                        _ => {}
                    }
                }
            }
            if word.len() <= 24 {
                lower_into(word, &mut lower);
                for language in self.function_words.get(&lower).into_iter().flatten() {
                    votes[*language as usize] += 1;
                }
            }
        }
        let vote = |l: Language| votes[l as usize];
        if cyrillic > latin.max(other) {
            let (uk, ru) = (ukrainian + 2 * vote(Language::Uk), russian + 2 * vote(Language::Ru));
            if uk > ru { Language::Uk } else { Language::Ru }
        } else if other > latin || (counted >= 8 && vote(Language::En) == 0) {
            Language::Other
        } else {
            Language::En
        }
    }
}

/// A word in lower case.
fn lower_into(word: &str, out: &mut String) {
    out.clear();
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
    } else {
        out.push_str(&word.to_lowercase());
    }
}

/// The numbers in the alphabet of a word's first two letters.
fn start_of(word: &str) -> Option<(usize, usize)> {
    let letter = |at: usize| {
        let byte = word.as_bytes().get(at)?.to_ascii_lowercase();
        byte.is_ascii_lowercase().then(|| usize::from(byte - b'a'))
    };
    Some((letter(0)?, letter(1)?))
}

impl Clitics {
    /// Where the unit of a number starts, in bytes.
    fn unit(&self, word: &str) -> Option<usize> {
        let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').filter(|&n| n > 0)?;
        self.units.contains(&word[digits..].to_lowercase()).then_some(digits)
    }

    /// Where a word is cut, in bytes.
    fn cuts(&self, word: &str) -> Vec<usize> {
        let marked = match word.is_ascii() {
            true => word.bytes().any(|byte| byte == b'\''),
            false => word.contains(['\'', '’', 'ʼ']),
        };
        if !marked {
            let may_be_cut =
                start_of(word).is_some_and(|(first, second)| self.starts[first] >> second & 1 == 1);
            return may_be_cut
                .then(|| self.words.get(&word.to_lowercase()).cloned())
                .flatten()
                .unwrap_or_default();
        }
        if word.ends_with(['\'', '’']) {
            return Vec::new();
        }
        let plain = word.to_lowercase().replace(['’', 'ʼ'], "'");
        let clitic = self.ends.iter().find(|c| plain.len() > c.len() && plain.ends_with(c.as_str()));
        let at = |clitic: &String| {
            let chars = word.chars().count() - clitic.chars().count();
            word.char_indices().nth(chars).map_or(word.len(), |(at, _)| at)
        };
        clitic.map(at).into_iter().collect()
    }
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().unwrap_or('\0')
}

fn before(text: &str, at: usize) -> char {
    text[..at].chars().next_back().unwrap_or(' ')
}

/// White space, control characters and the invisible ones that writers paste unknowingly.
fn is_gap(c: char) -> bool {
    if c.is_ascii() {
        return c <= ' ' || c == '\x7f';
    }
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe0f}')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) || c == '\u{ad}'
}

fn single_letter(text: &str, at: usize, end: usize) -> bool {
    let c = char_at(text, at);
    let next = at + c.len_utf8();
    c.is_alphabetic() && next < end && text.as_bytes()[next] == b'.'
}

fn next_is_digit(text: &str, at: usize, end: usize) -> bool {
    text[at.min(end)..end].trim_start().starts_with(|c: char| c.is_ascii_digit())
}

/// "Smith J. said" and "plan B." differ by what stands before: a capital, a stop or nothing.
fn before_word_is_name_or_start(text: &str, at: usize) -> bool {
    let head = text[..at].trim_end_matches([' ', '\u{a0}']);
    let word = head.rsplit(char::is_whitespace).next().unwrap_or_default();
    word.is_empty()
        || word.ends_with(['.', '(', '"', '“', '‘', ',', '-', '—', '–'])
        || word.starts_with(char::is_uppercase)
        || text[at..].chars().nth(2).is_some_and(char::is_whitespace)
            && text[at..].chars().nth(3).is_some_and(char::is_uppercase)
}

/// The end of a date or a telephone number that starts at `at`: "08/16/2000", "713-664-7478". Years first
/// ("2024-09-18"), days with hyphens ("18-09-2024") and short ranges ("10-12") are several tokens.
fn number_with_marks_end(text: &str, at: usize, end: usize) -> Option<usize> {
    let bytes = &text.as_bytes()[at..end];
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let first = digits(0);
    let mark = *bytes.get(first).filter(|b| matches!(b, b'/' | b'-'))?;
    if first == 0 || first > 3 || before(text, at) == char::from(mark) {
        return None;
    }
    let mut groups = vec![first];
    let mut stop = first;
    while bytes.get(stop) == Some(&mark) && digits(stop + 1) > 0 {
        let group = digits(stop + 1);
        stop += 1 + group;
        groups.push(group);
    }
    let is_date = mark == b'/' && matches!(groups[..], [1 | 2, 1 | 2, 2 | 4]);
    let is_telephone =
        mark == b'-' && matches!(groups[..], [1 | 3, 4] | [1 | 3, 3, 4] | [_, 2 | 3, 2 | 3, 2 | 4]);
    let is_whole = at + stop == end || !is_word(char_at(text, at + stop));
    (is_whole && (is_date || is_telephone)).then_some(at + stop)
}

/// Quotation marks and brackets that close what the sentence opened.
fn closes(words: &str, tokens: &[Token], i: TokenId) -> bool {
    let glued = tokens[i].span.start() == tokens[i - 1].span.end();
    glued && matches!(tokens[i].span.of(words), "\"" | "”" | "’" | "'" | "»" | ")" | "]" | "''" | "“")
}

fn may_start(words: &str, tokens: &[Token], i: TokenId) -> bool {
    let c = char_at(words, tokens[i].span.start());
    !c.is_lowercase() && !matches!(c, ',' | ';' | ':' | ')' | ']' | '.')
}

/// Posts whose sentences open in lower case: a whole small word, a stop and a gap, then another word. Shorter words may be
/// abbreviations that no list has.
fn starts_small(words: &str, tokens: &[Token], next: TokenId) -> bool {
    const SHORTEST: usize = 4;
    let Some(before) = next.checked_sub(2) else { return false };
    let word = tokens[before].span.of(words);
    let asks = words[..tokens[next - 1].span.end()].ends_with(['?', '!']);
    char_at(words, tokens[next].span.start()).is_lowercase()
        && (asks || word.chars().count() >= SHORTEST && word.chars().all(char::is_lowercase))
        && tokens[before].span.end() == tokens[next - 1].span.start()
        && !tokens[next - 1].span.of(words).starts_with('…')
        && tokens[next - 1].span.len() < 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Meta;
    use proptest::prelude::*;

    fn splitter() -> Splitter {
        Splitter::new(&Bundle::embedded()).unwrap()
    }

    fn sentences(text: &str) -> Vec<String> {
        let document = Document::new(text.into(), Meta::default()).unwrap();
        let split = splitter().split(&document);
        split.sentences().iter().map(|s| s.span.of(text).to_owned()).collect()
    }

    fn tokens(text: &str) -> Vec<String> {
        let document = Document::new(text.into(), Meta::default()).unwrap();
        let split = splitter().split(&document);
        split.tokens().iter().map(|t| t.span.of(text).to_owned()).collect()
    }

    #[test]
    fn sentences_may_open_small() {
        assert_eq!(
            sentences("they hit the market. nobody came? we waited... and went"),
            ["they hit the market.", "nobody came?", "we waited... and went",]
        );
        assert_eq!(sentences("He met Sgt. major Li in vol. two."), ["He met Sgt. major Li in vol. two."]);
        assert_eq!(sentences("“Who came?” she asked."), ["“Who came?” she asked."]);
    }

    #[test]
    fn addresses_are_one_token() {
        assert_eq!(
            tokens(
                "See www.example.org/a-b?c=1, http://x.y/z. Or write to j.smith@mod.gov.ua (or news.example.com's desk) :)"
            ),
            [
                "See",
                "www.example.org/a-b?c=1",
                ",",
                "http://x.y/z",
                ".",
                "Or",
                "write",
                "to",
                "j.smith@mod.gov.ua",
                "(",
                "or",
                "news.example.com",
                "'s",
                "desk",
                ")",
                ":)",
            ]
        );
        assert_eq!(
            tokens("the end.then came@ it.no?!"),
            ["the", "end", ".", "then", "came", "@", "it", ".", "no", "?!"]
        );
        assert_eq!(sentences("Read example.com. It is true."), ["Read example.com.", "It is true."]);
    }

    #[test]
    fn telephones_slashed_dates_and_spellings_of_posts() {
        assert_eq!(
            tokens("08/16/2000 713-664-7478 18-09-2024 2024-09-18 10-12 152mm 7/8"),
            [
                "08/16/2000",
                "713-664-7478",
                "18",
                "-",
                "09",
                "-",
                "2024",
                "2024",
                "-",
                "09",
                "-",
                "18",
                "10",
                "-",
                "12",
                "152",
                "mm",
                "7",
                "/",
                "8"
            ]
        );
        assert_eq!(
            tokens("I dont, we WONT see alt.animals.cat <<here>> CANNOT"),
            [
                "I",
                "do",
                "nt",
                ",",
                "we",
                "WO",
                "NT",
                "see",
                "alt.animals.cat",
                "<<",
                "here",
                ">>",
                "CAN",
                "NOT"
            ]
        );
    }

    #[test]
    fn initials_are_no_end_before_a_name() {
        assert_eq!(sentences("The U.S. Army met J.M. Huber. It left.").len(), 2);
        assert_eq!(sentences("He left the U.S. The army stayed.").len(), 2);
        assert_eq!(sentences("what is it? a shell. at 10 a.m. (local time) it fell").len(), 3);
    }

    #[test]
    fn numbers_titles_and_initials_do_not_end_sentences() {
        assert_eq!(
            sentences("He was taken to City Hospital No. 2 in Belgorod by Dr. A. B. Ivanov. He died."),
            ["He was taken to City Hospital No. 2 in Belgorod by Dr. A. B. Ivanov.", "He died."]
        );
        assert_eq!(
            sentences("It came at 7 p.m. The U.S. army left. Nobody said no. Then it ended.").len(),
            4
        );
    }

    #[test]
    fn closing_quotes_stay_with_their_sentence() {
        assert_eq!(
            sentences("‘It saved his life.’ The governor said so. \"We wait.\" He left."),
            ["‘It saved his life.’", "The governor said so.", "\"We wait.\"", "He left."]
        );
    }

    #[test]
    fn tokens_follow_the_treebank() {
        assert_eq!(
            tokens("The 64-year-old didn’t see Lazarev's car at 07:40, cost $1,000."),
            [
                "The", "64", "-", "year", "-", "old", "did", "n’t", "see", "Lazarev", "'s", "car", "at",
                "07:40", ",", "cost", "$", "1,000", "."
            ]
        );
    }

    #[test]
    fn languages_by_sentence() {
        let text = "A drone hit a bus.\nДрон ударил по автобусу, его водитель ранен.\nДрон влучив у мікроавтобус, поранено водія.";
        let document = Document::new(text.into(), Meta::default()).unwrap();
        let split = splitter().split(&document);
        let languages: Vec<_> = split.sentences().iter().map(|s| s.language).collect();
        assert_eq!(languages, [Language::En, Language::Ru, Language::Uk]);
    }

    proptest! {
        #[test]
        fn tokens_and_sentences_tile_the_words(text in "(\\PC|\\n| |\\.|\"|'){0,300}") {
            let document = Document::new(text.clone(), Meta::default()).unwrap();
            let split = splitter().split(&document);
            let mut at = 0;
            for token in split.tokens() {
                prop_assert!(token.span.start() >= at && !token.span.is_empty());
                prop_assert!(text[at..token.span.start()].chars().all(is_gap));
                at = token.span.end();
            }
            let mut next = 0;
            for sentence in split.sentences() {
                prop_assert_eq!(sentence.tokens.start, next);
                next = sentence.tokens.end;
            }
            prop_assert_eq!(next, split.tokens().len());
        }
    }
}
