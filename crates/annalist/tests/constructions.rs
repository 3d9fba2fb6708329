//! One act in the constructions that English has for it: active, passive, nominal, reduced, relative, in a headline.

use annalist::{Bundle, Document, Engine, Meta};
use jiff::civil::date;

const SENTENCES: [&str; 10] = [
    "A drone hit a car in Kherson on Monday.",
    "A car was hit by a drone in Kherson on Monday.",
    "The drone strike on a car in Kherson on Monday injured the driver.",
    "A car hit by a drone in Kherson on Monday burnt out.",
    "Two people died in a drone strike on a car in Kherson on Monday.",
    "A drone, which hit a car in Kherson on Monday, killed two people.",
    "The car, which a drone hit in Kherson on Monday, burnt out.",
    "On Monday in Kherson a drone chased and struck a car.",
    "Two people were killed when a drone hit their car in Kherson on Monday.",
    "Kherson authorities said that on Monday a car had been struck by a drone in the city.",
];

#[test]
fn one_act_in_many_constructions() {
    let engine = Engine::new(&Bundle::embedded()).unwrap();
    let mut wrong = Vec::new();
    for sentence in SENTENCES {
        let meta = Meta { published_at: Some(date(2025, 6, 10)), ..Meta::default() };
        let reading = engine.read(&Document::new(sentence.to_owned(), meta).unwrap());
        let found: Vec<_> = reading
            .incidents
            .iter()
            .map(|i| {
                let car = i.targets.iter().any(|t| t == "private_vehicle");
                format!("{} {:?} car {car} {:?}", i.mode, i.weapon, i.date.earliest)
            })
            .collect();
        let right = [r#"air_drone_strike ["drone"] car true Some("2025-06-09")"#.to_owned()];
        if found != right {
            wrong.push(format!("{sentence}\n    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
