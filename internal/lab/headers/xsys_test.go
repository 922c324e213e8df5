//go:build wine && linux

package headers

import (
	"fmt"
	"go/build"
	"go/importer"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// structure is one of golang.org/x/sys/windows that the program gives to Windows or
// gets from it, and the fields that it uses: Go's name and, where it is another, C's.
type structure struct {
	c, goName string
	fields    string
}

// structures of x/sys/windows. Those without fields matter by their size alone.
var structures = []structure{
	{"IP_ADAPTER_ADDRESSES", "IpAdapterAddresses", "Length IfIndex Next AdapterName FirstUnicastAddress FirstDnsServerAddress DnsSuffix Description FriendlyName Mtu IfType OperStatus Ipv6IfIndex Ipv4Metric Ipv6Metric"},
	{"IP_ADAPTER_UNICAST_ADDRESS", "IpAdapterUnicastAddress", "Next Address OnLinkPrefixLength"},
	{"IP_ADAPTER_DNS_SERVER_ADDRESS", "IpAdapterDnsServerAdapter", "Next Address"},
	{"SOCKET_ADDRESS", "SocketAddress", "Sockaddr=lpSockaddr SockaddrLength=iSockaddrLength"},
	{"SOCKADDR_INET", "RawSockaddrInet", "Family=si_family"},
	{"SOCKADDR_IN6", "RawSockaddrInet6", "Family=sin6_family Port=sin6_port Flowinfo=sin6_flowinfo Addr=sin6_addr Scope_id=sin6_scope_id"},
	{"MIB_IPFORWARD_ROW2", "MibIpForwardRow2", "InterfaceIndex DestinationPrefix NextHop Metric"},
	{"MIB_IPFORWARD_TABLE2", "MibIpForwardTable2", ""},
	{"IP_ADDRESS_PREFIX", "IpAddressPrefix", "Prefix PrefixLength"},
	{"MIB_IF_ROW2", "MibIfRow2", "InterfaceLuid InterfaceIndex OutUcastPkts OutNUcastPkts"},
	{"PROCESSENTRY32W", "ProcessEntry32", "Size=dwSize ProcessID=th32ProcessID ExeFile=szExeFile"},
	{"ENUM_SERVICE_STATUS_PROCESSW", "ENUM_SERVICE_STATUS_PROCESS", "ServiceName=lpServiceName ServiceStatusProcess"},
	{"SERVICE_STATUS_PROCESS", "SERVICE_STATUS_PROCESS", "CurrentState=dwCurrentState Win32ExitCode=dwWin32ExitCode ServiceSpecificExitCode=dwServiceSpecificExitCode ProcessId=dwProcessId"},
	{"SERVICE_STATUS", "SERVICE_STATUS", "CurrentState=dwCurrentState"},
	{"QUERY_SERVICE_CONFIGW", "QUERY_SERVICE_CONFIG", "StartType=dwStartType"},
	{"GUID", "GUID", "Data1 Data2 Data3 Data4"},
}

var systemHeaders = []string{"ws2tcpip.h", "ws2ipdef.h", "iphlpapi.h", "netioapi.h", "tlhelp32.h", "winsvc.h"}

// windowsPackage reads the types of a package as 64-bit Windows has them.
func windowsPackage(t *testing.T, path string) *types.Package {
	t.Helper()
	before := build.Default
	t.Cleanup(func() { build.Default = before })
	build.Default.GOOS, build.Default.GOARCH, build.Default.CgoEnabled = "windows", "amd64", false
	pkg, err := importer.ForCompiler(token.NewFileSet(), "source", nil).Import(path)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

func TestStructuresOfXSysAreThoseOfTheHeaders(t *testing.T) {
	pkg, sizes := windowsPackage(t, "golang.org/x/sys/windows"), types.SizesFor("gc", "amd64")
	var facts []Fact
	for _, s := range structures {
		object := pkg.Scope().Lookup(s.goName)
		if object == nil {
			t.Errorf("x/sys/windows has no %s any more", s.goName)
			continue
		}
		of, isStruct := object.Type().Underlying().(*types.Struct)
		if !isStruct {
			t.Errorf("%s is no structure", s.goName)
			continue
		}
		facts = append(facts, Fact{"sizeof(" + s.c + ")", sizes.Sizeof(of)})
		var all []*types.Var
		for i := range of.NumFields() {
			all = append(all, of.Field(i))
		}
		offsets := sizes.Offsetsof(all)
		for field := range strings.FieldsSeq(s.fields) {
			ours, theirs, other := strings.Cut(field, "=")
			if !other {
				theirs = ours
			}
			found := false
			for i, f := range all {
				if f.Name() == ours {
					found = true
					facts = append(facts, Fact{fmt.Sprintf("offsetof(%s, %s)", s.c, theirs), offsets[i]})
				}
			}
			if !found {
				t.Errorf("%s has no field %s any more", s.goName, ours)
			}
		}
	}
	Check(t, systemHeaders, facts)
}

func TestAWrongNumberIsNoticed(t *testing.T) {
	facts := []Fact{{"sizeof(GUID)", 16}, {"sizeof(GUID)", 17}, {"offsetof(GUID, Data2)", 4}, {"offsetof(GUID, Data2)", 2}}
	list, err := wrong(nil, facts)
	if err != nil || len(list) != 2 || list[0] != "sizeof(GUID) is not 17" || list[1] != "offsetof(GUID, Data2) is not 2" {
		t.Errorf("%q, %v", list, err)
	}
	if _, err := wrong(nil, []Fact{{"sizeof(NO_SUCH_THING)", 1}}); err == nil {
		t.Error("a structure that the headers lack is right")
	}
	if _, err := wrong([]string{"no_such_header.h"}, facts[:1]); err == nil {
		t.Error("a header that is missing is right")
	}
}
