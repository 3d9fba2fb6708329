//! event: placeholder.
