package firewall

import (
	"context"
	"errors"
	"io"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"wsdoctor/probe"
)

// Where Windows Firewall's policy is kept.
const (
	keyLocal   = `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy`
	keyMDM     = keyLocal + `\Mdm`
	keyGroup   = `SOFTWARE\Policies\Microsoft\WindowsFirewall`
	keyService = `SYSTEM\CurrentControlSet\Services\MpsSvc`
)

// winStores are the stores with their keys and what they call the profiles. The
// private profile is called "standard" where there were but two.
var winStores = []struct {
	name, key string
	profiles  map[winProfiles][]string
}{
	{storeGroup, keyGroup, map[winProfiles][]string{profileDomain: {"DomainProfile"}, profilePrivate: {"PrivateProfile", "StandardProfile"}, profilePublic: {"PublicProfile"}}},
	{storeMDM, keyMDM, map[winProfiles][]string{profileDomain: {"DomainProfile"}, profilePrivate: {"PrivateProfile", "StandardProfile"}, profilePublic: {"PublicProfile"}}},
	{storeLocal, keyLocal, map[winProfiles][]string{profileDomain: {"DomainProfile"}, profilePrivate: {"StandardProfile"}, profilePublic: {"PublicProfile"}}},
}

func look(ctx context.Context, a Ask) ([]probe.Observation, []string) {
	gaps := []string{"Filters of security software beside Windows Firewall cannot be seen, nor can its limits for single services."}
	p, err := readWindows(ctx, a.Interface)
	switch {
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		o := skipped(a, engineWindows, probe.PermissionDenied)
		d := o.Detail.(probe.FirewallDetail)
		d.Repeat = "wsdoctor inside, as administrator"
		o.Detail = d
		return []probe.Observation{o}, append(gaps, "The firewall's rules may not be read: repeat with "+d.Repeat+".")
	case err != nil:
		p.problems = append(p.problems, "the policy could not be read: "+probe.Clean(err.Error(), 100))
		gaps = append(gaps, "Windows Firewall: "+p.problems[0]+".")
	}
	return observations(a, engineWindows, evaluateWindows(p, a)), gaps
}

// readWindows reads the policy. Keys that do not exist hold nothing.
func readWindows(ctx context.Context, device string) (winPolicy, error) {
	p := winPolicy{expand: func(s string) string {
		if out, err := registry.ExpandString(s); err == nil {
			return out
		}
		return s
	}}
	p.guid, p.kind = winInterface(device)
	if k, err := openKey(keyService); err == nil {
		const disabled = 4
		if v := dword(k, "Start"); v != nil {
			p.disabled = *v == disabled
		}
		k.Close()
	}
	for _, s := range winStores {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		store := winStore{name: s.name, settings: map[winProfiles]winSettings{}}
		for profile, names := range s.profiles {
			for _, name := range names {
				k, err := openKey(s.key + `\` + name)
				if errors.Is(err, registry.ErrNotExist) {
					continue
				}
				if err != nil {
					return p, err
				}
				store.settings[profile] = winSettings{dword(k, "EnableFirewall"), dword(k, "DefaultInboundAction"), dword(k, "DoNotAllowExceptions"), dword(k, "AllowLocalPolicyMerge"), sparedBy(k)}
				k.Close()
				break
			}
		}
		rules, err := winRules(s.name, s.key+`\FirewallRules`)
		if err != nil {
			return p, err
		}
		store.rules = rules
		p.stores = append(p.stores, store)
	}
	return p, nil
}

func openKey(path string) (registry.Key, error) {
	return registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
}

func dword(k registry.Key, name string) *uint32 {
	v, _, err := k.GetIntegerValue(name)
	if err != nil {
		return nil
	}
	n := uint32(v)
	return &n
}

// sparedBy lists the interfaces for which a profile's firewall is off.
func sparedBy(k registry.Key) string {
	s, _, err := k.GetStringValue("DisabledInterfaces")
	switch {
	case errors.Is(err, registry.ErrNotExist):
		return ""
	case err != nil:
		return "*"
	}
	return s
}

var errManyRules = errors.New("too many rules")

func winRules(store, path string) ([]winRule, error) {
	k, err := openKey(path)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := k.ReadValueNames(maxRules + 1)
	if len(names) > maxRules {
		return nil, errManyRules
	}
	if err != nil && !errors.Is(err, io.EOF) { // which says that there are no more
		return nil, err
	}
	list := make([]winRule, 0, len(names))
	for _, name := range names {
		text, _, err := k.GetStringValue(name)
		if err != nil {
			text = "" // not a string, so no rule that can be read
		}
		list = append(list, parseWinRule(store, name, text))
	}
	return list, nil
}

// winInterface finds the interface's GUID and kind by its name.
func winInterface(device string) (guid, kind string) {
	size := uint32(16 << 10)
	for range 4 {
		b := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&b[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, windows.GAA_FLAG_SKIP_ANYCAST|windows.GAA_FLAG_SKIP_MULTICAST|windows.GAA_FLAG_SKIP_DNS_SERVER, 0, first, &size)
		if errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) && size < 16<<20 {
			continue
		}
		if err != nil {
			return "", ""
		}
		for at := first; at != nil; at = at.Next {
			if windows.UTF16PtrToString(at.FriendlyName) == device {
				kinds := map[uint32]string{6: "Lan", 71: "Wireless", 23: "RemoteAccess"}
				return strings.ToUpper(windows.BytePtrToString(at.AdapterName)), kinds[at.IfType]
			}
		}
		break
	}
	return "", ""
}
