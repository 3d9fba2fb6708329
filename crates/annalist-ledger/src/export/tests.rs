use super::testing::{all, bare, full, raid, undated};
use super::*;
use crate::incident::Figure;
use annalist::Bundle;
use proptest::prelude::*;

pub(super) fn codebooks() -> Codebooks {
    Codebooks::read(&Bundle::embedded()).unwrap()
}

fn export(format: Format, incidents: &[Incident]) -> (Vec<u8>, Outcome) {
    let (codebooks, mut out) = (codebooks(), Vec::new());
    let mut exporter = Exporter::new(format, &mut out, &codebooks).unwrap();
    for incident in incidents {
        exporter.add(incident).unwrap();
    }
    let outcome = exporter.finish().unwrap();
    (out, outcome)
}

fn text(format: Format, incidents: &[Incident]) -> String {
    String::from_utf8(export(format, incidents).0).unwrap().replace('\r', "")
}

/// A table with its columns as lines, for reading.
fn turned(format: Format) -> String {
    let (bytes, outcome) = export(format, &all());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let columns = rows[0].len();
    let mut lines: Vec<String> =
        (0..columns).map(|n| rows.iter().map(|row| &row[n]).collect::<Vec<_>>().join(" | ")).collect();
    let mut reasons = Vec::new();
    outcome.write_reasons(&mut reasons).unwrap();
    lines.push(String::from_utf8(reasons).unwrap().replace('\r', ""));
    lines.join("\n")
}

#[test]
fn own_table() {
    insta::assert_snapshot!(turned(Format::Csv));
}

#[test]
fn acled_table() {
    insta::assert_snapshot!(turned(Format::Acled));
}

#[test]
fn ged_table() {
    insta::assert_snapshot!(turned(Format::Ged));
}

#[test]
fn hxl_table() {
    insta::assert_snapshot!(turned(Format::Hxl));
}

#[test]
fn geojson() {
    let text = text(Format::GeoJson, &all());
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed["features"].as_array().unwrap().len(), 1);
    assert_eq!(parsed["features"][0]["geometry"]["coordinates"][0], -0.5);
    insta::assert_snapshot!(serde_json::to_string_pretty(&parsed).unwrap());
}

#[test]
fn no_incident_is_a_whole_file_too() {
    assert_eq!(text(Format::GeoJson, &[]), "{\"type\":\"FeatureCollection\",\"features\":[\n]}\n");
    for format in Format::ALL {
        assert_eq!(Format::parse(format.name()), Some(format));
        export(format, &[]);
    }
}

#[test]
fn lines_lose_nothing() {
    let text = text(Format::Jsonl, &all());
    let back: Vec<Incident> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(back, all());
}

#[test]
fn not_stated_is_not_zero() {
    let codebooks = codebooks();
    let mut incident = full();
    assert_eq!(codebooks.verdict("ged", &incident), Inclusion::Yes);
    incident.killed.value = None;
    assert_eq!(codebooks.verdict("ged", &incident).word(), "pending");
    incident.killed.value = Some(Figure { min: 0, best: 0, max: Some(0), basis: "explicit_none".into() });
    assert_eq!(codebooks.verdict("ged", &incident).word(), "no");
}

#[test]
fn every_mode_and_target_has_its_row_or_is_known_to_have_none() {
    let values = Bundle::embedded();
    let values: toml::Table =
        toml::from_str(std::str::from_utf8(values.get("schema/values.toml").unwrap().bytes()).unwrap())
            .unwrap();
    let list = |name: &str| -> Vec<String> {
        values[name].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    let codebooks = codebooks();
    let without: Vec<String> = list("mode")
        .into_iter()
        .filter(|mode| {
            let mut incident = full();
            incident.mode.value.clone_from(mode);
            let column = codebooks.layout("acled").iter().find(|c| c.name == "event_type").unwrap();
            codebooks.cell(column, &incident) == Cell::Empty
        })
        .collect();
    assert_eq!(without, ["threat", "explosion"]);
    for (table, list) in [
        ("targets", list("target")),
        ("place-precision", list("place_precision")),
        ("date-precision", list("date_precision")),
    ] {
        let keys: Vec<&String> = codebooks.table(table).unwrap().rows().iter().map(|r| &r[0]).collect();
        for word in &list {
            assert!(keys.contains(&word), "{table} has no row for {word}");
        }
    }
}

#[test]
fn a_wrong_layout_is_told_with_its_line() {
    let mut bundle = Bundle::embedded();
    bundle.overlay(
        "schema/export/hxl.tsv",
        b"column\tkind\tfrom\thashtag\nA\ttext\tplace.planet\t#x\n".to_vec(),
    );
    let fault = Codebooks::read(&bundle).err().unwrap().to_string();
    assert_eq!(fault, "schema/export/hxl.tsv:2: there is no value `place.planet`");
}

#[test]
fn every_column_is_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exports.md");
    let document = std::fs::read_to_string(path).unwrap();
    let codebooks = codebooks();
    for layout in ["csv", "acled", "ged", "hxl", "geojson"] {
        for column in codebooks.layout(layout) {
            assert!(
                column.from == "-" || document.contains(&format!("`{}`", column.name)),
                "docs/exports.md does not tell of `{}` of {layout}",
                column.name
            );
        }
    }
}

