//! Log lines to standard error: JSON or pretty, one line an event whatever a hostile string holds.

use crate::settings::{LogFormat, LogSettings};
use std::io::{self, IsTerminal, Write};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// To be called once, before anything logs.
pub fn init(settings: &LogSettings) {
    let filter = EnvFilter::new(&settings.level);
    let json = match settings.format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Pretty => false,
        LogFormat::Json => true,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(OneLine);
    if json {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
    } else {
        builder.with_ansi(false).init();
    }
    std::panic::set_hook(Box::new(|info| {
        // The payload may hold what a peer sent; the writer below makes one harmless line of it.
        tracing::error!(target: "panic", "{info}");
    }));
}

/// Makes every write, which is one event, one line: control characters, line separators and characters that turn the
/// direction of text are written as escapes, so that a device's serial cannot forge or hide log lines.
struct OneLine;

impl<'a> MakeWriter<'a> for OneLine {
    type Writer = OneLineWriter;

    fn make_writer(&'a self) -> Self::Writer {
        OneLineWriter
    }
}

struct OneLineWriter;

impl Write for OneLineWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr().lock();
        match std::str::from_utf8(event) {
            Ok(text) if text.trim_end_matches('\n').contains(is_hostile) => {
                stderr.write_all(escape(text).as_bytes())?;
            }
            _ => stderr.write_all(event)?,
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escape(event: &str) -> String {
    let mut line = String::with_capacity(event.len() + 16);
    for c in event.trim_end_matches('\n').chars() {
        if is_hostile(c) {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_one_line() {
        assert_eq!(
            escape("serial=A\nERROR forged\u{1b}[2J\u{202e}x\n"),
            "serial=A\\u{a}ERROR forged\\u{1b}[2J\\u{202e}x\n"
        );
        assert!(!"plain text, ünï\n".trim_end_matches('\n').contains(is_hostile));
    }
}
