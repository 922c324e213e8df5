package host

import (
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

const dhclientConf = `# /etc/dhcp/dhclient.conf
option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
send host-name = gethostname(); # "quotes" in a comment
request subnet-mask, broadcast-address, time-offset, routers,
	domain-name, domain-name-servers, domain-search, host-name;
#prepend domain-name-servers 127.0.0.1;
supersede domain-name "corp.example.com; prepend domain-name-servers 192.0.2.66";
timeout 300;
prepend domain-name-servers 10.20.0.10, 10.20.1.10; # skylight
lease {
	option domain-name-servers 192.0.2.2;
}
`

const netplanYAML = `# made by the agent
network:
  version: 2
  renderer: networkd
  ethernets:
    eth0:
      dhcp4: true
      match: {macaddress: "02:00:00:00:00:01"}
    eth1:
      dhcp4: yes
      dhcp4-overrides:
        use-dns: false
      addresses:
      - 10.20.1.5/24
      routes:
        - to: default
          via: 10.20.1.1
          nameservers:
            addresses: [192.0.2.66]
      nameservers:
        search: [corp.example.com]
        addresses: [10.20.0.10, "10.20.1.10"]  # the directory's
`

const keyfile = `[connection]
id=CustomerNIC
uuid=0b1c
type=ethernet

[802-1x]
password=never-record-this

[ipv4]
dns=10.20.0.10;10.20.1.10;
dns-search=corp.example.com;
ignore-auto-dns=true
method=auto

[ipv6]
method=ignore
`

const krb5Conf = `# To opt out of the system crypto-policies configuration of krb5, remove the
includedir /etc/krb5.conf.d/
includedir /var/lib/sss/pubconf/krb5.include.d/

[logging]
    default = FILE:/var/log/krb5libs.log

[libdefaults]
    dns_lookup_realm = false
#   default_realm = EXAMPLE.COM
    default_ccache_name = KEYRING:persistent:%{uid}
    default_realm = CORP.EXAMPLE.NET
[realms]
 EXAMPLE.COM = {
     default_realm = NOT.THIS.ONE
 }
`

const sssdConf = `[sssd]
domains = corp.example.net, other.example.net
services = nss, pam

[domain/corp.example.net]
id_provider = ad
ldap_default_authtok = never-record-this
ad_domain = AD.example.net
`

// denied is a file system in which some files exist but may not be read.
type denied struct {
	fstest.MapFS
	names  []string
	hidden string // in a directory that may not be searched
}

func (d denied) Open(name string) (fs.File, error) {
	if slices.Contains(d.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return d.MapFS.Open(name)
}

// Stat keeps the standard library from opening the file.
func (d denied) Stat(name string) (fs.FileInfo, error) {
	if name == d.hidden {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrPermission}
	}
	return d.MapFS.Stat(name)
}

func TestDirectorySettingsOfLinuxWorkSpaces(t *testing.T) {
	const (
		netplan = "etc/netplan/zz-workspaces-domain.yaml"
		nm      = "etc/NetworkManager/system-connections/CustomerNIC.nmconnection"
		ifcfg   = "etc/sysconfig/network-scripts/ifcfg-CustomerNIC"
		dhcp    = "etc/dhcp/dhclient.conf"
		krb5    = "etc/krb5.conf"
		sssd    = "etc/sssd/sssd.conf"
	)
	both := []netip.Addr{addr("10.20.0.10"), addr("10.20.1.10")}
	told := func(domain, from string, dns []netip.Addr, dnsFrom string) probe.DirectoryDetail {
		return probe.DirectoryDetail{Domain: domain, DomainSource: from, DNS: dns, DNSSource: dnsFrom}
	}
	none := []netip.Addr{}
	for name, c := range map[string]struct {
		root   fs.FS
		search []string
		want   probe.DirectoryDetail
		gaps   []string
	}{
		"Amazon Linux 2": {
			fstest.MapFS{dhcp: file(dhclientConf), krb5: file(krb5Conf)}, []string{"us-east-1.compute.internal"},
			told("corp.example.net", "/"+krb5, both, "/"+dhcp), nil,
		},
		"Ubuntu": {
			fstest.MapFS{netplan: file(netplanYAML), dhcp: file("#prepend domain-name-servers 127.0.0.1;\n"), sssd: file(sssdConf)}, nil,
			told("ad.example.net", "/"+sssd, both, "/"+netplan), nil,
		},
		"RHEL, as root":                          {fstest.MapFS{nm: file(keyfile)}, []string{"corp.example.com."}, told("corp.example.com", "/etc/resolv.conf (search list)", both, "/"+nm), nil},
		"Rocky Linux 8":                          {fstest.MapFS{ifcfg: file("DEVICE=eth1\nDNS1=10.20.0.10\nDNS2=\"10.20.1.10\"\nPEERDNS=no\n")}, nil, told("", "", both, "/"+ifcfg), nil},
		"a directory that is called as VPCs are": {fstest.MapFS{}, []string{"us-east-1.compute.internal", "corp.internal"}, told("corp.internal", "/etc/resolv.conf (search list)", none, ""), nil},
		"nothing is set":                         {fstest.MapFS{}, []string{"us-east-1.compute.internal", "ec2.internal", "corp", ".", "localdomain"}, told("", "", none, ""), nil},
		"RHEL, as a user": {
			denied{fstest.MapFS{nm: file(""), dhcp: file(dhclientConf), sssd: file("")}, []string{nm, sssd}, ""}, nil, told("", "", none, ""),
			[]string{"directory domain: /" + sssd + " can only be read with privileges (sudo)", "directory DNS addresses: /" + nm + " can only be read with privileges (sudo)"},
		},
		"a closed directory that may hold nothing": {
			denied{fstest.MapFS{dhcp: file(dhclientConf)}, nil, nm}, nil, told("", "", both, "/"+dhcp),
			[]string{"directory DNS addresses: /" + nm + " can only be read with privileges (sudo)"},
		},
		"keyfile with a name": {
			fstest.MapFS{nm: file("[ipv4]\ndns=10.0.0.1;dc1;\n")}, nil, told("", "", none, ""),
			[]string{`directory DNS addresses: /` + nm + `: "dc1" is not an address`},
		},
		"SSSD without a list of domains": {
			fstest.MapFS{sssd: file("[nss]\n[domain/corp.example.org]\nid_provider = ad\n")}, nil, told("corp.example.org", "/"+sssd, none, ""), nil,
		},
		"half understood is not used": {
			fstest.MapFS{netplan: file("network: {version: 2}\n"), dhcp: file(dhclientConf)}, nil, told("", "", none, ""),
			[]string{"directory DNS addresses: /" + netplan + ": line 1: this form of YAML is not read"},
		},
		"a name server by name": {
			fstest.MapFS{dhcp: file("prepend domain-name-servers dc1.corp.example.com;")}, nil, told("", "", none, ""),
			[]string{`directory DNS addresses: /` + dhcp + `: "dc1.corp.example.com" is not an address`},
		},
		"realm in an included directory": {
			fstest.MapFS{
				krb5: file(krb5Conf), "etc/krb5.conf.d/crypto-policies": file("[libdefaults]\npermitted_enctypes = aes256-cts\n"),
				"etc/krb5.conf.d/realm.conf": file("[libdefaults]\n\tdefault_realm=\"FIRST.EXAMPLE\"\n"), "etc/krb5.conf.d/.hidden.conf": file("[libdefaults]\ndefault_realm = HIDDEN.EXAMPLE"),
				"etc/krb5.conf.d/a.rpmnew": file("[libdefaults]\ndefault_realm = NEW.EXAMPLE"),
			}, nil, told("first.example", "/etc/krb5.conf.d/realm.conf", none, ""), nil,
		},
		"an include line with a tab, after a mark": {
			fstest.MapFS{krb5: file("\xef\xbb\xbfincludedir\t/etc/krb5.conf.d/\n"), "etc/krb5.conf.d/realm": file("[libdefaults]\n\tdefault_realm\t=\tTAB.EXAMPLE\n")}, nil,
			told("tab.example", "/etc/krb5.conf.d/realm", none, ""), nil,
		},
		"several domains in SSSD, one of them a directory": {
			fstest.MapFS{sssd: file("[sssd]\ndomains = local, corp.example.org\n[domain/local]\nid_provider = files\n[domain/corp.example.org]\nid_provider = ad\n")}, nil,
			told("corp.example.org", "/"+sssd, none, ""), nil,
		},
		"a realm in SSSD": {
			fstest.MapFS{sssd: file("[sssd]\ndomains = corp\n[domain/corp]\nid_provider = ldap\nkrb5_realm = REALM.EXAMPLE\n")}, nil, told("realm.example", "/"+sssd, none, ""), nil,
		},
		"SSSD in parts": {
			fstest.MapFS{sssd: file("[sssd]\ndomains = corp\n"), "etc/sssd/conf.d/10-corp.conf": file("[domain/corp]\nad_domain = parts.example\n"), "etc/sssd/conf.d/.swap.conf": file("[domain/corp]\nad_domain = hidden.example\n")}, nil,
			told("parts.example", "/"+sssd, none, ""), nil,
		},
		"winbind": {
			fstest.MapFS{"etc/samba/smb.conf": file("# Samba\n[global]\n   security = ads\n   Realm = WINBIND.EXAMPLE\n[homes]\n   realm = NOT.THIS\n")}, []string{"ec2.internal"}, told("winbind.example", "/etc/samba/smb.conf", none, ""), nil,
		},
		"files that disagree": {
			fstest.MapFS{krb5: file("[libdefaults]\ndefault_realm = OLD.EXAMPLE\n"), sssd: file("[domain/new.example]\nid_provider = ad\n")}, nil,
			probe.DirectoryDetail{Domain: "old.example", DomainSource: "/" + krb5, Also: []string{"new.example"}, DNS: none},
			[]string{"directory domain: several are named: old.example (/" + krb5 + "), new.example (/" + sssd + "); the first is used, and --domain says another"},
		},
		"realms nobody filled in": {
			fstest.MapFS{krb5: file("[libdefaults]\ndefault_realm = ATHENA.MIT.EDU\n")}, []string{"corp.example.com"},
			told("corp.example.com", "/etc/resolv.conf (search list)", none, ""), nil,
		},
		"includes that never end": {
			fstest.MapFS{krb5: file("include /etc/krb5.conf\n")}, nil, told("", "", none, ""),
			[]string{"directory domain: /etc/krb5.conf: too many files are included"},
		},
		"a pipe is not waited for": {
			fstest.MapFS{krb5: {Mode: fs.ModeNamedPipe}, dhcp: {Mode: fs.ModeNamedPipe}}, nil, told("", "", none, ""),
			[]string{"directory domain: /etc/krb5.conf: read /etc/krb5.conf: not a regular file", "directory DNS addresses: /" + dhcp + ": read /" + dhcp + ": not a regular file"},
		},
	} {
		got, gaps := directoryFiles(c.root, c.search)
		if diff := cmp.Diff(c.want, got, plainValues); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(c.gaps, gaps); diff != "" {
			t.Errorf("%s, gaps (-want +got):\n%s", name, diff)
		}
	}
}

func TestDirectorySettingsOfWindowsWorkSpaces(t *testing.T) {
	const suffix = `SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Domain`
	const dns = `SOFTWARE\Amazon\SkyLight\DomainJoinDns`
	for name, c := range map[string]struct {
		values map[string]string
		err    error
		want   probe.DirectoryDetail
		gaps   int
	}{
		"joined": {
			map[string]string{suffix: "Corp.Example.com", dns: "10.20.0.10,10.20.1.10"}, fs.ErrNotExist,
			probe.DirectoryDetail{Domain: "corp.example.com", DomainSource: `HKEY_LOCAL_MACHINE\` + suffix, DNS: []netip.Addr{addr("10.20.0.10"), addr("10.20.1.10")}, DNSSource: `HKEY_LOCAL_MACHINE\` + dns}, 0,
		},
		"edited by hand": {
			map[string]string{dns: " 10.20.0.10; 10.20.0.10 ,127.0.0.1,"}, fs.ErrNotExist,
			probe.DirectoryDetail{DNS: []netip.Addr{addr("10.20.0.10")}, DNSSource: `HKEY_LOCAL_MACHINE\` + dns}, 0,
		},
		"no address": {map[string]string{dns: "10.20.0.10,dc1"}, fs.ErrNotExist, probe.DirectoryDetail{DNS: []netip.Addr{}}, 1},
		"not there":  {nil, fs.ErrNotExist, probe.DirectoryDetail{DNS: []netip.Addr{}}, 0},
		"closed":     {nil, fs.ErrPermission, probe.DirectoryDetail{DNS: []netip.Addr{}}, 2},
	} {
		got, gaps := directoryKeys(func(key, name string) (string, error) {
			if v, ok := c.values[key+`\`+name]; ok {
				return v, nil
			}
			return "", c.err
		})
		if diff := cmp.Diff(c.want, got, plainValues); diff != "" || len(gaps) != c.gaps {
			t.Errorf("%s: gaps %q, (-want +got):\n%s", name, gaps, diff)
		}
	}
}

func TestNetplanIsReadWholeOrNotAtAll(t *testing.T) {
	const head = "network:\n  ethernets:\n    eth1:\n"
	for text, want := range map[string]string{
		head + "      nameservers:\n        addresses: [10.0.0.1, fd00::1]\n":                                                                "10.0.0.1 fd00::1",
		head + "      nameservers:\n        addresses:\n        - 10.0.0.1\n        - '10.0.0.2' # second\n      mtu: 9001":                  "10.0.0.1 10.0.0.2",
		head + "      nameservers:\n        addresses:\n          - 10.0.0.1\n\n          - 10.0.0.2\n        search:\n        - a.b":        "10.0.0.1 10.0.0.2",
		"---\nnetwork:\r\n  ethernets:\r\n    eth1:\r\n      nameservers:\r\n        addresses: [ 10.0.0.1 ]\r\n":                            "10.0.0.1",
		head + "      nameservers:\n        addresses: [10.0.0.1]\n    eth2:\n      nameservers:\n        addresses: [10.0.0.1, 10.0.0.2]\n": "10.0.0.1 10.0.0.2",
		head + "      addresses: [10.0.0.9/24]\n      nameservers:\n        search: [x.y]\n":                                                 "",
		head + "      nameservers: {addresses: [10.0.0.1]}\n":                                                                                "!",
		head + "      nameservers:\n        addresses: [10.0.0.1,\n          10.0.0.2]\n":                                                    "!",
		head + "      nameservers:\n        addresses: *dns\n":                                                                               "!",
		head + "      nameservers:\n        addresses: 10.0.0.1\n":                                                                           "!",
		head + "      nameservers:\n        addresses:\n          [10.0.0.1]\n":                                                              "!",
		head + "      nameservers:\n        addresses: [dc1.example]\n":                                                                      "!",
		head + "      nameservers:\n        addresses:\n          - ip: 10.0.0.1\n":                                                          "!",
		head + "\t nameservers:\n":                     "!",
		head + "      match: {\n        name: x}\n":    "!",
		head + "      set-name: \"x\n":                 "!",
		head + "      note: |\n        nameservers:\n": "!",
		"network: !!map\n":                             "!",
		"network:\n  version: 2\n---\nnetwork:\n":      "!",
		strings.Repeat("- ", 1000) + "x":               "!",
		"":                                             "",
	} {
		got, err := parseNetplan([]byte(text))
		words := []string{}
		for _, a := range got {
			words = append(words, a.String())
		}
		if failed := err != nil; failed != (want == "!") || !failed && strings.Join(words, " ") != want {
			t.Errorf("%q: %q, %v; want %q", text, words, err, want)
		}
	}
}

func TestDomainNames(t *testing.T) {
	for in, want := range map[string]string{
		"CORP.Example.COM.": "corp.example.com", " a_b.example ": "a_b.example", "corp": "corp", "": "", ".": "", "a..b": "", "a b": "",
		"10.0.0.1": "", "x\x1b[31m.example": "", strings.Repeat("a", 64) + ".example": "", "bücher.example": "", strings.Repeat("a.", 150): "",
	} {
		if got := domainOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// checkServers: whatever was read, the addresses can be asked and are few.
func checkServers(t *testing.T, list []netip.Addr, err error) {
	t.Helper()
	if err != nil && (list != nil || len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\x1b\n")) {
		t.Errorf("%v, %q", list, err)
	}
	if len(list) > directoryServers {
		t.Errorf("%d addresses", len(list))
	}
	for _, a := range list {
		if !a.IsValid() || a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.Zone() != "" || a.Is4In6() {
			t.Errorf("address %s", a)
		}
	}
}

func FuzzDirectoryDNSFiles(f *testing.F) {
	for _, s := range []string{dhclientConf, netplanYAML, keyfile, "DNS1=10.0.0.1\nDNS2=::1\nDNS=x\n", "- - - -", "network:\n  e:\n    x:\n      nameservers:\n        addresses:\n        - ::ffff:1.2.3.4\n", "prepend domain-name-servers fe80::1%eth0;", "\"#{;", "a: \"'"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, file := range dnsFiles {
			list, err := file.parse(b)
			checkServers(t, list, err)
		}
		list, err := addressList(string(b), ",; ")
		checkServers(t, list, err)
	})
}

func FuzzDirectoryDomainFiles(f *testing.F) {
	f.Add([]byte(krb5Conf), []byte(sssdConf), "corp.example.com")
	f.Add([]byte("include /etc/sssd/sssd.conf\nincludedir /etc\n[libdefaults\ndefault_realm = {\n}"), []byte("[domain/]\nad_domain=\x1b"), "..")
	f.Add([]byte("[libdefaults]\ndefault_realm=[::1]\ninclude /../x"), []byte("[sssd]\ndomains=,\n[domain/a.b"), "INTERNAL")
	f.Fuzz(func(t *testing.T, krb5, sssd []byte, search string) {
		root := fstest.MapFS{"etc/krb5.conf": {Data: krb5}, "etc/sssd/sssd.conf": {Data: sssd}}
		d, gaps := directoryFiles(root, []string{search})
		if d.Domain != domainOf(d.Domain) || (d.Domain == "") != (d.DomainSource == "") || givenByDHCP(d.Domain) && d.DomainSource == "/etc/resolv.conf (search list)" {
			t.Errorf("%+v", d)
		}
		for _, g := range gaps {
			if len(g) > 1000 || strings.ContainsAny(g, "\x1b\n") {
				t.Errorf("gap %q", g)
			}
		}
	})
}
