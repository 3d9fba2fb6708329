//! The ledger as its users meet it: reports in, incidents joined, decisions kept, nothing lost.

use serde_json::Value;
use std::fs;
use std::io::Write as _;
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
    assert_eq!(found(&["--place", "kharkiv", "--place", "nikopol"]), 2);
    assert_eq!(found(&["--place", "kharkiv"]), 1);
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
    let before = book.json(&["show", id(&nikopol)]);
    book.ok(&["withdraw", report, "--reason", "the outlet took it back", "--as", "Ana"]);
    let now = book.json(&["show", id(&nikopol)]);
    assert_eq!((&now["grade"], &now["reports"][0]["withdrawn"]), (&"retracted".into(), &true.into()));
    book.ok(&["withdraw", report, "--lift", "--reason", "it did not", "--as", "Ana"]);
    assert_eq!(book.json(&["show", id(&nikopol)]), before);
    // What happened stands in the history of the incident and of the report, and twice is once.
    for name in [id(&nikopol), report] {
        let history = book.ok(&["history", name]);
        for words in ["Ana (p1) withdrew report", "took it back", "count again: it did not"] {
            assert!(history.contains(words), "{words}: {history}");
        }
    }
    let again = book.run(&["withdraw", report, "--lift", "--reason", "it did not", "--as", "Ana"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("is not withdrawn"), "{}", err(&again));
}

