//! Whom a campaign is for, as SQL.

use crate::device::{Predicate, predicates};
use crate::error::StoreError;
use crate::sql::{Sql, clean};
use crate::store::Store;
use model::campaign::{Audience, AudienceCount, Preview};
use model::{CampaignId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

/// An audience, ready to be written into statements.
pub(super) struct Chosen<'a> {
    audience: &'a Audience,
    predicates: Vec<Predicate>,
    /// The campaign it is for; devices of it are not "in another one".
    campaign: Option<CampaignId>,
    now: Timestamp,
    backend: DbBackend,
}

impl Store {
    pub(super) async fn chosen<'a>(
        &self,
        audience: &'a Audience,
        campaign: Option<CampaignId>,
        now: Timestamp,
    ) -> Result<Chosen<'a>, StoreError> {
        let text = self.text_filter(&audience.filter.text).await?;
        let predicates = predicates(&audience.filter, text, now);
        Ok(Chosen { audience, predicates, campaign, now, backend: self.backend() })
    }

    /// How many devices an audience has. Counts them: its cost grows with the fleet.
    pub async fn preview_campaign(&self, audience: &Audience, now: Timestamp) -> Result<Preview, StoreError> {
        Ok(Preview::of(&self.audience_groups(audience, now).await?, now))
    }

    /// Devices of an audience by model, product class, revision and version, the largest groups first; beside each how many
    /// more match and are left out.
    pub async fn audience_groups(
        &self,
        audience: &Audience,
        now: Timestamp,
    ) -> Result<Vec<(AudienceCount, u32)>, StoreError> {
        let chosen = self.chosen(audience, None, now).await?;
        let mut sql = Sql::new(
            "SELECT x.model, x.class, x.hw, x.sw, COUNT(*), CAST(SUM(x.inside) AS BIGINT) FROM (SELECT d.model AS model, \
             d.product_class AS class, d.hardware_version AS hw, d.software_version AS sw, CASE WHEN ",
        );
        chosen.write_kept(&mut sql);
        sql.push(" THEN 1 ELSE 0 END AS inside FROM device d WHERE ");
        chosen.write_matching(&mut sql);
        sql.push(") x GROUP BY x.model, x.class, x.hw, x.sw ORDER BY SUM(x.inside) DESC, x.model, x.class, x.hw, x.sw");
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let group = |row: &QueryResult| {
            let number = |index| row.try_get_by_index::<i64>(index).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            let (all, count) = (number(4)?, number(5)?);
            let group = AudienceCount {
                model: row.try_get_by_index(0)?,
                product_class: row.try_get_by_index(1)?,
                hardware: row.try_get_by_index(2)?,
                version: row.try_get_by_index(3)?,
                count,
            };
            Ok((group, all - count))
        };
        rows.iter().map(group).collect()
    }
}

impl Chosen<'_> {
    /// Conditions on the row `d` that say who is meant and not left out.
    pub fn write(&self, sql: &mut Sql) {
        self.write_matching(sql);
        sql.push(" AND ");
        self.write_kept(sql);
    }

    fn write_matching(&self, sql: &mut Sql) {
        sql.push("d.enrolment = 0");
        for predicate in &self.predicates {
            // The devices are walked by their ids.
            predicate.write_walked(sql.push(" AND "), self.backend);
        }
        let lists = [("d.software_version", &self.audience.versions), ("d.hardware_version", &self.audience.hardware)];
        for (column, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
            let values: Vec<String> = values.iter().map(|value| clean(value)).collect();
            sql.push(" AND ").push(column).push(" IN (");
            sql.bind_values(values.iter().map(String::as_str), self.backend).push(")");
        }
    }

    /// Conditions on the row `d` that say who is not left out.
    fn write_kept(&self, sql: &mut Sql) {
        let out = &self.audience.leave_out;
        sql.push("TRUE");
        if out.faulty {
            sql.push(" AND d.stuck_at IS NULL");
        }
        if let Some(hours) = out.silent_hours {
            sql.push(" AND d.last_inform >= ").bind(self.now.plus_seconds(-3600 * i64::from(hours)).0);
        }
        if !out.devices.is_empty() {
            let ids: Vec<i64> = out.devices.iter().map(|id| id.0).collect();
            sql.push(" AND d.id NOT IN (").bind_table(&ids, self.backend).push(")");
        }
        if !out.tags.is_empty() {
            let tags: Vec<String> = out.tags.iter().map(|tag| clean(tag)).collect();
            sql.push(" AND NOT EXISTS (SELECT 1 FROM subscriber_tag st WHERE st.subscriber_id = d.subscriber_id AND st.tag IN (");
            sql.bind_values(tags.iter().map(String::as_str), self.backend).push("))");
        }
        if out.in_campaigns {
            sql.push(
                " AND NOT EXISTS (SELECT 1 FROM campaign_target ot JOIN campaign oc ON oc.id = ot.campaign_id \
                 WHERE ot.device_id = d.id AND oc.is_live AND ot.state NOT IN (1, 9, 11, 12, 13) AND ot.campaign_id <> ",
            );
            sql.bind(self.campaign.map_or(0, |id| id.0)).push(")");
        }
    }
}
