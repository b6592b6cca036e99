#![allow(unused_variables, clippy::unused_async, clippy::unimplemented)]
use crate::*;
use model::device::{DeviceFilter, DeviceQuery, DeviceRow, Facets, Identity, Overview};
use model::event::EventView;
use model::page::{Count, Cursor, Page};
use model::search::SearchHit;
use model::subscriber::{SubscriberInput, SubscriberView};
use model::{AgentId, DeviceId, SubscriberId, TaskId, Timestamp};

impl Store {
    pub fn stats(&self) -> StoreStats {
        unimplemented!()
    }
    pub async fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        unimplemented!()
    }
    pub async fn migrate(&self) -> Result<(), StoreError> {
        unimplemented!()
    }
    pub async fn ready(&self) -> Result<(), StoreError> {
        unimplemented!()
    }
    pub async fn close(&self) {
        unimplemented!()
    }

    pub async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        unimplemented!()
    }

    pub async fn register_device(&self, new: &NewDevice) -> Result<DeviceRecord, StoreError> {
        unimplemented!()
    }
    pub async fn device(&self, id: DeviceId) -> Result<Option<DeviceRecord>, StoreError> {
        unimplemented!()
    }
    pub async fn device_by_identity(&self, identity: &Identity) -> Result<Option<DeviceRecord>, StoreError> {
        unimplemented!()
    }
    pub async fn device_row(&self, id: DeviceId) -> Result<Option<DeviceRow>, StoreError> {
        unimplemented!()
    }
    pub async fn devices(&self, query: &DeviceQuery, now: Timestamp) -> Result<Page<DeviceRow>, StoreError> {
        unimplemented!()
    }
    pub async fn count_devices(&self, filter: &DeviceFilter, now: Timestamp, cap: u64) -> Result<Count, StoreError> {
        unimplemented!()
    }
    pub async fn facets(&self) -> Result<Facets, StoreError> {
        unimplemented!()
    }
    pub async fn overview(&self, now: Timestamp, today: Timestamp) -> Result<Overview, StoreError> {
        unimplemented!()
    }
    pub async fn search(&self, text: &str, limit: u16) -> Result<Vec<SearchHit>, StoreError> {
        unimplemented!()
    }

    pub async fn tree(&self, device: DeviceId) -> Result<Option<Tree>, StoreError> {
        unimplemented!()
    }
    pub async fn tree_size(&self, device: DeviceId) -> Result<Option<u64>, StoreError> {
        unimplemented!()
    }

    pub async fn create_task(&self, new: NewTask) -> Result<TaskRecord, StoreError> {
        unimplemented!()
    }
    pub async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        unimplemented!()
    }
    pub async fn open_tasks(&self, device: DeviceId) -> Result<Vec<TaskRecord>, StoreError> {
        unimplemented!()
    }
    pub async fn devices_with_open_tasks(&self) -> Result<Vec<DeviceId>, StoreError> {
        unimplemented!()
    }
    pub async fn tasks(
        &self,
        device: DeviceId,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<TaskRecord>, StoreError> {
        unimplemented!()
    }
    pub async fn recent_tasks(&self, limit: u16) -> Result<Vec<TaskRecord>, StoreError> {
        unimplemented!()
    }

    pub async fn events(
        &self,
        device: DeviceId,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<EventView>, StoreError> {
        unimplemented!()
    }

    pub async fn put_subscriber(&self, input: &SubscriberInput, now: Timestamp) -> Result<SubscriberId, StoreError> {
        unimplemented!()
    }
    pub async fn subscriber(&self, id: SubscriberId) -> Result<Option<SubscriberView>, StoreError> {
        unimplemented!()
    }

    pub async fn any_agent(&self) -> Result<bool, StoreError> {
        unimplemented!()
    }
    pub async fn insert_agent(&self, new: NewAgent) -> Result<AgentRecord, StoreError> {
        unimplemented!()
    }
    pub async fn insert_first_agent(&self, new: NewAgent) -> Result<Option<AgentRecord>, StoreError> {
        unimplemented!()
    }
    pub async fn agent(&self, id: AgentId) -> Result<Option<AgentRecord>, StoreError> {
        unimplemented!()
    }
    pub async fn agent_by_username(&self, username: &str) -> Result<Option<AgentRecord>, StoreError> {
        unimplemented!()
    }
    pub async fn set_password_hash(&self, id: AgentId, hash: &str) -> Result<(), StoreError> {
        unimplemented!()
    }
    pub async fn web_session_create(&self, id: &str, data: &[u8], expires_at: Timestamp) -> Result<bool, StoreError> {
        unimplemented!()
    }
    pub async fn web_session_save(&self, id: &str, data: &[u8], expires_at: Timestamp) -> Result<(), StoreError> {
        unimplemented!()
    }
    pub async fn web_session_load(&self, id: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        unimplemented!()
    }
    pub async fn web_session_delete(&self, id: &str) -> Result<(), StoreError> {
        unimplemented!()
    }
    pub async fn web_sessions_expire(&self, now: Timestamp) -> Result<u64, StoreError> {
        unimplemented!()
    }
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        unimplemented!()
    }
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        unimplemented!()
    }

    pub async fn model_profiles(&self) -> Result<Vec<ModelProfile>, StoreError> {
        unimplemented!()
    }
    pub async fn put_model_profile(&self, profile: &ModelProfile) -> Result<(), StoreError> {
        unimplemented!()
    }
}
