//! Subscribers: seen, created, changed, deleted, imported.

use super::Acs;
use super::devices::{COUNT_CAP, PAGE};
use crate::accounts::random_token;
use crate::audit::{Entry, origin, with_origin};
use crate::clock::now;
use crate::import::{CHUNK, Import, Table, WrongRow, changes, remembered_name, wrong_rows};
use crate::{AcsError, Actor, Result, zones};
use model::audit::{Act, Target};
use model::import::{ImportOptions, ImportProgress, ImportState, TableColumn, TableView, WRONG_ROWS_MAX};
use model::page::{Count, Cursor, Page};
use model::subscriber::{
    SubscriberChange, SubscriberEventView, SubscriberFacets, SubscriberField, SubscriberFilter, SubscriberQuery,
    SubscriberRow, SubscriberView,
};
use model::{Permission, SubscriberId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::{Put, PutMany, PutOptions};

/// The setting with what columns were taken for, as JSON: their names and fields.
const COLUMNS: &str = "subscriber.columns";
/// Column names that are remembered.
const COLUMNS_MAX: usize = 1000;
/// Wrong rows that a page shows.
const PROBLEMS: usize = 20;

/// What putting a subscriber came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutSubscriber {
    pub subscriber: SubscriberView,
    pub created: bool,
}

impl Acs {
    pub async fn subscriber(&self, actor: &Actor, id: SubscriberId) -> Result<SubscriberView> {
        self.about(actor, Permission::SubscriberRead, id).await?;
        self.inner.store.subscriber(id).await?.ok_or(AcsError::NotFound("subscriber"))
    }

    pub async fn subscriber_by_account(&self, actor: &Actor, account: &str) -> Result<SubscriberView> {
        actor.require(Permission::SubscriberRead)?;
        let found = self.inner.store.subscriber_by_account(account).await?.ok_or(AcsError::NotFound("subscriber"))?;
        self.about(actor, Permission::SubscriberRead, found.id).await?;
        Ok(found)
    }

    pub async fn subscribers(&self, actor: &Actor, query: &SubscriberQuery) -> Result<Page<SubscriberRow>> {
        actor.require(Permission::SubscriberRead)?;
        Ok(self.inner.store.list_subscribers(query, actor.scope()).await?)
    }

    /// Capped, so that it costs the same however many there are.
    pub async fn count_subscribers(&self, actor: &Actor, filter: &SubscriberFilter) -> Result<Count> {
        actor.require(Permission::SubscriberRead)?;
        Ok(self.inner.store.count_subscribers(filter, actor.scope(), COUNT_CAP).await?)
    }

    /// From a cache: see [`SubscriberFacets::counted_at`].
    pub async fn subscriber_facets(&self, actor: &Actor) -> Result<SubscriberFacets> {
        actor.require(Permission::SubscriberRead)?;
        let (store, scope) = (self.inner.store.clone(), actor.scope().cloned());
        let count = |at| async move {
            Ok(SubscriberFacets { counted_at: at, ..store.subscriber_facets(scope.as_ref()).await? })
        };
        self.inner.subscriber_facets.of(actor.scope()).get(count).await
    }

