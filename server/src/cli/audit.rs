//! `lastmile audit`: is the log whole, and what is in it.

use super::{AuditFormatName, Failure, open_manager, open_store};
use crate::settings::Settings;
use acs::{Actor, AuditFormat};
use futures::StreamExt;
use model::audit::AuditFilter;
use std::io::Write;

/// Prints how many entries there are and the hash of the last: the head.
pub async fn verify(settings: Settings, expect_head: Option<String>) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let checked = open_manager(store.clone()).await?.verify_audit(&Actor::System, expect_head.as_deref()).await;
    store.close().await;
    let check = checked?;
    if let Some(fault) = &check.fault {
        return Err(format!(
            "the audit log is broken at entry {}. {} {} before it fit.",
            fault.id, fault.why, check.entries
        )
        .into());
    }
    let entries = if check.entries == 1 { "1 entry fits".to_owned() } else { format!("{} entries fit", check.entries) };
    if check.first > 1 {
        println!("{entries}; those before {} were removed by age.", check.first);
    } else {
        println!("{entries}.");
    }
    println!("head {} {}", check.last, check.head);
    if expect_head.is_some() {
        let Some(at) = check.expected_at else {
            return Err(
                "the expected head is not in the log: entries at its end were taken away or written anew, or it \
                        is older than the oldest entry that is kept"
                    .into(),
            );
        };
        println!("The expected head is entry {at}.");
    }
    Ok(())
}

/// Memory does not grow with the log.
pub async fn export(
    settings: Settings,
    format: AuditFormatName,
    act: Option<String>,
    who: Option<String>,
) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let acs = open_manager(store.clone()).await?;
    let filter = AuditFilter { act: act.unwrap_or_default(), who: who.unwrap_or_default(), ..AuditFilter::default() };
    let format = match format {
        AuditFormatName::Csv => AuditFormat::Csv,
        AuditFormatName::JsonLines => AuditFormat::JsonLines,
    };
    let done = async {
        let mut pieces = acs.export_audit(&Actor::System, filter, format).await?;
        let mut out = std::io::stdout().lock();
        while let Some(piece) = pieces.next().await {
            out.write_all(&piece?)?;
        }
        out.flush()?;
        Ok::<_, Failure>(())
    }
    .await;
    store.close().await;
    done
}
