//! show: values in words. `–` is "not stated", `0` is "said to be none".

use crate::term::sanitized;
use annalist::reading::{Count, Person, Place, Voice, When};
use jiff::civil::Date;
use serde_json::Value;

/// Not stated.
pub(crate) const NOT_STATED: &str = "–";

/// A value of a list without its underscores.
pub(crate) fn words(value: &str) -> String {
    sanitized(&value.replace('_', " "))
}

/// The bounds of a date, never finer than they are.
pub(crate) fn date(when: &When) -> String {
    let (Some(earliest), Some(latest)) = (&when.earliest, &when.latest) else {
        return match (&when.earliest, &when.latest) {
            (None, Some(latest)) => format!("≤ {latest}"),
            (Some(earliest), None) => format!("≥ {earliest}"),
            _ if when.precision == "undated" => "undated".to_owned(),
            _ => format!("{}, no year", when.precision),
        };
    };
    if when.basis.as_deref() == Some("reported_on") && when.precision == "day" {
        return format!("≤ {latest}");
    }
    if earliest == latest {
        return earliest.clone();
    }
    if let Some(whole) = whole_period(earliest, latest) {
        return whole;
    }
    match (earliest.get(..7), latest.get(..7)) {
        (Some(from), Some(to)) if from == to => format!("{earliest}…{}", &latest[8.min(latest.len())..]),
        _ if earliest.get(..4) == latest.get(..4) => {
            format!("{earliest}…{}", latest.get(5..).unwrap_or(latest))
        }
        _ => format!("{earliest}…{latest}"),
    }
}

/// A whole year as `2025`, a whole month as `2025-12`.
fn whole_period(earliest: &str, latest: &str) -> Option<String> {
    let (first, last) = (earliest.parse::<Date>().ok()?, latest.parse::<Date>().ok()?);
    if first == first.first_of_year() && last == first.last_of_year() {
        Some(earliest[..4].to_owned())
    } else if first == first.first_of_month() && last == first.last_of_month() {
        Some(earliest[..7].to_owned())
    } else {
        None
    }
}

/// A number as a range: `3`, `2–5`, `2+`, `≤ 5`, `0`, `–`.
pub(crate) fn count(count: Option<&Count>) -> String {
    match count {
        None => NOT_STATED.to_owned(),
        Some(Count { min, max: None, .. }) => format!("{min}+"),
        Some(Count { min, max: Some(max), .. }) if min == max => min.to_string(),
        Some(Count { min: 0, max: Some(max), basis }) if basis == "up_to" => format!("≤ {max}"),
        Some(Count { min, max: Some(max), .. }) => format!("{min}–{max}"),
    }
}

/// The names of a place from the narrowest that counts to the country.
fn place_names(place: &Place, all: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let narrow = place.settlement.is_some();
    let wanted = [
        place.site.as_ref(),
        place.settlement.as_ref(),
        place.adm2.as_ref().filter(|_| all || !narrow),
        place.adm1.as_ref(),
        place.country.as_ref(),
    ];
    for name in wanted.into_iter().flatten() {
        if !names.iter().any(|n| n == name) {
            names.push(name.clone());
        }
    }
    let nothing_narrow = place.site.is_none() && place.settlement.is_none() && place.adm2.is_none();
    if let Some(name) = place.name.as_ref().filter(|_| nothing_narrow)
        && !names.iter().any(|n| n == name || name.contains(n.as_str()))
    {
        names.insert(0, name.clone());
    }
    names
}

/// The sign for how precise a place is, to stand before it.
pub(crate) fn place_sign(precision: &str) -> &'static str {
    match precision {
        "site" => "@ ",
        "near_settlement" => "~ ",
        "adm2" | "adm1" | "region" | "country" | "sea_or_air" => "⊂ ",
        _ => "",
    }
}

/// A place in one cell.
pub(crate) fn place(place: &Place) -> String {
    let names = place_names(place, false);
    if names.is_empty() {
        return NOT_STATED.to_owned();
    }
    sanitized(&format!("{}{}", place_sign(&place.precision), names.join(", ")))
}

/// A place with all that is known.
pub(crate) fn place_full(place: &Place) -> String {
    let names = place_names(place, true);
    if names.is_empty() {
        return "not stated".to_owned();
    }
    let near = if place.precision == "near_settlement" { "near " } else { "" };
    sanitized(&format!("{near}{}", names.join(", ")))
}

/// The sign and meaning of an attribution's state.
pub(crate) fn perpetrator_sign(state: &str) -> (&'static str, &'static str) {
    match state {
        "attributed_by_reporter" => ("°", "the reporter says so"),
        "attributed_by_voice" => ("\"", "somebody quoted says so"),
        "claimed" => ("!", "claimed by itself"),
        "denied" => ("≠", "denied by the accused"),
        "contested" => ("?", "rival attributions"),
        "conceded" => ("=", "conceded"),
        "under_investigation" => ("…", "under investigation"),
        _ => ("", ""),
    }
}

/// A voice in a few words: name, else office, else kind.
pub(crate) fn voice_short(voice: &Voice) -> String {
    let short =
        voice.name.clone().or_else(|| voice.role.clone()).unwrap_or_else(|| voice.kind.replace('_', " "));
    sanitized(&short)
}

/// A voice with office and channel.
pub(crate) fn voice_full(voice: &Voice) -> String {
    let mut text = voice_short(voice);
    let mut rest = Vec::new();
    if voice.name.is_some()
        && let Some(role) = &voice.role
    {
        rest.push(role.clone());
    }
    if let Some(of) = &voice.of {
        match rest.last_mut() {
            Some(role) => *role = format!("{role} of {of}"),
            None => text = format!("{text} of {of}"),
        }
    }
    let named_by_kind = voice.name.is_none() && voice.role.is_none();
    if !named_by_kind && voice.kind == "anonymous" {
        rest.push("anonymous".to_owned());
    }
    if let Some(channel) = &voice.channel {
        rest.push(format!("via {channel}"));
    }
    if !rest.is_empty() {
        text = format!("{text}, {}", rest.join(", "));
    }
    sanitized(&text)
}