    /// Newest first.
    pub async fn subscriber_events(
        &self,
        actor: &Actor,
        id: SubscriberId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<SubscriberEventView>> {
        self.about(actor, Permission::SubscriberRead, id).await?;
        Ok(self.inner.store.subscriber_events(id, cursor, PAGE).await?)
    }

    /// Creates or changes a subscriber by account. With `new`, an account that is there already is refused.
    pub async fn put_subscriber(
        &self,
        actor: &Actor,
        mut change: SubscriberChange,
        new: bool,
        take_over: bool,
    ) -> Result<PutSubscriber> {
        actor.require(Permission::SubscriberWrite)?;
        let mut problems = change.check();
        problems.extend(change.time_zone.as_mut().and_then(zones::check));
        let store = &self.inner.store;
        let known = store.subscriber_by_account(&change.account).await?;
        let wrong = |field, problem: String| model::subscriber::FieldProblem { field, problem };
        match &known {
            None if change.name.is_none() => {
                problems.push(wrong(SubscriberField::Name, "A new subscriber needs a name.".to_owned()));
            }
            Some(known) if new && self.about(actor, Permission::SubscriberWrite, known.id).await.is_ok() => {
                let text = format!("Account {} is {} already.", known.account, known.name);
                problems.push(wrong(SubscriberField::Account, text));
            }
            _ => {}
        }
        if !problems.is_empty() {
            return Err(AcsError::Fields(problems));
        }
        let options = PutOptions { by: actor.name().to_owned(), take_over, scope: actor.scope().cloned() };
        let tried = store.try_subscribers(std::slice::from_ref(&change), &options, now()).await?;
        // Other programs put what is there already again and again: that is no change.
        if matches!(tried.first(), Some(Put::Created(_) | Put::Changed(_))) {
            let id = known.as_ref().map(|known| known.id.to_string()).unwrap_or_default();
            let act = if known.is_some() { Act::SubscriberChanged } else { Act::SubscriberCreated };
            let entry = Entry::new(act, Target::new("subscriber", id, change.account.as_str()));
            self.audit(actor, entry.before(&known).after(&change)).await?;
        }
        let done = self.put_many(std::slice::from_ref(&change), &options).await?;
        let (id, created) = match done.outcomes.into_iter().next() {
            Some(Put::Created(id)) => (id, true),
            Some(Put::Changed(id) | Put::Same(id)) => (id, false),
            Some(Put::Refused(why)) => return Err(AcsError::Conflict(format!("{why} Nothing was changed."))),
            None => return Err(AcsError::internal("a subscriber was put and nothing came of it")),
        };
        let subscriber = store.subscriber(id).await?.ok_or(AcsError::NotFound("subscriber"))?;
        Ok(PutSubscriber { subscriber, created })
    }

    /// Deletes a subscriber with notes and history; the routers at the line stay, without anybody.
    pub async fn delete_subscriber(&self, actor: &Actor, id: SubscriberId) -> Result<()> {
        self.about(actor, Permission::SubscriberWrite, id).await?;
        if let Some(gone) = self.inner.store.subscriber(id).await? {
            let target = Target::new("subscriber", id, gone.account.as_str());
            self.audit(actor, Entry::new(Act::SubscriberDeleted, target).before(&gone)).await?;
        }
        let linked = self.inner.store.delete_subscriber(id, actor.name(), now()).await?;
        let linked = linked.ok_or(AcsError::NotFound("subscriber"))?;
        tracing::info!(subscriber = id.0, by = actor.name(), "a subscriber was deleted");
        self.inner.exchange.writing.tell_links(&linked).await
    }

    /// Names of time zones, for forms.
    pub fn time_zones(&self) -> Vec<&'static str> {
        zones::names()
    }

    async fn put_many(&self, changes: &[SubscriberChange], options: &PutOptions) -> Result<PutMany> {
        let done = self.inner.store.put_subscribers(changes, options, now()).await?;
        self.inner.exchange.writing.tell_links(&done.linked).await?;
        self.inner.exchange.devices.follow_subscribers(&done.devices).await?;
        Ok(done)
    }

    /// Takes a table in; it waits in memory until it is imported, an hour at most after anybody looked at it.
    pub async fn upload_table(&self, actor: &Actor, name: &str, bytes: Vec<u8>) -> Result<TableView> {
        actor.require(Permission::SubscriberWrite)?;
        let read = tokio::task::spawn_blocking(move || Table::read(&bytes)).await.map_err(AcsError::internal)?;
        let table = read.map_err(|error| AcsError::Invalid(error.to_string()))?;
        let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
        let import = self.inner.imports.add(random_token(), name, table).ok_or_else(|| {
            AcsError::Invalid("Other imports are running. Nothing was uploaded; wait until one has ended.".to_owned())
        })?;
        self.table_view(&import).await
    }

    /// A table that was uploaded, with how far its import has come.
    pub async fn table(&self, actor: &Actor, id: &str) -> Result<TableView> {
        actor.require(Permission::SubscriberWrite)?;
        let import = self.inner.imports.get(id).ok_or(AcsError::NotFound("table"))?;
        self.table_view(&import).await
    }

    async fn table_view(&self, import: &Import) -> Result<TableView> {
        let guess = self.columns(&import.table).await?;
        let table = &import.table;
        let columns = table.columns().iter().enumerate().map(|(at, name)| TableColumn {
            name: name.clone(),
            samples: table.samples().iter().map(|row| row.get(at).cloned().unwrap_or_default()).collect(),
            field: guess.get(at).copied().flatten(),
        });
        Ok(TableView {
            id: import.id.clone(),
            name: import.name.clone(),
            encoding: table.encoding().to_owned(),
            delimiter: table.delimiter_name().to_owned(),
            columns: columns.collect(),
            rows: table.rows(),
            progress: import.progress(),
        })
    }

    /// What the columns of a table were taken for last time, else what their names say.
    async fn columns(&self, table: &Table) -> Result<Vec<Option<SubscriberField>>> {
        let remembered = self.remembered().await?;
        let of = |name: &String| match remembered.get(&remembered_name(name)) {
            Some(word) => SubscriberField::parse(word),
            None => crate::import::guess(name),
        };
        Ok(table.columns().iter().map(of).collect())
    }

