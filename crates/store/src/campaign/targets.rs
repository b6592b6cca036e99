//! Lists of the devices of a campaign.

use super::CampaignRecord;
use super::queue::in_state;
use crate::error::StoreError;
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use model::campaign::{CampaignState, FailureClass, SkipReason, TargetFilter, TargetState, TargetStep, TargetView};
use model::page::Cursor;
use model::{CampaignId, DeviceId, TaskId, Timestamp};
use sea_orm::{ConnectionTrait, QueryResult};

/// Devices of one page, and where the next one begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetsPage {
    pub items: Vec<TargetView>,
    pub next: Option<Cursor>,
}

/// Where a page begins: those that have moved come first, the latest in front; then those that wait, in the order of their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Moved { changed_at: i64, device: i64 },
    Queued { stage: i64, zone: i64, rank: i64 },
}

impl Place {
    fn read(cursor: &Cursor) -> Option<Self> {
        let (kind, rest) = cursor.0.split_at_checked(1)?;
        let numbers = rest.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<i64>>>()?;
        match (kind, numbers.as_slice()) {
            ("m", [changed_at, device]) => Some(Self::Moved { changed_at: *changed_at, device: *device }),
            ("q", [stage, zone, rank]) => Some(Self::Queued { stage: *stage, zone: *zone, rank: *rank }),
            _ => None,
        }
    }

    fn write(self) -> Cursor {
        Cursor(match self {
            Self::Moved { changed_at, device } => format!("m{changed_at}.{device}"),
            Self::Queued { stage, zone, rank } => format!("q{stage}.{zone}.{rank}"),
        })
    }
}

const SELECT: &str = "SELECT t.device_id, d.serial, s.name, d.model, d.hardware_version, d.software_version, t.stage, t.state, \
     t.reason, t.orders, t.due_at, t.changed_at, t.task_id, t.zone, t.rank, t.steps FROM campaign_target t \
     JOIN device d ON d.id = t.device_id LEFT JOIN subscriber s ON s.id = d.subscriber_id WHERE t.campaign_id = ";

impl Store {
    /// Devices of a campaign. A cursor that cannot be read begins at the first page.
    pub async fn targets(
        &self,
        record: &CampaignRecord,
        filter: &TargetFilter,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<TargetsPage, StoreError> {
        let size = usize::from(limit.clamp(1, 1000));
        let mut states = if filter.states.is_empty() { TargetState::ALL.to_vec() } else { filter.states.clone() };
        if filter.class.is_some() {
            // Elsewhere the same numbers stand for something else, or for nothing.
            states.retain(|state| matches!(state, TargetState::RetryWait | TargetState::Failed | TargetState::Lost));
        }
        let place = cursor.and_then(Place::read);
        let mut found: Vec<(Place, TargetView)> = Vec::new();
        if !matches!(place, Some(Place::Queued { .. })) {
            for state in states.iter().filter(|state| **state != TargetState::Queued) {
                // Each state is a walk of the index, and no longer than the page.
                let mut sql = of_state(record, filter, *state);
                if let Some(Place::Moved { changed_at, device }) = place {
                    sql.push(" AND (t.changed_at, t.device_id) < (").bind(changed_at).push(", ").bind(device).push(")");
                }
                sql.push(" ORDER BY t.changed_at DESC, t.device_id DESC LIMIT ").bind(size as i64 + 1);
                found.extend(self.read_targets(sql).await?);
            }
            found.sort_by_key(|(place, _)| match place {
                Place::Moved { changed_at, device } => (-changed_at, -device),
                Place::Queued { .. } => (0, 0),
            });
        }
        if found.len() <= size && states.contains(&TargetState::Queued) {
            let mut sql = of_state(record, filter, TargetState::Queued);
            if let Some(Place::Queued { stage, zone, rank }) = place {
                sql.push(" AND (t.stage, t.zone, t.rank) > (").bind(stage).push(", ").bind(zone).push(", ");
                sql.bind(rank).push(")");
            }
            sql.push(" ORDER BY t.stage, t.zone, t.rank LIMIT ").bind((size + 1 - found.len()) as i64);
            found.extend(self.read_targets(sql).await?);
        }
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| more).map(|(place, _)| place.write());
        Ok(TargetsPage { items: found.into_iter().map(|(_, view)| view).collect(), next })
    }

