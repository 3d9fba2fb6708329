//! The ledger as its users meet it: reports in, incidents joined, decisions kept, nothing lost.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A ledger in a folder of its own.
struct Book {
    folder: TempDir,
}

impl Book {
    fn new() -> Self {
        let book = Book { folder: tempfile::tempdir().unwrap() };
        let made = book.run(&["init", book.path("book").to_str().unwrap(), "--name", "example.org/book"]);
        assert!(made.status.success(), "{}", err(&made));
        book
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_annalist"))
            .args(args)
            .env("NO_COLOR", "1")
            .env("ANNALIST_LEDGER", self.path("book"))
            .env_remove("ANNALIST_USER")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// What a command writes, which must succeed.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", err(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[args, &["--format", "json"]].concat())).unwrap()
    }

    fn incidents(&self, filter: &[&str]) -> Vec<Value> {
        self.json(&[&["incidents"], filter].concat()).as_array().unwrap().clone()
    }

    /// Two reports of one strike, and one of another.
    fn with_reports(self) -> Self {
        let reports = [
            (
                "one",
                "Example News",
                "2025-03-04",
                "A drone hit a bus in Kharkiv on 3 March 2025, killing two people, \
              the regional prosecutor Oleh Vesnenko said. Petro Halenko, 41, the driver, was wounded.",
            ),
            (
                "two",
                "Sample Post",
                "2025-03-04",
                "Two people were killed when a drone struck a bus in Kharkiv on \
              3 March 2025. The driver, Petro Halenko, 41, was wounded, prosecutor Oleh Vesnenko said.",
            ),
            (
                "three",
                "Example News",
                "2025-07-20",
                "Shelling damaged a school in Nikopol on 19 July 2025. Nobody \
              was hurt, the head of the district said.",
            ),
        ];
        let lines = reports.map(|(id, outlet, day, text)| {
            serde_json::json!({"id": id, "outlet": outlet, "published_at": day, "text": text}).to_string()
        });
        fs::write(self.path("reports.jsonl"), lines.join("\n")).unwrap();
        let added = self.ok(&["add", self.path("reports.jsonl").to_str().unwrap(), "--format", "jsonl"]);
        assert_eq!(added.lines().count(), 3, "{added}");
        self
    }
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn id(incident: &Value) -> &str {
    incident["id"].as_str().unwrap()
}

#[test]
fn reports_of_one_incident_are_joined_and_adding_them_again_adds_nothing() {
    let book = Book::new().with_reports();
    let all = book.incidents(&[]);
    assert_eq!(all.len(), 2, "{all:#?}");
    let kharkiv = &book.incidents(&["--place", "kharkiv"])[0];
    assert_eq!(kharkiv["mentions"].as_array().unwrap().len(), 2);
    assert_eq!(kharkiv["killed"]["value"]["best"], 2);
    assert!(!kharkiv["killed"]["claims"].as_array().unwrap().is_empty());
    let again = book.run(&["add", book.path("reports.jsonl").to_str().unwrap()]);
    assert!(err(&again).contains("added 0 reports, 3 known before"), "{}", err(&again));
    assert_eq!(book.incidents(&[]), all);
    assert_eq!(book.json(&["resolve", "--from-scratch"])["same_as_before"], true);
}

#[test]
fn incidents_are_found_by_what_they_are() {
    let book = Book::new().with_reports();
    let found = |filter: &[&str]| book.incidents(filter).len();
    assert_eq!(found(&["--from", "2025-07-01"]), 1);
    assert_eq!(found(&["--to", "2025-03-03"]), 1);
    assert_eq!(found(&["--country", "ua"]), 2);
    assert_eq!(found(&["--mode", "shelling", "--mode", "air_drone_strike"]), 2);
    assert_eq!(found(&["--target", "education"]), 1);
    assert_eq!(found(&["--killed", "1"]), 1);
    assert_eq!(found(&["--bbox", "36,49.5,37,50.5"]), 1);
    assert_eq!(found(&["--text", "bus OR ambulance"]), 1);
    assert_eq!(found(&["--text", "schools"]), 1);
    assert_eq!(found(&["--review", "published"]), 0);
    assert_eq!(found(&["--limit", "1"]), 1);
    let table = book.ok(&["incidents"]);
    assert!(table.contains("2 incidents") && table.contains("Nikopol"), "{table}");
    let bad = book.run(&["incidents", "--text", "\"unfinished"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(err(&bad).contains("cannot be understood"), "{}", err(&bad));
    let bad = book.run(&["incidents", "--bbox", "1,2,3"]);
    assert!(err(&bad).contains("four numbers"), "{}", err(&bad));
    assert_eq!(found(&["--text", "driver's"]), 0);
    assert_eq!(found(&["--text", "Kharkiv: bus"]), 1);
}

#[test]
fn filters_take_words_as_people_and_the_table_write_them() {
    let book = Book::new().with_reports();
    let found = |filter: &[&str]| book.incidents(filter).len();
    assert_eq!(found(&["--country", "Ukraine"]), 2);
    assert_eq!(found(&["--country", "UA,SO", "--mode", "air drone strike, shelling"]), 2);
    assert_eq!(found(&["--review", "machine draft"]), 2);
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    book.ok(&["comment", id(&kharkiv), "mine", "--as", "Ana"]);
    book.ok(&["assign", id(&kharkiv), "Ana", "--as", "Ana"]);
    assert_eq!(found(&["--assigned", "ana"]), 1);
    for (filter, told) in [
        (["--mode", "shellling"], "did you mean shelling"),
        (["--country", "Ukrane"], "did you mean UA"),
        (["--weapon", "broomstick"], "the values are drone, fpv_drone"),
        (["--review", "aproved"], "did you mean approved"),
        (["--perpetrator-state", "guilty"], "attributed_by_voice"),
        (["--assigned", "Nobody"], "Ana (p"),
        (["--from=2025-07-02", "--to=2025-07-01"], "lies after"),
        (["--text", ""], "no words"),
    ] {
        let bad = book.run(&[&["incidents"][..], &filter].concat());
        assert!(!bad.status.success() && err(&bad).contains(told), "{filter:?}: {}", err(&bad));
    }
}

#[test]
fn incidents_without_a_date_are_told_of_and_shown_when_asked_for() {
    let book = Book::new().with_reports();
    let nikopol = book.incidents(&["--place", "nikopol"])[0].clone();
    book.ok(&["set", id(&nikopol), "date", "undated", "--reason", "no day", "--as", "Ana"]);
    let all = ["incidents", "--from", "2025-01-01"];
    let shown = book.run(&all);
    assert!(err(&shown).contains("1 incident without a date is not shown"), "{}", err(&shown));
    assert_eq!(book.incidents(&all[1..]).len(), 1);
    assert_eq!(book.incidents(&[&all[1..], &["--undated"]].concat()).len(), 2);
    let few = book.run(&["incidents", "--from", "2025-01-01", "--place", "kharkiv"]);
    assert!(!err(&few).contains("without a date"), "{}", err(&few));
}

#[test]
fn what_people_decide_is_kept_with_who_and_why_and_can_be_taken_back() {
    let book = Book::new().with_reports();
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    let [one, two] = [0, 1].map(|n| kharkiv["mentions"][n].as_str().unwrap().to_owned());
    let nobody = book.run(&["split", &one, &two, "--reason", "another bus"]);
    assert!(err(&nobody).contains("--as NAME"), "{}", err(&nobody));
    book.ok(&["split", &one, &two, "--reason", "another bus", "--as", "Ana Example"]);
    assert_eq!(book.incidents(&["--place", "kharkiv"]).len(), 2);
    // No later run of the program overrules it.
    book.ok(&["resolve", "--from-scratch"]);
    assert_eq!(book.incidents(&["--place", "kharkiv"]).len(), 2);
    book.ok(&["lift", &one, &two, "--reason", "the same after all", "--as", "Ana Example"]);
    assert_eq!(book.incidents(&["--place", "kharkiv"])[0]["mentions"], kharkiv["mentions"]);
    let history = book.ok(&["history", &one]);
    for words in ["Ana Example (p1) parted", "another bus", "took back", "the same after all"] {
        assert!(history.contains(words), "{history}");
    }
}

#[test]
fn why_mentions_are_one_and_what_else_an_incident_could_be() {
    let book = Book::new().with_reports();
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    let [one, two] = [0, 1].map(|n| kharkiv["mentions"][n].as_str().unwrap().to_owned());
    let told = book.json(&["explain", &one, "--joins"]);
    let joins = told["joins"].as_array().unwrap();
    assert_eq!((joins.len(), &told["fields"]), (1, &Value::Null));
    assert!(joins[0]["probability"].as_f64().unwrap() > 0.5);
    let has =
        |pair: &Value, words: &str| pair["reasons"].as_array().unwrap().iter().any(|r| r["words"] == words);
    assert!(has(&joins[0], "as many killed") && has(&joins[0], "0 km apart"), "{joins:#?}");
    let text = book.ok(&["explain", &one]);
    for words in ["joined  2 mentions", "% likely one incident", "for     ", "Sample Post", "2 killed"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // The field alone, when it was asked for.
    assert!(!book.ok(&["explain", &one, "--field", "killed"]).contains("joined"));
    assert_eq!(book.json(&["matches", &one])["matches"].as_array().unwrap().len(), 0);
    assert!(book.ok(&["matches", &one]).contains("no other incident"));

    book.ok(&["split", &one, &two, "--reason", "another bus", "--as", "Ana Example"]);
    let matches = book.json(&["matches", &one]);
    let pair = &matches["matches"][0];
    assert_eq!((&pair["incident"], &pair["one"]["mention"]), (&two.as_str().into(), &one.as_str().into()));
    assert_eq!((&pair["judged"]["verdict"], &pair["judged"]["by"]), (&"not_same".into(), &"p1".into()));
    assert_eq!(pair["other"]["killed"]["min"], 2);
    let text = book.ok(&["candidates", &one]);
    assert!(text.contains("judged to be two by Ana Example (p1)") && text.contains("another bus"), "{text}");
    book.ok(&["lift", &one, &two, "--reason", "mistaken", "--as", "Ana Example"]);
    book.ok(&["merge", &one, &two, "--reason", "one post", "--as", "Ana Example"]);
    let text = book.ok(&["explain", &one, "--joins"]);
    assert!(text.contains("judged to be one by Ana Example (p1)") && text.contains("one post"), "{text}");
    let bad = book.run(&["explain", "nothing.txt", "--joins"]);
    assert!(err(&bad).contains("incidents of the ledger"), "{}", err(&bad));
}

#[test]
fn a_decision_on_a_field_holds_until_it_is_lifted() {
    let book = Book::new().with_reports();
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    book.ok(&["set", id(&kharkiv), "killed", "3", "--reason", "hospital list", "--as", "Ana"]);
    let set = book.json(&["show", id(&kharkiv)]);
    assert_eq!((&set["killed"]["value"]["best"], &set["killed"]["policy"]), (&3.into(), &"override".into()));
    let bad = book.run(&["set", id(&kharkiv), "mode", "wizardry", "--reason", "x", "--as", "Ana"]);
    assert!(err(&bad).contains("wizardry"), "{}", err(&bad));
    let set = |field: &str, value: &str| {
        book.ok(&["set", id(&kharkiv), field, value, "--reason", "seen", "--as", "Ana"]);
        book.json(&["show", id(&kharkiv)])[field]["value"].clone()
    };
    assert_eq!(set("killed", "3-4-6")["best"], 4);
    assert_eq!(set("date", "2025-03-02..2025-03-03")["precision"], "days");
    assert_eq!(set("weapon", "FPV drone"), serde_json::json!(["fpv_drone"]));
    assert_eq!(set("place", "Kharkiv")["settlement"], "Kharkiv");
    let bad = book.run(&["set", id(&kharkiv), "date", "2025-02-30", "--reason", "x", "--as", "Ana"]);
    assert!(err(&bad).contains("no day `2025-02-30`") && err(&bad).contains("2025-06-09"), "{}", err(&bad));
    for field in ["date", "weapon", "place"] {
        book.ok(&["set", id(&kharkiv), field, "--lift", "--reason", "done", "--as", "Ana"]);
    }
    book.ok(&["set", id(&kharkiv), "killed", "--lift", "--reason", "wrong list", "--as", "Ana"]);
    assert_eq!(book.json(&["show", id(&kharkiv)])["killed"], kharkiv["killed"]);
}

#[test]
fn a_field_is_made_by_the_policy_that_people_chose() {
    let book = Book::new().with_reports();
    let policy = |incident: &Value| incident["killed"]["policy"].as_str().unwrap().to_owned();
    assert!(book.incidents(&[]).iter().all(|incident| policy(incident) != "latest"));
    book.ok(&["policy", "killed", "latest", "--as", "Ana"]);
    assert!(book.incidents(&[]).iter().all(|incident| policy(incident) == "latest"));
    book.ok(&["doctor", "--rebuild"]);
    assert!(book.incidents(&[]).iter().all(|incident| policy(incident) == "latest"));
    assert!(err(&book.run(&["policy", "killed", "wisest", "--as", "Ana"])).contains("conservative"));
    assert!(err(&book.run(&["policy", "weather", "latest", "--as", "Ana"])).contains("the fields are"));
}

#[test]
fn two_people_publish_what_nobody_changed_in_between() {
    let book = Book::new().with_reports();
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    let step = |to: &str, who: &str| book.run(&["review", id(&kharkiv), "--to", to, "--as", who]);
    assert!(step("in_review", "Ana").status.success());
    assert!(err(&step("published", "Ana")).contains("is not followed by"));
    assert!(step("needs_second", "Ana").status.success());
    assert!(err(&step("approved", "Ana")).contains("another person"));
    assert!(step("approved", "Bo").status.success());
    assert!(err(&step("published", "Bo")).contains("another person"));
    book.ok(&["set", id(&kharkiv), "killed", "3", "--reason", "hospital list", "--as", "Ana"]);
    assert_eq!(book.json(&["show", id(&kharkiv)])["review"]["changed_since"], true);
    assert!(err(&step("published", "Ana")).contains("not what it was"));
    for (to, who) in [("in_review", "Ana"), ("needs_second", "Ana"), ("approved", "Bo"), ("published", "Ana")]
    {
        assert!(step(to, who).status.success(), "{to}");
    }
    assert_eq!(book.incidents(&["--review", "published"]).len(), 1);
    assert!(err(&step("withdrawn", "Ana")).contains("--reason"));
}

#[test]
fn a_withdrawn_report_counts_no_more_and_stays() {
    let book = Book::new().with_reports();
    let nikopol = book.incidents(&["--place", "nikopol"])[0].clone();
    let report = nikopol["reports"][0]["report"].as_str().unwrap();
    book.ok(&["withdraw", report, "--reason", "the outlet took it back", "--as", "Ana"]);
    let now = book.json(&["show", id(&nikopol)]);
    assert_eq!((&now["grade"], &now["reports"][0]["withdrawn"]), (&"retracted".into(), &true.into()));
    book.ok(&["withdraw", report, "--lift", "--reason", "it did not", "--as", "Ana"]);
    assert_eq!(book.json(&["show", id(&nikopol)]), nikopol);
}

#[test]
fn a_ledger_that_was_changed_is_found_out_with_a_checkpoint_kept_elsewhere() {
    let book = Book::new().with_reports();
    let kept = book.path("kept.txt");
    let kept = kept.to_str().unwrap();
    book.ok(&["checkpoint", "--output", kept]);
    book.ok(&["verify", "--checkpoint", kept]);
    let older = book.path("older.db");
    fs::copy(book.path("book/ledger.db"), &older).unwrap();
    book.ok(&["comment", id(&book.incidents(&[])[0]), "looked at", "--as", "Ana"]);
    let later = book.path("later.txt");
    book.ok(&["checkpoint", "--output", later.to_str().unwrap()]);
    book.ok(&["verify", "--checkpoint", kept, "--checkpoint", later.to_str().unwrap()]);
    // An older state, sound in itself, in place of the present one.
    let _ = fs::remove_file(book.path("book/ledger.db-wal"));
    fs::copy(&older, book.path("book/ledger.db")).unwrap();
    let found = book.run(&["verify", "--checkpoint", later.to_str().unwrap()]);
    assert_eq!(found.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&found.stdout).contains("missing at the end"));
}

#[test]
fn proofs_hold_for_their_own_entry() {
    let book = Book::new().with_reports();
    let proof = book.path("1.tlog-proof");
    fs::write(&proof, book.ok(&["prove", "1"])).unwrap();
    let told = book.ok(&["verify", "--proof", proof.to_str().unwrap()]);
    assert_eq!(told, "entry 1 (report) is in example.org/book of 4 entries\n");
    let forged = fs::read_to_string(&proof).unwrap().replace("index 1", "index 2");
    fs::write(&proof, forged).unwrap();
    assert_eq!(book.run(&["verify", "--proof", proof.to_str().unwrap()]).status.code(), Some(2));
    let folder = book.path("proofs");
    book.ok(&["prove", id(&book.incidents(&[])[0]), "--output", folder.to_str().unwrap()]);
    assert!(fs::read_dir(folder).unwrap().count() > 0);
}

#[test]
fn a_backup_becomes_a_ledger_again() {
    let book = Book::new().with_reports();
    let copy = book.path("copy.db");
    let copy = copy.to_str().unwrap();
    book.ok(&["backup", copy]);
    assert!(err(&book.run(&["backup", copy])).contains("there already"));
    let again = book.path("again");
    let key = book.path("book/ledger.key");
    book.ok(&["restore", copy, again.to_str().unwrap(), "--key", key.to_str().unwrap()]);
    let restored = |args: &[&str]| {
        let with = [args, &["--ledger", again.to_str().unwrap()]].concat();
        book.ok(&with)
    };
    assert_eq!(restored(&["incidents", "--format", "json"]), book.ok(&["incidents", "--format", "json"]));
    assert_eq!(restored(&["checkpoint"]), book.ok(&["checkpoint"]));
    let mut bytes = fs::read(copy).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    fs::write(copy, bytes).unwrap();
    let refused = book.run(&["restore", copy, book.path("third").to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
    assert!(!book.path("third/ledger.db").exists());
}

#[test]
fn erased_words_are_gone_from_the_folder_and_the_log_stays_sound() {
    let book = Book::new().with_reports();
    let kept = book.path("kept.txt");
    book.ok(&["checkpoint", "--output", kept.to_str().unwrap()]);
    let canary = b"Halenko";
    let is_there = || {
        fs::read_dir(book.path("book")).unwrap().any(|file| {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            bytes.windows(canary.len()).any(|window| window == canary)
        })
    };
    for entry in ["1", "2"] {
        book.ok(&["erase", entry, "capture", "reading", "--reason", "the family asked", "--as", "Ana"]);
    }
    assert!(!is_there());
    assert!(book.ok(&["verify", "--checkpoint", kept.to_str().unwrap()]).contains("sound"));
    assert_eq!(book.incidents(&[]).len(), 1);
}

#[test]
fn reports_read_anew_keep_their_names_and_what_people_did() {
    let book = Book::new().with_reports();
    // Data that take a picnic for an attack: with them an incident is read that the program's own do not know.
    let triggers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/lang/en/trigger.tsv");
    let triggers = fs::read_to_string(triggers).unwrap() + "picnic\tshelling\tverb|noun\tstrong\n";
    fs::create_dir_all(book.path("data/lang/en")).unwrap();
    fs::write(book.path("data/lang/en/trigger.tsv"), triggers).unwrap();
    fs::write(book.path("picnic.txt"), "There was a picnic at a school in Odesa on 19 July 2025.").unwrap();
    let data = ["--data", book.path("data").to_str().unwrap()].map(str::to_owned);
    let with_data = |args: &[&str]| book.run(&[args, &[&data[0], &data[1]]].concat());
    let added = with_data(&["add", book.path("picnic.txt").to_str().unwrap()]);
    assert!(err(&added).contains("added 1 report"), "{}", err(&added));
    let before = book.incidents(&[]);
    let picnic = book.incidents(&["--place", "odesa"])[0].clone();
    let entries = || book.ok(&["checkpoint"]).lines().nth(1).unwrap().to_owned();
    // What read them reads the same.
    let size = entries();
    let again = with_data(&["reread", "--all"]);
    assert!(err(&again).contains("0 reports read otherwise, 4 as before"), "{}", err(&again));
    assert_eq!(entries(), size);
    book.ok(&["comment", id(&picnic), "ask the school", "--as", "Ana"]);
    let size = entries();
    let told = book.json(&["reread", "--all", "--dry-run"]);
    let lost = &told["read_otherwise"][0]["lost"];
    assert!(lost.as_object().unwrap().contains_key(id(&picnic)), "{told:#}");
    assert_eq!((entries(), book.incidents(&[])), (size, before.clone()));
    let done = book.run(&["reread", "--all", "--as", "Ana"]);
    let text = String::from_utf8(done.stdout.clone()).unwrap();
    for words in ["lost", "with nothing in its words now", "no longer read", "Ana (p1) wrote: ask the school"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(book.incidents(&[]).len(), before.len() - 1);
    assert!(err(&book.run(&["reread", "--all"])).contains("0 reports read otherwise"));
    let gone = book.run(&["show", id(&picnic)]);
    assert!(err(&gone).contains("no longer read in report"), "{}", err(&gone));
    let less = book.incidents(&[]);
    book.ok(&["doctor", "--rebuild"]);
    assert_eq!(book.incidents(&[]), less);
    // Read as before, all is as before, and the history tells it.
    with_data(&["reread", "--all", "--as", "Bo"]);
    assert_eq!(book.incidents(&[]), before);
    let history = book.ok(&["history", id(&picnic)]);
    for words in ["added report", "Ana (p1) read report", "Bo (p2) read report", "ask the school"] {
        assert!(history.contains(words), "{words}: {history}");
    }
    book.ok(&["verify"]);
}

#[test]
fn reports_that_cannot_be_read_anew_are_passed_over_with_the_reason() {
    let book = Book::new().with_reports();
    let report = |incident: &Value| incident["reports"][0]["report"].as_str().unwrap().to_owned();
    let nikopol = report(&book.incidents(&["--place", "nikopol"])[0]);
    let kharkiv = report(&book.incidents(&["--place", "kharkiv"])[0]);
    fs::write(book.path("events.csv"), "event_date,sub_event_type,country\n2025-03-04,Grenade,Mali\n")
        .unwrap();
    book.ok(&["import", book.path("events.csv").to_str().unwrap(), "--outlet", "A data project"]);
    book.ok(&["withdraw", &nikopol, "--reason", "retracted", "--as", "Ana"]);
    book.ok(&["erase", "1", "capture", "--reason", "asked", "--as", "Ana"]);
    let all = book.run(&["reread", "--all"]);
    // The text stands in the reading: it can be read without the capture.
    assert!(
        err(&all).contains("0 reports read otherwise, 2 as before, 1 from tables, 1 withdrawn"),
        "{}",
        err(&all)
    );
    assert!(
        String::from_utf8_lossy(&all.stdout).contains(&format!("{nikopol}: passed over, it was withdrawn"))
    );
    for entry in ["1", "2"] {
        book.ok(&["erase", entry, "reading", "--reason", "asked", "--as", "Ana"]);
    }
    assert!(err(&book.run(&["reread", "--all"])).contains("0 as before, 2 erased"));
    let erased = book.run(&["reread", &kharkiv]);
    assert_eq!(erased.status.code(), Some(2));
    assert!(err(&erased).contains("cannot be read anew: what entry"), "{}", err(&erased));
    assert!(err(&book.run(&["reread", "r00"])).contains("nothing in the ledger is called r00"));
    assert!(!book.run(&["reread"]).status.success());
}

#[test]
fn a_lost_index_is_made_again() {
    let book = Book::new().with_reports();
    let before = book.incidents(&[]);
    for name in ["index.db", "index.db-wal", "index.db-shm"] {
        let _ = fs::remove_file(book.path("book").join(name));
    }
    assert_eq!(book.incidents(&[]), before);
    fs::write(book.path("book/index.db"), "not a database at all, but long enough to look at").unwrap();
    assert_eq!(book.incidents(&[]), before);
    assert!(book.ok(&["doctor", "--rebuild"]).contains("nothing amiss"));
    assert_eq!(book.incidents(&[]), before);
}

#[test]
fn what_is_no_ledger_says_so_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_annalist"))
            .args(args)
            .env_remove("ANNALIST_LEDGER")
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let missing = run(&["incidents"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        err(&missing).contains("annalist init") && err(&missing).contains("--ledger"),
        "{}",
        err(&missing)
    );
    assert!(err(&run(&["init", "book", "--name", "two words"])).contains("one word"));
    assert!(run(&["init", "book"]).status.success());
    assert!(err(&run(&["init", "book"])).contains("holds a ledger already"));
    assert!(Path::new(&folder.path().join("book/ledger.key")).exists());
}

#[test]
fn an_export_is_what_was_on_the_screen() {
    let book = Book::new().with_reports();
    let filter = ["--place", "kharkiv"];
    let shown = book.incidents(&filter);
    let lines = book.ok(&[&["export", "--format", "jsonl"], &filter[..]].concat());
    let exported: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(exported, shown);
    let table = book.ok(&[&["incidents", "--format", "csv"], &filter[..]].concat());
    assert_eq!(table, book.ok(&[&["export", "--format", "csv"], &filter[..]].concat()));
    assert_eq!(table.lines().count(), 2, "{table}");
    let reasons = book.path("reasons.csv");
    for format in ["acled", "ged"] {
        let written = book.ok(&["export", "--format", format, "--reasons", reasons.to_str().unwrap()]);
        let left_out = fs::read_to_string(&reasons).unwrap();
        // Each incident is in the one or in the other, behind the heads.
        assert_eq!(written.lines().count() - 1 + left_out.lines().count() - 1, 2, "{written}\n{left_out}");
    }
    // Nobody died in Nikopol: that is no event of this dataset.
    let nikopol = book.incidents(&["--place", "nikopol"])[0].clone();
    let left_out = fs::read_to_string(&reasons).unwrap();
    assert!(left_out.contains(&format!("{},ged,no,", id(&nikopol))), "{left_out}");
    for format in ["acled", "hxl", "geojson", "parquet"] {
        let file = book.path(format);
        book.ok(&["export", "--format", format, "--output", file.to_str().unwrap()]);
        assert!(fs::metadata(file).unwrap().len() > 100, "{format}");
    }
}

#[test]
fn rows_of_another_table_are_claims_of_its_outlet() {
    let book = Book::new().with_reports();
    let table = book.path("events.csv");
    let rows = "event_date,sub_event_type,country,location,fatalities\n\
                2025-03-04,Grenade,Mali,Gao,2\nyesterday,Grenade,Mali,Gao,2\n";
    fs::write(&table, rows).unwrap();
    let import = ["import", table.to_str().unwrap(), "--table", "acled", "--outlet", "A data project"];
    let imported = book.run(&import);
    assert_eq!(imported.status.code(), Some(1));
    assert!(err(&imported).contains("line 3") && err(&imported).contains("event_date"), "{}", err(&imported));
    let found = book.incidents(&["--mode", "grenade"]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["reports"][0]["outlet"], "A data project");
    assert!(err(&book.run(&import)).contains("1 known before"));
}

#[test]
fn what_one_ledger_exports_another_takes_in_with_its_values() {
    let book = Book::new().with_reports();
    let other = Book::new();
    let line = |incident: &Value| {
        let of = |field: &str| incident[field]["value"].clone();
        let fields =
            ["mode", "stage", "date", "place", "weapon", "targets", "killed", "injured", "people", "damage"];
        fields.map(of)
    };
    for (name, added) in [("all.jsonl", "2 rows of Partner added"), ("all.csv", "2 known before")] {
        let file = book.path(name);
        let format = name.split_once('.').unwrap().1;
        book.ok(&["export", "--format", format, "--output", file.to_str().unwrap()]);
        let imported = other.run(&["import", file.to_str().unwrap(), "--outlet", "Partner", "--as", "Ana"]);
        assert!(imported.status.success(), "{}", err(&imported));
        assert!(err(&imported).contains("of format annalist, by its head"), "{}", err(&imported));
        assert!(err(&imported).contains(added), "{}", err(&imported));
    }
    let lines = |book: &Book| book.incidents(&[]).iter().map(line).collect::<Vec<_>>();
    assert_eq!(lines(&other), lines(&book));
    let kharkiv = &other.incidents(&["--place", "kharkiv"])[0];
    assert_eq!((&kharkiv["grade"], &kharkiv["independent"]), (&"single_source".into(), &1.into()));
    // In a ledger that knows it, it stands beside what is there.
    let before = book.incidents(&[]);
    book.ok(&["import", book.path("all.csv").to_str().unwrap(), "--outlet", "Partner"]);
    let kharkiv = &book.incidents(&["--place", "kharkiv"])[0];
    assert_eq!(kharkiv["reports"].as_array().unwrap().len(), 3, "{kharkiv:#}");
    assert_eq!(kharkiv["killed"]["value"], before[1]["killed"]["value"]);
    fs::write(book.path("strange.csv"), "day,dead\n").unwrap();
    let refused = book.run(&["import", book.path("strange.csv").to_str().unwrap(), "--outlet", "Partner"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("acled has a column `event_date`"), "{}", err(&refused));
}

#[test]
fn a_table_tells_its_events_apart() {
    let book = Book::new();
    let table = book.path("events.csv");
    let mut rows = "event_id_cnty,event_date,sub_event_type,country,location,latitude,longitude,geo_precision,fatalities\n".to_owned();
    for (id, day, killed) in [("E1", "10", 3), ("E2", "10", 2), ("E3", "12", 1), ("E4", "20", 5)] {
        rows += &format!("{id},2025-06-{day},Grenade,Mali,Gao,16.27,-0.04,1,{killed}\n");
    }
    fs::write(&table, rows).unwrap();
    book.ok(&["import", table.to_str().unwrap(), "-t", "acled", "--outlet", "A data project", "--as", "Ana"]);
    let found = book.incidents(&[]);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|incident| incident["grade"] == "single_source"));
    assert_eq!(book.json(&["resolve", "--from-scratch"])["same_as_before"], true);
}

#[test]
fn a_release_gives_what_was_published_and_the_next_one_calls_back() {
    let book = Book::new().with_reports();
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    for (to, who) in [("in_review", "Ana"), ("needs_second", "Ana"), ("approved", "Bo"), ("published", "Ana")]
    {
        book.ok(&["review", id(&kharkiv), "--to", to, "--as", who]);
    }
    let release = |name: &str, on: &str| {
        let folder = book.path(name);
        book.ok(&[
            "release",
            "--audience",
            "public",
            "--output",
            folder.to_str().unwrap(),
            "--on",
            on,
            "--as",
            "Ana",
        ]);
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        (read("incidents.jsonl"), read("tombstones.json"))
    };
    let (given, called_back) = release("first", "2026-01-01");
    assert_eq!((given.lines().count(), called_back.trim()), (1, "[]"));
    // The wounded driver's name is in the ledger, and not in what the public gets.
    assert!(book.ok(&["show", id(&kharkiv)]).contains("Halenko"));
    assert!(!given.contains("Halenko"), "{given}");
    book.ok(&["review", id(&kharkiv), "--to", "withdrawn", "--reason", "wrong town", "--as", "Bo"]);
    let (given, called_back) = release("second", "2026-01-02");
    assert_eq!(given, "");
    assert!(called_back.contains("\"why\": \"withdrawn\""), "{called_back}");
    let dated = |on: &str| {
        let folder = book.path("third");
        let folder = folder.to_str().unwrap();
        let output =
            book.run(&["release", "--audience", "public", "--output", folder, "--on", on, "--as", "Ana"]);
        assert!(!output.status.success() && !book.path("third").exists());
        err(&output)
    };
    assert!(dated("2026-01-01").contains("is of 2026-01-02"));
    assert!(dated("9999-01-01").contains("yet to come"));
    let again = book.run(&[
        "release",
        "--audience",
        "public",
        "--output",
        book.path("first").to_str().unwrap(),
        "--as",
        "Ana",
    ]);
    assert!(err(&again).contains("there already"));
    let unknown = book.run(&["release", "--audience", "everybody", "--output", "x", "--as", "Ana"]);
    assert!(err(&unknown).contains("public"), "{}", err(&unknown));
}
