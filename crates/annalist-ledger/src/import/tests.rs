use super::*;
use crate::Incident;
use crate::export::testing::{all, full, raid};
use crate::export::{Codebooks, Exporter, Format, without_orders};
use crate::incident::Figure;
use annalist::Bundle;
use annalist::reading::{Engine, Reading};
use proptest::prelude::*;

fn codebooks() -> Codebooks {
    Codebooks::read(&Bundle::embedded()).unwrap()
}

fn export(format: Format, incidents: &[Incident], codebooks: &Codebooks) -> Vec<u8> {
    let mut out = Vec::new();
    let mut exporter = Exporter::new(format, &mut out, codebooks).unwrap();
    for incident in incidents {
        exporter.add(incident).unwrap();
    }
    exporter.finish().unwrap();
    out
}

fn readings(table: Table, rows: &str) -> Vec<Result<Reading, String>> {
    let codebooks = codebooks();
    let claims = Claims::new(table, rows.as_bytes(), "Data project", &codebooks).unwrap();
    claims.map(|r| r.map_err(|e| e.to_string())).collect()
}

/// Every claim's words stand where it says.
fn words_stand(reading: &Reading) {
    let text: Vec<char> = reading.document.text.chars().collect();
    let evidence =
        reading.claims.iter().map(|c| &c.evidence).chain(reading.incidents.iter().flat_map(|i| &i.evidence));
    for evidence in evidence {
        let words: String = text[evidence.start..evidence.end].iter().collect();
        assert_eq!(words, evidence.quote);
    }
}

#[test]
fn lines_come_back_exactly() {
    let codebooks = codebooks();
    let bytes = export(Format::Jsonl, &all(), &codebooks);
    let back: Vec<Incident> = incidents_of_lines(bytes.as_slice()).map(Result::unwrap).collect();
    assert_eq!(back, all());
    assert_eq!(export(Format::Jsonl, &back, &codebooks), bytes);
    let faults: Vec<String> =
        incidents_of_lines("\n{}\n[".as_bytes()).map(|r| r.unwrap_err().to_string()).collect();
    assert_eq!(faults.len(), 2);
    assert!(faults[0].starts_with("line 2: missing field"), "{}", faults[0]);
}

#[test]
fn an_incident_of_another_schema_is_refused() {
    let mut incident = full();
    incident.schema = "annalist.incident/9".into();
    let bytes = export(Format::Jsonl, &[incident], &codebooks());
    let fault = incidents_of_lines(bytes.as_slice()).next().unwrap().unwrap_err().to_string();
    assert_eq!(fault, "line 1: its schema is `annalist.incident/9`, not `annalist.incident/1`");
}

#[test]
fn the_own_table_comes_back() {
    let codebooks = codebooks();
    let bytes = export(Format::Csv, &all(), &codebooks);
    let mut with_mark = b"\xef\xbb\xbf".to_vec();
    with_mark.extend(&bytes);
    let back: Vec<Incident> =
        incidents_of_table(with_mark.as_slice(), &codebooks).unwrap().map(Result::unwrap).collect();
    assert_eq!(export(Format::Csv, &back, &codebooks), bytes);
    for (back, was) in back.iter().zip(all()) {
        assert_eq!((&back.people.value, &back.reports), (&was.people.value, &was.reports));
        assert_eq!((&back.place.value, &back.killed.value), (&was.place.value, &was.killed.value));
    }
}

