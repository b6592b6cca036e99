//! Notification and access: SetParameterAttributes (A.3.2.4) and GetParameterAttributes (A.3.2.5).

use super::{FaultCode, Moment, Tree};
use crate::model::notify;
use cwmp::{ParameterAttribute, SetParameterAttribute};

/// Attributes that were set; what was not set has its default.
#[derive(Clone, Debug, Default)]
pub(super) struct Attribute {
    notification: Option<u8>,
    access_list: Option<Vec<String>>,
}

impl Tree {
    /// The attributes of full names and of everything below partial paths.
    pub fn attributes(&self, moment: Moment<'_>, names: &[String]) -> Result<Vec<ParameterAttribute>, FaultCode> {
        let mut attributes = Vec::new();
        for name in names {
            self.walk(moment, name, usize::MAX, &mut |met| {
                if met.parameter.is_some() {
                    let set = self.attributes.get(met.path);
                    attributes.push(ParameterAttribute {
                        name: met.path.to_owned(),
                        notification: self.notification(met.path),
                        access_list: set
                            .and_then(|set| set.access_list.clone())
                            .unwrap_or_else(|| vec!["Subscriber".to_owned()]),
                    });
                }
            })?;
        }
        Ok(attributes)
    }

    /// Sets attributes in the order given, all or none.
    pub fn set_attributes(&mut self, moment: Moment<'_>, list: &[SetParameterAttribute]) -> Result<(), FaultCode> {
        let mut changes = Vec::new();
        for item in list {
            if item.notification.is_some_and(|level| level > 2) {
                return Err(9003); // lightweight notification is not supported
            }
            let mut paths = Vec::new();
            self.walk(moment, &item.name, usize::MAX, &mut |met| {
                if met.parameter.is_some() {
                    paths.push(met.path.to_owned());
                }
            })?;
            let denied = |path: &String| notify::is_forced_active(path) && item.notification.is_some_and(|n| n != 2);
            if paths.iter().any(denied) {
                return Err(9009);
            }
            changes.extend(paths.into_iter().map(|path| (path, item)));
        }
        for (path, item) in changes {
            let attribute = self.attributes.entry(path.into()).or_default();
            attribute.notification = item.notification.or(attribute.notification);
            if let Some(access_list) = &item.access_list {
                attribute.access_list = Some(access_list.clone());
            }
        }
        Ok(())
    }

    /// 0 off, 1 passive, 2 active.
    pub fn notification(&self, path: &str) -> u8 {
        let set = self.attributes.get(path).and_then(|set| set.notification);
        set.unwrap_or_else(|| notify::default_notification(path))
    }

    /// Full names that notify of changes, with their level.
    pub fn watched(&self) -> impl Iterator<Item = (&str, u8)> {
        let model = self.model.watched.iter().map(|path| &**path);
        let own = self.attributes.keys().map(|path| &**path).filter(|path| notify::default_notification(path) == 0);
        model.chain(own).map(|path| (path, self.notification(path))).filter(|(_, level)| *level > 0)
    }
}
