//! charset: here are bytes, give me characters and say how they were found.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// Characters, and what had to be guessed or replaced on the way.
pub(crate) struct Decoded<'b> {
    pub(crate) text: Cow<'b, str>,
    pub(crate) guessed: Option<&'static str>,
    pub(crate) replaced: bool,
}

/// Byte order mark, then valid UTF-8, then the charset that the page states, then a guess.
///
/// Valid UTF-8 goes before the page's word: pages saved again by a browser often keep a stale `meta`, while
/// text of another charset is hardly ever valid UTF-8.
pub(crate) fn decode(bytes: &[u8], is_html: bool) -> Decoded<'_> {
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        return with(encoding, &bytes[skip..], false);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return with(encoding, bytes, true);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), guessed: None, replaced: false };
    }
    if let Some(encoding) = is_html.then(|| stated(bytes)).flatten() {
        return with(encoding, bytes, false);
    }
    if mostly_utf8(bytes) {
        return with(UTF_8, bytes, false);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    with(detector.guess(None, Utf8Detection::Allow), bytes, true)
}

fn with<'b>(encoding: &'static Encoding, bytes: &'b [u8], guessed: bool) -> Decoded<'b> {
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, guessed: guessed.then(|| encoding.name()), replaced }
}

/// A NUL in every other byte of the first kilobyte is UTF-16 that lost its mark.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(1024) & !1];
    let half = head.len() / 2;
    if half < 4 {
        return None;
    }
    let nuls = |from: usize| head.iter().skip(from).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    if odd * 10 >= half * 7 && even * 10 < half {
        Some(UTF_16LE)
    } else if even * 10 >= half * 7 && odd * 10 < half {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// One broken byte in a long UTF-8 file must not turn the whole of it into another charset.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > 20 * bad
}

/// The charset in `<meta charset=…>` or `<meta http-equiv content="…; charset=…">` near the head of a page.
fn stated(bytes: &[u8]) -> Option<&'static Encoding> {
    const REACH: usize = 4096;
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(REACH)]).to_ascii_lowercase();
    head.match_indices("charset").find_map(|(at, word)| {
        let rest = head[at + word.len()..].trim_start().strip_prefix('=')?;
        let label: String = rest
            .trim_start_matches([' ', '"', '\''])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c))
            .collect();
        // A page that states UTF-16 in ASCII bytes is lying, as the HTML standard knows.
        Encoding::for_label(label.as_bytes()).filter(|e| *e != UTF_16LE && *e != UTF_16BE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_statements_and_guesses() {
        let words = "Дрон ударил по автобусу, ранен водитель и двое пассажиров.";
        let (cp1251, _, _) = encoding_rs::WINDOWS_1251.encode(words);
        assert_eq!(decode(&cp1251, false).text, words);
        assert_eq!(decode(&cp1251, false).guessed, Some("windows-1251"));
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(words.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(decode(&utf16, false).text, words);
        let plain: Vec<u8> = "A drone hit a bus".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&plain, false).text, "A drone hit a bus");
        let page = [b"<meta charset=\"koi8-r\">".as_slice(), &encoding_rs::KOI8_R.encode(words).0].concat();
        assert!(decode(&page, true).text.ends_with(words));
        assert_eq!(decode(b"\xef\xbb\xbfA bus", false).text, "A bus");
    }

    #[test]
    fn one_broken_byte_stays_one_broken_byte() {
        let mut bytes = "Дрон ударил по автобусу, ранен водитель и двое пассажиров.".as_bytes().to_vec();
        bytes.push(0xff);
        let decoded = decode(&bytes, false);
        assert!(decoded.text.starts_with("Дрон") && decoded.text.ends_with('\u{fffd}') && decoded.replaced);
    }
}
