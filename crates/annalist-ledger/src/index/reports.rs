//! The reports as they stand in the tables: which there are, and which mentions are in them.

use super::Index;
use crate::store::StoreError;
use crate::{IncidentId, ReportId};
use rusqlite::{OptionalExtension, Row, params};

/// A report as it stands in the index, without its reading.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Listed {
    /// Its name.
    pub report: ReportId,
    /// The entry of its newest reading.
    pub entry: u64,
    /// When it came in, milliseconds since 1970 UTC.
    pub added_at: i64,
    /// Where its bytes were found.
    pub found_at: String,
    /// Who published it.
    pub outlet: Option<String>,
    /// Headline.
    pub title: Option<String>,
    /// Where it was published.
    pub url: Option<String>,
    /// When it was published, `YYYY-MM-DD`.
    pub published_at: Option<String>,
    /// How many incidents it tells of.
    pub incidents: u64,
    /// Why it counts no more, once it was withdrawn.
    pub withdrawn: Option<String>,
    /// Whether it was read anew since it came in.
    pub reread: bool,
}

const COLUMNS: &str = "id, seq, added_at, found_at, outlet, title, url, published_at, incidents, withdrawn,
     EXISTS (SELECT 1 FROM reading WHERE reading.report = report.id)";

impl Index {
    /// Visits all reports, newest first.
    ///
    /// # Errors
    /// When the file cannot be read, or `visit` fails.
    pub fn list_reports(
        &self,
        visit: &mut dyn FnMut(Listed) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM report ORDER BY added_at DESC, id");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(listed) = listed(row)? {
                visit(listed)?;
            }
        }
        Ok(())
    }

    /// A report as it stands here; none when there is none or its reading was erased.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn listed(&self, report: &ReportId) -> Result<Option<Listed>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM report WHERE id = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([report.as_str()], listed).optional()?.flatten())
    }

    /// The mentions of a report in the order in which it tells of them, each with the incident that it belongs to now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn mentions_of(&self, report: &ReportId) -> Result<Vec<(IncidentId, IncidentId)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, incident FROM mention WHERE report = ?1 ORDER BY ordinal, id")?;
        let rows = statement.query_map(params![report.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        let mut mentions = Vec::new();
        for row in rows {
            let (mention, incident) = row?;
            mentions.extend(IncidentId::parse(&mention).zip(IncidentId::parse(&incident)));
        }
        Ok(mentions)
    }
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Option<Listed>> {
    let Some(report) = ReportId::parse(&row.get::<_, String>(0)?) else { return Ok(None) };
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(Some(Listed {
        report,
        entry: number(row.get(1)?),
        added_at: row.get(2)?,
        found_at: row.get(3)?,
        outlet: row.get(4)?,
        title: row.get(5)?,
        url: row.get(6)?,
        published_at: row.get(7)?,
        incidents: number(row.get(8)?),
        withdrawn: row.get(9)?,
        reread: row.get(10)?,
    }))
}
