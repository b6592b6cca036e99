//! The body of a lightweight notification (Annex M).

use super::writer::Writer;
use crate::lightweight::Notification;

pub(crate) fn notification(notification: &Notification) -> Vec<u8> {
    let mut writer = Writer::bare();
    writer.raw("<Notification xmlns=\"urn:broadband-forum-org:cwmp:lwnotif-1-0\" ");
    writer.raw("xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" ");
    writer.raw("xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">");
    writer.leaf("TS", &notification.ts.to_string());
    writer.leaf("UN", &notification.username);
    writer.leaf("CN", &notification.cnonce);
    writer.leaf("OUI", &notification.identity.oui);
    writer.leaf("ProductClass", &notification.identity.product_class);
    writer.leaf("SerialNumber", &notification.identity.serial);
    for parameter in &notification.parameters {
        writer.raw("<Param>");
        writer.parameter_value(parameter);
        writer.raw("</Param>");
    }
    writer.raw("</Notification>");
    writer.into_bytes()
}
