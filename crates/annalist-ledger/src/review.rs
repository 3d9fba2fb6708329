//! review: what people may do with an incident, and who.

use crate::act::{Act, Done};
use crate::incident::Incident;
use annalist::{Bundle, DataError};
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// The state of an incident that nobody has touched.
pub const FIRST: &str = "machine_draft";
/// The state that a second person brings an incident to.
pub const APPROVED: &str = "approved";

const PATH: &str = "schema/review.toml";

/// Which state may follow which, and what a step asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    state: BTreeMap<String, State>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    label: String,
    next: Vec<String>,
    #[serde(default)]
    reason: bool,
    #[serde(default)]
    not_by: Vec<String>,
    unchanged_since: Option<String>,
}

/// Why a step is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// No such state.
    #[error("there is no state {state}; the states are {known}")]
    Unknown {
        /// What was asked for.
        state: String,
        /// All states.
        known: String,
    },
    /// The state does not follow the present one.
    #[error("{from} is not followed by {to}; next may come {next}")]
    NotNext {
        /// The present state.
        from: String,
        /// The state that was asked for.
        to: String,
        /// What may follow.
        next: String,
    },
    /// The same person took an earlier step.
    #[error(
        "{to} asks for another person than the one who took it to {before}: two people look at what is published"
    )]
    SamePerson {
        /// The state that was asked for.
        to: String,
        /// The earlier step.
        before: String,
    },
    /// The values are other ones than those seen before.
    #[error(
        "it is not what it was when it was taken to {since}: look at it again, then take it through {since} anew"
    )]
    Changed {
        /// The earlier step.
        since: String,
    },
    /// A reason is missing.
    #[error("{0} asks for a reason (--reason)")]
    NoReason(String),
}

impl Rules {
    /// The rules of a data bundle.
    ///
    /// # Errors
    /// When the file is missing, malformed or names a state that it does not have.
    pub fn read(bundle: &Bundle) -> Result<Self, DataError> {
        let fault = |message: String| DataError::new(PATH, 0, message);
        let file = bundle.get(PATH).ok_or_else(|| fault("is missing".to_owned()))?;
        let text = std::str::from_utf8(file.bytes()).map_err(|error| fault(error.to_string()))?;
        let rules: Rules = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
        let named = rules
            .state
            .values()
            .flat_map(|state| state.next.iter().chain(&state.not_by).chain(&state.unchanged_since));
        let fixed = [FIRST.to_owned(), APPROVED.to_owned()];
        if let Some(unknown) = named.chain(&fixed).find(|name| !rules.state.contains_key(*name)) {
            return Err(fault(format!("there is no state {unknown}")));
        }
        Ok(rules)
    }

    /// All states with what they mean.
    pub fn states(&self) -> impl Iterator<Item = (&str, &str)> {
        self.state.iter().map(|(name, state)| (name.as_str(), state.label.as_str()))
    }

    /// Whether this person may take the incident to this state now.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn check(
        &self,
        incident: &Incident,
        done: &[Done],
        to: &str,
        by: &str,
        reason: &str,
    ) -> Result<(), Refused> {
        let Some(wanted) = self.state.get(to) else {
            let known = self.state.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(Refused::Unknown { state: to.to_owned(), known });
        };
        let from = &incident.review.state;
        let next = self.state.get(from).map(|state| state.next.as_slice()).unwrap_or_default();
        if !next.iter().any(|next| next == to) {
            return Err(Refused::NotNext { from: from.clone(), to: to.to_owned(), next: next.join(", ") });
        }
        if wanted.reason && reason.trim().is_empty() {
            return Err(Refused::NoReason(to.to_owned()));
        }
        let last = |state: &str| {
            done.iter().rev().find_map(|done| match &done.act {
                Act::Review { state: found, content, .. } if found == state => {
                    Some((done.by.as_str(), content.as_str()))
                }
                _ => None,
            })
        };
        if let Some(before) =
            wanted.not_by.iter().find(|before| last(before).is_some_and(|(who, _)| who == by))
        {
            return Err(Refused::SamePerson { to: to.to_owned(), before: before.clone() });
        }
        let content = incident.content_hash();
        match &wanted.unchanged_since {
            Some(since) if last(since).is_none_or(|(_, seen)| seen != content) => {
                Err(Refused::Changed { since: since.clone() })
            }
            _ => Ok(()),
        }
    }
}
