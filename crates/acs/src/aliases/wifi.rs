//! Radios: TR-181 has them, TR-098 has one WLANConfiguration for each network.

use super::resolve::{Resolver, Row};
use model::device::DataModel;

impl Resolver<'_> {
    /// The radios with their bands, each once: networks of one band share a radio where the data model has none.
    pub fn radios(&self) -> Vec<(Row, String)> {
        let rows = self.rows("wifi.radio");
        let mut radios: Vec<(Row, String)> = rows.into_iter().map(|row| (row.clone(), self.band(&row))).collect();
        if self.data_model == DataModel::Tr098 {
            let mut seen: Vec<String> = Vec::new();
            radios.retain(|(_, band)| {
                let new = !seen.contains(band);
                seen.push(band.clone());
                new
            });
        }
        radios
    }

    /// The band of a radio, or of a network of TR-098.
    pub fn band(&self, radio: &Row) -> String {
        let text =
            |column: &str| self.column("wifi.radio", radio, column).and_then(|found| found.text().map(str::to_owned));
        let channel = self.column("wifi.radio", radio, "channel").and_then(|found| found.number());
        band_of(text("band").as_deref(), channel, text("standards").as_deref(), &radio.path)
    }

    /// The networks on a radio, in their order.
    pub fn networks_of(&self, radio: &Row, band: &str) -> Vec<Row> {
        let mut networks = self.rows("wifi.network");
        networks.retain(|network| match self.data_model {
            DataModel::Tr181 => self.follow(network, "LowerLayers").contains(radio),
            _ => self.band(network) == band,
        });
        networks
    }
}

/// `2.4 GHz` and so on, from what the device says, else from the channel or the standards.
pub(crate) fn band_of(band: Option<&str>, channel: Option<f64>, standards: Option<&str>, row: &str) -> String {
    if let Some(band) = band {
        let digits: String = band.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        return match digits.trim_matches('.') {
            "2.4" | "2" | "24" | "2400" => "2.4 GHz".to_owned(),
            "5" | "5000" => "5 GHz".to_owned(),
            "6" | "6000" => "6 GHz".to_owned(),
            _ => band.replace("GHz", " GHz").replace("  ", " "),
        };
    }
    let channel = channel.unwrap_or(0.0) as u32;
    let is_five = |standards: &str| standards.contains("ac") || standards.split(',').any(|s| s.trim() == "a");
    match channel {
        15.. => "5 GHz".to_owned(),
        0 if standards.is_some_and(is_five) => "5 GHz".to_owned(),
        1..=14 => "2.4 GHz".to_owned(),
        _ => row.trim_end_matches('.').rsplit('.').next().map_or_else(String::new, |n| format!("Radio {n}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_known_or_guessed() {
        let of = |band, channel, standards| band_of(band, channel, standards, "A.WLANConfiguration.3.");
        assert_eq!(of(Some("2.4GHz"), None, None), "2.4 GHz");
        assert_eq!(of(Some("5000"), None, None), "5 GHz");
        assert_eq!(of(None, Some(6.0), None), "2.4 GHz");
        assert_eq!(of(None, Some(100.0), Some("b,g")), "5 GHz");
        assert_eq!(of(None, Some(0.0), Some("a,n,ac")), "5 GHz");
        assert_eq!(of(None, None, None), "Radio 3");
    }
}
