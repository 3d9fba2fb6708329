//! Any model is refused or used: no panic, and the heads of every sentence form one tree.

#[path = "common/model.rs"]
mod model;

use annalist::syntax::Model;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_model_and_any_tokens_give_one_tree(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        forms in prop::collection::vec("\\PC{0,12}|[a-z]{1,9}|[A-Z][a-z]+ed|\\.", 0..14),
    ) {
        let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
        prop_assert_eq!(model::fault(model::file(&bytes), &forms), None);
    }
}

/// The test above would say nothing if all models were refused.
#[test]
fn whole_models_are_mostly_read() {
    let file = |seed: u8| {
        let bytes: Vec<u8> = (1..200u8).map(|n| n.wrapping_mul(seed | 1).wrapping_add(seed)).collect();
        model::file(&[&[3], &bytes[..]].concat())
    };
    let read = (0..100).filter(|&seed| Model::from_bytes("any", file(seed).into()).is_ok()).count();
    assert!(read > 80, "{read} of 100");
}
