//go:build wine && linux

package listen

import (
	"fmt"
	"testing"

	"wsdoctor/internal/lab/headers"
	"wsdoctor/probe"
)

func TestStructuresAreThoseOfTheHeaders(t *testing.T) {
	names := map[string]string{"tcpfalse": "MIB_TCPROW_OWNER_PID", "tcptrue": "MIB_TCP6ROW_OWNER_PID", "udpfalse": "MIB_UDPROW_OWNER_PID", "udptrue": "MIB_UDP6ROW_OWNER_PID"}
	facts := []headers.Fact{
		{C: "TCP_TABLE_OWNER_PID_ALL", Go: 5}, {C: "UDP_TABLE_OWNER_PID", Go: 1}, {C: "MIB_TCP_STATE_LISTEN", Go: mibListen}, {C: "MIB_TCP_STATE_ESTAB", Go: mibEstablished},
		{C: "offsetof(MIB_TCPTABLE_OWNER_PID, table)", Go: 4}, {C: "offsetof(MIB_TCP6TABLE_OWNER_PID, table)", Go: 4},
		{C: "offsetof(MIB_UDPTABLE_OWNER_PID, table)", Go: 4}, {C: "offsetof(MIB_UDP6TABLE_OWNER_PID, table)", Go: 4},
	}
	for _, m := range mibTables {
		name := names[fmt.Sprint(m.transport, m.v6)]
		address := map[bool]string{false: "dw%sAddr", true: "uc%sAddr"}[m.v6]
		facts = append(facts, headers.Fact{C: "sizeof(" + name + ")", Go: int64(m.size)})
		for _, f := range []struct {
			field string
			at    int
		}{
			{fmt.Sprintf(address, "Local"), m.local}, {"dwLocalPort", m.localPort}, {fmt.Sprintf(address, "Remote"), m.remote},
			{"dwRemotePort", m.remotePort}, {"dwState", m.state}, {"dwOwningPid", m.pid},
		} {
			if f.at >= 0 {
				facts = append(facts, headers.Fact{C: fmt.Sprintf("offsetof(%s, %s)", name, f.field), Go: int64(f.at)})
			} else if m.transport != probe.UDP {
				t.Errorf("%s has no %s", name, f.field)
			}
		}
	}
	headers.Check(t, []string{"ws2tcpip.h", "iphlpapi.h", "tcpmib.h", "udpmib.h"}, facts)
}
