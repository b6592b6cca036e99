//! Parts that pages are made of. Class names are those of `style/components`.

mod age;
mod button;
mod confirm;
mod copy;
mod deed;
mod dialog;
mod empty;
mod ending;
mod field;
mod icon;
mod once;
mod pager;
mod part;
mod reason;
mod said;
mod skeleton;
mod status;
mod task;
mod textarea;
mod there;
mod toast;
mod tone;
mod writing;

pub use age::Age;
pub use button::{Button, LinkButton};
pub use confirm::{
    AskOwnPasskey, Confirm, ConfirmByCode, ConfirmByPasskey, ConfirmByPassword, ConfirmHost, GetConfirmWays,
    provide_confirm, typed, use_confirm,
};
pub use copy::CopyButton;
pub use deed::{Deed, Refused};
pub use dialog::{Dialog, DialogFoot, DialogHead, follows};
pub use empty::{Banner, Empty, ErrorView};
pub use ending::EndDialog;
pub use field::Field;
pub use icon::{Brand, Icon};
pub use once::ShownOnce;
pub use pager::Pager;
pub use part::{PartDraft, PartFields, PermissionChoices};
pub use reason::{Reason, ReasonField};
pub use said::{Refusal, Said};
pub use skeleton::Skeleton;
pub use status::{Pill, PresencePill, PresenceStatus, Status, StuckStatus, presence_look};
pub use task::{TaskBadge, TaskFlow, TaskFlowMini, task_look};
pub use textarea::TextArea;
pub use there::There;
pub use toast::{ToastHost, Toasts, provide_toasts, use_toasts};
pub use tone::Tone;
pub use writing::Writing;