#[test]
fn faults_of_the_own_table_name_line_and_column() {
    let codebooks = codebooks();
    let fault = |table: &str| match incidents_of_table(table.as_bytes(), &codebooks) {
        Err(error) => error.to_string(),
        Ok(mut rows) => rows.find_map(Result::err).unwrap().to_string(),
    };
    let id = full().id;
    assert_eq!(fault("id,colour\n"), "line 1: there is no column `colour` in our own table");
    assert_eq!(fault("mode\n"), "line 1: there is no column `id`");
    assert_eq!(fault("id,id\n"), "line 1: there are two columns `id`");
    assert_eq!(fault("id,mode\n,threat\n"), "line 2, column `id`: an incident has an id");
    assert_eq!(
        fault(&format!("id,killed_min\n{id},1\n{id},many\n")),
        "line 3, column `killed_min`: `many` is no whole number"
    );
    assert_eq!(
        fault(&format!("id,lat\n{id},91\n")),
        "line 2, column `lat`: `91` is no number of degrees from -90 to 90"
    );
    assert_eq!(fault(&format!("id,mode\n{id}\n")), "line 2: 1 cells, the head has 2");
}

#[test]
fn rows_after_acled_become_claims() {
    let rows = "\
event_id_cnty,event_date,time_precision,sub_event_type,actor1,actor2,civilian_targeting,country,admin1,location,latitude,longitude,geo_precision,fatalities,notes
XX1,05 March 2025,1,Air/drone strike,Military Forces of Russia (2000-),Civilians (Ukraine),Civilian targeting,Ukraine,Sumy,Velykyi Brid,51.1,34.2,1,3,\"Three died, \"\"at once\"\"\nthey say\"
XX2,2025-03-15,3,Attack,Unidentified Armed Group (Mali),Civilians (Mali),,Mali,Gao,Gao,16.2,-0.04,3,0,
XX3,2025-03-15,1,Peaceful protest,Protesters (Mali),,,Mali,Gao,Gao,16.2,-0.04,1,0,
";
    let readings: Vec<Reading> = readings(Table::Acled, rows).into_iter().map(Result::unwrap).collect();
    readings.iter().for_each(words_stand);
    let [first, second, third] = readings.as_slice() else { panic!("three rows") };
    let incident = &first.incidents[0];
    assert_eq!(
        (incident.mode.as_str(), incident.date.latest.as_deref()),
        ("air_drone_strike", Some("2025-03-05"))
    );
    assert_eq!(incident.perpetrator.name.as_deref(), Some("Russia"));
    assert_eq!(
        incident.killed.as_ref().map(|c| (c.min, c.max, c.basis.as_str())),
        Some((3, None, "at_least"))
    );
    assert_eq!(
        (incident.place.settlement.as_deref(), incident.place.country.as_deref()),
        (Some("Velykyi Brid"), Some("UA"))
    );
    assert!(first.claims.iter().all(|c| c.rule == "import.acled" && c.voice == "v0"));
    let incident = &second.incidents[0];
    assert_eq!(
        (incident.date.earliest.as_deref(), incident.date.latest.as_deref()),
        (Some("2025-03-01"), Some("2025-03-31"))
    );
    assert_eq!((incident.killed.as_ref(), incident.perpetrator.state.as_str()), (None, "unattributed"));
    assert_eq!((incident.place.precision.as_str(), incident.place.settlement.as_deref()), ("adm1", None));
    assert_eq!(second.diagnostics[0].code, "import.zero-or-not-stated");
    assert!(third.incidents.is_empty() && third.claims.is_empty());
    assert_eq!(third.diagnostics[0].code, "import.no-attack");
    let mut first = first.clone();
    first.engine = Engine { version: "VERSION".into(), data: "DATA".into() };
    insta::assert_snapshot!(serde_json::to_string_pretty(&first).unwrap());
}

