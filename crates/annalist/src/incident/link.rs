//! How incidents of one report hang together.

use super::Incident;
use super::draft::Draft;

/// Finds series and sequences.
pub(super) fn find(drafts: &[&Draft], incidents: &mut [Incident]) {
    /// Incidents further apart in the report are not compared.
    const APART_MAX: usize = 24;
    for n in 0..incidents.len() {
        for m in n.saturating_sub(APART_MAX)..(n + APART_MAX).min(incidents.len()) {
            if n == m {
                continue;
            }
            if let Some(relation) = relation(drafts, n, m) {
                incidents[n].links.push((relation.to_owned(), m));
            }
        }
    }
}

fn relation(drafts: &[&Draft], n: usize, m: usize) -> Option<&'static str> {
    let shares = drafts[n].shared.iter().any(|s| drafts[m].shared.iter().any(|t| t.sentence == s.sentence));
    let earlier = |d: &Draft| d.segments.iter().any(|s| s.earlier);
    if shares {
        Some("same_series")
    } else if earlier(drafts[m]) && !earlier(drafts[n]) && n + 1 == m {
        Some("follows")
    } else if earlier(drafts[n]) && !earlier(drafts[m]) && m + 1 == n {
        Some("precedes")
    } else {
        None
    }
}
