//! The tables, by hand; see the `migrations` crate for what each column means.

pub mod agent;
pub mod api_token;
pub mod audit;
pub mod data_model;
pub mod device;
pub mod device_hot;
pub mod device_tree;
pub mod event;
pub mod file;
pub mod guide;
pub mod model_profile;
pub mod note;
pub mod passkey;
pub mod role;
pub mod setting;
pub mod snapshot;
pub mod subscriber;
pub mod subscriber_event;
pub mod task;
pub mod tree_dictionary;
pub mod tree_path;
pub mod web_session;