#[test]
fn rows_after_ged_become_claims() {
    let rows = "\
id,type_of_violence,date_start,date_end,date_prec,side_a,side_b,country,adm_1,where_coordinates,latitude,longitude,where_prec,low,best,high
7,3,2025-03-03 00:00:00.000,2025-03-05 00:00:00.000,2,Front of the Two Rivers,Civilians,Mali,Gao,Tessa,16.1,0.2,2,1,2,4
8,3,2025-03-03,2025-03-03,1,Government of Mali,Civilians,Mali,,Tessa,,,6,2,2,2
";
    let readings: Vec<Reading> = readings(Table::Ged, rows).into_iter().map(Result::unwrap).collect();
    readings.iter().for_each(words_stand);
    let incident = &readings[0].incidents[0];
    assert_eq!(
        incident.killed.as_ref().map(|c| (c.min, c.max, c.basis.as_str())),
        Some((1, Some(4), "range"))
    );
    assert_eq!(
        (incident.date.latest.as_deref(), incident.date.precision.as_str()),
        (Some("2025-03-05"), "days")
    );
    assert_eq!(
        (incident.place.precision.as_str(), incident.targets.as_slice()),
        ("near_settlement", &["civilian".to_owned()][..])
    );
    let incident = &readings[1].incidents[0];
    assert_eq!(incident.perpetrator.name.as_deref(), Some("Mali"));
    assert_eq!((incident.place.precision.as_str(), incident.place.lat), ("country", None));
}

#[test]
fn the_best_figure_of_a_row_is_the_one_taken_and_given_again() {
    let head = "id,type_of_violence,date_start,date_end,date_prec,side_a,side_b,country,where_prec,where_coordinates,best,high,low\n";
    let row = "3,2025-06-10,2025-06-10,1,Government of Mali,Civilians,Mali,1,Gao";
    let rows = format!("{head}7,{row},4,6,3\n8,{row},9,6,3\n");
    let readings: Vec<Reading> = readings(Table::Ged, &rows).into_iter().map(Result::unwrap).collect();
    readings.iter().for_each(words_stand);
    let incidents = merged(&readings);
    let first = &incidents[0];
    let figure = first.killed.value.as_ref().unwrap();
    assert_eq!((figure.min, figure.best, figure.max), (3, 4, Some(6)));
    assert_eq!(first.killed.claims.len(), 2);
    let table = String::from_utf8(export(Format::Ged, &incidents[..1], &codebooks())).unwrap();
    let mut lines = table.lines();
    let (head, row) = (lines.next().unwrap().split(','), lines.next().unwrap().split(','));
    let cells: std::collections::BTreeMap<&str, &str> = head.zip(row).collect();
    assert_eq!((cells["low"], cells["best"], cells["high"]), ("3", "4", "6"));
    // A best figure that its own bounds rule out is told and not taken.
    assert_eq!(readings[1].diagnostics[0].code, "import.best-outside");
    assert_eq!(incidents[1].killed.value.as_ref().unwrap().best, 6);
}

#[test]
fn faults_of_tables_name_line_and_column() {
    let head = "event_date,sub_event_type,country,latitude,geo_precision,fatalities\n";
    let faults = readings(
        Table::Acled,
        &format!(
            "{head}05/03/2025,Attack,Mali,,,\n2025-03-05,Attack,Mali,95,,\n2025-03-05,Attack,Mali,,9,\n2025-03-05,Attack,Mali,,,a few\n2025-03-05,Attack,Mali,,,1\n"
        ),
    );
    let told: Vec<String> = faults.iter().filter_map(|f| f.clone().err()).collect();
    assert_eq!(
        told,
        [
            "line 2, column `event_date`: `05/03/2025` is no day; write 2025-12-05 or 5 December 2025",
            "line 3, column `latitude`: `95` is no number of degrees from -90 to 90",
            "line 4, column `geo_precision`: `9` is no code of acled in this column",
            "line 5, column `fatalities`: `a few` is no whole number",
        ]
    );
    assert!(faults[4].is_ok());
    let codebooks = codebooks();
    let fault = Claims::new(Table::Ged, head.as_bytes(), "x", &codebooks).err().unwrap().to_string();
    assert_eq!(fault, "line 1: there is no column `date_start`, so this is no ged table");
}

