//! Any bytes as a model, raw or behind a header that fits, are refused or give any tokens one tree.
#![no_main]

#[path = "../../crates/annalist/tests/common/model.rs"]
mod model;

use libfuzzer_sys::fuzz_target;

/// Longer sentences teach the fuzzer nothing and cost the square of their length.
const TOKENS_MAX: usize = 64;

fuzz_target!(|input: (Vec<&str>, &[u8])| {
    let (mut forms, bytes) = input;
    forms.truncate(TOKENS_MAX);
    if let Some(fault) = model::fault(model::file(bytes), &forms) {
        panic!("{fault}");
    }
});
