//! The ledger: many reports, one incident, nothing lost.
//!
//! The primary types are [`Report`] (what one capture was read as), [`Mention`] (one incident as one report
//! tells it) and [`Incident`] (the mentions that tell the same act, with every field's value, the policy that
//! chose it and the claims behind it). Everything a person or the program does is an entry of an append-only
//! log; reports, incidents and queues are projections that can be built from the entries again.

pub mod act;
pub mod bundle;
pub mod export;
pub mod filter;
mod id;
pub mod import;
pub mod incident;
pub mod index;
mod knowledge;
mod ledger;
pub mod log;
pub mod merge;
pub mod release;
pub mod report;
mod reread;
pub mod resolve;
pub mod review;
pub mod store;
pub mod values;
pub mod verify;

pub use act::{Act, Done};
pub use filter::Filter;
pub use id::{IncidentId, ReportId};
pub use incident::Incident;
pub use knowledge::Knowledge;
pub use ledger::{FieldPolicy, Ledger, LedgerError};
pub use report::{Mention, Report};
pub use reread::Reread;
pub use resolve::Verdict;
