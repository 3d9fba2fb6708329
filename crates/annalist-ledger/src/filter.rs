//! filter: which incidents, in what order.

use crate::values::{NoValue, Values};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What incidents must be like; what is empty asks for nothing. The command line, the server and every export use the
/// same filter, so that what is exported is what was on the screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// May have happened on this day or later; incidents without a date do not pass unless [`Filter::undated`] lets them.
    pub from: Option<Date>,
    /// May have happened on this day or earlier; the same holds for incidents without a date.
    pub to: Option<Date>,
    /// Lets incidents without a date pass where days are asked for.
    pub undated: bool,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Vec<String>,
    /// A name of the place or of a unit around it, or its beginning, without regard to case and accents; of several one.
    pub place: Vec<String>,
    /// West, south, east, north, degrees WGS 84; a west beyond the east crosses the date line.
    pub bbox: Option<[f64; 4]>,
    /// One of these modes.
    pub mode: Vec<String>,
    /// One of these target classes.
    pub target: Vec<String>,
    /// One of these weapons.
    pub weapon: Vec<String>,
    /// The perpetrator's name or the beginning of a word in it, without regard to case and accents.
    pub perpetrator: Option<String>,
    /// One of these states of the attribution.
    pub perpetrator_state: Vec<String>,
    /// At least so many killed, by the best figure.
    pub killed_min: Option<u64>,
    /// At least so many injured, by the best figure.
    pub injured_min: Option<u64>,
    /// Concerns an election, or not.
    pub election: Option<bool>,
    /// One of these states of review.
    pub review: Vec<String>,
    /// Assigned to this person.
    pub assigned: Option<String>,
    /// One of these grades.
    pub grade: Vec<String>,
    /// With conflicts, or without.
    pub conflict: Option<bool>,
    /// Words in the titles of its reports and in the sentences that tell of it: `drone bus`, `"city hospital"`,
    /// `drone NOT car`, `shell*`. Signs in a word stand for nothing: `it's`, `a-b`.
    pub text: Option<String>,
    /// At most so many; none is all.
    pub limit: Option<u64>,
}

/// A search that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the search {query:?} cannot be understood: {fault}")]
pub struct BadQuery {
    /// What was searched.
    pub query: String,
    /// Why not.
    pub fault: String,
}

/// Why a filter asks for what cannot be.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BadFilter {
    /// The days are in the wrong order.
    #[error("the first day, {from}, lies after the last, {to}")]
    Days {
        /// The first.
        from: Date,
        /// The last.
        to: Date,
    },
    /// The box is none.
    #[error(
        "a box is west,south,east,north: west and east within ±180 degrees, south below north within ±90"
    )]
    Bounds,
    /// A value that no incident can have.
    #[error(transparent)]
    Value(#[from] NoValue),
    /// Nobody bears this name.
    #[error("nobody in the ledger is called `{name}`; there are {known}")]
    Person {
        /// The name.
        name: String,
        /// Everybody.
        known: String,
    },
}

impl Filter {
    /// The same filter with every word as incidents have it: "missile strike" for `missile_strike`, "Ukraine" for `UA`,
    /// "UA,SO" for two countries, a name for the person in the ledger.
    ///
    /// `people` are the names in the ledger, with those in the world.
    ///
    /// # Errors
    /// When it asks for a value that there is not, for days or a box in the wrong order, or for a person unknown.
    ///
    /// # Example
    /// ```
    /// use annalist_ledger::{Filter, values::Values};
    /// let values = Values::read(&annalist::Bundle::embedded())?;
    /// let filter = Filter { country: vec!["Ukraine, so".into()], ..Filter::default() };
    /// assert_eq!(filter.settled(&values, &[])?.country, ["UA", "SO"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settled(&self, values: &Values, people: &[(String, Option<String>)]) -> Result<Filter, BadFilter> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(BadFilter::Days { from, to });
        }
        if let Some([west, south, east, north]) = self.bbox {
            let within = west.abs() <= 180.0 && east.abs() <= 180.0 && south.abs() <= 90.0;
            if !(within && north.abs() <= 90.0 && south <= north) {
                return Err(BadFilter::Bounds);
            }
        }
        let listed = |list: &'static str, written: &[String]| {
            meant(written, |word| values.value(list, word).map(str::to_owned))
        };
        Ok(Filter {
            country: meant(&self.country, |word| values.country(word).map(str::to_owned))?,
            mode: listed("mode", &self.mode)?,
            target: listed("target", &self.target)?,
            weapon: listed("weapon", &self.weapon)?,
            perpetrator_state: listed("perpetrator_state", &self.perpetrator_state)?,
            review: listed("review", &self.review)?,
            grade: listed("grade", &self.grade)?,
            assigned: self.assigned.as_deref().map(|name| person(name, people)).transpose()?,
            ..self.clone()
        })
    }
}

/// The values that words mean, each word one value or several with commas between.
fn meant(
    written: &[String],
    value: impl Fn(&str) -> Result<String, NoValue>,
) -> Result<Vec<String>, NoValue> {
    let mut values = Vec::new();
    for words in written {
        match value(words) {
            Ok(value) => values.push(value),
            Err(unknown) if !words.contains(',') => return Err(unknown),
            Err(_) => {
                for word in words.split(',').filter(|word| !word.trim().is_empty()) {
                    values.push(value(word)?);
                }
            }
        }
    }
    Ok(values)
}

fn person(name: &str, people: &[(String, Option<String>)]) -> Result<String, BadFilter> {
    let lower = name.trim().to_lowercase();
    let is = |own: &String| own.to_lowercase() == lower;
    let found = people.iter().find(|(person, named)| is(person) || named.as_ref().is_some_and(is));
    found.map(|(person, _)| person.clone()).ok_or_else(|| {
        let known = people.iter().map(|(person, named)| match named {
            Some(named) => format!("{named} ({person})"),
            None => person.clone(),
        });
        BadFilter::Person { name: name.to_owned(), known: known.collect::<Vec<_>>().join(", ") }
    })
}
