//go:build wine && linux

package wireless

import (
	"testing"

	"wsdoctor/internal/lab/headers"
)

func TestStructuresAreThoseOfTheHeaders(t *testing.T) {
	headers.Check(t, []string{"wlanapi.h"}, []headers.Fact{
		{C: "offsetof(WLAN_INTERFACE_INFO_LIST, dwNumberOfItems)", Go: listCount},
		{C: "offsetof(WLAN_INTERFACE_INFO_LIST, InterfaceInfo)", Go: listRows},
		{C: "sizeof(WLAN_INTERFACE_INFO)", Go: rowSize},
		{C: "offsetof(WLAN_INTERFACE_INFO, strInterfaceDescription)", Go: rowDescription},
		{C: "offsetof(WLAN_INTERFACE_INFO, isState)", Go: rowState},
		{C: "sizeof(WLAN_CONNECTION_ATTRIBUTES)", Go: attributesSize},
		{C: "offsetof(WLAN_CONNECTION_ATTRIBUTES, wlanAssociationAttributes.dot11PhyType)", Go: connectionPHY},
		{C: "offsetof(WLAN_CONNECTION_ATTRIBUTES, wlanAssociationAttributes.wlanSignalQuality)", Go: connectionRate},
		{C: "wlan_interface_state_connected", Go: stateConnected},
		{C: "wlan_intf_opcode_current_connection", Go: opcodeConnection},
		{C: "wlan_intf_opcode_channel_number", Go: opcodeChannel},
		{C: "wlan_intf_opcode_rssi", Go: opcodeRSSI},
		{C: "dot11_phy_type_ht", Go: phyN},
	})
}
