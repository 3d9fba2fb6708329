//! What speaks for or against a place that a name may mean, and how much each sign weighs.

use crate::bundle::{Bundle, DataError};
use crate::table::rows;

/// The table of weights in the data folder.
pub const PATH: &str = "places/weight.tsv";

/// Number of signs.
pub const COUNT: usize = 22;

/// The signs of one candidate, by [`Sign`].
pub type Signs = [f64; COUNT];

/// One sign; [`Sign::NAMES`] has their names in the table of weights, which says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`places/weight.tsv` explains each beside its weight")]
pub enum Sign {
    Population,
    Country,
    Region,
    Adm1,
    Adm2,
    SameSpelling,
    UnitBeside,
    UnitBesideOther,
    UnitNear,
    UnitNearOther,
    UnitStated,
    DistrictStated,
    CountryStated,
    CountryOther,
    NearNames,
    SameUnit,
    SameCountry,
    NamesakeTown,
    Unknown,
    UnknownUnitBeside,
    UnknownUnitNear,
    UnknownSimilar,
}

impl Sign {
    /// Names in the order of the signs.
    pub const NAMES: [&str; COUNT] = [
        "population",
        "country",
        "region",
        "adm1",
        "adm2",
        "same-spelling",
        "unit-beside",
        "unit-beside-other",
        "unit-near",
        "unit-near-other",
        "unit-stated",
        "district-stated",
        "country-stated",
        "country-other",
        "near-names",
        "same-unit",
        "same-country",
        "namesake-town",
        "unknown",
        "unknown-unit-beside",
        "unknown-unit-near",
        "unknown-similar",
    ];
}

/// Reads the table of weights.
///
/// # Errors
/// A line whose sign or number cannot be read; a sign without a line.
pub(super) fn weights(bundle: &Bundle) -> Result<Signs, DataError> {
    let mut weights = [f64::NAN; COUNT];
    let bytes = bundle.get(PATH).map_or(&[][..], |file| file.bytes());
    for row in rows(PATH, bytes)? {
        let sign = Sign::NAMES.iter().position(|name| *name == row.cell(0));
        let sign = sign.ok_or_else(|| row.fault(format!("`{}` is no sign", row.cell(0))))?;
        weights[sign] =
            row.cell(1).parse().map_err(|_| row.fault(format!("`{}` is no number", row.cell(1))))?;
    }
    match weights.iter().position(|w| !w.is_finite()) {
        Some(n) => Err(DataError::new(PATH, 0, format!("no weight for `{}`", Sign::NAMES[n]))),
        None => Ok(weights),
    }
}