    /// One device of a campaign, with its steps.
    pub async fn target(&self, id: CampaignId, device: DeviceId) -> Result<Option<TargetView>, StoreError> {
        let mut sql = Sql::new(SELECT);
        sql.bind(id.0).push(" AND t.device_id = ").bind(device.0);
        Ok(self.read_targets(sql).await?.pop().map(|(_, view)| view))
    }

    /// Campaigns that a device is in, the newest first, with its state there.
    pub async fn campaigns_of(
        &self,
        device: DeviceId,
    ) -> Result<Vec<(CampaignId, String, CampaignState, TargetState)>, StoreError> {
        const OF: &str = "SELECT c.id, c.name, c.state, t.state FROM campaign_target t JOIN campaign c ON c.id = t.campaign_id \
             WHERE t.device_id = $1 ORDER BY c.id DESC LIMIT 20";
        let rows = self.0.read.query_all_raw(statement(self.backend(), OF, [device.0.into()])).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let (state, target): (String, i64) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let states = (CampaignState::parse(&state), i16::try_from(target).ok().and_then(TargetState::of_number));
            if let (Some(state), Some(target)) = states {
                found.push((CampaignId(row.try_get_by_index(0)?), row.try_get_by_index(1)?, state, target));
            }
        }
        Ok(found)
    }

    async fn read_targets(&self, sql: Sql) -> Result<Vec<(Place, TargetView)>, StoreError> {
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        rows.iter().map(view).collect()
    }
}

fn of_state(record: &CampaignRecord, filter: &TargetFilter, state: TargetState) -> Sql {
    let mut sql = Sql::new(SELECT);
    sql.bind(record.id.0).push(" AND ").push(&in_state(state));
    if let Some(stage) = filter.stage {
        sql.push(" AND t.stage = ").bind(i64::from(stage));
    }
    if let Some(class) = filter.class {
        sql.push(" AND t.reason = ").bind(i64::from(class.number()));
    }
    if let Some(model) = &filter.model {
        sql.push(" AND t.grp IN (SELECT g.grp FROM campaign_group g WHERE g.campaign_id = ").bind(record.id.0);
        sql.push(" AND g.model = ").bind(clean(model)).push(")");
    }
    sql
}

fn view(row: &QueryResult) -> Result<(Place, TargetView), StoreError> {
    let device: i64 = row.try_get_by_index(0)?;
    let number = |index| row.try_get_by_index::<i64>(index);
    let state = i16::try_from(number(7)?).ok().and_then(TargetState::of_number);
    let state = state.ok_or_else(|| StoreError::corrupt(format!("device {device} of a campaign"), "its state"))?;
    let reason = i16::try_from(number(8)?).unwrap_or(0);
    let changed_at = number(11)?;
    let place = match state {
        TargetState::Queued => Place::Queued { stage: number(6)?, zone: number(13)?, rank: number(14)? },
        _ => Place::Moved { changed_at, device },
    };
    let steps: String = row.try_get_by_index(15)?;
    let step = |line: &str| {
        let (state, at) = line.split_once(' ')?;
        Some(TargetStep { state: TargetState::parse(state)?, at: Timestamp(at.parse().ok()?) })
    };
    let skipped = state == TargetState::Skipped;
    let view = TargetView {
        device: DeviceId(device),
        serial: row.try_get_by_index(1)?,
        subscriber: row.try_get_by_index(2)?,
        model: row.try_get_by_index(3)?,
        hardware: row.try_get_by_index(4)?,
        version: row.try_get_by_index(5)?,
        stage: u16::try_from(number(6)?).unwrap_or(u16::MAX),
        state,
        skipped: SkipReason::of_number(reason).filter(|_| skipped),
        failure: FailureClass::of_number(reason).filter(|_| !skipped),
        orders: u32::try_from(number(9)?).unwrap_or(u32::MAX),
        due_at: row.try_get_by_index::<Option<i64>>(10)?.map(Timestamp),
        changed_at: Timestamp(changed_at),
        task: row.try_get_by_index::<Option<i64>>(12)?.map(TaskId),
        steps: steps.lines().filter_map(step).collect(),
    };
    Ok((place, view))
}
