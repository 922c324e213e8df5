package client

import "golang.org/x/sys/windows/registry"

// uninstallKey is where Windows lists installed programs, of everybody and of the
// user (Microsoft, "Uninstall registry key").
const uninstallKey = `Software\Microsoft\Windows\CurrentVersion\Uninstall`

// mostEntries of one list are looked at.
const mostEntries = 4 << 10

// registryEntries lists the installed programs, the user's own first: the client
// installs for one user as well as for all.
func registryEntries() (list []installedProgram) {
	for _, place := range []struct {
		root registry.Key
		view uint32
	}{{registry.CURRENT_USER, 0}, {registry.LOCAL_MACHINE, registry.WOW64_64KEY}, {registry.LOCAL_MACHINE, registry.WOW64_32KEY}} {
		k, err := registry.OpenKey(place.root, uninstallKey, registry.ENUMERATE_SUB_KEYS|place.view)
		if err != nil {
			continue
		}
		names, _ := k.ReadSubKeyNames(mostEntries)
		k.Close()
		for _, name := range names {
			k, err := registry.OpenKey(place.root, uninstallKey+`\`+name, registry.QUERY_VALUE|place.view)
			if err != nil {
				continue
			}
			var e installedProgram
			if e.name, _, err = k.GetStringValue("DisplayName"); err == nil {
				e.version, _, _ = k.GetStringValue("DisplayVersion")
				list = append(list, e)
			}
			k.Close()
		}
	}
	return list
}