/// An incident with the same words in every place that words can stand in.
fn stuffed(words: &str) -> Incident {
    let mut incident = full();
    let some = || Some(words.to_owned());
    incident.place.value.name = some();
    incident.place.value.site = some();
    incident.place.value.settlement = some();
    incident.place.value.adm1 = some();
    incident.perpetrator.value.name = some();
    incident.grade = words.to_owned();
    incident.weapon.value = vec![words.to_owned()];
    for source in &mut incident.reports {
        source.outlet = some();
        source.title = some();
    }
    for damage in &mut incident.damage.value {
        damage.object = words.to_owned();
    }
    for person in &mut incident.people.value {
        person.name = some();
    }
    incident
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_cell_of_words_is_run(words in prop_oneof!["[=+@\t\r\n\0\"';, a1＝－-]{1,12}", any::<String>()]) {
        let codebooks = codebooks();
        for format in [Format::Csv, Format::Acled, Format::Ged, Format::Hxl] {
            let (bytes, _) = export(format, &[stuffed(&words)]);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
            let columns = codebooks.layout(format.name());
            let mut cells = 0;
            for row in reader.records() {
                for (cell, column) in row.unwrap().iter().zip(columns) {
                    cells += 1;
                    let number = column.kind != Kind::Text && cell.parse::<f64>().is_ok();
                    prop_assert!(number || !dangerous(cell), "{}: {cell:?}", column.name);
                }
            }
            // The head at least; a codebook may not take the incident.
            let rows = if format == Format::Csv { 2 } else { 1 };
            prop_assert!(cells >= columns.len() * rows, "{}", format.name());
        }
    }
}

/// Reads the foot of a Parquet file as far as to know its names and rows, and its pages.
mod read {
    pub(super) struct Compact<'a>(pub(super) &'a [u8]);

    pub(super) enum Item {
        Int(i64),
        Text(Vec<u8>),
        List(Vec<Item>),
        Struct(Vec<(i16, Item)>),
    }

    impl Compact<'_> {
        fn byte(&mut self) -> u8 {
            let (first, rest) = self.0.split_first().unwrap();
            self.0 = rest;
            *first
        }

        fn varint(&mut self) -> u64 {
            let (mut value, mut shift) = (0, 0);
            loop {
                let byte = self.byte();
                value |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    return value;
                }
                shift += 7;
            }
        }

        pub(super) fn item(&mut self, kind: u8) -> Item {
            match kind {
                5 | 6 => {
                    let n = self.varint();
                    Item::Int((n >> 1).cast_signed() ^ -((n & 1).cast_signed()))
                }
                8 => {
                    let length = self.varint() as usize;
                    let (text, rest) = self.0.split_at(length);
                    self.0 = rest;
                    Item::Text(text.to_vec())
                }
                9 => {
                    let head = self.byte();
                    let length = if head >> 4 == 15 { self.varint() } else { u64::from(head >> 4) };
                    Item::List((0..length).map(|_| self.item(head & 15)).collect())
                }
                12 => {
                    let (mut fields, mut last) = (Vec::new(), 0);
                    loop {
                        let head = self.byte();
                        if head == 0 {
                            return Item::Struct(fields);
                        }
                        last += i16::from(head >> 4);
                        fields.push((last, self.item(head & 15)));
                    }
                }
                other => panic!("kind {other}"),
            }
        }
    }

    impl Item {
        pub(super) fn field(&self, id: i16) -> &Item {
            let Item::Struct(fields) = self else { panic!("no structure") };
            &fields.iter().find(|(own, _)| *own == id).unwrap().1
        }

        pub(super) fn list(&self) -> &[Item] {
            let Item::List(items) = self else { panic!("no list") };
            items
        }

        pub(super) fn int(&self) -> i64 {
            let Item::Int(n) = self else { panic!("no number") };
            *n
        }

        pub(super) fn text(&self) -> String {
            let Item::Text(bytes) = self else { panic!("no words") };
            String::from_utf8(bytes.clone()).unwrap()
        }
    }
}

