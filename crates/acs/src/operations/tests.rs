//! Operations on a real database, without devices: their trees are written as sessions would have.

mod access;
mod compare;
mod people;
mod recent;
mod reveal;
mod scope;

use crate::{Acs, AcsSettings, Actor};
use model::device::{DataModel, Enrolment, Identity};
use model::event::EventKind;
use model::timeline::{Entry, TimelineFilter};
use model::tree::ValueType;
use model::{DeviceId, Role, Timestamp};
use std::sync::Arc;
use store::{Commit, DevicePatch, NewDevice, Store, StoreSettings, Tree, Write};
use tempfile::TempDir;

/// A manager on a database of its own.
pub(crate) struct Desk {
    pub acs: Acs,
    pub store: Store,
    _folder: TempDir,
}

impl Desk {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("lastmile.db").display());
        let store = Store::open(&StoreSettings { url, max_connections: 2 }).await.unwrap();
        store.migrate().await.unwrap();
        Self { acs: Acs::start(store.clone(), AcsSettings::default()).await.unwrap(), store, _folder: folder }
    }

    /// Another manager on the same database, as after a restart of the server.
    pub async fn restarted(&self) -> Acs {
        Acs::start(self.store.clone(), AcsSettings::default()).await.unwrap()
    }

    /// A device of one model and firmware, with `path = value` lines as its tree; `*` after the path: writable.
    pub async fn device(&self, serial: &str, lines: &str) -> DeviceId {
        let identity = Identity { oui: "02A0E1".into(), serial: serial.into(), ..Identity::default() };
        let at = Timestamp(1_795_356_482_000);
        let new = NewDevice {
            identity,
            address: "192.0.2.7".into(),
            now: at,
            data_model: DataModel::Tr181,
            cwmp_version: "1.2".into(),
            late_at: at,
            overdue_at: at,
            enrolment: Enrolment::Approved,
        };
        let id = self.store.register_device(&new).await.unwrap().id;
        let mut tree = Tree::default();
        tree.complete = true;
        for (path, value) in lines.lines().filter_map(|line| line.split_once('=')) {
            let (path, writable) = (path.trim().trim_end_matches('*'), path.trim().ends_with('*'));
            tree.set_value(path, ValueType::String, value.trim(), at);
            tree.set_info(path, writable);
        }
        let patch = DevicePatch {
            model: Some("HG645".into()),
            software_version: Some("4.2.0".into()),
            tree_read_at: Some(Some(at)),
            ..DevicePatch::default()
        };
        let writes = vec![Write::Tree { device: id, tree: Arc::new(tree) }, Write::Device { id, patch }];
        self.store.commit(Commit { writes }).await.unwrap();
        id
    }

    /// From now on no entry of the audit log can be written.
    pub async fn break_audit(&self) {
        self.store.break_audit().await.unwrap();
    }

    pub async fn events(&self, id: DeviceId) -> Vec<(EventKind, Option<String>)> {
        let page = self.acs.timeline(&Actor::System, id, &TimelineFilter::default(), None, crate::PAGE).await.unwrap();
        let event = |entry| match entry {
            Entry::Event { event } => Some((event.kind, event.by)),
            Entry::Note { .. } => None,
        };
        page.items.into_iter().filter_map(event).collect()
    }
}

pub(super) fn agent(role: Role) -> Actor {
    Actor::of_role(role)
}
