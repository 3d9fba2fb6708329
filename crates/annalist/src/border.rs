//! The border: the engine's own types become the wire's, byte spans become code points and quotes.

use crate::consistency::{Contradiction, Severity};
use crate::document::Document;
use crate::event::{EventMention, Standing};
use crate::incident::{Case, Claim, Incident};
use crate::reading::{self, Diagnostic, Evidence, Link, Perpetrator, Quote, Reading, Voice};
use crate::span::{CodePoints, Span};
use crate::speech::{Attribution, Speech, SpeechForm, VoiceId};

/// Turns what was found in one document into its reading; `document` is as it came, byte for byte as long as the one
/// that was read.
pub(crate) fn reading(
    case: &Case<'_>,
    document: &Document,
    incidents: &[Incident],
    contradictions: &[Contradiction],
    data_hash: &str,
) -> Reading {
    let points = CodePoints::new(document.text());
    let border = Border { document, points };
    let mut claims = Vec::new();
    let incidents = incidents
        .iter()
        .enumerate()
        .map(|(n, incident)| border.incident(case, n, incident, &mut claims))
        .collect();
    Reading {
        schema: reading::SCHEMA.to_owned(),
        source_id: document.meta().source_id.clone(),
        engine: reading::Engine { version: env!("CARGO_PKG_VERSION").to_owned(), data: data_hash.to_owned() },
        document: wire_document(document, case.marked.parsed.text.language().tag()),
        incidents,
        claims,
        voices: voices(case.speech),
        quotes: border.quotes(case.speech),
        contradictions: contradictions.iter().map(|c| border.contradiction(c)).collect(),
        diagnostics: border.diagnostics(case),
    }
}

fn wire_document(document: &Document, language: &str) -> reading::Document {
    let meta = document.meta();
    reading::Document {
        id: document.id(),
        language: language.to_owned(),
        title: meta.title.clone(),
        outlet: meta.outlet.clone(),
        url: meta.url.clone(),
        published_at: meta.published_at.map(|d| d.to_string()),
        text: document.text().to_owned(),
    }
}

fn voice_id(voice: VoiceId) -> String {
    format!("v{voice}")
}

fn voices(speech: &Speech) -> Vec<Voice> {
    speech
        .voices
        .iter()
        .enumerate()
        .map(|(n, voice)| Voice {
            id: voice_id(n),
            kind: voice.kind.clone(),
            name: voice.name.clone(),
            role: voice.role.clone(),
            of: voice.of.clone(),
            channel: voice.channel.clone(),
        })
        .collect()
}

struct Border<'a> {
    document: &'a Document,
    points: CodePoints<'a>,
}

impl Border<'_> {
    fn evidence(&self, span: Span) -> Evidence {
        Evidence {
            start: self.points.at(span.start()),
            end: self.points.at(span.end()),
            quote: span.of(self.document.text()).to_owned(),
        }
    }

    fn incident(
        &self,
        case: &Case<'_>,
        number: usize,
        incident: &Incident,
        claims: &mut Vec<reading::Claim>,
    ) -> reading::Incident {
        let id = format!("i{}", number + 1);
        let mut own = Vec::new();
        for claim in &incident.claims {
            let claim_id = format!("c{}", claims.len() + 1);
            own.push(claim_id.clone());
            claims.push(self.claim(claim_id, &id, claim));
        }
        let sentences = case.marked.parsed.text.sentences();
        reading::Incident {
            id,
            mode: incident.mode.clone(),
            stage: incident.stage.clone(),
            date: incident.date.clone(),
            place: incident.place.clone(),
            weapon: incident.weapon.clone(),
            targets: incident.targets.clone(),
            perpetrator: incident
                .perpetrator
                .clone()
                .unwrap_or_else(|| Perpetrator { name: None, state: "unattributed".into() }),
            killed: incident.killed.clone(),
            injured: incident.injured.clone(),
            groups: incident.groups.clone(),
            people: incident.people.clone(),
            damage: incident.damage.clone(),
            election_related_by: incident.election_related_by.clone(),
            links: incident
                .links
                .iter()
                .map(|(relation, other)| Link {
                    relation: relation.clone(),
                    incident: format!("i{}", other + 1),
                })
                .collect(),
            voices: incident.voices.iter().map(|&v| voice_id(v)).collect(),
            evidence: incident.sentences.iter().map(|&s| self.evidence(sentences[s].span)).collect(),
            claims: own,
        }
    }

    fn claim(&self, id: String, incident: &str, claim: &Claim) -> reading::Claim {
        reading::Claim {
            id,
            incident: incident.to_owned(),
            field: claim.field.to_owned(),
            value: claim.value.clone(),
            voice: voice_id(claim.voice),
            form: claim.form.as_str().to_owned(),
            polarity: claim.polarity.as_str().to_owned(),
            evidence: self.evidence(claim.span),
            rule: claim.rule.clone(),
            score: claim.score,
        }
    }

    fn quotes(&self, speech: &Speech) -> Vec<Quote> {
        let doubled = |a: &Attribution| {
            a.form == SpeechForm::Indirect
                && speech
                    .attributions
                    .iter()
                    .any(|d| d.form == SpeechForm::Direct && d.content.overlaps(a.content))
        };
        speech
            .attributions
            .iter()
            .filter(|a| !doubled(a))
            .map(|a| Quote {
                voice: voice_id(a.voice),
                form: match a.form {
                    SpeechForm::Direct => "direct_quote".to_owned(),
                    SpeechForm::Indirect => "indirect".to_owned(),
                },
                evidence: self.evidence(a.content),
                rule: Some(a.rule.to_owned()),
            })
            .collect()
    }

    fn contradiction(&self, contradiction: &Contradiction) -> reading::Contradiction {
        reading::Contradiction {
            kind: contradiction.kind.to_owned(),
            severity: match contradiction.severity {
                Severity::Hard => "hard".to_owned(),
                Severity::Soft => "soft".to_owned(),
            },
            evidence: contradiction.spans.iter().map(|&s| self.evidence(s)).collect(),
            note: Some(contradiction.note.clone()).filter(|n| !n.is_empty()),
        }
    }

    fn diagnostics(&self, case: &Case<'_>) -> Vec<Diagnostic> {
        let mut out: Vec<Diagnostic> = case.events.iter().filter_map(|e| self.filtered(case, e)).collect();
        if self.document.meta().published_at.is_none() {
            out.extend(
                case.marked
                    .mentions
                    .times
                    .iter()
                    .filter(|t| t.bounds.is_none() && t.kind == crate::mention::time::TimeKind::Date)
                    .map(|t| Diagnostic {
                        code: "date.year-missing".to_owned(),
                        evidence: Some(self.evidence(case.marked.parsed.text.span_of(t.tokens.clone()))),
                        note: "no year in the text and no day of publication: the date stays open".to_owned(),
                    }),
            );
        }
        out
    }

    /// What was taken out of fact, and by which rule: the answer to "why is this no incident?".
    fn filtered(&self, case: &Case<'_>, event: &EventMention) -> Option<Diagnostic> {
        let filter = event.filter?;
        let rule = case.rules.get(filter);
        if event.standing == Standing::Fact {
            return None;
        }
        Some(Diagnostic {
            code: format!("event.{}", event.standing.name()),
            evidence: Some(self.evidence(case.marked.parsed.text.span_of(event.tokens.clone()))),
            note: format!("{}: {}", rule.info.id, rule.info.meaning),
        })
    }
}
