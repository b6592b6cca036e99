//! Readings of homes with routers of both data models.

use super::*;
use crate::aliases::Resolver;
use crate::aliases::tests::{resolver, tree};
use store::Tree;

fn of(tree: &Tree) -> Health {
    let aliases: Resolver<'_> = resolver(tree);
    Health {
        internet: internet(&aliases),
        line: line(&aliases),
        radios: radios(&aliases),
        home: home(&aliases),
        router: RouterBox::default(),
    }
}

const NEW: &str = "
    Device.WiFi.Radio.1.OperatingFrequencyBand = 2.4GHz
    Device.WiFi.Radio.1.Channel = 6
    Device.WiFi.Radio.1.Stats.X_02A0E1_ChannelUtilization = 87
    Device.WiFi.SSID.1.LowerLayers = Device.WiFi.Radio.1.
    Device.WiFi.SSID.1.SSID = Home
    Device.WiFi.AccessPoint.1.SSIDReference = Device.WiFi.SSID.1.
    Device.WiFi.AccessPoint.1.AssociatedDeviceNumberOfEntries = 2
    Device.WiFi.AccessPoint.1.AssociatedDevice.1.MACAddress = 0A:00:00:00:00:01
    Device.WiFi.AccessPoint.1.AssociatedDevice.1.SignalStrength = -79
    Device.WiFi.AccessPoint.1.AssociatedDevice.1.LastDataDownlinkRate = 13000
    Device.WiFi.AccessPoint.1.AssociatedDevice.1.Retransmissions = 22
    Device.WiFi.AccessPoint.1.AssociatedDevice.2.MACAddress = 0A:00:00:00:00:09
    Device.WiFi.AccessPoint.1.AssociatedDevice.2.SignalStrength = -50
    Device.WiFi.NeighboringWiFiDiagnostic.Result.1.Channel = 7
    Device.WiFi.NeighboringWiFiDiagnostic.Result.2.Channel = 13
    Device.WiFi.NeighboringWiFiDiagnostic.Result.3.Channel = 36
    Device.Hosts.Host.1.PhysAddress = 0A:00:00:00:00:01
    Device.Hosts.Host.1.HostName = tv
    Device.Hosts.Host.1.Active = true
    Device.Hosts.Host.2.PhysAddress = 0A:00:00:00:00:02
    Device.Hosts.Host.2.HostName = nas
    Device.Hosts.Host.2.Active = 1
    Device.Hosts.Host.2.Layer1Interface = Device.Ethernet.Interface.2.
    Device.Hosts.Host.3.PhysAddress = 0A:00:00:00:00:03
    Device.Hosts.Host.3.HostName = phone
    Device.Hosts.Host.3.Active = false
    Device.Hosts.Host.3.Layer1Interface = Device.WiFi.SSID.1.
    Device.Optical.Interface.1.OpticalSignalLevel = -18400
    Device.Optical.Interface.1.Status = Up";

#[test]
fn hosts_and_radios_are_one_list_weakest_first_and_away_last() {
    let health = of(&tree(NEW));
    let names: Vec<&str> = health.home.iter().map(HomeDevice::title).collect();
    assert_eq!(names, ["tv", "0A:00:00:00:00:09", "nas", "phone"]);
    let tv = &health.home[0];
    assert_eq!(tv.connection, Connection::Wifi("2.4 GHz".to_owned()));
    assert_eq!((number(&tv.signal), number(&tv.rate)), (Some(-79.0), Some(13_000.0)));
    assert_eq!(number(&tv.retransmissions), Some(22.0));
    assert_eq!(health.home[2].connection, Connection::Cable);
    assert_eq!((health.active(), health.on_wifi(), health.on_cable()), (3, 2, 1));
}

#[test]
fn a_radio_knows_its_air_and_its_neighbours() {
    let radio = &of(&tree(NEW)).radios[0];
    assert_eq!((number(&radio.busy), number(&radio.channel)), (Some(87.0), Some(6.0)));
    assert_eq!((radio.neighbours, radio.overlapping), (Some(2), Some(1)));
    assert_eq!(text(&radio.ssid), Some("Home"));
    assert_eq!(number(&radio.clients), Some(2.0));
}

#[test]
fn a_line_is_what_tells_of_itself() {
    let line = of(&tree(NEW)).line;
    assert_eq!((line.kind, line.link, number(&line.rx)), (LineKind::Optical, Link::Up, Some(-18.4)));
    let dsl = tree("InternetGatewayDevice.WANDevice.1.WANDSLInterfaceConfig.DownstreamNoiseMargin = 71");
    let line = of(&dsl).line;
    assert_eq!((line.kind, line.link, number(&line.margin)), (LineKind::Dsl, Link::Unknown, Some(7.1)));
    assert_eq!(of(&tree("Device.DeviceInfo.UpTime = 1")).line, Line::default());
}

#[test]
fn the_older_model_gives_the_same() {
    let wlan = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1";
    let ppp = "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1";
    let health = of(&tree(&format!(
        "{wlan}.Channel = 6
         {wlan}.SSID = Home
         {wlan}.X_02A0E1_ChannelUtilization = 34
         {wlan}.AssociatedDevice.1.AssociatedDeviceMACAddress = 0A:00:00:00:00:01
         {wlan}.AssociatedDevice.1.X_02A0E1_SignalStrength = -81
         InternetGatewayDevice.LANDevice.1.Hosts.Host.4.MACAddress = 0A:00:00:00:00:01
         InternetGatewayDevice.LANDevice.1.Hosts.Host.4.HostName = tv
         InternetGatewayDevice.LANDevice.1.Hosts.Host.4.InterfaceType = 802.11
         {ppp}.ConnectionStatus = Disconnected
         {ppp}.LastConnectionError = ERROR_AUTHENTICATION_FAILURE"
    )));
    assert_eq!(health.internet.link, Link::Down);
    assert_eq!(text(&health.internet.error), Some("ERROR_AUTHENTICATION_FAILURE"));
    assert_eq!(number(&health.radios[0].busy), Some(34.0));
    assert_eq!(health.radios[0].neighbours, None, "without a scan nothing is known of neighbours");
    assert_eq!((health.home[0].title(), number(&health.home[0].signal)), ("tv", Some(-81.0)));
}
