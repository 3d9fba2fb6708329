//! html: here is a page, give me the words of its article.

use crate::Limits;
use crate::error::Fault;
use dom_query::{Document as Dom, NodeRef};
use dom_smoothie::{Config, Readability, TextMode};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{ParseOpts, parse_document};

/// The article of a page.
pub(crate) struct Article {
    pub(crate) text: String,
    pub(crate) title: Option<String>,
    pub(crate) outlet: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) language: Option<String>,
}

/// The main text of a page, headline first, and what its meta tags say.
pub(crate) fn article(page: &str, limits: &Limits) -> Result<Article, Fault> {
    if page.len() > limits.html_bytes_max {
        return Err(Fault::TooBig { what: "a page", max: limits.html_bytes_max });
    }
    let config = Config { text_mode: TextMode::Formatted, ..Config::default() };
    let dom = parse(page, limits)?;
    let mut readability =
        Readability::with_document(dom, None, Some(config)).map_err(|_| Fault::HtmlNoText)?;
    let found = readability.parse().map_err(|_| Fault::HtmlNoText)?;
    let body = tidy(&found.text_content);
    if body.is_empty() {
        return Err(Fault::HtmlNoText);
    }
    let title = some(&found.title);
    let text = match &title {
        Some(title) if !starts_with_words(&body, title) => format!("{title}\n\n{body}"),
        _ => body,
    };
    Ok(Article {
        text,
        title,
        outlet: found.site_name.as_deref().and_then(some),
        published: found.published_time.as_deref().and_then(some),
        language: found.lang.as_deref().and_then(some),
    })
}

/// Parses in pieces and looks between them: html5ever takes quadratic time and memory on hostile nesting.
///
/// The bounds count nodes and levels, never time, so that a page is refused on every machine or on none.
fn parse(page: &str, limits: &Limits) -> Result<Dom, Fault> {
    const PIECE: usize = 4096;
    let mut options = ParseOpts::default();
    options.tree_builder.scripting_enabled = false;
    let mut parser = parse_document(Dom::default(), options);
    let mut rest = page;
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(rest.floor_char_boundary(PIECE.min(rest.len())));
        parser.process(StrTendril::from_slice(piece));
        rest = more;
        let dom = &parser.tokenizer.sink.sink;
        if dom.tree.len() > limits.html_nodes_max {
            return Err(Fault::HtmlTooManyNodes { max: limits.html_nodes_max });
        }
        if open_depth(dom.root(), limits.html_depth_max) > limits.html_depth_max {
            return Err(Fault::HtmlTooDeep { max: limits.html_depth_max });
        }
    }
    Ok(parser.finish())
}

/// How deep the youngest branch is: the elements that are still open.
fn open_depth(root: NodeRef<'_>, stop: usize) -> usize {
    let mut depth = 0;
    let mut node = root;
    while let Some(child) = node.last_child() {
        depth += 1;
        node = child;
        if depth > stop {
            break;
        }
    }
    depth
}

/// Lines without white space at their ends, at most one empty line between two.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            gap = !out.is_empty();
            continue;
        }
        if !out.is_empty() {
            out.push_str(if gap { "\n\n" } else { "\n" });
        }
        out.push_str(line);
        gap = false;
    }
    out
}

fn starts_with_words(text: &str, words: &str) -> bool {
    let mut have = text.split_whitespace();
    words.split_whitespace().all(|word| have.next() == Some(word))
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><html lang="en"><head><title>Drone hits bus in Sumy | Example News</title>
<meta property="og:site_name" content="Example News"><meta property="og:title" content="Drone hits bus in Sumy">
<meta property="article:published_time" content="2025-03-04T10:00:00+02:00"></head><body>
<nav><a href="/">Home</a> <a href="/w">World</a></nav>
<article><h1>Drone hits bus in Sumy</h1>
<p>A drone hit a bus in the city of Sumy on Tuesday, killing two people and wounding five others, police said.</p>
<p>The driver, who was inside the vehicle when it was struck, was taken to hospital with burns to his hands.</p>
<p>Officials said that the bus had been carrying workers home from a factory at the edge of the city, as usual.</p>
</article><footer>© Example News. Subscribe to our newsletter.</footer></body></html>"#;

    #[test]
    fn a_page_gives_headline_body_and_meta() {
        let article = article(PAGE, &Limits::default()).unwrap();
        assert!(article.text.starts_with("Drone hits bus in Sumy\n\nA drone hit"), "{}", article.text);
        assert!(!article.text.contains("newsletter") && !article.text.contains("World"));
        assert_eq!(article.outlet.as_deref(), Some("Example News"));
        assert_eq!(article.published.as_deref(), Some("2025-03-04T10:00:00+02:00"));
        assert_eq!(article.language.as_deref(), Some("en"));
    }

    #[test]
    fn hostile_nesting_is_refused_early() {
        let limits = Limits::default();
        let deep = "<div>".repeat(500_000);
        assert!(matches!(article(&deep, &limits), Err(Fault::HtmlTooDeep { .. })));
        let many: String = (0..400).map(|n| format!("<b a={n}>")).collect();
        let page = format!("<p>{many}</p>{}", "<p>x</p>".repeat(200_000));
        assert!(matches!(
            article(&page, &limits),
            Err(Fault::HtmlTooDeep { .. } | Fault::HtmlTooManyNodes { .. })
        ));
        let quotes = "<a href='".repeat(100_000);
        assert!(article(&quotes, &limits).is_err());
    }
}
