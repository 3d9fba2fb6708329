//! What may be done with a piece of text, and what speaks for it.

use super::Case;
use super::draft::Draft;
use super::segment::Segment;
use super::told::{Relation, Told};
use crate::document::ParagraphRole;
use crate::event::{EventKind, Standing};
use crate::score::{Choice, Features, Kind, best, take};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What may be done with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It starts a draft.
    Start,
    /// It goes on about the draft of that number.
    Join(usize),
    /// It sums up several.
    SumUp,
    /// It tells of none.
    Leave,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Step::Start => "start",
            Step::Join(_) => "join",
            Step::SumUp => "sum up",
            Step::Leave => "leave",
        }
    }
}

/// Where the report stands before a segment.
pub(super) struct Discourse<'a> {
    case: &'a Case<'a>,
    threads: Vec<Thread>,
    /// The thread that was taken up last.
    last: Option<usize>,
    /// What was done with the segment before.
    before: Option<Step>,
}

/// A draft that may still be taken up, with what is known of it at a glance.
pub(super) struct Thread {
    /// The draft.
    pub draft: Draft,
    /// What it says.
    pub told: Told,
    title_only: bool,
    earlier_only: bool,
    earlier: bool,
    /// Whether it is only announced: "it follows another strike".
    announced: bool,
}

impl Thread {
    fn new(segment: &Segment, told: &Told) -> Self {
        let mut thread = Thread {
            draft: Draft::default(),
            told: Told::default(),
            title_only: true,
            earlier_only: true,
            earlier: false,
            announced: true,
        };
        thread.take(segment, told);
        thread
    }

    fn take(&mut self, segment: &Segment, told: &Told) {
        self.title_only &= segment.role == ParagraphRole::Title;
        self.earlier_only &= segment.earlier;
        self.earlier |= segment.earlier;
        self.told.take(told);
        let placed = !self.told.places.is_empty() || !self.told.dates.is_empty();
        self.announced &= segment.fresh && segment.attack && !placed;
        self.draft.segments.push(segment.clone());
    }
}

impl<'a> Discourse<'a> {
    /// Before the first segment.
    pub(super) fn new(case: &'a Case<'a>) -> Self {
        Discourse { case, threads: Vec::new(), last: None, before: None }
    }

    /// Takes the step that is likeliest for a segment. With `shown`, what was weighed is returned.
    pub(super) fn step(&mut self, segment: &Segment, told: &Told, shown: bool) -> (Step, Vec<Choice>) {
        let scores = self.case.scores;
        let steps = self.steps();
        let value = |step| if shown { self.value(segment, step) } else { Value::Null };
        let what = what(self.case, segment);
        let alone = self.alone(segment, told, what);
        let features = |step: Step| match step {
            Step::Join(number) => self.joining(segment, told, what, number),
            _ => alone.under(step.name()),
        };
        let weigh = |&step| scores.weigh(Kind::Join, value(step), features(step));
        let mut choices: Vec<Choice> = steps.iter().map(weigh).collect();
        let chosen = best(&choices).unwrap_or_default();
        take(&mut choices, chosen);
        let step = steps[chosen];
        match step {
            Step::Start => {
                self.last = Some(self.threads.len());
                self.threads.push(Thread::new(segment, told));
            }
            Step::Join(number) => {
                self.last = Some(number);
                self.threads[number].take(segment, told);
            }
            Step::SumUp | Step::Leave => {}
        }
        self.before = Some(step);
        (step, choices)
    }

    /// What was begun.
    pub(super) fn into_threads(self) -> Vec<Thread> {
        self.threads
    }

    /// What can be done with the next segment.
    fn steps(&self) -> Vec<Step> {
        // A report does not come back to what it told so many incidents before.
        const DRAFTS_BACK: usize = 48;
        let count = self.threads.len();
        let mut steps = vec![Step::Start];
        steps.extend((count.saturating_sub(DRAFTS_BACK)..count).rev().map(Step::Join));
        steps.extend([Step::SumUp, Step::Leave]);
        steps
    }

    /// A step in words, with the bytes of the segments that it would put together.
    fn value(&self, segment: &Segment, step: Step) -> Value {
        let bytes = |s: &Segment| {
            let span = self.case.span(s.tokens.clone());
            json!([span.start(), span.end()])
        };
        let of_draft = |t: &Thread| t.draft.segments.iter().map(bytes).collect::<Vec<_>>();
        let own = bytes(segment);
        match step {
            Step::Join(number) => {
                json!({ "step": step.name(), "segment": own, "with": of_draft(&self.threads[number]) })
            }
            Step::Start => {
                let begun: Vec<_> = self.threads.iter().map(of_draft).collect();
                json!({ "step": step.name(), "segment": own, "begun": begun })
            }
            Step::SumUp | Step::Leave => json!({ "step": step.name(), "segment": own }),
        }
    }

