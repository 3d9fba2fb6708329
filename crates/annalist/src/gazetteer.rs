//! gazetteer: here is a name, which places of the world may it mean?

/// Names of the world.
#[derive(Default)]
pub struct Gazetteer {}

impl Gazetteer {
    /// The usual English name of a country.
    pub fn country_name(&self, _iso2: &str) -> Option<&str> {
        None
    }
}
