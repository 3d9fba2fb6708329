//! The program as its users meet it: arguments, files and pipes in; output, messages and exit codes out.

use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn annalist(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_annalist"));
    command.args(args).env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    command
}

fn run(args: &[&str]) -> Output {
    annalist(args).stdin(Stdio::null()).output().unwrap()
}

fn fed(args: &[&str], input: &[u8]) -> Output {
    let mut child =
        annalist(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses its arguments closes its end.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

fn sample(name: &str) -> String {
    samples().join(name).to_string_lossy().into_owned()
}

fn readings(output: &Output) -> Vec<Value> {
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_folder_of_all_kinds_is_read_in_order() {
    let output = run(&["read", "--format", "jsonl", &sample("")]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let readings = readings(&output);
    assert_eq!(readings.len(), 16);
    assert!(readings.iter().all(|r| r["schema"] == "annalist.reading/1"));
    let page = readings.iter().find(|r| r["source_id"] == "en-dev-a-02").unwrap();
    assert_eq!(page["document"]["published_at"], "2025-05-20");
    let text = page["document"]["text"].as_str().unwrap();
    assert!(text.starts_with("Russian drone hits minibus in Sumy Oblast"), "{text}");
    assert!(!text.contains("newsletter"));
}

#[test]
fn every_quote_is_the_text_of_its_span() {
    for reading in readings(&run(&["read", "--format", "jsonl", &sample("")])) {
        let text: Vec<char> = reading["document"]["text"].as_str().unwrap().chars().collect();
        let mut spans = 0;
        each_evidence(&reading, &mut |start, end, quote| {
            spans += 1;
            assert_eq!(text[start..end].iter().collect::<String>(), quote);
        });
        assert!(spans > 0 || reading["incidents"].as_array().unwrap().is_empty());
    }
}

fn each_evidence(value: &Value, see: &mut dyn FnMut(usize, usize, &str)) {
    match value {
        Value::Array(values) => values.iter().for_each(|v| each_evidence(v, see)),
        Value::Object(object) => {
            if let (Some(start), Some(end), Some(quote)) =
                (object.get("start"), object.get("end"), object.get("quote"))
            {
                see(
                    start.as_u64().unwrap() as usize,
                    end.as_u64().unwrap() as usize,
                    quote.as_str().unwrap(),
                );
            }
            object.values().for_each(|v| each_evidence(v, see));
        }
        _ => {}
    }
}

#[test]
fn output_does_not_depend_on_threads() {
    for format in ["table", "jsonl", "json", "text"] {
        let one = run(&["read", "--threads", "1", "--format", format, &sample("")]).stdout;
        for threads in ["2", "8"] {
            let several = run(&["read", "--threads", threads, "--format", format, &sample("")]).stdout;
            assert!(one == several, "{format} differs on {threads} threads");
        }
    }
}

#[test]
fn json_is_a_list_and_empty_when_there_is_nothing() {
    let list: Value =
        serde_json::from_slice(&run(&["read", "-f", "json", &sample("reports.jsonl")]).stdout).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 12);
    let empty = fed(&["read", "-f", "json", "--input", "jsonl", "-"], b"\n");
    assert_eq!((code(&empty), out(&empty).as_str()), (0, "[]\n"));
}

#[test]
fn standard_input_takes_what_is_known_from_options() {
    let args = ["read", "-f", "jsonl", "--published-at", "2025-12-18", "--outlet", "Example News", "-"];
    let output = fed(&args, b"A drone hit a bus in Sumy on Tuesday.");
    assert_eq!(code(&output), 0);
    let reading = &readings(&output)[0];
    assert_eq!(reading["document"]["published_at"], "2025-12-18");
    assert_eq!(reading["document"]["outlet"], "Example News");
    assert_eq!(reading["source_id"], "<stdin>");
}

#[test]
fn what_a_report_states_itself_goes_before_options() {
    let line = br#"{"id": "r", "text": "A bus.", "published_at": "2024-01-02"}"#;
    let output = fed(&["read", "-f", "jsonl", "--published-at", "2025-12-18", "-"], line);
    assert_eq!(readings(&output)[0]["document"]["published_at"], "2024-01-02");
}

#[test]
fn a_lone_surrogate_costs_one_character() {
    let output = fed(&["read", "-f", "jsonl", "-"], b"{\"id\": \"s\", \"text\": \"A drone \\ud800 hit.\"}\n");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let reading = &readings(&output)[0];
    assert_eq!(reading["document"]["text"], "A drone \u{fffd} hit.");
    let codes: Vec<_> = reading["diagnostics"].as_array().unwrap().iter().map(|d| &d["code"]).collect();
    assert!(codes.iter().any(|code| *code == "ingest.lone-surrogate"), "{codes:?}");
}

#[test]
fn a_broken_record_is_told_with_place_and_remedy_and_the_rest_goes_on() {
    let lines = b"{\"text\": \"A bus.\"}\n{broken\n{\"id\": 3}\n{\"text\": \"A car.\"}\n";
    let output = fed(&["read", "-f", "jsonl", "-"], lines);
    assert_eq!(code(&output), 1);
    assert_eq!(readings(&output).len(), 2);
    let err = err(&output);
    assert!(err.contains("error: <stdin>:2: is no JSON record"), "{err}");
    assert!(err.contains("error: <stdin>:3: has neither `text` nor `html`"), "{err}");
    assert!(err.contains("= help: write each report as"), "{err}");
    assert!(err.contains("2 inputs could not be read"), "{err}");
}

#[test]
fn a_broken_file_among_good_ones() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "A drone hit a bus.").unwrap();
    fs::write(folder.path().join("b.txt"), b"%PDF-1.4 \x00\x01").unwrap();
    fs::write(folder.path().join("c.jpg"), "no report").unwrap();
    fs::write(folder.path().join("d"), "A drone hit a car.").unwrap();
    let output = run(&["read", "-f", "jsonl", &folder.path().to_string_lossy(), "/nowhere.txt"]);
    assert_eq!(code(&output), 1);
    assert_eq!(readings(&output).len(), 2);
    let err = err(&output);
    assert!(err.contains("b.txt: is a PDF file") && err.contains("/nowhere.txt: cannot be read"), "{err}");
    assert!(err.contains("1 file left out"), "{err}");
    let quiet = run(&["read", "--quiet", "-f", "jsonl", &folder.path().join("a.txt").to_string_lossy()]);
    assert_eq!(String::from_utf8_lossy(&quiet.stderr), "");
}

#[test]
fn wrong_options_and_data_read_nothing() {
    for args in [
        &["read"][..],
        &["read", "--format", "xml", "-"],
        &["read", "--published-at", "yesterday", "-"],
        &["read", "--threads", "0", "-"],
        &["read", "--data", "/nowhere", "-"],
        &["nonsense"],
        &["explain", "--field", "colour", "-"],
    ] {
        let output = fed(args, b"A drone hit a bus.");
        assert_eq!(code(&output), 2, "{args:?}: {}", err(&output));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn an_overlay_changes_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_string_lossy().into_owned();
    fs::create_dir_all(folder.path().join("lang/en")).unwrap();
    let mine = "# lexicon: mine\n# meaning: A test.\n# provenance: a test\n# licence: CC0-1.0\n";
    fs::write(folder.path().join("lang/en/zz-mine.tsv"), mine).unwrap();
    let hash =
        |args: &[&str]| readings(&fed(args, b"A bus."))[0]["engine"]["data"].as_str().unwrap().to_owned();
    let before = hash(&["read", "-f", "jsonl", "-"]);
    assert_ne!(hash(&["read", "-f", "jsonl", "--data", &data, "-"]), before);
    let listed = run(&["data", "list", "--format", "json", "--data", &data]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let files = listed["files"].as_array().unwrap();
    let mine = files.iter().find(|f| f["path"] == "lang/en/zz-mine.tsv").unwrap();
    assert_eq!(mine["overlaid"], true);
    assert!(files.iter().filter(|f| f["overlaid"] == true).count() == 1);
    // What cannot be used is refused before anything is read, and `data check` says where.
    fs::create_dir_all(folder.path().join("schema")).unwrap();
    fs::write(folder.path().join("schema/fields.toml"), "order = [\n").unwrap();
    let checked = run(&["data", "check", "--data", &data]);
    assert_eq!(code(&checked), 2);
    assert!(out(&checked).contains("data/schema/fields.toml"), "{}", out(&checked));
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    fs::write(&path, "old").unwrap();
    let name = path.to_string_lossy();
    let output = run(&["read", "-f", "jsonl", "--output", &name, &sample("reports.jsonl")]);
    assert_eq!(code(&output), 0);
    assert!(output.stdout.is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 12);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["out.jsonl"]);
    // Refused data leave the old file alone.
    let refused = run(&["read", "--data", "/nowhere", "--output", &name, &sample("reports.jsonl")]);
    assert_eq!(code(&refused), 2);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 12);
}

#[test]
#[cfg(unix)]
fn links_and_devices_stay_what_they_are() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, target: &Path| {
        let link = folder.path().join(name);
        symlink(target, &link).unwrap();
        let output =
            run(&["read", "-f", "jsonl", "--output", &link.to_string_lossy(), &sample("reports.jsonl")]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(link.is_symlink(), "{name} was replaced");
    };
    write("to-device", Path::new("/dev/null"));
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    let target = folder.path().join("readings.jsonl");
    fs::write(&target, "old").unwrap();
    write("to-file", &target);
    assert!(fs::read_to_string(&target).unwrap().starts_with("{\"schema\""));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut lines = Vec::new();
    for n in 0..20_000 {
        writeln!(lines, "{{\"id\": {n}, \"text\": \"Nothing happened on day {n}.\"}}").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.jsonl");
    fs::write(&path, lines).unwrap();
    let mut child = annalist(&["read", "-f", "jsonl", &path.to_string_lossy()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut head = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut head).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(err(&output), "");
}

#[cfg(unix)]
#[test]
fn ctrl_c_writes_what_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    let mut child = annalist(&["read", "-f", "jsonl", "--output", &path.to_string_lossy(), "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let mut stdin = child.stdin.take().unwrap();
    // More than the first look at the input takes, and then an endless rest.
    let feeder = std::thread::spawn(move || {
        for n in 0u64.. {
            let line = format!("{{\"id\": {n}, \"text\": \"Nothing happened on day {n}.\"}}\n");
            if stdin.write_all(line.as_bytes()).is_err() {
                break;
            }
            if n == 5_000 {
                Command::new("kill").args(["-INT", &id]).status().unwrap();
            }
        }
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert_eq!(code(&output), 130, "{}", err(&output));
    assert!(err(&output).contains("stopped: "), "{}", err(&output));
    let written = fs::read_to_string(&path).unwrap();
    for (n, line) in written.lines().enumerate() {
        let reading: Value = serde_json::from_str(line).unwrap();
        assert_eq!(reading["source_id"], n.to_string());
    }
}

#[test]
fn saved_readings_are_drawn_as_if_read_now() {
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in [("jsonl", "r.jsonl"), ("json", "r.json")] {
        let path = folder.path().join(name).to_string_lossy().into_owned();
        run(&["read", "-f", format, "-o", &path, &sample("reports.jsonl")]);
        for drawn in ["table", "text"] {
            let now = out(&run(&["read", "-f", drawn, &sample("reports.jsonl")]));
            assert_eq!(out(&run(&["show", "-f", drawn, &path])), now);
        }
    }
    let wrong = run(&["show", &sample("en-dev-a-20.txt")]);
    assert_eq!(code(&wrong), 2);
    assert!(err(&wrong).contains("is no file of readings"));
}

#[test]
fn explain_tells_of_every_field() {
    let output = run(&["explain", &sample("en-dev-a-20.txt"), "--format", "json"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let fields: Value = serde_json::from_slice(&output.stdout).unwrap();
    for field in fields.as_array().unwrap() {
        let empty = field.get("empty_because").is_some();
        let claims = field["claims"].as_array().unwrap().len();
        assert!(empty || claims > 0 || !field["value"].is_null(), "{field}");
        if ["mode", "date", "place", "perpetrator"].contains(&field["field"].as_str().unwrap()) {
            let first = &field["weighed"][0];
            assert_eq!(first["taken"], true, "{field}");
            assert!(!first["reasons"].as_array().unwrap().is_empty(), "{field}");
        }
    }
    let text = run(&["explain", &sample("en-dev-a-20.txt"), "--field", "killed"]);
    assert!(out(&text).contains("Killed (killed)"), "{}", out(&text));
}

#[test]
fn trees_are_for_other_tools_when_piped_and_drawn_on_request() {
    let output = fed(&["parse", "-"], b"A drone hit a bus. It burned.");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let text = out(&output);
    assert!(
        text.starts_with("# newdoc id = <stdin>\n# sent_id = 1\n# text = A drone hit a bus.\n"),
        "{text}"
    );
    assert!(text.contains("\tdrone\tdrone\tNOUN\t_\tNumber=Sing\t3\tnsubj\t"), "{text}");
    let drawn = fed(&["parse", "--format", "tree", "-"], b"A drone hit a bus. It burned.");
    assert!(
        out(&drawn).starts_with("── <stdin>\n\nA drone hit a bus.\n\n   ╭─ A     DET    det\n"),
        "{}",
        out(&drawn)
    );
    assert!(out(&drawn).contains("\nIt burned.\n\n ╭─ It     PRON   nsubj\n"), "{}", out(&drawn));
    assert!(!out(&drawn).contains(['\u{1b}', '=']));
}

#[test]
fn words_can_be_parsed_without_a_file() {
    let args = ["parse", "--text", "A drone hit a bus.", "--format", "tree"];
    let drawn = out(&run(&args));
    assert!(drawn.starts_with("A drone hit a bus.\n\n"), "{drawn}");
    assert!(drawn.contains("\n─┼ hit      VERB   root\n"), "{drawn}");
    assert!(out(&run(&[&args[..], &["--feats"]].concat())).contains("Number=Sing"));
    let coloured = annalist(&args).env_remove("NO_COLOR").args(["--color", "always"]).output().unwrap();
    assert!(out(&coloured).contains("\u{1b}["), "{}", out(&coloured));
    let hostile = out(&run(&["parse", "--format", "tree", "--text", "A \u{1b}[2Jdrone\u{202e} hit."]));
    assert!(!hostile.contains(['\u{1b}', '\u{202e}']), "{hostile:?}");
    for wrong in
        [&["parse"][..], &["parse", "--text", "A bus.", "report.txt"], &["parse", "--format", "svg", "-"]]
    {
        assert_eq!(code(&run(wrong)), 2, "{wrong:?}");
    }
}

#[test]
fn nothing_in_a_report_reaches_the_terminal_as_a_command() {
    let hostile = "A drone hit a bus in Sumy\u{1b}[2J\u{7}\u{202e}, killing two people.";
    for format in ["table", "text"] {
        let output = fed(&["read", "-f", format, "-"], hostile.as_bytes());
        let text = out(&output);
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn help_man_pages_and_completions_come_from_one_definition() {
    let commands = ["read", "show", "explain", "data", "bench", "parse", "man", "completions"];
    for command in commands {
        let help = run(&[command, "--help"]);
        assert_eq!(code(&help), 0);
        assert!(out(&help).contains("Examples:"), "{command} has no examples");
    }
    let version = out(&run(&["--version"]));
    assert!(version.starts_with("annalist 0.") && version.contains("(data blake3:"), "{version}");
    let help = out(&run(&["--help"]));
    assert!(help.contains("Exit codes:"), "{help}");
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("man").to_string_lossy().into_owned();
    assert_eq!(code(&run(&["man", &man])), 0);
    for command in commands {
        assert!(folder.path().join(format!("man/annalist-{command}.1")).is_file(), "{command}");
        assert!(help.contains(command));
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert!(code(&script) == 0 && out(&script).contains("published-at"), "{shell}");
    }
}

#[test]
fn bench_measures() {
    let output = run(&["bench", "--rounds", "1", "--format", "json", &sample("en-dev-a-20.txt")]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let measured: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(measured["documents"], 1);
    assert!(measured["tokens_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(measured["gate"]["documents_closed"], 0);
    let shares = measured["stages"].as_array().unwrap().iter().map(|s| s["share"].as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-6);
}