    async fn remembered(&self) -> Result<HashMap<String, String>> {
        let stored = self.inner.store.setting(COLUMNS).await?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    async fn remember(&self, table: &Table, mapping: &[Option<SubscriberField>]) -> Result<()> {
        let mut remembered = self.remembered().await?;
        if remembered.len() > COLUMNS_MAX {
            remembered.clear();
        }
        for (name, field) in table.columns().iter().zip(mapping) {
            let name = remembered_name(name);
            if !name.is_empty() {
                remembered.insert(name, field.map_or("", SubscriberField::as_str).to_owned());
            }
        }
        let text = serde_json::to_string(&remembered).map_err(AcsError::internal)?;
        Ok(self.inner.store.set_setting(COLUMNS, &text).await?)
    }

    /// Begins to import a table in the background, or to try it.
    pub async fn start_import(&self, actor: &Actor, id: &str, options: ImportOptions) -> Result<TableView> {
        actor.require(Permission::SubscriberWrite)?;
        let import = self.inner.imports.get(id).ok_or(AcsError::NotFound("table"))?;
        check_options(&options, &import.table)?;
        self.remember(&import.table, &options.mapping).await?;
        if !import.begin(progress(&import.table, &options, actor.name())) {
            return Err(AcsError::Invalid("This table is being imported already.".to_owned()));
        }
        if let Err(error) = self.audit_import(actor, Act::ImportStarted, &import.name, &options, None).await {
            import.withdraw();
            return Err(error);
        }
        let (acs, running, actor) = (self.clone(), import.clone(), actor.clone());
        tokio::spawn(with_origin(origin(), async move { acs.run_import(&running, options, &actor).await }));
        self.table_view(&import).await
    }

    /// One entry when an import begins and one with the counts when it ends. Nothing of one that is only tried.
    async fn audit_import(
        &self,
        actor: &Actor,
        act: Act,
        name: &str,
        options: &ImportOptions,
        done: Option<&ImportProgress>,
    ) -> Result<()> {
        if options.dry_run {
            return Ok(());
        }
        let counts = done.map(|done| {
            serde_json::json!({
                "rows": done.rows, "done": done.done, "created": done.created, "changed": done.changed,
                "same": done.same, "wrong": done.wrong, "linked": done.linked, "take_over": options.take_over,
            })
        });
        self.audit(actor, Entry::new(act, Target::new("import", "", name)).after(counts)).await
    }

    async fn run_import(&self, import: &Arc<Import>, options: ImportOptions, actor: &Actor) {
        let mut ending = self.inner.ending.subscribe();
        let tell = |progress: &ImportProgress, wrong: &mut Vec<WrongRow>| {
            import.tell(progress, wrong);
            !import.cancelled.load(Ordering::Relaxed) && !*ending.borrow_and_update()
        };
        let done = self.import_rows(&import.table, &options, actor, tell).await;
        if let Some(progress) = import.progress() {
            let ended = self.audit_import(actor, Act::ImportEnded, &import.name, &options, Some(&progress)).await;
            if let Err(error) = ended {
                tracing::error!(error = error.causes(), "the end of an import is not in the audit log");
            }
            tracing::info!(
                by = actor.name(),
                rows = progress.rows,
                created = progress.created,
                changed = progress.changed,
                wrong = progress.wrong,
                dry_run = options.dry_run,
                "subscribers were imported"
            );
        }
        if let Err(error) = done {
            tracing::error!(error = error.causes(), "an import of subscribers broke off");
            if let Some(mut progress) = import.progress() {
                let why = "Lastmile could not reach its database. The rows before stay; import the file again.";
                progress.state = ImportState::Failed { why: why.to_owned() };
                progress.ended_at = Some(now());
                import.tell(&progress, &mut Vec::new());
            }
        }
    }

    /// Imports a table to its end: for the command line.
    pub async fn import_table(
        &self,
        actor: &Actor,
        table: &Table,
        options: Option<ImportOptions>,
    ) -> Result<(ImportProgress, Vec<WrongRow>)> {
        actor.require(Permission::SubscriberWrite)?;
        let options = match options {
            Some(options) => options,
            None => ImportOptions { mapping: self.columns(table).await?, ..ImportOptions::default() },
        };
        check_options(&options, table)?;
        self.audit_import(actor, Act::ImportStarted, "", &options, None).await?;
        let mut all = Vec::new();
        let mut last = progress(table, &options, actor.name());
        let tell = |progress: &ImportProgress, wrong: &mut Vec<WrongRow>| {
            all.append(wrong);
            last.clone_from(progress);
            true
        };
        self.import_rows(table, &options, actor, tell).await?;
        self.audit_import(actor, Act::ImportEnded, "", &options, Some(&last)).await?;
        Ok((last, all))
    }

    /// What the columns of a table are taken for when nobody says it.
    pub async fn guess_columns(&self, actor: &Actor, table: &Table) -> Result<Vec<Option<SubscriberField>>> {
        actor.require(Permission::SubscriberRead)?;
        self.columns(table).await
    }

    /// `tell` hears of each chunk, and says whether to go on.
    async fn import_rows(
        &self,
        table: &Table,
        options: &ImportOptions,
        actor: &Actor,
        mut tell: impl FnMut(&ImportProgress, &mut Vec<WrongRow>) -> bool + Send,
    ) -> Result<()> {
        let mut progress = progress(table, options, actor.name());
        let by = format!("Import by {}", actor.name());
        let put = PutOptions { by, take_over: options.take_over, scope: actor.scope().cloned() };
        let mut rows = changes(table, &options.mapping);
        let mut wrong = Vec::new();
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let mut records = Vec::with_capacity(CHUNK);
            let mut taken = 0;
            for (line, record, change) in rows.by_ref().take(CHUNK) {
                taken += 1;
                match change {
                    Ok(change) => {
                        chunk.push(change);
                        records.push((line, record));
                    }
                    Err(problem) => note_wrong(&mut progress, &mut wrong, line, problem, &record),
                }
            }
            if taken == 0 {
                break;
            }
            let outcomes = if options.dry_run {
                self.inner.store.try_subscribers(&chunk, &put, now()).await?
            } else {
                let done = self.put_many(&chunk, &put).await?;
                progress.linked += done.linked.iter().filter(|linked| linked.subscriber.is_some()).count() as u64;
                done.outcomes
            };
            for (outcome, (line, record)) in outcomes.into_iter().zip(records) {
                match outcome {
                    Put::Created(_) => progress.created += 1,
                    Put::Changed(_) => progress.changed += 1,
                    Put::Same(_) => progress.same += 1,
                    Put::Refused(why) => note_wrong(&mut progress, &mut wrong, line, why, &record),
                }
            }
            progress.done += taken;
            if !tell(&progress, &mut wrong) {
                progress.state = ImportState::Cancelled;
                progress.ended_at = Some(now());
                tell(&progress, &mut wrong);
                return Ok(());
            }
            // Between two chunks it is the sessions' turn.
            tokio::task::yield_now().await;
        }
        progress.state = ImportState::Done;
        progress.ended_at = Some(now());
        tell(&progress, &mut wrong);
        Ok(())
    }

