//! Weapons, objects, injuries and facilities: lexicon phrases with their heads.
