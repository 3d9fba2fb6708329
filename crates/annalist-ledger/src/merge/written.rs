//! How people write the value of a field that they decide on: in short, or as JSON in the shape of the field.

use super::decision::UNDATED;
use crate::values::Values;
use jiff::civil::Date;
use serde_json::{Value, json};

/// Every field on which people decide, with how it may be written.
const EXAMPLES: [(&str, &str); 14] = [
    ("mode", "shelling"),
    ("stage", "carried_out"),
    ("date", "2025-06-09, 2025-06-09..2025-06-11, 2025-06, or undated"),
    (
        "place",
        r#"Kharkiv, or {"name": "Kharkiv", "settlement": "Kharkiv", "adm1": null, "country": "UA", "lat": 49.99, "lon": 36.23, "precision": "settlement"}"#,
    ),
    ("weapon", "drone, or drone,missile"),
    ("targets", "health, or health,civilian"),
    ("perpetrator", "a name, a name with its state as in Orvik (denied), or null"),
    ("killed", "4, 3-6, 3-4-6 (lowest, best, highest), 12+ or null"),
    ("injured", "4, 3-6, 3-4-6 (lowest, best, highest), 12+ or null"),
    ("groups", r#"[{"outcome": "killed", "min": 2, "max": 2, "who": "children"}]"#),
    (
        "people",
        r#"[{"name": null, "role": "victim", "outcome": "injured", "severity": null, "occupation": "nurse", "age": 34, "sex": "f", "status": []}]"#,
    ),
    ("damage", r#"[{"object": "a school", "class": "education", "severity": "destroyed", "count": 1}]"#),
    ("election_related_by", "target, or target,stated"),
    ("grade", "contested"),
];

/// How a field may be written.
pub(super) fn example(field: &str) -> &'static str {
    EXAMPLES.iter().find(|(name, _)| *name == field).map_or("JSON in the shape of the field", |(_, how)| how)
}

/// The fields on which people decide.
pub(super) fn fields() -> String {
    EXAMPLES.map(|(name, _)| name).join(", ")
}

/// What somebody wrote for a field, in the shape of the field; words that are none of it come back as a text, which
/// [`super::Override::check`] refuses.
///
/// # Example
/// ```
/// use annalist_ledger::merge::written;
/// let values = annalist_ledger::values::Values::read(&annalist::Bundle::embedded())?;
/// assert_eq!(written("killed", "3-4-6", &values)["best"], 4);
/// assert_eq!(written("weapon", "FPV drone, mine", &values), serde_json::json!(["fpv_drone", "mine"]));
/// assert_eq!(written("date", "2025-06-09..2025-06-11", &values)["latest"], "2025-06-11");
/// # Ok::<(), annalist::DataError>(())
/// ```
pub fn written(field: &str, text: &str, values: &Values) -> Value {
    let text = text.trim();
    let json = serde_json::from_str::<Value>(text).ok();
    let shaped =
        json.filter(|value| value.is_null() || value.is_object() || value.is_array() || value.is_string());
    if let Some(value) = shaped {
        return value;
    }
    let one = |list: &str| Some(Value::from(values.value(list, text).unwrap_or(text)));
    let several = |list: &str| {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Some(parts.map(|part| values.value(list, part).unwrap_or(part)).collect())
    };
    let short = match field {
        "mode" | "stage" | "grade" => one(field),
        "weapon" => several("weapon"),
        "targets" => several("target"),
        "election_related_by" => several("election"),
        "date" => date(text),
        "place" => Some(json!({ "name": text, "settlement": text, "precision": "settlement" })),
        "perpetrator" => Some(perpetrator(text, values)),
        "killed" | "injured" => figure(text),
        _ => None,
    };
    short.unwrap_or_else(|| text.into())
}

/// A day, a month, a year, two days with dots between, or that none is known.
fn date(text: &str) -> Option<Value> {
    if text == UNDATED {
        return Some(json!({ "precision": UNDATED }));
    }
    let when = |first: &str, last: &str, precision: &str| json!({ "earliest": first, "latest": last, "precision": precision, "basis": "stated" });
    if let Some((first, last)) = text.split_once("..") {
        let (first, last) = (first.trim(), last.trim());
        return Some(when(first, last, if first == last { "day" } else { "days" }));
    }
    let first = |rest: &str| format!("{text}{rest}").parse::<Date>().ok();
    match text.split('-').count() {
        1 if text.len() == 4 => {
            let day = first("-01-01")?;
            Some(when(&day.to_string(), &day.last_of_year().to_string(), "year"))
        }
        2 => {
            let day = first("-01")?;
            Some(when(&day.to_string(), &day.last_of_month().to_string(), "month"))
        }
        3 => Some(when(text, text, "day")),
        _ => None,
    }
}

/// A name, with a state of the attribution in brackets behind it or as the recorder's own.
fn perpetrator(text: &str, values: &Values) -> Value {
    let bracket = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    let stated =
        bracket.and_then(|(name, state)| Some((name.trim(), values.value("perpetrator_state", state).ok()?)));
    let (name, state) = stated.unwrap_or((text, "attributed_by_reporter"));
    json!({ "name": name, "state": state })
}

/// `4`, `3-6` (the lower is the best), `3-4-6`, `12+`.
fn figure(text: &str) -> Option<Value> {
    let figure = |min: u64, best: u64, max: Option<u64>, basis: &str| json!({ "min": min, "best": best, "max": max, "basis": basis });
    if let Some(least) = text.strip_suffix('+') {
        let least = least.trim().parse().ok()?;
        return Some(figure(least, least, None, "at_least"));
    }
    let numbers: Result<Vec<u64>, _> = text.split(['-', '–']).map(|part| part.trim().parse()).collect();
    match *numbers.ok()? {
        [0] => Some(figure(0, 0, Some(0), "explicit_none")),
        [n] => Some(figure(n, n, Some(n), "exact")),
        [min, max] => Some(figure(min, min, Some(max), "range")),
        [min, best, max] => Some(figure(min, best, Some(max), "range")),
        _ => None,
    }
}
