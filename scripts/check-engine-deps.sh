#!/usr/bin/env bash
# The engine must reach no crate for SQL, HTTP, HTML, Arrow, async or other input and output, however indirectly.
set -euo pipefail
cd "$(dirname "$0")/.."

banned='rusqlite|libsqlite3-sys|sqlx.*|postgres.*|tokio.*|async-.*|futures.*|smol|hyper.*|reqwest|ureq|curl|h2|http|rustls|openssl.*|html5ever|markup5ever|scraper|dom_.*|kuchiki.*|arrow.*|parquet|polars.*|datafusion.*|rayon.*|chrono|rand|getrandom'
reached=$(cargo tree --locked -p annalist --edges normal --prefix none --format '{p}' | awk '{print $1}' | sort -u)

if found=$(grep -Ex "$banned" <<<"$reached"); then
  echo "The engine reaches crates that it must not:" >&2
  while read -r crate; do
    echo >&2
    cargo tree --locked -p annalist --edges normal --invert "$crate" >&2
  done <<<"$found"
  echo >&2
  echo "Move what needs them into annalist-ingest, the program or a crate of its own (ARCHITECTURE.md)." >&2
  exit 1
fi
echo "engine dependencies: $(wc -l <<<"$reached") crates, none of them for input or output"
