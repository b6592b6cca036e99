//! Campaigns: the same for many devices, in stages.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, STATEMENTS).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const STATEMENTS: &[&str] = &[
    // `plan` is JSON of `model::campaign::CampaignPlan`, sealed; `pause` JSON of why it stands still. `turn` changes with every
    // change of the row: whoever wants to change it names the turn that they know. `tick_at`: when the engine takes it up
    // again; `planned_to`: the last device that was looked at while its devices are chosen, NULL once all were.
    // `expected`: devices that it had for when it was last written; `excused`: failures that somebody has looked at.
    "CREATE TABLE campaign (
        id {id},
        name TEXT NOT NULL,
        plan TEXT NOT NULL,
        state {key} NOT NULL,
        is_live BOOLEAN NOT NULL,
        pause TEXT,
        revision BIGINT NOT NULL,
        turn BIGINT NOT NULL,
        author TEXT NOT NULL,
        author_id BIGINT,
        created_at BIGINT NOT NULL,
        edited_at BIGINT NOT NULL,
        asked_by TEXT,
        asked_id BIGINT,
        approved_by TEXT,
        approved_id BIGINT,
        approved_at BIGINT,
        started_at BIGINT,
        ended_at BIGINT,
        rollback_of BIGINT,
        tick_at BIGINT NOT NULL,
        planned_to BIGINT,
        ran_minutes BIGINT NOT NULL,
        minute BIGINT NOT NULL,
        started_in_minute BIGINT NOT NULL,
        expected BIGINT NOT NULL DEFAULT 0,
        excused BIGINT NOT NULL DEFAULT 0
    )",
    "CREATE INDEX campaign_live ON campaign (tick_at) WHERE is_live",
    "CREATE INDEX campaign_state ON campaign (state, id)",
    "CREATE TABLE campaign_stage (
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        stage BIGINT NOT NULL,
        label TEXT NOT NULL,
        state {key} NOT NULL,
        started_at BIGINT,
        done_at BIGINT,
        passed_at BIGINT,
        passed_by TEXT,
        PRIMARY KEY (campaign_id, stage)
    )",
    // Kinds of devices in a campaign.
    "CREATE TABLE campaign_group (
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        grp BIGINT NOT NULL,
        model {key} NOT NULL,
        hardware {key} NOT NULL,
        PRIMARY KEY (campaign_id, grp)
    )",
    // Up to which rank the devices of a model are in a stage.
    "CREATE TABLE campaign_bound (
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        model {key} NOT NULL,
        stage BIGINT NOT NULL,
        up_to BIGINT NOT NULL,
        PRIMARY KEY (campaign_id, model, stage)
    )",
    "CREATE TABLE campaign_zone (
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        zone BIGINT NOT NULL,
        name {key} NOT NULL,
        PRIMARY KEY (campaign_id, zone)
    )",
    // `loading`: 1 once its file was begun to be loaded, 2 once all of it was.
    // `state` and `reason` are the numbers of `model::campaign::{TargetState, SkipReason, FailureClass}`; `steps` has a line
    // `state time` each.
    "CREATE TABLE campaign_target (
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
        stage BIGINT NOT NULL,
        grp BIGINT NOT NULL,
        zone BIGINT NOT NULL,
        rank BIGINT NOT NULL,
        state BIGINT NOT NULL,
        reason BIGINT NOT NULL DEFAULT 0,
        orders BIGINT NOT NULL DEFAULT 0,
        tries BIGINT NOT NULL DEFAULT 0,
        image BIGINT NOT NULL DEFAULT 0,
        task_id BIGINT,
        loading BIGINT NOT NULL DEFAULT 0,
        turn BIGINT NOT NULL DEFAULT 0,
        due_at BIGINT,
        began_at BIGINT,
        arrived_at BIGINT,
        changed_at BIGINT NOT NULL,
        steps TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (campaign_id, device_id)
    ) {hot}",
    "CREATE INDEX campaign_target_queue ON campaign_target (campaign_id, stage, zone, rank) WHERE state = 0",
    "CREATE INDEX campaign_target_due ON campaign_target (campaign_id, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX campaign_target_changed ON campaign_target (campaign_id, state, changed_at) WHERE state <> 0",
    "CREATE INDEX campaign_target_device ON campaign_target (device_id, campaign_id)",
    // How many are where: kept in the transactions that move them, so that no page counts devices.
    "CREATE TABLE campaign_count (
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        stage BIGINT NOT NULL,
        grp BIGINT NOT NULL,
        zone BIGINT NOT NULL,
        state BIGINT NOT NULL,
        reason BIGINT NOT NULL,
        n BIGINT NOT NULL,
        PRIMARY KEY (campaign_id, stage, grp, zone, state, reason)
    )",
    "CREATE TABLE campaign_minute (
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        started BIGINT NOT NULL,
        succeeded BIGINT NOT NULL,
        failed BIGINT NOT NULL,
        PRIMARY KEY (campaign_id, at)
    )",
    "CREATE TABLE campaign_log (
        id {id},
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        author TEXT,
        kind TEXT NOT NULL
    )",
    "CREATE INDEX campaign_log_of ON campaign_log (campaign_id, id)",
    "ALTER TABLE task ADD COLUMN campaign_id BIGINT",
];