#[test]
fn a_report_is_shown_with_its_mentions_and_stands_for_them() {
    let book = Book::new().with_reports();
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    let shown = book.json(&["show", id(&kharkiv)]);
    let linked = |n: usize| {
        let source = &shown["reports"][n];
        let mentions = source["mentions"].as_array().unwrap();
        assert_eq!(mentions.len(), 1, "{source:#}");
        (source["report"].as_str().unwrap().to_owned(), mentions[0].as_str().unwrap().to_owned())
    };
    let [(one, first), (two, second)] = [0, 1].map(linked);
    let text = book.ok(&["show", id(&kharkiv)]);
    assert!(text.contains(&format!("mention {second}")), "{text}");

    let report = book.json(&["show", &two]);
    assert_eq!(
        (&report["mentions"][0]["mention"], &report["outlet"]),
        (&second.as_str().into(), &"Sample Post".into())
    );
    let text = book.ok(&["show", &two]);
    for words in ["Sample Post", "2025-03-04", "reports.jsonl", &second, "2 killed", "added report"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(book.ok(&["explain", &two, "--field", "killed"]).contains("Two people were killed"));
    let both = book.ok(&["show", &one, id(&kharkiv)]);
    assert!(both.contains(&format!("━━ {one}")) && both.contains(&format!("━━ {}", id(&kharkiv))), "{both}");
    assert_eq!(book.json(&["show", &one, &two]).as_array().unwrap().len(), 2);

    book.ok(&["split", id(&kharkiv), &two, "--reason", "another bus", "--as", "Ana"]);
    assert_eq!(book.json(&["show", &second])["mentions"], serde_json::json!([second]));
    book.ok(&["lift", &one, &two, "--reason", "mistaken", "--as", "Ana"]);
    // Also the mention that the incident is named by.
    book.ok(&["split", id(&kharkiv), &one, "--reason", "another bus", "--as", "Ana"]);
    assert_eq!(book.json(&["show", &first])["mentions"], serde_json::json!([first]));

    fs::write(
        book.path("several.txt"),
        "Shelling damaged a school in Nikopol on 2 June 2025 and injured one teacher, the \
        district said.\n\nGunmen abducted three farmers near Gao in Mali on 1 June 2025, a relative said.",
    )
    .unwrap();
    let line: Value =
        serde_json::from_str(&book.ok(&["add", book.path("several.txt").to_str().unwrap(), "-f", "jsonl"]))
            .unwrap();
    let several = line["report"].as_str().unwrap();
    let asked = book.run(&["merge", &one, several, "--reason", "one", "--as", "Ana"]);
    assert_eq!(asked.status.code(), Some(2));
    assert!(err(&asked).contains("say which mention you mean: i"), "{}", err(&asked));
    assert!(err(&book.run(&["show", "i"])).contains("too short"));
}

#[test]
fn reports_are_listed_by_what_they_are() {
    let book = Book::new().with_reports();
    fs::write(book.path("weather.txt"), "It will rain in Odesa tomorrow.").unwrap();
    book.ok(&["add", book.path("weather.txt").to_str().unwrap()]);
    let found = |filter: &[&str]| book.json(&[&["reports"], filter].concat()).as_array().unwrap().clone();
    let all = found(&[]);
    assert_eq!(all.len(), 4);
    let without = found(&["--without-incidents"]);
    assert!(without[0]["found_at"].as_str().unwrap().ends_with("weather.txt"), "{without:#?}");
    assert_eq!(found(&["--outlet", "example"]).len(), 2);
    assert_eq!(found(&["--text", "regional prosecutor"]).len(), 1);
    assert_eq!(found(&["--limit", "2"]).len(), 2);
    let report = found(&["--text", "nikopol"])[0]["report"].as_str().unwrap().to_owned();
    book.ok(&["withdraw", &report, "--reason", "retracted", "--as", "Ana"]);
    assert_eq!(found(&["--withdrawn"])[0]["withdrawn"], "retracted");
    assert!(book.ok(&["reports"]).contains("4 reports"));
    let entry = found(&["--withdrawn"])[0]["entry"].to_string();
    book.ok(&["erase", &entry, "capture", "reading", "--reason", "asked", "--as", "Ana"]);
    assert_eq!(found(&["--erased"])[0]["report"], report.as_str());
    let text = book.ok(&["show", &report[..6]]);
    assert!(
        text.contains(&format!("capture, reading of entry {entry}")) && text.contains("withdrew"),
        "{text}"
    );
}

#[test]
fn the_log_tells_every_entry_with_its_number() {
    let book = Book::new().with_reports();
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    book.ok(&["comment", id(&kharkiv), "a word too many", "--as", "Ana"]);
    book.ok(&["policy", "killed", "latest", "--as", "Ana"]);
    let log = book.json(&["log"]);
    let kinds: Vec<&str> =
        log.as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ledger", "report", "report", "report", "person", "comment", "policy"]);
    let comment = log.as_array().unwrap().iter().find(|line| line["kind"] == "comment").unwrap();
    book.ok(&["erase", &comment["entry"].to_string(), "text", "--reason", "a name in it", "--as", "Ana"]);
    for words in ["Ana (p1) erased text of entry 5: a name in it", "made killed by the policy latest"] {
        for told in [book.ok(&["history", id(&kharkiv)]), book.ok(&["show", id(&kharkiv)]), book.ok(&["log"])]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
    assert_eq!(book.ok(&["log", "--limit", "2", "--format", "jsonl"]).lines().count(), 2);
    let from = book.json(&["log", "--from", "3", "--limit", "1"]);
    assert_eq!((&from[0]["entry"], from.as_array().unwrap().len()), (&3.into(), 1));
    let policies = book.ok(&["policy"]);
    assert!(policies.contains("chosen by Ana (p1)") && policies.contains("of the data"), "{policies}");
    assert_eq!(book.json(&["policy", "killed"])[0]["policy"], "latest");
}

#[test]
fn what_a_person_set_is_marked_and_explained() {
    let book = Book::new().with_reports();
    let kharkiv = id(&book.incidents(&["--place", "kharkiv"])[0]).to_owned();
    book.ok(&["set", &kharkiv, "killed", "3", "--reason", "hospital list", "--as", "Ana"]);
    let shown = book.ok(&["show", &kharkiv]);
    assert!(shown.contains("3 (set by Ana (p1): hospital list)"), "{shown}");
    let why = book.ok(&["explain", &kharkiv, "--field", "killed"]);
    for words in ["set by Ana (p1) on ", "hospital list", "the reports say", "two people"] {
        assert!(why.contains(words), "{words}: {why}");
    }
    let why = book.json(&["explain", &kharkiv, "--field", "killed"]);
    assert_eq!(why["fields"][0]["claims"][0]["reason"], "hospital list");
    assert!(!why["fields"][0]["reports_say"].as_array().unwrap().is_empty());
    book.ok(&["set", &kharkiv, "killed", "null", "--reason", "nobody knows", "--as", "Ana"]);
    let shown = book.ok(&["show", &kharkiv]);
    assert!(shown.contains("not stated (set by Ana (p1): nobody knows)"), "{shown}");
    book.ok(&["set", &kharkiv, "killed", "--lift", "--reason", "wrong list", "--as", "Ana"]);
    let twice = book.run(&["set", &kharkiv, "killed", "--lift", "--reason", "wrong list", "--as", "Ana"]);
    assert_eq!(twice.status.code(), Some(2));
    let nobody = book.run(&["assign", &kharkiv, "--lift", "--as", "Ana"]);
    assert!(err(&nobody).contains("assigned to nobody"), "{}", err(&nobody));
}

#[test]
fn who_acts_is_somebody_and_comes_in_with_what_they_do() {
    let book = Book::new().with_reports();
    let kharkiv = id(&book.incidents(&["--place", "kharkiv"])[0]).to_owned();
    let people = || book.json(&["people"]).as_array().unwrap().len();
    for (reason, who) in [(" ", "Ana"), ("\u{202e}", "Ana"), ("x", " "), ("x", "p7")] {
        let refused = book.run(&["set", &kharkiv, "killed", "3", "--reason", reason, "--as", who]);
        assert_eq!(refused.status.code(), Some(2), "{reason:?} {who:?}");
    }
    assert_eq!(book.run(&["comment", &kharkiv, " ", "--as", "Ana"]).status.code(), Some(2));
    assert_eq!(
        book.run(&["set", &kharkiv, "mode", "wizardry", "--reason", "x", "--as", "Ana"]).status.code(),
        Some(2)
    );
    assert_eq!(people(), 0);
    book.ok(&["comment", &kharkiv, "seen", "--as", " Ana\u{1b} Example "]);
    let like = book.run(&["comment", &kharkiv, "seen", "--as", "ana  example"]);
    assert_eq!(like.status.code(), Some(2));
    assert!(
        err(&like).contains("is it the same person") && err(&like).contains("Ana Example"),
        "{}",
        err(&like)
    );
    book.ok(&["comment", &kharkiv, "seen", "--as", "p1"]);
    assert_eq!(people(), 1);
    book.ok(&["comment", &kharkiv, "seen", "--as", "ana example", "--new-person"]);
    assert_eq!(people(), 2);
    book.ok(&["verify"]);
}

#[test]
fn a_merge_that_others_stand_against_says_so() {
    let book = Book::new().with_reports();
    let kharkiv = book.incidents(&["--place", "kharkiv"])[0].clone();
    let [one, two] = [0, 1].map(|n| kharkiv["mentions"][n].as_str().unwrap().to_owned());
    let nikopol = id(&book.incidents(&["--place", "nikopol"])[0]).to_owned();
    book.ok(&["split", &one, &two, "--reason", "another bus", "--as", "Ana"]);
    book.ok(&["merge", &one, &nikopol, "--reason", "one attack", "--as", "Bo"]);
    let merged = book.run(&["merge", &two, &nikopol, "--reason", "one attack", "--as", "Bo"]);
    assert_eq!(merged.status.code(), Some(1), "{}", err(&merged));
    for words in ["held apart by entry", "Ana (p1)", "another bus", "annalist lift"] {
        assert!(err(&merged).contains(words), "{words}: {}", err(&merged));
    }
    assert!(book.ok(&["show", &two]).contains("judged to be one with"));
}

#[test]
fn wrong_words_and_damaged_files_are_told_with_their_names() {
    let book = Book::new().with_reports();
    let said = |args: &[&str], words: &[&str]| {
        let output = book.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", err(&output));
        for word in words {
            assert!(err(&output).contains(word), "{word}: {}", err(&output));
        }
    };
    let path = |name: &str| book.path(name).to_str().unwrap().to_owned();
    let kharkiv = id(&book.incidents(&["--place", "kharkiv"])[0]).to_owned();
    said(&["restore", "/nonexist", &path("new")], &["/nonexist"]);
    said(&["prove", "99999"], &["there is no entry 99999"]);
    said(&["prove", "99999", "-o", &path("proofs")], &["there is no entry 99999"]);
    said(&["add", &path("nothing.txt")], &["nothing.txt"]);
    said(
        &["review", &kharkiv, "--to", "needs_second", "--as", "Ana"],
        &["next may come triaged, in_review, rejected"],
    );
    fs::write(path("no.txt"), "no checkpoint").unwrap();
    said(&["verify", "--checkpoint", &path("no.txt")], &["no.txt"]);
    book.ok(&["backup", &path("copy.db")]);
    fs::write(path("wrong.key"), "no key").unwrap();
    said(&["restore", &path("copy.db"), &path("new"), "--key", &path("wrong.key")], &["wrong.key"]);
    assert!(!Path::new(&path("new")).exists());
    for (name, size) in [("book/ledger.db", 5000), ("book/ledger.db", 50), ("book/ledger.db", 0)] {
        fs::remove_file(path("book/ledger.db-wal")).ok();
        fs::OpenOptions::new().write(true).open(path(name)).unwrap().set_len(size).unwrap();
        said(&["incidents"], &["ledger.db is damaged", "annalist restore"]);
    }
    fs::remove_file(path("book/ledger.db")).unwrap();
    said(&["incidents"], &["ledger.key is there and ledger.db is not", "annalist restore"]);
}

#[cfg(unix)]
#[test]
fn the_files_of_a_ledger_are_for_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let book = Book::new().with_reports();
    book.ok(&["backup", book.path("copy.db").to_str().unwrap()]);
    for name in ["book/ledger.db", "book/ledger.key", "book/index.db", "copy.db"] {
        let mode = fs::metadata(book.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn one_interrupt_ends_the_wait_for_input_and_keeps_what_was_read() {
    let book = Book::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_annalist"))
        .args(["add", "-", "--input", "jsonl"])
        .env("ANNALIST_LEDGER", book.path("book"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", serde_json::json!({"text": "A drone hit a bus in Kharkiv on 3 March 2025."}))
        .unwrap();
    // More than all buffers on the way hold: when it is taken, the report was.
    input.write_all("\n".repeat(1 << 20).as_bytes()).unwrap();
    write!(input, "{{\"text\": \"half a rep").unwrap();
    input.flush().unwrap();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", err(&ended));
    assert!(
        err(&ended).contains("what was added is kept") && !err(&ended).contains("error"),
        "{}",
        err(&ended)
    );
    drop(input);
    assert_eq!(book.incidents(&[]).len(), 1);
}

#[test]
fn what_is_known_is_acknowledged_too() {
    let book = Book::new().with_reports();
    let file = book.path("reports.jsonl");
    let lines = book.ok(&["add", file.to_str().unwrap(), "--format", "jsonl"]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line["new"] == false));
    let entries: Vec<Value> = lines.iter().map(|line| line["entry"].clone()).collect();
    assert_eq!(entries, [1, 2, 3]);
    assert_eq!(book.json(&["show", lines[0]["report"].as_str().unwrap()])["outlet"], "Example News");
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
    assert_eq!(
        book.ok(&["export", "--format", "csv", "--output", "-"]),
        book.ok(&["export", "--format", "csv"])
    );
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
