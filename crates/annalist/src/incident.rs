//! incident: placeholder.