    /// What speaks for going on about a draft.
    fn joining(&self, segment: &Segment, own: &Told, what: &str, number: usize) -> Features {
        let mut features = Features::default();
        let Thread { draft, told, title_only, earlier_only, earlier, announced } = &self.threads[number];
        let is_last = self.last == Some(number);
        let before = draft.segments.last();
        let gap = before.map_or(9, |b| segment.paragraph.saturating_sub(b.paragraph));
        let gap = match gap {
            0 => "same paragraph",
            1 => "next paragraph",
            2 => "second paragraph",
            _ => "far",
        };
        let last = if is_last { "last" } else { "not last" };
        let (place, date, mode) = (own.place_beside(told), own.date_beside(told), own.mode_beside(told));
        let (place, date, mode) = (place.name(), date.name(), mode.name());
        features.add(["join ", what]);
        features.add(["join place ", place]);
        features.add(["join date ", date]);
        features.add(["join mode ", mode]);
        features.add(["join ", gap, ", ", last]);
        features.add(["join ", what, ", place ", place]);
        features.add(["join ", what, ", date ", date]);
        features.add(["join ", what, ", mode ", mode]);
        features.add(["join ", what, ", ", gap, ", ", last]);
        features.add(["join place ", place, ", date ", date]);
        features.add(["join place ", place, ", mode ", mode]);
        features.add(["join ", segment.role.name(), ", ", last]);
        features.add_if(*title_only, "join title");
        if *title_only {
            features.add(["join title, ", what, ", ", gap]);
            features.add(["join title, place ", place]);
        }
        features.add(["join drafts=", few(self.threads.len())]);
        features.add_if(number == 0, "join first");
        if segment.fresh {
            features.add(["join fresh, ", what, ", ", last]);
        }
        if segment.earlier {
            features.add(["join earlier, ", what, ", ", if *earlier { "as before" } else { "anew" }]);
        } else if *earlier_only {
            features.add(["join back from earlier, ", what]);
        }
        // "It follows another strike": what is told next is that strike.
        features.add_if(is_last && *announced, "join announced");
        features.add_if(own.names.iter().any(|n| told.names.contains(n)), "join same person");
        features.add_if(own.ages.iter().any(|a| told.ages.contains(a)), "join same age");
        features.add_if(own.weapons.iter().any(|w| told.weapons.contains(w)), "join same weapon");
        features.add_if(
            !own.weapons.is_empty()
                && !told.weapons.is_empty()
                && !own.weapons.iter().any(|w| told.weapons.contains(w)),
            "join other weapon",
        );
        for (name, a, b) in [("killed", own.killed, told.killed), ("injured", own.injured, told.injured)] {
            if let (Some(a), Some(b)) = (a, b) {
                features.add(["join ", if a == b { "same" } else { "other" }, " ", name]);
            }
        }
        features.add_if(own.known.iter().any(|t| told.things.contains(t)), "join known thing");
        features.add_if(
            own.things.iter().any(|t| told.things.contains(t) && !own.known.contains(t)),
            "join same thing",
        );
        features.add_if(own.known.iter().any(|t| !told.things.contains(t)), "join known thing of none");
        if !segment.headed.is_empty() {
            let same = before.is_some_and(|b| b.headed == segment.headed);
            features.add(if same { "join same heading" } else { "join other heading" });
        }
        if before.is_some_and(|b| b.sentence == segment.sentence) {
            features.add(["join same sentence, ", what]);
        }
        if segment.role == ParagraphRole::Item && before.is_some_and(|b| b.paragraph != segment.paragraph) {
            features.add(["join other item, ", what]);
        }
        if is_last && self.before == Some(Step::Leave) {
            features.add("join after other matter");
        }
        features
    }