#[test]
fn an_unclosed_row_ends_before_it_fills_the_memory() {
    struct Endless(u64);
    impl io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let head = b"id,mode\ni,\"";
            let start = self.0.min(head.len() as u64) as usize;
            for (n, byte) in buffer.iter_mut().enumerate() {
                *byte = head.get(start + n).copied().unwrap_or(b'a');
            }
            self.0 += buffer.len() as u64;
            assert!(self.0 < 2 * ROW_BYTES_MAX + 65_536, "read on and on");
            Ok(buffer.len())
        }
    }
    let codebooks = codebooks();
    let mut rows = incidents_of_table(Endless(0), &codebooks).unwrap();
    let fault = rows.next().unwrap().unwrap_err().to_string();
    assert_eq!(fault, format!("line 2: the row has more than {ROW_BYTES_MAX} bytes"));
    assert!(rows.next().is_none());
}

#[test]
fn our_own_table_after_acled_is_read_as_claims() {
    let codebooks = codebooks();
    let bytes = export(Format::Acled, &[full(), raid()], &codebooks);
    let claims = Claims::new(Table::Acled, bytes.as_slice(), "Ourselves", &codebooks).unwrap();
    let readings: Vec<Reading> = claims.map(Result::unwrap).collect();
    readings.iter().for_each(words_stand);
    assert_eq!(readings[0].incidents[0].perpetrator.name.as_deref(), Some("Russia"));
    assert_eq!(readings[0].incidents[0].targets, ["civilian"]);
    // The name began with a sign that a spreadsheet would run.
    assert_eq!(readings[1].incidents[0].place.name.as_deref(), Some("-Tessa"));
}

/// A ledger that has nothing but these readings, each an incident of its own.
fn merged(readings: &[Reading]) -> Vec<Incident> {
    let policies = crate::merge::Policies::read(&Bundle::embedded()).unwrap();
    let merge = |reading: &Reading| {
        let draft = crate::Report::draft(reading.document.text.as_bytes(), "row", reading, "p1");
        let report = crate::Report::of(&draft.seal(1, || [1; 16]).unwrap()).unwrap();
        let mentions: Vec<crate::Mention<'_>> = report.tellings().collect();
        crate::merge::incident(&mentions, &[], &crate::merge::Merging::new(&policies)).unwrap()
    };
    readings.iter().map(merge).collect()
}

#[test]
fn what_another_ledger_exported_keeps_its_values() {
    let codebooks = codebooks();
    let read = |bytes: &[u8]| -> (Table, bool, Vec<Reading>) {
        let claims = Claims::new(None, bytes, "Partner", &codebooks).unwrap();
        (claims.table(), claims.is_lines(), claims.map(Result::unwrap).collect())
    };
    let (table, is_lines, readings) = read(&export(Format::Jsonl, &all(), &codebooks));
    assert_eq!((table, is_lines), (Table::Annalist, true));
    readings.iter().for_each(words_stand);
    // The flat table says the same in the same words.
    let (table, is_lines, of_table) = read(&export(Format::Csv, &all(), &codebooks));
    assert_eq!((table, is_lines), (Table::Annalist, false));
    assert_eq!(of_table, readings);
    for (reading, was) in readings.iter().zip(all()) {
        assert_eq!(reading.source_id.as_deref(), Some(was.id.as_str()));
        assert_eq!(reading.document.outlet.as_deref(), Some("Partner"));
        assert!(reading.claims.iter().all(|c| c.rule == "import.annalist" && c.voice == "v0"));
    }
    let killed = readings[0].claims.iter().find(|c| c.field == "killed").unwrap();
    assert_eq!(killed.evidence.quote, "2\nkilled_best: 3\nkilled_max: 3\nkilled_basis: range");
    let weapons =
        readings[0].claims.iter().filter(|c| c.field == "weapon").map(|c| c.evidence.quote.as_str());
    assert_eq!(weapons.collect::<Vec<_>>(), ["drone", "fpv_drone"]);
    let now = merged(&readings);
    for (now, was) in now.iter().zip(all()) {
        assert_eq!((&now.mode.value, &now.stage.value), (&was.mode.value, &was.stage.value));
        assert_eq!((&now.date.value, &now.place.value), (&was.date.value, &was.place.value));
        assert_eq!((&now.killed.value, &now.injured.value), (&was.killed.value, &was.injured.value));
        assert_eq!(
            (&now.targets.value, &now.perpetrator.value),
            (&was.targets.value, &was.perpetrator.value)
        );
        assert_eq!((&now.people.value, &now.damage.value), (&was.people.value, &was.damage.value));
        assert_eq!(now.groups.value, was.groups.value);
        assert_eq!(now.election_related_by.value, was.election_related_by.value);
        assert_eq!((now.independent, now.grade.as_str()), (1, "single_source"));
    }
    // A drone that is known to be an FPV drone is one weapon, here as in any ledger.
    assert_eq!(now[0].weapon.value, ["fpv_drone"]);
    assert!(!now[0].killed.claims.is_empty() && !now[0].people.claims.is_empty());
}