/// A person in a line: name, age, sex, office.
pub(crate) fn person(person: &Person) -> String {
    let mut text = match (&person.name, &person.occupation) {
        (Some(name), _) => name.clone(),
        (None, Some(occupation)) => occupation.clone(),
        (None, None) => "unnamed".to_owned(),
    };
    const OF_AGE: u32 = 18;
    let is_child = person.age.is_some_and(|age| age < OF_AGE);
    let sex = person.sex.as_deref().map(|sex| match (sex, is_child) {
        ("m", false) => "man",
        ("m", true) => "boy",
        ("f", false) => "woman",
        ("f", true) => "girl",
        (other, _) => other,
    });
    match (person.age, sex) {
        (Some(age), Some(sex)) => text += &format!(", {sex} of {age}"),
        (Some(age), None) => text += &format!(", {age}"),
        (None, Some(sex)) if person.name.is_none() => text += &format!(", {sex}"),
        _ => {}
    }
    if person.name.is_some()
        && let Some(occupation) = &person.occupation
    {
        text += &format!(", {occupation}");
    }
    sanitized(&text)
}

/// What became of a person: outcome, severity, injuries.
pub(crate) fn person_outcome(person: &Person) -> String {
    let mut text = words(&person.outcome);
    if let Some(severity) = &person.severity {
        text += &format!(", {severity}");
    }
    if !person.injuries.is_empty() {
        text += &format!(": {}", sanitized(&person.injuries.join("; ")));
    }
    text
}

/// The value of a claim in a few words, whatever its shape.
pub(crate) fn claim_value(value: &Value) -> String {
    match value {
        Value::Null => "not stated".to_owned(),
        Value::String(text) => words(text),
        Value::Array(values) => values.iter().map(claim_value).collect::<Vec<_>>().join(", "),
        Value::Object(object) => {
            if let Ok(Some(number)) = serde_json::from_value::<Option<Count>>(value.clone()) {
                return count(Some(&number));
            }
            if object.contains_key("earliest")
                && let Ok(when) = serde_json::from_value::<When>(value.clone())
            {
                return date(&when);
            }
            if object.contains_key("precision")
                && let Ok(found) = serde_json::from_value::<Place>(value.clone())
            {
                return place(&found);
            }
            let parts = object.iter().filter(|(_, value)| !value.is_null());
            parts
                .map(|(_, value)| claim_value(value))
                .filter(|v| !v.is_empty())
                .collect::<Vec<_>>()
                .join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(earliest: Option<&str>, latest: Option<&str>, precision: &str, basis: &str) -> String {
        date(&When {
            earliest: earliest.map(str::to_owned),
            latest: latest.map(str::to_owned),
            precision: precision.to_owned(),
            basis: Some(basis.to_owned()),
        })
    }

    #[test]
    fn dates_are_never_finer_than_they_are() {
        let day = Some("2025-12-05");
        assert_eq!(when(day, day, "day", "stated"), "2025-12-05");
        assert_eq!(when(day, day, "day", "reported_on"), "≤ 2025-12-05");
        assert_eq!(when(Some("2025-12-01"), day, "days", "relative"), "2025-12-01…05");
        assert_eq!(when(Some("2025-11-28"), day, "days", "relative"), "2025-11-28…12-05");
        assert_eq!(when(Some("2024-12-31"), day, "year", "stated"), "2024-12-31…2025-12-05");
        assert_eq!(when(Some("2025-12-01"), Some("2025-12-31"), "month", "stated"), "2025-12");
        assert_eq!(when(Some("2025-01-01"), Some("2025-12-31"), "year", "stated"), "2025");
        assert_eq!(when(None, day, "day", "relative"), "≤ 2025-12-05");
        assert_eq!(when(None, None, "undated", "sequence"), "undated");
        assert_eq!(when(None, None, "day", "stated"), "day, no year");
    }

    #[test]
    fn not_stated_is_not_zero() {
        let number = |min, max, basis: &str| count(Some(&Count { min, max, basis: basis.to_owned() }));
        assert_eq!(count(None), "–");
        assert_eq!(number(0, Some(0), "explicit_none"), "0");
        assert_eq!(number(2, None, "plural_only"), "2+");
        assert_eq!(number(3, Some(5), "range"), "3–5");
        assert_eq!(number(0, Some(5), "up_to"), "≤ 5");
    }

    #[test]
    fn places_by_precision() {
        let mut borisovka = Place {
            name: Some("the town of Borisovka".into()),
            settlement: Some("Borisovka".into()),
            adm2: Some("Borisovsky District".into()),
            adm1: Some("Belgorod Oblast".into()),
            country: Some("RU".into()),
            precision: "settlement".into(),
            ..Place::default()
        };
        assert_eq!(place(&borisovka), "Borisovka, Belgorod Oblast, RU");
        assert_eq!(place_full(&borisovka), "Borisovka, Borisovsky District, Belgorod Oblast, RU");
        borisovka.precision = "near_settlement".into();
        assert_eq!(place(&borisovka), "~ Borisovka, Belgorod Oblast, RU");
        let region = Place {
            name: Some("Bryansk Oblast".into()),
            adm1: Some("Bryansk Oblast".into()),
            country: Some("RU".into()),
            precision: "adm1".into(),
            ..Place::default()
        };
        assert_eq!(place(&region), "⊂ Bryansk Oblast, RU");
    }
}
