//! The models that come with the simulator. Their makers are invented.

use super::{Model, template};
use std::sync::{Arc, LazyLock};

static MODELS: LazyLock<Vec<Arc<Model>>> = LazyLock::new(|| {
    [
        include_str!("../../models/kestrel-hg640.model"),
        include_str!("../../models/norrlink-gx21.model"),
        include_str!("../../models/kestrel-hg645.model"),
        include_str!("../../models/harbour-mesh3.model"),
    ]
    .into_iter()
    .map(|text| Arc::new(template::read(text).expect("the built-in models are read by a test")))
    .collect()
});

/// Names of the built-in models.
pub fn builtin_names() -> Vec<&'static str> {
    MODELS.iter().map(|model| model.name.as_str()).collect()
}

/// The built-in model of that name.
pub fn builtin(name: &str) -> Option<Arc<Model>> {
    MODELS.iter().find(|model| model.name == name).cloned()
}