#[test]
fn rows_of_one_table_are_of_as_many_incidents() {
    let codebooks = codebooks();
    let incidents_of = |incidents: &[Incident], outlets: [&str; 2]| {
        let model = std::sync::Arc::new(crate::resolve::Model::new(&Bundle::embedded()).unwrap());
        let mut resolver = crate::resolve::Resolver::new(std::sync::Arc::clone(&model));
        for (incident, outlet) in incidents.iter().zip(outlets) {
            let bytes = export(Format::Jsonl, std::slice::from_ref(incident), &codebooks);
            let reading =
                Claims::new(None, bytes.as_slice(), outlet, &codebooks).unwrap().next().unwrap().unwrap();
            let capture = format!("{outlet}\n{}", reading.document.text);
            let draft = crate::Report::draft(capture.as_bytes(), "row", &reading, "p1");
            resolver.add(model.traits(&crate::Report::of(&draft.seal(1, || [1; 16]).unwrap()).unwrap()));
        }
        resolver.clusters().len()
    };
    let other = Incident { id: raid().id, ..full() };
    let mut later = full();
    later.review.state = "withdrawn".into();
    // The table tells of two that are alike in all; another table tells of one of them; its row changes.
    assert_eq!(incidents_of(&[full(), other.clone()], ["Partner", "Partner"]), 2);
    assert_eq!(incidents_of(&[full(), other], ["Partner", "Another"]), 1);
    assert_eq!(incidents_of(&[full(), later], ["Partner", "Partner"]), 1);
    // What differs in its values is another one, however alike the words of tables are.
    assert_eq!(incidents_of(&[full(), raid()], ["Partner", "Another"]), 2);
}

#[test]
fn a_figure_between_its_bounds_comes_in_with_them() {
    let codebooks = codebooks();
    let mut incident = full();
    incident.killed.value = Some(Figure { min: 2, best: 4, max: Some(9), basis: "range".into() });
    incident.injured.value = Some(Figure { min: 5, best: 6, max: None, basis: "range".into() });
    let bytes = export(Format::Jsonl, std::slice::from_ref(&incident), &codebooks);
    let mut claims = Claims::new(None, bytes.as_slice(), "Partner", &codebooks).unwrap();
    let reading = claims.next().unwrap().unwrap();
    words_stand(&reading);
    assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
    let now = &merged(std::slice::from_ref(&reading))[0];
    assert_eq!(now.killed.value, incident.killed.value);
    assert_eq!(now.injured.value, incident.injured.value);
}

