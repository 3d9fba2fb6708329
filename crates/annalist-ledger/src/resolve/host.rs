//! host: whose an address of the web is.

use annalist::table::rows;
use annalist::{Bundle, DataError};
use std::collections::BTreeMap;

/// The hosts that carry what many publish, of `resolve/host.tsv`.
pub(super) struct Hosts(BTreeMap<String, Shared>);

/// How the addresses of such a host name the publisher.
struct Shared {
    /// So many parts of the path; with none nothing tells.
    parts: usize,
    /// A part that may stand before them.
    before: String,
}

impl Hosts {
    pub(super) fn new(bundle: &Bundle) -> Result<Self, DataError> {
        const PATH: &str = "resolve/host.tsv";
        let mut hosts = BTreeMap::new();
        if let Some(file) = bundle.get(PATH) {
            for row in rows(PATH, file.bytes())? {
                let parts = row.cell(1).parse().map_err(|_| row.fault("a host and a number of parts"))?;
                let before = row.cell(2).to_owned();
                hosts.insert(row.cell(0).to_owned(), Shared { parts, before });
            }
        }
        Ok(Hosts(hosts))
    }

    /// What stands for the publisher in an address: its host without `www.`, in small letters, with the parts of the path
    /// that say whose it is where many share a host; none when it says nothing, or is no address of the web.
    pub(super) fn publisher(&self, url: &str) -> Option<String> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let rest = rest.split(['?', '#']).next().unwrap_or_default().to_lowercase();
        let mut parts = rest.split('/');
        let authority = parts.next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
        let host = host.strip_prefix("www.").unwrap_or(host);
        if !scheme.to_lowercase().starts_with("http") || !host.contains('.') {
            return None;
        }
        let Some(shared) = self.0.get(host) else { return Some(host.to_owned()) };
        let mut whose = parts.filter(|part| !part.is_empty()).peekable();
        let _ = whose.next_if(|part| *part == shared.before);
        let whose: Vec<&str> = whose.take(shared.parts).collect();
        (shared.parts > 0 && whose.len() == shared.parts).then(|| format!("{host}/{}", whose.join("/")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_host_is_parted_by_those_who_publish_there() {
        let hosts = Hosts::new(&Bundle::embedded()).unwrap();
        let whose = |url| hosts.publisher(url);
        assert_eq!(whose("https://www.Example.org:8080/a/b?c").as_deref(), Some("example.org"));
        assert_eq!(whose("https://t.me/some_channel/120"), whose("http://t.me/s/Some_Channel?before=9"));
        assert_ne!(whose("https://t.me/some_channel/120"), whose("https://t.me/another/120"));
        assert_eq!(whose("https://youtu.be/abcdef"), None);
        assert_eq!(whose("https://t.me"), None);
        assert_eq!(whose("file:///tmp/a.html"), None);
    }
}
