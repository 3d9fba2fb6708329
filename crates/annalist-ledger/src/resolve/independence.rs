//! independence: which reports of one incident know it from the same origin. A reprint, the same words of the same
//! official carried by several outlets, and what one outlet tells again add nothing to what one of them tells.

use super::traits::Traits;
use std::collections::BTreeMap;

/// Share of runs of words from which on one text is taken for a copy of the other.
const COPIED: f32 = 0.5;
/// The same where both give the word to the same official.
const COPIED_OFFICIAL: f32 = 0.2;
/// Likeness of the words that tell it, where both give the word to the same official: two renderings of one statement.
const TOLD_OFFICIAL: f32 = 0.55;

/// For every mention of one incident the origin of what it tells: the report that told it first, of those of one outlet and
/// of those that copy one another or render the same statement. Mentions with one key are one source. Where an outlet
/// is not named, its address stands for it: the host, or the channel on a host that many share.
pub fn independence(mentions: &[&Traits]) -> Vec<String> {
    let mut order: Vec<usize> = (0..mentions.len()).collect();
    let when = |at: &usize| mentions.get(*at).map(|m| (m.text.published, m.entry, m.id.clone()));
    order.sort_by_key(when);
    let mut origin: BTreeMap<usize, usize> = BTreeMap::new();
    let mut earlier: Vec<usize> = Vec::new();
    for at in order {
        let copied = |&before: &usize| {
            mentions.get(before).zip(mentions.get(at)).is_some_and(|(a, b)| one_origin(a, b))
        };
        let first = earlier.iter().copied().find(copied);
        let first = first.and_then(|before| origin.get(&before).copied()).unwrap_or(at);
        origin.insert(at, first);
        earlier.push(at);
    }
    let key = |at: &usize| mentions.get(*at).map(|first| first.report.to_string()).unwrap_or_default();
    origin.values().map(key).collect()
}

fn one_origin(a: &Traits, b: &Traits) -> bool {
    let row = a.text.row.is_some() && a.text.row == b.text.row;
    if a.report == b.report || row || (a.text.url.is_some() && a.text.url == b.text.url) {
        return true;
    }
    let same = |a: Option<u32>, b: Option<u32>| a.is_some() && a == b;
    let named = a.text.outlet.is_some() && b.text.outlet.is_some();
    if same(a.text.outlet, b.text.outlet) || !named && same(a.text.host, b.text.host) {
        return true;
    }
    let copied = a.text.signature.likeness(&b.text.signature).unwrap_or_default();
    let officials = |t: &Traits| t.act.as_ref().map(|act| act.officials.clone()).unwrap_or_default();
    let theirs = officials(b);
    let shared = officials(a).iter().any(|official| theirs.contains(official));
    copied >= COPIED || shared && (copied >= COPIED_OFFICIAL || a.told.likeness(&b.told) >= TOLD_OFFICIAL)
}
