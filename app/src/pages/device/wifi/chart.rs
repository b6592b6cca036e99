//! Where on a chart of channels a network stands: everything in percent of the picture.

use model::wifi::channel::span;

/// The levels of the picture's upper and lower edge, in dBm.
const TOP: f64 = -30.0;
const BOTTOM: f64 = -90.0;

/// The axis of one band.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    band: String,
    /// Parts of the band that are drawn, from and to in MHz from its beginning.
    parts: Vec<(f64, f64)>,
    /// Channels that are written under it, with their place.
    pub ticks: Vec<(u32, f64)>,
}

impl Axis {
    pub fn of(band: &str) -> Self {
        let (parts, labels): (Vec<(f64, f64)>, Vec<u32>) = match band {
            "2.4 GHz" => (vec![(-5.0, 80.0)], (1..=13).collect()),
            "5 GHz" => {
                let edges = |first, last| (span(band, first, 20).0, span(band, last, 20).1);
                let parts = [(36, 64), (100, 144), (149, 177)];
                // A row of blocks: between them nothing is sent.
                (
                    parts.map(|(first, last)| edges(first, last)).to_vec(),
                    vec![36, 44, 52, 60, 100, 108, 116, 124, 132, 140, 149, 157],
                )
            }
            _ => (vec![(-5.0, 1165.0)], (1..=233).step_by(32).collect()),
        };
        let mut axis = Self { band: band.to_owned(), parts, ticks: Vec::new() };
        axis.ticks = labels
            .into_iter()
            .filter_map(|channel| {
                let (from, to) = span(band, channel, 20);
                Some((channel, axis.place(f64::midpoint(from, to), channel)?))
            })
            .collect();
        axis
    }

    /// Blocks of 5 GHz begin again at their own first channel.
    fn part(&self, channel: u32) -> usize {
        match (self.band.as_str(), channel) {
            ("5 GHz", 149..) => 2,
            ("5 GHz", 100..) => 1,
            _ => 0,
        }
    }

    fn place(&self, mhz: f64, channel: u32) -> Option<f64> {
        let total: f64 = self.parts.iter().map(|(from, to)| to - from).sum();
        let part = self.part(channel);
        let before: f64 = self.parts.get(..part)?.iter().map(|(from, to)| to - from).sum();
        let (from, to) = *self.parts.get(part)?;
        Some((before + mhz.clamp(from, to) - from) / total * 100.0)
    }

    /// From and to of a network on this axis, in percent.
    pub fn stretch(&self, channel: u32, width: u32) -> Option<(f64, f64)> {
        let (from, to) = span(&self.band, channel, width);
        Some((self.place(from, channel)?, self.place(to, channel)?))
    }
}

/// How far from the upper edge a level is, in percent.
pub fn height(dbm: i32) -> f64 {
    ((TOP - f64::from(dbm)) / (TOP - BOTTOM) * 100.0).clamp(0.0, 96.0)
}

/// The outline of a network: a hill from `from` to `to`, as high as it is loud.
pub fn hill((from, to): (f64, f64), y: f64) -> String {
    let width = to - from;
    let at = |share: f64| from + width * share;
    format!(
        "M{from:.1} 100C{:.1} {y:.1} {:.1} {y:.1} {:.1} {y:.1}S{:.1} {y:.1} {to:.1} 100z",
        at(0.136),
        at(0.24),
        at(0.5),
        at(0.864),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_stand_in_order_inside_the_picture() {
        for band in ["2.4 GHz", "5 GHz", "6 GHz"] {
            let ticks = Axis::of(band).ticks;
            assert!(ticks.len() > 7, "{band}");
            assert!(ticks.is_sorted_by(|a, b| a.1 < b.1), "{band}: {ticks:?}");
            assert!(ticks.iter().all(|(_, x)| (0.0..=100.0).contains(x)), "{band}");
        }
    }

    #[test]
    fn neighbours_of_one_channel_overlap() {
        let axis = Axis::of("2.4 GHz");
        let (from, to) = axis.stretch(6, 20).unwrap();
        let (next, _) = axis.stretch(8, 20).unwrap();
        assert!(from < next && next < to);
        let (far, _) = axis.stretch(11, 20).unwrap();
        assert!(far > to);
    }

    #[test]
    fn wide_networks_take_their_block() {
        let axis = Axis::of("5 GHz");
        assert_eq!(axis.stretch(36, 80), axis.stretch(48, 80));
        assert_ne!(axis.stretch(36, 80), axis.stretch(52, 80));
    }

    #[test]
    fn loud_is_high() {
        assert!(height(-40) < height(-80));
        assert!((height(-20) - 0.0).abs() < f64::EPSILON);
        assert_eq!(hill((0.0, 25.0), 53.3), "M0.0 100C3.4 53.3 6.0 53.3 12.5 53.3S21.6 53.3 25.0 100z");
    }
}