#[test]
fn parquet_holds_the_own_table() {
    use read::Compact;
    let (bytes, _) = export(Format::Parquet, &all());
    assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (b"PAR1".as_slice(), b"PAR1".as_slice()));
    let length = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize;
    let foot = Compact(&bytes[bytes.len() - 8 - length..]).item(12);
    let codebooks = codebooks();
    let columns = codebooks.layout("csv");
    let names: Vec<String> = foot.field(2).list()[1..].iter().map(|e| e.field(4).text()).collect();
    assert_eq!(names, columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>());
    assert_eq!(foot.field(3).int(), 4);
    let chunks = foot.field(4).list()[0].field(1).list();
    let mut values = 0;
    for (column, chunk) in columns.iter().zip(chunks) {
        let meta = chunk.field(3);
        let start = meta.field(9).int() as usize;
        let mut rest = Compact(&bytes[start..]);
        let head = rest.item(12);
        let packed = &rest.0[..head.field(3).int() as usize];
        let body = zstd::bulk::decompress(packed, head.field(2).int() as usize).unwrap();
        assert_eq!(body.len() as i64, head.field(2).int());
        let levels = u32::from_le_bytes(body[..4].try_into().unwrap()) as usize;
        let mut rest = &body[4 + levels..];
        for cell in all().iter().map(|i| codebooks.cell(column, i)).filter(|c| *c != Cell::Empty) {
            let width = match column.kind {
                Kind::Date => 4,
                Kind::Integer | Kind::Number => 8,
                Kind::Text => 4 + u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize,
            };
            let (value, after) = rest.split_at(width);
            rest = after;
            let read = match cell {
                Cell::Text(_) => Cell::Text(String::from_utf8(value[4..].to_vec()).unwrap()),
                Cell::Integer(_) => Cell::Integer(i64::from_le_bytes(value.try_into().unwrap())),
                Cell::Number(_) => Cell::Number(f64::from_le_bytes(value.try_into().unwrap())),
                Cell::Date(_) => {
                    let days = i32::from_le_bytes(value.try_into().unwrap());
                    Cell::Date(jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days))
                }
                Cell::Empty => unreachable!(),
            };
            assert_eq!(read, cell, "{}", column.name);
            values += 1;
        }
        assert!(rest.is_empty(), "{}", column.name);
    }
    assert!(values > 60);
}

#[test]
fn coordinates_off_the_globe_are_none() {
    let mut incident = full();
    for wrong in [Some(91.0), Some(f64::NAN), Some(f64::INFINITY), None] {
        incident.place.value.lat = wrong;
        assert_eq!(codebooks().verdict("geojson", &incident).word(), "pending");
    }
}

#[test]
fn the_conservative_figure_and_the_range() {
    let codebooks = codebooks();
    let cell = |layout: &str, name: &str, incident: &Incident| {
        let column = codebooks.layout(layout).iter().find(|c| c.name == name).unwrap();
        codebooks.cell(column, incident).to_string()
    };
    assert_eq!(cell("acled", "fatalities", &full()), "2");
    assert_eq!(cell("acled", "fatalities", &bare(9)), "0");
    assert_eq!(["low", "best", "high"].map(|c| cell("ged", c, &full())), ["2", "3", "3"]);
    assert_eq!(["low", "best", "high"].map(|c| cell("ged", c, &undated())), ["1", "1", ""]);
    assert_eq!(cell("acled", "event_date", &raid()), "2025-02-14");
    assert_eq!(cell("acled", "civilian_targeting", &undated()), "");
}
