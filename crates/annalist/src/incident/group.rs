//! Joins segments to drafts along the discourse.
//!
//! Segment after segment, four things may be done with it: it goes on about a draft, it starts a new one, it sums up several, or
//! it tells of none ([`Step`]).

use super::Case;
use super::draft::Draft;
use super::segment::Segment;
use super::step::{Discourse, Step};
use super::told::{Relation, Told};
use crate::document::ParagraphRole;
use crate::score::Choice;

/// Drafts of incidents, in order of their first own segment; with `shown`, what was weighed for each segment.
pub(super) fn join(case: &Case<'_>, segments: &[Segment], shown: bool) -> (Vec<Draft>, Vec<Vec<Choice>>) {
    let mut discourse = Discourse::new(case);
    let mut summaries: Vec<(Segment, Told)> = Vec::new();
    let mut weighed = Vec::new();
    for segment in segments {
        let told = Told::of(case, segment);
        let (step, choices) = discourse.step(segment, &told, shown);
        if step == Step::SumUp {
            summaries.push((segment.clone(), told));
        }
        if shown {
            weighed.push(choices);
        }
    }
    let (drafts, told) = discourse.into_threads().into_iter().map(|t| (t.draft, t.told)).unzip();
    (spread(drafts, told, summaries), weighed)
}

/// Gives what sums up several incidents to each of them: what was found to do so, and a headline or lead that became a draft of
/// its own without naming a settlement. With a single one that it can sum up, it is the same incident.
fn spread(mut drafts: Vec<Draft>, mut told: Vec<Told>, summaries: Vec<(Segment, Told)>) -> Vec<Draft> {
    for (segment, own) in summaries {
        let inside: Vec<usize> = (0..drafts.len()).filter(|&n| sums_up(&own, &told[n])).collect();
        if inside.is_empty() && segment.attack {
            drafts.push(Draft { segments: vec![segment], ..Draft::default() });
            told.push(own);
        } else {
            for n in inside {
                drafts[n].shared.push(segment.clone());
            }
        }
    }
    let mut number = 0;
    while number < drafts.len() {
        let opens = drafts[number].segments.iter().all(|s| s.paragraph <= 2);
        let inside: Vec<usize> = (0..drafts.len())
            .filter(|&n| opens && !told[number].settled() && n != number && told[n].settled())
            .filter(|&n| !drafts[n].segments.iter().all(|s| s.earlier))
            .filter(|&n| sums_up(&told[number], &told[n]))
            .collect();
        if inside.is_empty() {
            number += 1;
            continue;
        }
        let summary = drafts.remove(number);
        let own = told.remove(number);
        let single = inside.len() == 1;
        for n in inside {
            let n = if n > number { n - 1 } else { n };
            if single {
                let mut segments = summary.segments.clone();
                segments.append(&mut drafts[n].segments);
                drafts[n].segments = segments;
                told[n].take(&own);
            } else {
                drafts[n].shared.extend(summary.segments.iter().cloned());
            }
        }
    }
    let mut drafts = absorb_title(drafts, &told);
    drafts.sort_by_key(|d| d.segments.first().map_or(0, |s| s.tokens.start));
    drafts
}

/// A headline tells of what the report tells: on its own it is the draft below that it fits best.
fn absorb_title(mut drafts: Vec<Draft>, told: &[Told]) -> Vec<Draft> {
    let title = drafts.iter().position(|d| d.segments.iter().all(|s| s.role == ParagraphRole::Title));
    let Some(title) = title.filter(|_| drafts.len() > 1) else { return drafts };
    let others = (0..drafts.len()).filter(|&n| n != title);
    let points = |relation| match relation {
        Relation::Same => 2,
        Relation::Compatible => 1,
        Relation::Unsaid => 0,
        Relation::Other => -2,
    };
    let fit =
        |n: usize| points(told[title].place_beside(&told[n])) + points(told[title].mode_beside(&told[n]));
    if let Some(best) = others.max_by_key(|&n| (fit(n), std::cmp::Reverse(n))) {
        let summary = std::mem::take(&mut drafts[title].segments);
        drafts[best].shared.extend(summary);
        drafts.remove(title);
    }
    drafts
}

/// Whether nothing that a summary says speaks against a draft.
fn sums_up(summary: &Told, told: &Told) -> bool {
    summary.place_beside(told) != Relation::Other
        && summary.date_beside(told) != Relation::Other
        && summary.mode_beside(told) != Relation::Other
}
