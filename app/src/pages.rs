//! Pages by what the person does, each with its server functions beside it.

pub mod campaigns;
pub mod device;
pub mod devices;
pub mod files;
pub mod home;
pub mod invitation;
pub mod list;
pub mod not_found;
pub mod profile;
pub mod search;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod snapshot;
pub mod subscribers;
pub mod traces;

/// Text for the document's title. The server writes titles into the page as they are, and names of devices and people
/// are foreign text: here it is escaped. In the browser a title is set as text.
pub(crate) fn page_title(text: &str) -> String {
    if cfg!(feature = "ssr") {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        text.to_owned()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_leave_its_element() {
        assert_eq!(page_title("</title><script>"), "&lt;/title&gt;&lt;script&gt;");
        assert_eq!(page_title("A & B"), "A &amp; B");
    }
}
