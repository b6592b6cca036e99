//! Which channel a radio had better use, from what a scan has found.

use super::Neighbour;

/// What is not heard at this level disturbs nobody, in dBm.
const FLOOR: f64 = -92.0;
/// Another channel has to be this much quieter to be worth the interruption: a third.
const WORTH: f64 = 0.67;

/// How one channel is.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    pub channel: u32,
    /// Neighbours that share air with it.
    pub neighbours: usize,
    /// The loudest of them, in dBm.
    pub loudest: Option<i32>,
    /// Grows with how many are heard and how loud; only to compare channels of one scan.
    pub load: f64,
}

/// The quietest channel of a band.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    pub best: Load,
    /// The one in use; `None` if it is not known.
    pub now: Option<Load>,
    /// The best is enough better to be worth a move.
    pub worth: bool,
}

/// How loud all neighbours are on a channel of a band, with this width in MHz.
pub fn load(band: &str, channel: u32, width: u32, neighbours: &[Neighbour]) -> Load {
    let mut heard = Load { channel, neighbours: 0, loudest: None, load: 0.0 };
    let own = span(band, channel, width);
    for other in neighbours.iter().filter(|other| other.band == band) {
        let theirs = span(band, other.channel, other.width);
        let shared = (own.1.min(theirs.1) - own.0.max(theirs.0)) / (own.1 - own.0);
        if shared <= 0.0 {
            continue;
        }
        heard.neighbours += 1;
        heard.loudest = heard.loudest.max(Some(other.signal));
        // Every 10 dB more count as much again: near ones keep the channel busy, far ones only add noise.
        heard.load += shared.min(1.0) * ((f64::from(other.signal) - FLOOR).max(0.0) / 10.0);
    }
    heard
}

/// The best channel; `None` if nothing is known to compare: without a scan no channel is called better than another.
///
/// `possible`: channels that the router says it has; empty: the usual ones. `width` in MHz.
pub fn best(band: &str, now: Option<u32>, width: u32, possible: &[u32], scan: Option<&[Neighbour]>) -> Option<Advice> {
    let neighbours = scan?;
    let loads = candidates(band, possible).into_iter().map(|channel| load(band, channel, width, neighbours));
    // Of equals the one that needs no look-out for radar, then the lower.
    let key = |load: &Load| (load.load + if radar(band, load.channel) { 0.5 } else { 0.0 }, load.channel);
    let best = loads.min_by(|a, b| key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal))?;
    let now = now.filter(|channel| *channel > 0).map(|channel| load(band, channel, width, neighbours));
    let worth = match &now {
        Some(now) => best.channel != now.channel && best.load < now.load * WORTH,
        None => true,
    };
    // What it has is as good: then that is the best.
    let best = match (&now, worth) {
        (Some(now), false) => now.clone(),
        _ => best,
    };
    Some(Advice { best, now, worth })
}

/// Channels worth comparing: of 2.4 GHz those that do not overlap.
pub fn candidates(band: &str, possible: &[u32]) -> Vec<u32> {
    let usual: Vec<u32> = match band {
        "2.4 GHz" => vec![1, 6, 11],
        "5 GHz" => (36..=64).step_by(4).chain((100..=140).step_by(4)).collect(),
        "6 GHz" => (5..=93).step_by(16).collect(),
        _ => return possible.to_vec(),
    };
    if possible.is_empty() {
        return usual;
    }
    let both: Vec<u32> = usual.into_iter().filter(|channel| possible.contains(channel)).collect();
    if both.is_empty() { possible.to_vec() } else { both }
}

/// Channels that `PossibleChannels` names: `1-13` or `36,40,44`; at most 200.
pub fn parse_list(text: &str) -> Vec<u32> {
    let mut channels = Vec::new();
    for part in text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Ok(first), Ok(last)) = (first.trim().parse::<u32>(), last.trim().parse::<u32>()) else { continue };
        channels.extend((first..=last.min(first.saturating_add(200))).filter(|channel| (1..=233).contains(channel)));
    }
    channels.truncate(200);
    channels
}

/// Whether a radio has to listen for radar before it uses the channel.
pub fn radar(band: &str, channel: u32) -> bool {
    band == "5 GHz" && (52..=144).contains(&channel)
}

