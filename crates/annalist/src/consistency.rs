//! consistency: placeholder.
