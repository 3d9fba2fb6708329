//! Any text gives a reading in which every evidence repeats its span and every reference leads somewhere.
#![no_main]

#[path = "../../crates/annalist/tests/common/mod.rs"]
mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reading = common::read(&String::from_utf8_lossy(bytes));
    if let Some(fault) = common::fault(&reading) {
        panic!("{fault}");
    }
});
