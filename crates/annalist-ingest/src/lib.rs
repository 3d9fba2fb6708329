//! From files of many kinds to documents.
