//! rule: placeholder.
