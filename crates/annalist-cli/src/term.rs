//! term: what the terminal can show, and how things are painted.

use crate::args::ColorChoice;
use anstyle::{Ansi256Color, AnsiColor, Color, Style};
use std::io::{IsTerminal, Write};

/// Paints words, or leaves them as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Without colour.
    #[cfg(test)]
    pub(crate) const PLAIN: Paint = Paint { on: false };

    /// For a stream that is a terminal or not.
    pub(crate) fn new(choice: ColorChoice, is_terminal: bool) -> Self {
        let on = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && terminal_wants_color(),
        };
        Paint { on }
    }

    /// `text` in `style`.
    pub(crate) fn on(self, style: Style, text: &str) -> String {
        if self.on && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.on(Style::new().bold(), text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.on(Style::new().dimmed(), text)
    }
}

fn terminal_wants_color() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    !no_color && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

/// The colours of incidents in turn: apart from one another on light and dark ground.
pub(crate) fn incident_style(number: usize) -> Style {
    const COLORS: [u8; 6] = [39, 208, 41, 170, 178, 44];
    Style::new().fg_color(Some(Color::Ansi256(Ansi256Color(COLORS[number % COLORS.len()]))))
}

pub(crate) fn red() -> Style {
    Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::BrightRed)))
}

pub(crate) fn yellow() -> Style {
    Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Yellow)))
}

pub(crate) fn cyan() -> Style {
    Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan)))
}

/// Columns of the terminal behind standard output, if it is one.
pub(crate) fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| columns as usize)
}

/// Characters that would move the cursor, ring or turn the line around, made visible; each is one column.
pub(crate) fn visible(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{b7}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// The text with every such character made visible.
pub(crate) fn sanitized(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Messages to the person, apart from the output.
pub(crate) struct Stderr {
    paint: Paint,
}

impl Stderr {
    pub(crate) fn new(choice: ColorChoice) -> Self {
        Stderr { paint: Paint::new(choice, std::io::stderr().is_terminal()) }
    }

    /// A fault and, where there is one, its remedy.
    pub(crate) fn error(&self, fault: &str, remedy: &str) {
        let head = self.paint.on(red(), "error");
        self.line(&format!("{head}: {}", sanitized(fault)));
        if !remedy.is_empty() {
            self.line(&format!("  {} {remedy}", self.paint.dim("= help:")));
        }
    }

    /// Something worth knowing.
    pub(crate) fn note(&self, text: &str) {
        self.line(&self.paint.dim(text));
    }

    /// A line. A closed standard error is nobody's fault.
    fn line(&self, line: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

/// So many of something, in words.
pub(crate) fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
