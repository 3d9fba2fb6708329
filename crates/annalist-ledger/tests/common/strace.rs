//! What a child asked of the operating system, as strace saw it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// One call, in the order in which the calls came to their end.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Open {
        fd: i32,
        path: PathBuf,
        create: bool,
        empty: bool,
    },
    Write {
        fd: i32,
        at: Option<u64>,
        bytes: Vec<u8>,
    },
    /// A file or a folder was to be brought to the disk, and whether that succeeded.
    Sync {
        fd: i32,
        done: bool,
    },
    Length {
        fd: i32,
        bytes: u64,
    },
    Link {
        from: PathBuf,
        to: PathBuf,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Unlink {
        path: PathBuf,
    },
    MakeFolder {
        path: PathBuf,
    },
    Close {
        fd: i32,
    },
}

const CALLS: &str = "openat,open,creat,write,pwrite64,writev,pwritev,fsync,fdatasync,sync_file_range,ftruncate,\
    truncate,fallocate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,close,copy_file_range,\
    sendfile,dup,dup2,dup3";

/// Whether strace is there and may trace. Where it is not, the test says loudly that it shows nothing; for the tests
/// that everybody relies on that is a failure.
pub(crate) fn is_there() -> bool {
    let works = Command::new("strace")
        .args(["-o", "/dev/stderr", "-e", "trace=close", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let remedy = "strace is missing or may not trace: install it (apt-get install strace) and allow ptrace";
    assert!(works || std::env::var_os("CI").is_none(), "{remedy}");
    if !works {
        super::tell(&format!("NOT TESTED: {remedy}"));
    }
    works
}

/// A command, run by strace with these options.
pub(crate) fn under(options: &[&str], log: &Path, command: &Command) -> Command {
    let mut strace = Command::new("strace");
    strace.arg("-f").args(options).arg("-o").arg(log).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    strace
}

/// Runs a command to its end; every call that changes what is on the disk or what was said.
pub(crate) fn record(command: &Command, options: &[&str], log: &Path) -> (Vec<Call>, Output) {
    let trace = format!("trace={CALLS}");
    let mut all = vec!["-xx", "-s", "16777216", "-e", &trace];
    all.extend(options);
    let output = under(&all, log, command).output().expect("strace starts");
    let text = std::fs::read_to_string(log).expect("strace wrote down what it saw");
    (calls(&text), output)
}

fn calls(text: &str) -> Vec<Call> {
    let mut begun = std::collections::BTreeMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let (process, line) = line.split_once(' ').expect("a process");
        let line = line.trim_start();
        if let Some(start) = line.strip_suffix(" <unfinished ...>") {
            begun.insert(process, start);
        } else if let Some(rest) = line.strip_prefix("<... ") {
            let end = rest.split_once(" resumed>").expect("a call that goes on").1;
            calls.extend(call(&format!("{}{end}", begun.remove(process).expect("it had begun"))));
        } else if !line.starts_with(['-', '+']) {
            calls.extend(call(line));
        }
    }
    calls
}

fn call(line: &str) -> Option<Call> {
    let (name, rest) = line.split_once('(')?;
    // Strings are written in hexadecimal digits: the first bracket ends the arguments.
    let (arguments, returned) = rest.split_once(')')?;
    let returned = returned.trim_start().strip_prefix("= ")?;
    let code: i64 = returned.split(' ').next()?.parse().ok()?;
    let arguments: Vec<&str> = arguments.split(", ").collect();
    let fd = || arguments.first()?.parse::<i32>().ok();
    let number = |at: usize| arguments.get(at)?.parse::<u64>().ok();
    let path = |at: usize| Some(PathBuf::from(String::from_utf8(bytes(arguments.get(at)?)).ok()?));
    if matches!(name, "fsync" | "fdatasync") {
        return Some(Call::Sync { fd: fd()?, done: code == 0 });
    }
    if code < 0 {
        return None;
    }
    let is = |flag: &str| arguments.iter().any(|argument| argument.split('|').any(|part| part == flag));
    Some(match name {
        "openat" => {
            Call::Open { fd: code as i32, path: path(1)?, create: is("O_CREAT"), empty: is("O_TRUNC") }
        }
        "write" | "pwrite64" => {
            let mut bytes = bytes(arguments.get(1)?);
            bytes.truncate(code as usize);
            Call::Write { fd: fd()?, at: number(3), bytes }
        }
        "ftruncate" => Call::Length { fd: fd()?, bytes: number(1)? },
        "link" => Call::Link { from: path(0)?, to: path(1)? },
        "linkat" => Call::Link { from: path(1)?, to: path(3)? },
        "rename" => Call::Rename { from: path(0)?, to: path(1)? },
        "renameat" | "renameat2" => Call::Rename { from: path(1)?, to: path(3)? },
        "unlink" => Call::Unlink { path: path(0)? },
        "unlinkat" => Call::Unlink { path: path(1)? },
        "mkdir" => Call::MakeFolder { path: path(0)? },
        "mkdirat" => Call::MakeFolder { path: path(1)? },
        "close" => Call::Close { fd: fd()? },
        // Whoever begins to use one of these shall teach it to the replay.
        other => panic!("the replay does not know {other}"),
    })
}

/// The bytes of a string that strace wrote as `"\x61\x62"`.
fn bytes(written: &str) -> Vec<u8> {
    let digits = written.trim_matches('"').as_bytes();
    assert!(!written.ends_with("..."), "strace cut a string");
    digits.chunks_exact(4).map(|code| (digit(code[2]) << 4) | digit(code[3])).collect()
}

fn digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit - b'a' + 10,
    }
}
