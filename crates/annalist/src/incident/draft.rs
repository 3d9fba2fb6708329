//! A draft: the segments that tell of one incident.

use super::Case;
use super::segment::Segment;
use crate::event::{EventKind, EventMention};

/// Segments joined to one incident, in order of the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Segments of its own.
    pub segments: Vec<Segment>,
    /// Segments that sum it up together with others: the headline, the lead of a roundup.
    pub shared: Vec<Segment>,
}

impl Draft {
    /// Its own segments, then the shared ones.
    pub(super) fn all(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().chain(&self.shared)
    }

    /// Numbers of its sentences, in order.
    pub(super) fn sentences(&self) -> Vec<usize> {
        let mut sentences: Vec<usize> = self.all().map(|s| s.sentence).collect();
        sentences.sort_unstable();
        sentences.dedup();
        sentences
    }

    /// Its own event mentions of one kind.
    pub(super) fn events<'a>(
        &'a self,
        case: &'a Case<'_>,
        kind: EventKind,
    ) -> impl Iterator<Item = &'a EventMention> {
        self.segments.iter().flat_map(|s| &s.events).map(|&n| &case.events[n]).filter(move |e| e.kind == kind)
    }

    /// Attacks told in its own segments, or in the shared ones when there is none.
    pub(super) fn attacks<'a>(&'a self, case: &'a Case<'_>) -> Vec<&'a EventMention> {
        let own: Vec<_> = self.events(case, EventKind::Attack).filter(|e| case.is_attack(e)).collect();
        if !own.is_empty() {
            return own;
        }
        self.shared
            .iter()
            .flat_map(|s| &s.events)
            .map(|&n| &case.events[n])
            .filter(|e| case.is_attack(e))
            .collect()
    }
}
