//! `lastmile xmpp-account`.

use super::{Failure, open_manager, open_store};
use crate::settings::Settings;
use acs::Actor;
use model::DeviceId;

/// One line: name, a tab, the password.
pub async fn xmpp(settings: Settings, device: i64) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let acs = open_manager(store.clone()).await?;
    let account = acs.xmpp_account(&Actor::System, DeviceId(device)).await;
    store.close().await;
    let (name, password) = account?;
    println!("{name}\t{password}");
    Ok(())
}
