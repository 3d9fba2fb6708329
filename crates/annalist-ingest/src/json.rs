//! json: here is one JSON value, give me the report in it.

use serde::Deserialize;
use std::borrow::Cow;

/// One report as JSON. Gold batches keep what is known about it under `meta`.
#[derive(Deserialize)]
pub(crate) struct JsonRecord {
    #[serde(default)]
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) html: Option<String>,
    #[serde(default)]
    pub(crate) id: Option<serde_json::Value>,
    #[serde(flatten)]
    pub(crate) about: About,
    #[serde(default)]
    pub(crate) meta: Option<About>,
}

/// What is known about a report besides its words; any JSON value, since only strings are used and a number
/// in one place must not lose the report.
#[derive(Deserialize, Default)]
pub(crate) struct About {
    #[serde(default)]
    pub(crate) published_at: serde_json::Value,
    #[serde(default)]
    pub(crate) outlet: serde_json::Value,
    #[serde(default)]
    pub(crate) url: serde_json::Value,
    #[serde(default)]
    pub(crate) title: serde_json::Value,
    #[serde(default)]
    pub(crate) language: serde_json::Value,
}

impl JsonRecord {
    /// The field as text: from the record itself, else from its `meta`.
    pub(crate) fn field(&self, of: impl Fn(&About) -> &serde_json::Value) -> Option<String> {
        let own = word(of(&self.about));
        own.or_else(|| self.meta.as_ref().and_then(|meta| word(of(meta))))
    }

    /// The record's id; numbers are ids too.
    pub(crate) fn id(&self) -> Option<String> {
        match self.id.as_ref()? {
            serde_json::Value::Number(number) => Some(number.to_string()),
            value => word(value),
        }
    }
}

fn word(value: &serde_json::Value) -> Option<String> {
    value.as_str().map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned)
}

/// Replaces `\ud800` without its second half by `\ufffd`, and says how many there were.
///
/// Such halves come from programs that cut strings by UTF-16 units; no Rust string can hold them, and the
/// report around them is worth reading.
pub(crate) fn mend_surrogates(json: &str) -> (Cow<'_, str>, usize) {
    let bytes = json.as_bytes();
    let mut mended: Option<Vec<u8>> = None;
    let mut count = 0;
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(|&b| b == b'\\') {
        let here = at + step;
        match unit(bytes, here) {
            Some(0xd800..=0xdbff) if matches!(unit(bytes, here + 6), Some(0xdc00..=0xdfff)) => at = here + 12,
            Some(0xd800..=0xdfff) => {
                mended.get_or_insert_with(|| bytes.to_vec())[here + 2..here + 6].copy_from_slice(b"fffd");
                count += 1;
                at = here + 6;
            }
            // Skips the escaped character too, so that `\\ud800` is a backslash and a word.
            _ => at = (here + 2).min(bytes.len()),
        }
    }
    match mended.map(String::from_utf8) {
        Some(Ok(text)) => (Cow::Owned(text), count),
        _ => (Cow::Borrowed(json), 0),
    }
}

/// The UTF-16 unit of the escape `\uXXXX` that starts at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    if &escape[..2] != b"\\u" || !escape[2..].iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_without_their_other_half_are_replaced() {
        let json = r#"{"text":"a \ud83d\ude80 b \ud800 c \\ud800 d \udc00\ud83d"}"#;
        let (mended, count) = mend_surrogates(json);
        assert_eq!(count, 3);
        assert_eq!(mended, r#"{"text":"a \ud83d\ude80 b \ufffd c \\ud800 d \ufffd\ufffd"}"#);
        assert!(matches!(mend_surrogates("{}"), (Cow::Borrowed("{}"), 0)));
    }
}
