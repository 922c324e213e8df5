package wireless

import (
	"encoding/binary"
	"errors"
	"unicode/utf16"

	"wsdoctor/probe"
)

// Where things stand in the structures of wlanapi.h. All numbers are little-endian. A
// test compares these with what a C compiler makes of the header.
const (
	listCount = 0 // WLAN_INTERFACE_INFO_LIST: dwNumberOfItems
	listRows  = 8 // InterfaceInfo

	rowSize        = 532 // WLAN_INTERFACE_INFO: a GUID, then
	rowDescription = 16  // strInterfaceDescription, 256 characters
	rowState       = 528 // isState

	attributesSize = 604 // WLAN_CONNECTION_ATTRIBUTES
	connectionPHY  = 568 // wlanAssociationAttributes.dot11PhyType
	connectionRate = 576 // wlanAssociationAttributes.wlanSignalQuality

	stateConnected = 1 // wlan_interface_state_connected

	opcodeConnection = 7          // wlan_intf_opcode_current_connection
	opcodeChannel    = 8          // wlan_intf_opcode_channel_number
	opcodeRSSI       = 0x10000102 // wlan_intf_opcode_rssi

	phyN  = 7 // dot11_phy_type_ht, the last that knows 2.4 and 5 GHz only …
	phyAC = 8 // dot11_phy_type_vht, 5 GHz only
)

// adapter is a wireless interface that is connected.
type adapter struct {
	guid [16]byte
	link probe.WirelessLink
}

// parseList reads a WLAN_INTERFACE_INFO_LIST of which b holds everything.
func parseList(b []byte) ([]adapter, error) {
	if len(b) < listRows {
		return nil, errors.New("the list of wireless interfaces is cut short")
	}
	count := uint64(binary.LittleEndian.Uint32(b[listCount:]))
	if count*rowSize > uint64(len(b)-listRows) {
		return nil, errors.New("the list of wireless interfaces is cut short")
	}
	var list []adapter
	for i := range int(min(count, mostLinks)) {
		row := b[listRows+i*rowSize:][:rowSize]
		if binary.LittleEndian.Uint32(row[rowState:]) != stateConnected {
			continue
		}
		a := adapter{guid: [16]byte(row)}
		a.link.Interface = wide(row[rowDescription:rowState])
		list = append(list, a)
	}
	return list, nil
}

func wide(b []byte) string {
	var chars []uint16
	for ; len(b) > 1; b = b[2:] {
		c := binary.LittleEndian.Uint16(b)
		if c == 0 {
			break
		}
		chars = append(chars, c)
	}
	return probe.Clean(string(utf16.Decode(chars)), 64)
}

// parseConnection reads WLAN_CONNECTION_ATTRIBUTES, of which nothing is kept but how
// well and by which generation of Wi-Fi is received.
func parseConnection(b []byte) (quality int, phy uint32, err error) {
	if len(b) < attributesSize {
		return 0, 0, errors.New("the wireless connection's attributes are cut short")
	}
	quality = int(min(binary.LittleEndian.Uint32(b[connectionRate:]), 100))
	return quality, binary.LittleEndian.Uint32(b[connectionPHY:]), nil
}

// asked fills in what the system answers about an adapter. An error is the refusal to
// tell of the connection; what else is told stays.
func (a adapter) asked(ask func(opcode uint32) ([]byte, error)) (link probe.WirelessLink, denied error) {
	var phy uint32
	if b, err := ask(opcodeConnection); err != nil {
		denied = err
	} else if quality, kind, err := parseConnection(b); err == nil {
		a.link.Quality, phy = &quality, kind
	}
	if b, err := ask(opcodeRSSI); err == nil && len(b) >= 4 {
		a.link.SignalDBM = int(int32(binary.LittleEndian.Uint32(b)))
	}
	if b, err := ask(opcodeChannel); err == nil && len(b) >= 4 {
		a.link.Channel = int(binary.LittleEndian.Uint32(b) & 0xffff)
		a.link.Band = channelBand(a.link.Channel, phy)
	}
	return a.link, denied
}

// channelBand names the band of a channel's number where there is but one: Wi-Fi 6 and
// newer use 6 GHz too, in which numbers begin anew (1, 5, 9 …).
func channelBand(channel int, phy uint32) string {
	six := phy > phyAC && channel%4 == 1 && channel <= 233 // it may be
	switch {
	case six:
	case phy == phyAC, channel >= 32 && channel <= 177:
		return "5 GHz"
	case channel >= 1 && channel <= 14:
		return "2.4 GHz"
	}
	return ""
}