    /// What tells whether a segment starts a draft, sums up or is left: for each of these steps it weighs otherwise.
    fn alone(&self, segment: &Segment, own: &Told, what: &str) -> Features {
        /// So many drafts back are compared.
        const NEAREST: usize = 8;
        let case = self.case;
        let mut features = Features::default();
        let drafts = few(self.threads.len());
        features.add(what);
        features.add(["drafts=", drafts]);
        features.add([what, ", drafts=", drafts]);
        features.add(segment.role.name());
        features.add([segment.role.name(), ", ", what]);
        let kind = if own.settled() {
            "settlement"
        } else if own.places.is_empty() {
            "no place"
        } else {
            "wide place"
        };
        features.add(kind);
        features.add([what, ", ", kind]);
        let settled: BTreeSet<&str> = own.settlements().collect();
        features.add_if(settled.len() > 2, "many settlements");
        let nearest = |relation: &dyn Fn(&Told) -> Relation| {
            let all: Vec<Relation> =
                self.threads.iter().rev().take(NEAREST).map(|t| relation(&t.told)).collect();
            [Relation::Same, Relation::Compatible, Relation::Other]
                .into_iter()
                .find(|r| all.contains(r))
                .unwrap_or(Relation::Unsaid)
        };
        let place = nearest(&|told| own.place_beside(told));
        let date = nearest(&|told| own.date_beside(told));
        let mode = nearest(&|told| own.mode_beside(told));
        features.add(["place ", place.name()]);
        features.add(["date ", date.name()]);
        features.add(["mode ", mode.name()]);
        features.add([what, ", place ", place.name()]);
        features.add([what, ", date ", date.name()]);
        features.add([what, ", mode ", mode.name()]);
        features.add_if(own.dates.is_empty(), "no date");
        features.add_if(!own.weapons.is_empty(), "weapon");
        features.add_if(segment.fresh, "fresh");
        features.add_if(segment.earlier, "earlier");
        if segment.fresh {
            features.add(["fresh, ", what]);
        }
        if segment.earlier {
            features.add(["earlier, ", what]);
        }
        if !segment.headed.is_empty() {
            features.add(["headed, ", what]);
        }
        for (_, entry) in case.marked.hits_in(segment.tokens.clone(), "non-event") {
            features.add(["beside ", &entry.value]);
        }
        for class in ["discourse", "human", "object", "perpetrator"] {
            for (_, entry) in case.marked.hits_in(segment.tokens.clone(), class) {
                let value = if class == "discourse" { entry.value.as_str() } else { "" };
                features.add(["has ", class, " ", value]);
            }
        }
        for &n in &segment.events {
            let event = &case.events[n];
            features.add([event.kind.name(), " ", event.standing.name()]);
            if case.is_attack(event) && event.strong {
                features.add("strong attack");
            }
        }
        let first = case.span(segment.tokens.clone());
        let (_, form) = case.speech.voice_at(first);
        features.add_if(form.is_some(), "said");
        features.add(["after ", self.before.map_or("nothing", Step::name)]);
        let from = segment.tokens.start;
        let leads = case.event_places(from..segment.tokens.end).any(|p| p.tokens.start <= from + 2);
        if leads {
            features.add(["led by a place, ", what]);
        }
        features.add([
            "length=",
            match segment.tokens.len() {
                0..=4 => "1-4",
                5..=9 => "5-9",
                10..=29 => "10-29",
                _ => "30+",
            },
        ]);
        let opens = case.marked.parsed.text.sentences()[segment.sentence].tokens.start == from;
        let opens_paragraph = opens
            && (segment.sentence == 0
                || case.marked.parsed.text.sentences()[segment.sentence - 1].paragraph != segment.paragraph);
        features.add_if(opens_paragraph, "opens paragraph");
        if opens_paragraph {
            features.add(["opens paragraph, ", what]);
        }
        features.add_if(!own.known.is_empty(), "known thing");
        for mode in &own.modes {
            features.add(["mode=", mode]);
        }
        for &n in &segment.events {
            features.add(["rule=", case.rule_id(case.events[n].rule)]);
            if case.is_attack(&case.events[n]) {
                features.add(["clause=", case.marked.parsed.deprel(case.events[n].head).as_str()]);
            }
        }
        let new = |nearest| matches!(nearest, Relation::Other | Relation::Unsaid);
        if own.settled() && new(place) {
            features.add(["new settlement, ", what, ", drafts=", drafts]);
        }
        if !own.dates.is_empty() && new(date) {
            features.add(["new date, ", what]);
        }
        if own.killed.is_some() || own.injured.is_some() {
            features.add(["counts, ", what]);
        }
        features
    }
}

/// What a segment tells in the main.
fn what(case: &Case<'_>, segment: &Segment) -> &'static str {
    let has = |kind: EventKind| {
        segment
            .events
            .iter()
            .map(|&n| &case.events[n])
            .any(|e| e.kind == kind && e.standing == Standing::Fact)
    };
    let weapon = case.marked.hits_in(segment.tokens.clone(), "weapon").any(|(_, entry)| !entry.has("weak"));
    if segment.attack && segment.reference {
        "known attack"
    } else if segment.attack {
        "attack"
    } else if has(EventKind::Harm) {
        if weapon { "harm by weapon" } else { "harm" }
    } else if has(EventKind::Damage) {
        if weapon { "damage by weapon" } else { "damage" }
    } else if has(EventKind::Status) {
        "care"
    } else if weapon {
        "weapon"
    } else if segment.events.is_empty() {
        let thing = ["object", "human"]
            .iter()
            .any(|class| case.marked.hits_in(segment.tokens.clone(), class).next().is_some());
        if thing { "things" } else { "nothing" }
    } else {
        "no fact"
    }
}

fn few(count: usize) -> &'static str {
    match count {
        0 => "0",
        1 => "1",
        2 | 3 => "2-3",
        _ => "4+",
    }
}
