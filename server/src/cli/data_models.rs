//! `lastmile datamodel`: what parameters are, from files.

use super::{Failure, count, open_manager, open_store};
use crate::settings::Settings;
use acs::Actor;
use model::knowledge::DataModelView;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of one file that are read; the import itself refuses what is as large.
const MOST: u64 = 64 * 1024 * 1024 + 1;

/// Reads files and stores the models in them. A running server takes them over within seconds.
pub async fn import(settings: Settings, files: Vec<PathBuf>) -> Result<(), Failure> {
    let contents = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, Failure>>()?;
    let store = open_store(&settings).await?;
    let imported = open_manager(store.clone()).await?.import_data_models(&Actor::System, contents).await;
    store.close().await;
    let imported = imported?;
    for warning in &imported.warnings {
        eprintln!("warning: {warning}");
    }
    for model in &imported.models {
        println!("{}: {}, {} bytes stored.", model.name, extent(model), model.bytes);
    }
    Ok(())
}

fn read(file: &Path) -> Result<(String, Vec<u8>), Failure> {
    let cannot = |error| format!("cannot read {}: {error}; nothing was changed", file.display());
    let mut content = Vec::new();
    File::open(file).map_err(cannot)?.take(MOST).read_to_end(&mut content).map_err(cannot)?;
    let name = file.file_name().unwrap_or(file.as_os_str());
    Ok((name.to_string_lossy().into_owned(), content))
}

/// One line for each model: name, root, extent, bytes.
pub async fn list(settings: Settings) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let models = open_manager(store.clone()).await?.data_models(&Actor::System).await;
    store.close().await;
    let models = models?;
    if models.is_empty() {
        println!("No data model was imported. Lastmile uses what it knows by itself.");
    }
    for model in models {
        println!("{}\t{}\t{}\t{} bytes", model.name, model.root, extent(&model), model.bytes);
    }
    Ok(())
}

pub async fn remove(settings: Settings, name: String) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let removed = open_manager(store.clone()).await?.remove_data_model(&Actor::System, &name).await;
    store.close().await;
    match removed {
        Ok(()) => {
            println!("{name} is removed.");
            Ok(())
        }
        Err(acs::AcsError::NotFound(_)) => {
            Err(format!("there is no data model {name:?}; `lastmile datamodel list` shows those there are").into())
        }
        Err(error) => Err(error.into()),
    }
}

fn extent(model: &DataModelView) -> String {
    let objects = count(model.objects as usize, "object");
    format!("{objects}, {}", count(model.parameters as usize, "parameter"))
}