    /// What was done until now stays.
    pub fn cancel_import(&self, actor: &Actor, id: &str) -> Result<()> {
        actor.require(Permission::SubscriberWrite)?;
        let import = self.inner.imports.get(id).ok_or(AcsError::NotFound("table"))?;
        import.cancelled.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The rows that were not taken, as a table with what is wrong; its name.
    pub async fn wrong_rows(&self, actor: &Actor, id: &str) -> Result<(String, Vec<u8>)> {
        actor.require(Permission::SubscriberWrite)?;
        let import = self.inner.imports.get(id).ok_or(AcsError::NotFound("table"))?;
        self.audit(actor, Entry::new(Act::WrongRowsDownloaded, Target::new("import", "", import.name.as_str())))
            .await?;
        let name = import.name.rsplit_once('.').map_or(import.name.as_str(), |(stem, _)| stem);
        Ok((format!("{name}-wrong-rows.csv"), wrong_rows(import.table.columns(), &import.wrong())))
    }
}

fn check_options(options: &ImportOptions, table: &Table) -> Result<()> {
    if options.mapping.len() != table.columns().len() {
        return Err(AcsError::Invalid("The columns are not those of the table. Open the page again.".to_owned()));
    }
    match options.problem() {
        Some(problem) => Err(AcsError::Invalid(problem.to_owned())),
        None => Ok(()),
    }
}

fn progress(table: &Table, options: &ImportOptions, by: &str) -> ImportProgress {
    ImportProgress {
        state: ImportState::Running,
        dry_run: options.dry_run,
        rows: table.rows(),
        done: 0,
        created: 0,
        changed: 0,
        same: 0,
        wrong: 0,
        linked: 0,
        problems: Vec::new(),
        started_at: now(),
        ended_at: None,
        by: by.to_owned(),
    }
}

fn note_wrong(
    progress: &mut ImportProgress,
    wrong: &mut Vec<WrongRow>,
    line: u64,
    problem: String,
    record: &csv::StringRecord,
) {
    progress.wrong += 1;
    if progress.problems.len() < PROBLEMS {
        progress.problems.push((line, problem.clone()));
    }
    if progress.wrong <= WRONG_ROWS_MAX as u64 {
        wrong.push(WrongRow { line, problem, cells: record.iter().map(str::to_owned).collect() });
    }
}
