//! Who fits to whom, by the rules.

use super::{At, Linked, Move, SOURCE_HAND, SOURCE_RULE, To, apply, tell_devices};
use crate::error::StoreError;
use crate::sql::{Kind, Sql};
use model::event::EventKind;
use model::subscriber::{LinkRules, LinkWhy};
use model::{DeviceId, SubscriberId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Devices that rules may put to these subscribers and that are not there yet; those a person decided about are left out.
pub(crate) async fn candidates(
    tx: &DatabaseTransaction,
    subscribers: &[i64],
    rules: &LinkRules,
    backend: DbBackend,
) -> Result<Vec<i64>, StoreError> {
    // CROSS JOIN keeps SQLite to this order of tables.
    let mut parts = Vec::new();
    if rules.serial {
        parts.push("subscriber_serial u CROSS JOIN device d WHERE d.serial = u.serial AND u.subscriber_id IN (");
    }
    if rules.provisioning_code {
        parts.push(
            "subscriber u CROSS JOIN device d WHERE d.link_account = u.account AND d.link_account <> '' AND u.id IN (",
        );
    }
    if rules.ppp_user {
        parts.push("subscriber u CROSS JOIN device d WHERE d.ppp_key = u.ppp_key AND d.ppp_key <> '' AND u.id IN (");
        parts.push(
            "subscriber u CROSS JOIN device d WHERE d.ppp_key = LOWER(u.account) AND d.ppp_key <> '' AND u.id IN (",
        );
    }
    let mut found = HashSet::new();
    for part in parts {
        let owner = if part.starts_with("subscriber_serial") { "u.subscriber_id" } else { "u.id" };
        let mut sql = Sql::new("SELECT d.id FROM ");
        sql.push(part).bind_table(subscribers, backend).push(") AND d.link_source <> ").bind(SOURCE_HAND);
        sql.push(" AND (d.subscriber_id IS NULL OR d.subscriber_id <> ").push(owner).push(")");
        for row in tx.query_all_raw(sql.into_statement(backend)).await? {
            found.insert(row.try_get_by_index::<i64>(0)?);
        }
    }
    let mut found: Vec<i64> = found.into_iter().collect();
    found.sort_unstable();
    Ok(found)
}

/// Devices that a rule put where they are, of these pairs of subscriber (`id`) and serial number (`text`).
pub(crate) async fn claimed(tx: &DatabaseTransaction, pairs: &[serde_json::Value]) -> Result<Vec<At>, StoreError> {
    let backend = tx.get_database_backend();
    let mut sql = Sql::new("SELECT d.id, d.serial, d.subscriber_id, u.account FROM ");
    sql.bind_rows(&[("id", Kind::Number), ("text", Kind::Text)], pairs, backend);
    sql.push(" CROSS JOIN device d CROSS JOIN subscriber u WHERE d.serial = r.text AND d.subscriber_id = r.id ");
    sql.push("AND u.id = r.id AND d.link_source = ").bind(SOURCE_RULE);
    let rows = tx.query_all_raw(sql.into_statement(backend)).await?;
    let at = rows.iter().map(|row| {
        Ok(At {
            device: row.try_get_by_index(0)?,
            serial: row.try_get_by_index(1)?,
            subscriber: Some((row.try_get_by_index(2)?, row.try_get_by_index(3)?)),
        })
    });
    at.collect::<Result<_, sea_orm::DbErr>>().map_err(Into::into)
}

/// A device with what is needed to decide.
struct Known {
    at: At,
    source: i64,
    conflict: String,
    code: String,
    user: String,
    /// Other devices have the same serial number.
    ambiguous: bool,
    matches: BTreeMap<i64, (To, LinkWhy)>,
}

/// Puts devices where the rules say; those that fit to several stay where they are, and that is told.
pub(crate) async fn evaluate(
    tx: &DatabaseTransaction,
    devices: &[i64],
    rules: &LinkRules,
    now: Timestamp,
) -> Result<Vec<Linked>, StoreError> {
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = load(tx, devices).await?;
    find(tx, devices, rules, &mut known).await?;
    let mut moves = Vec::new();
    let mut conflicts = Vec::new();
    let mut solved = Vec::new();
    let mut order: Vec<i64> = known.keys().copied().collect();
    order.sort_unstable();
    for id in order {
        let Some(device) = known.remove(&id) else { continue };
        let conflict = match device.matches.len() {
            0 | 1 => String::new(),
            _ => {
                let accounts: Vec<&String> = device.matches.values().map(|(to, _)| &to.account).collect();
                json!(accounts).to_string()
            }
        };
        if conflict != device.conflict {
            if conflict.is_empty() {
                solved.push(json!({ "id": id, "text": "" }));
            } else {
                let accounts = device.matches.values().map(|(to, _)| to.account.clone()).collect();
                conflicts.push((
                    id,
                    EventKind::LinkConflict { accounts },
                    device.at.subscriber.as_ref().map(|(s, _)| *s),
                ));
                solved.push(json!({ "id": id, "text": conflict }));
            }
        }
        if device.matches.len() == 1
            && let Some((owner, (to, why))) = device.matches.into_iter().next()
        {
            let here = device.at.subscriber.as_ref().map(|(id, _)| *id);
            if here != Some(owner) && device.source != SOURCE_HAND {
                moves.push(Move { device: device.at, to: Some(to), why, source: SOURCE_RULE });
            }
        }
    }
    let backend = tx.get_database_backend();
    if !solved.is_empty() {
        let mut sql = Sql::new("UPDATE device SET link_conflict = r.text FROM ");
        sql.bind_rows(&[("id", Kind::Number), ("text", Kind::Text)], &solved, backend);
        sql.push(" WHERE device.id = r.id");
        tx.execute_raw(sql.into_statement(backend)).await?;
    }
    let mut linked = apply(tx, moves, None, now).await?;
    let owners: HashMap<i64, Option<i64>> = conflicts.iter().map(|(id, _, owner)| (*id, *owner)).collect();
    let events = conflicts.into_iter().map(|(id, kind, _)| (id, kind)).collect();
    for (device, event) in tell_devices(tx, events, None, now).await? {
        let subscriber = owners.get(&device).copied().flatten().map(SubscriberId);
        linked.push(Linked { device: DeviceId(device), subscriber, event });
    }
    Ok(linked)
}

async fn load(tx: &DatabaseTransaction, devices: &[i64]) -> Result<HashMap<i64, Known>, StoreError> {
    const SELECT: &str = "SELECT d.id, d.serial, d.subscriber_id, u.account, d.link_source, d.link_conflict, \
         d.provisioning_code, d.ppp_user, \
         CASE WHEN EXISTS (SELECT 1 FROM device o WHERE o.serial = d.serial AND o.id <> d.id) THEN 1 ELSE 0 END \
         FROM device d LEFT JOIN subscriber u ON u.id = d.subscriber_id WHERE d.id IN (";
    let backend = tx.get_database_backend();
    let mut sql = Sql::new(SELECT);
    sql.bind_table(devices, backend).push(")");
    let mut known = HashMap::new();
    for row in tx.query_all_raw(sql.into_statement(backend)).await? {
        let id: i64 = row.try_get_by_index(0)?;
        let owner: Option<i64> = row.try_get_by_index(2)?;
        let account: Option<String> = row.try_get_by_index(3)?;
        let at = At { device: id, serial: row.try_get_by_index(1)?, subscriber: owner.zip(account) };
        let ambiguous = if backend == DbBackend::Postgres {
            row.try_get_by_index::<i32>(8)? == 1
        } else {
            row.try_get_by_index::<i64>(8)? == 1
        };
        known.insert(
            id,
            Known {
                at,
                source: row.try_get_by_index(4)?,
                conflict: row.try_get_by_index(5)?,
                code: row.try_get_by_index(6)?,
                user: row.try_get_by_index(7)?,
                ambiguous,
                matches: BTreeMap::new(),
            },
        );
    }
    Ok(known)
}

/// Fills in who fits.
async fn find(
    tx: &DatabaseTransaction,
    devices: &[i64],
    rules: &LinkRules,
    known: &mut HashMap<i64, Known>,
) -> Result<(), StoreError> {
    const COLUMNS: &str = "SELECT d.id, u.id, u.account, u.name_key, u.ppp_user FROM device d CROSS JOIN ";
    let backend = tx.get_database_backend();
    let rule = |on: bool, text: &'static str| on.then_some(text);
    let queries = [
        rule(
            rules.serial,
            "subscriber_serial s CROSS JOIN subscriber u WHERE s.serial = d.serial AND u.id = s.subscriber_id",
        ),
        rule(rules.provisioning_code, "subscriber u WHERE d.link_account <> '' AND u.account = d.link_account"),
        rule(rules.ppp_user, "subscriber u WHERE d.ppp_key <> '' AND u.ppp_key <> '' AND u.ppp_key = d.ppp_key"),
        // The user is the account, as it is written or without its realm.
        rule(
            rules.ppp_user,
            if backend == DbBackend::Postgres {
                "subscriber u WHERE d.ppp_key <> '' AND u.account IN (d.ppp_user, split_part(d.ppp_user, '@', 1))"
            } else {
                "subscriber u WHERE d.ppp_key <> '' AND u.account IN (d.ppp_user, \
                 substr(d.ppp_user, 1, instr(d.ppp_user || '@', '@') - 1))"
            },
        ),
    ];
    for (which, query) in queries.into_iter().enumerate() {
        let Some(query) = query else { continue };
        let mut sql = Sql::new(COLUMNS);
        sql.push(query).push(" AND d.id IN (").bind_table(devices, backend).push(")");
        for row in tx.query_all_raw(sql.into_statement(backend)).await? {
            let Some(device) = known.get_mut(&row.try_get_by_index::<i64>(0)?) else { continue };
            let to = To {
                id: row.try_get_by_index(1)?,
                account: row.try_get_by_index(2)?,
                name_key: row.try_get_by_index(3)?,
            };
            let theirs: String = row.try_get_by_index(4)?;
            let why = match which {
                // Two makers may give the same number: then it says nothing.
                0 if device.ambiguous => continue,
                0 => LinkWhy::Serial,
                1 => LinkWhy::ProvisioningCode { value: device.code.clone() },
                2 if !rules.strip_realm && !theirs.trim().eq_ignore_ascii_case(device.user.trim()) => continue,
                3 if !rules.strip_realm && to.account != device.user.trim() => continue,
                _ => LinkWhy::PppUser { value: device.user.clone() },
            };
            device.matches.entry(to.id).or_insert((to, why));
        }
    }
    Ok(())
}