/// First and last frequency of a channel in MHz, from the beginning of its band. Wide channels are blocks.
pub fn span(band: &str, channel: u32, width: u32) -> (f64, f64) {
    let (channel, width) = (f64::from(channel), f64::from(width.clamp(20, 320)));
    let around = |middle: f64, width: f64| (middle - width / 2.0, middle + width / 2.0);
    match band {
        // 22 MHz on a raster of 5.
        "2.4 GHz" => around(channel * 5.0, if width > 20.0 { 40.0 } else { 22.0 }),
        "5 GHz" => {
            let first = if channel >= 149.0 {
                149.0
            } else if channel >= 100.0 {
                100.0
            } else {
                36.0
            };
            let block = ((channel - first) * 5.0 / width).floor();
            let from = (first - 2.0) * 5.0 + block * width;
            (from, from + width)
        }
        _ => {
            let block = ((channel - 1.0) * 5.0 / width).floor();
            let from = -5.0 + block * width;
            (from, from + width)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(band: &str, list: &[(u32, i32)]) -> Vec<Neighbour> {
        let one = |&(channel, signal): &(u32, i32)| Neighbour {
            ssid: String::new(),
            channel,
            band: band.to_owned(),
            signal,
            width: 20,
        };
        list.iter().map(one).collect()
    }

    #[test]
    fn without_a_scan_no_channel_is_better() {
        assert_eq!(best("2.4 GHz", Some(6), 20, &[], None), None);
    }

    #[test]
    fn a_crowded_channel_is_left_for_the_quietest() {
        let list = heard(
            "2.4 GHz",
            &[(1, -62), (1, -78), (1, -84), (6, -55), (6, -59), (6, -66), (6, -70), (11, -76), (11, -86), (13, -82)],
        );
        let advice = best("2.4 GHz", Some(6), 20, &[], Some(&list)).unwrap();
        assert_eq!(advice.best.channel, 11);
        assert!(advice.worth);
        assert_eq!((advice.best.neighbours, advice.best.loudest), (3, Some(-76)));
        assert_eq!(advice.now.unwrap().neighbours, 4);
    }

    #[test]
    fn nobody_is_moved_for_little() {
        let list = heard("2.4 GHz", &[(1, -70), (6, -68), (11, -71)]);
        let advice = best("2.4 GHz", Some(6), 20, &[], Some(&list)).unwrap();
        assert!(!advice.worth);
        assert_eq!(advice.best.channel, 6, "what it has is good enough");
        let quiet = best("2.4 GHz", Some(6), 20, &[], Some(&[])).unwrap();
        assert!(!quiet.worth, "an empty scan is one that found nobody");
    }

    #[test]
    fn channels_in_between_disturb_both_sides() {
        let list = heard("2.4 GHz", &[(3, -50)]);
        let near = |channel| load("2.4 GHz", channel, 20, &list).load;
        assert!(near(1) > 0.0 && near(6) > 0.0);
        assert!(near(3) > near(6));
        assert!(near(11).abs() < f64::EPSILON);
    }

    #[test]
    fn only_what_the_router_has_is_proposed() {
        assert_eq!(candidates("5 GHz", &[36, 40, 44, 48]), [36, 40, 44, 48]);
        assert_eq!(candidates("2.4 GHz", &parse_list("1-13")), [1, 6, 11]);
        assert_eq!(candidates("2.4 GHz", &[3]), [3]);
        assert!(candidates("Radio 3", &[]).is_empty());
        assert_eq!(best("Radio 3", None, 20, &[], Some(&[])), None);
    }

    #[test]
    fn radar_channels_have_to_be_better() {
        let list = heard("5 GHz", &[(36, -60)]);
        let advice = best("5 GHz", Some(36), 20, &[36, 40, 52, 100], Some(&list)).unwrap();
        assert_eq!(advice.best.channel, 40);
    }

    #[test]
    fn wide_channels_share_their_block() {
        let list = heard("5 GHz", &[(44, -50)]);
        assert!(load("5 GHz", 36, 80, &list).load > 0.0);
        assert!(load("5 GHz", 52, 80, &list).load.abs() < f64::EPSILON);
        assert!(load("5 GHz", 36, 20, &list).load.abs() < f64::EPSILON);
    }

    #[test]
    fn lists_of_channels_are_read_in_both_writings() {
        assert_eq!(parse_list("36, 40,44"), [36, 40, 44]);
        assert_eq!(parse_list("1-3,11"), [1, 2, 3, 11]);
        assert_eq!(parse_list("auto,0-4294967295"), (1..=200).collect::<Vec<_>>());
    }
}