#[test]
fn a_head_says_which_table_it_is_or_what_it_lacks() {
    let codebooks = codebooks();
    let found = |head: &str| {
        Claims::new(None, head.as_bytes(), "x", &codebooks).map(|c| c.table()).map_err(|e| e.to_string())
    };
    assert_eq!(found("low,country,date_start\n"), Ok(Table::Ged));
    assert_eq!(found("Country,event_date,sub_event_type\n"), Ok(Table::Acled));
    assert_eq!(found("stage,mode,id\n"), Ok(Table::Annalist));
    assert_eq!(found("\u{feff}  {\"schema\": \"annalist.incident/9\"}\n"), Ok(Table::Annalist));
    let other = found("{\"text\": \"A drone hit a bus.\"}\n").unwrap_err();
    assert!(other.contains("no export of incidents") && other.contains("annalist add"), "{other}");
    assert_eq!(
        found("date_start,low\n"),
        Err("line 1: no table of this kind is known: annalist has a column `id`, acled has a column \
             `event_date`, ged has a column `country`"
            .to_owned())
    );
    let id = full().id;
    let row = |rows: &str| {
        let text = format!("id,mode,stage,lat,date_earliest,date_latest\n{rows}\n");
        let claims = Claims::new(None, text.as_bytes(), "x", &codebooks).unwrap();
        claims.map(|r| r.unwrap_err().to_string()).next().unwrap()
    };
    assert_eq!(row(",threat,threatened,,,"), "line 2: an incident has an id");
    assert_eq!(
        row(&format!("{id},threat,dreamt,,,")),
        "line 2, column `stage`: `dreamt` is no stage; it is one of carried_out, attempted, foiled, threatened"
    );
    assert_eq!(
        row(&format!("{id},threat,threatened,95,,")),
        "line 2, column `lat`: `95` is no number of degrees from -90 to 90"
    );
    assert_eq!(
        row(&format!("{id},threat,threatened,,2025-02-03,2025-02-01")),
        "line 2: it begins on 2025-02-03 and ends on 2025-02-01"
    );
    let fault =
        Claims::new(Table::Annalist, "{\"id\": 1}".as_bytes(), "x", &codebooks).unwrap().next().unwrap();
    assert!(fault.unwrap_err().to_string().starts_with("line 1: "));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_words_come_back_from_the_own_table(words in prop_oneof!["[=+@\t\r\n\0\"';, a1＝－-]{1,12}", any::<String>()]) {
        let codebooks = codebooks();
        let mut incident = full();
        // What a terminal would obey is in no cell.
        let words = without_orders(&words).into_owned();
        incident.place.value.name = Some(words.clone());
        incident.people.value[0].name = Some(words.clone());
        incident.conflicts[0].note.clone_from(&words);
        let bytes = export(Format::Csv, std::slice::from_ref(&incident), &codebooks);
        let back = incidents_of_table(bytes.as_slice(), &codebooks).unwrap().next().unwrap().unwrap();
        let name = incident.place.value.name.clone().filter(|name| !name.is_empty());
        prop_assert_eq!(back.place.value.name, name);
        prop_assert_eq!(&back.people.value, &incident.people.value);
        prop_assert_eq!(&back.conflicts, &incident.conflicts);
        for format in [Format::Csv, Format::Jsonl] {
            let bytes = export(format, std::slice::from_ref(&incident), &codebooks);
            let mut claims = Claims::new(None, bytes.as_slice(), "x", &codebooks).unwrap();
            let reading = claims.next().unwrap().unwrap();
            words_stand(&reading);
            prop_assert_eq!(&reading.incidents[0].people, &incident.people.value);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), rows in "[a-z0-9,\"\n -]{0,120}") {
        let codebooks = codebooks();
        let head = "event_date,sub_event_type,country,fatalities\n".as_bytes();
        for body in [bytes.as_slice(), rows.as_bytes()] {
            let table = [head, body].concat();
            for reading in Claims::new(Table::Acled, table.as_slice(), "x", &codebooks).unwrap().flatten() {
                words_stand(&reading);
            }
            let own = ["id,mode,stage,weapon,people,country\n".as_bytes(), body].concat();
            for reading in Claims::new(Table::Annalist, own.as_slice(), "x", &codebooks).unwrap().flatten() {
                words_stand(&reading);
            }
            let _ = incidents_of_lines(body).count();
            if let Ok(rows) = incidents_of_table(body, &codebooks) {
                let _ = rows.count();
            }
        }
    }
}
