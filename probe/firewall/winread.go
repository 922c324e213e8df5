package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"wsdoctor/probe"
)

// winSystem is what is asked of Windows: a seam, so that reading the policy can be
// tried on any system.
type winSystem interface {
	// key opens a key below HKEY_LOCAL_MACHINE, as 64-bit programs see it.
	// fs.ErrNotExist: there is none; fs.ErrPermission: it may not be read.
	key(path string) (winKey, error)
	// state of a service, in the numbers of SERVICE_STATUS; fs.ErrNotExist: there
	// is no such service.
	state(service string) (uint32, error)
	// adapter gives an interface's GUID and kind; empty if not known.
	adapter(device string) (guid, kind string)
	expand(path string) string
}

// winKey is an open key of the registry. A value that is not there is
// fs.ErrNotExist.
type winKey interface {
	number(value string) (uint32, error)
	text(value string) (string, error)
	values(most int) ([]string, error) // names, at most one more than asked for
	close()
}

// Where Windows Firewall's policy is kept.
const (
	keyLocal   = `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy`
	keyMDM     = keyLocal + `\Mdm`
	keyGroup   = `SOFTWARE\Policies\Microsoft\WindowsFirewall`
	mpsService = "MpsSvc"
	keyService = `SYSTEM\CurrentControlSet\Services\` + mpsService
)

// newProfiles and oldProfiles are the keys of the profiles. The private one is
// called "standard" where there were but two.
var (
	newProfiles = map[winProfiles][]string{
		profileDomain:  {"DomainProfile"},
		profilePrivate: {"PrivateProfile", "StandardProfile"},
		profilePublic:  {"PublicProfile"},
	}
	oldProfiles = map[winProfiles][]string{
		profileDomain:  {"DomainProfile"},
		profilePrivate: {"StandardProfile"},
		profilePublic:  {"PublicProfile"},
	}
)

var winStores = []struct {
	name, key string
	profiles  map[winProfiles][]string
}{
	{storeGroup, keyGroup, newProfiles},
	{storeMDM, keyMDM, newProfiles},
	{storeLocal, keyLocal, oldProfiles},
}

func lookWindows(ctx context.Context, a Ask, system winSystem) ([]probe.Observation, []string) {
	gaps := []string{
		"Filters of security software beside Windows Firewall cannot be seen, nor can its limits for single services.",
	}
	p, err := policyInTime(ctx, system, a.Interface)
	switch {
	case errors.Is(err, fs.ErrPermission):
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

// policyInTime gives up a service manager or a registry that does not answer: a call into
// Windows cannot be broken off, and nobody waits for it any more.
func policyInTime(ctx context.Context, system winSystem, device string) (winPolicy, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type answer struct {
		of  winPolicy
		err error
	}
	said := make(chan answer, 1)
	go func() {
		p, err := readPolicy(ctx, system, device)
		said <- answer{p, err}
	}()
	select {
	case a := <-said:
		return a.of, a.err
	case <-ctx.Done():
		return winPolicy{
				expand: func(path string) string { return path },
			}, errors.New(
				"this computer did not answer in time",
			)
	}
}

func readPolicy(ctx context.Context, system winSystem, device string) (winPolicy, error) {
	p := winPolicy{expand: system.expand, idle: idleBecause(system)}
	p.guid, p.kind = system.adapter(device)
	for _, s := range winStores {
		store := winStore{name: s.name, settings: map[winProfiles]winSettings{}}
		for _, profile := range allProfiles {
			for _, name := range s.profiles[profile] {
				if err := ctx.Err(); err != nil {
					return p, err
				}
				settings, err := readSettings(system, s.key+`\`+name)
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil {
					return p, err
				}
				store.settings[profile] = store.settings[profile].or(settings)
				lists, err := readLists(system, s.name, s.key+`\`+name, profile)
				if err != nil {
					return p, err
				}
				store.rules = append(store.rules, lists...)
			}
		}
		rules, err := readRules(system, s.name, s.key+`\FirewallRules`)
		if errors.Is(err, fs.ErrNotExist) {
			store.lost, err = true, nil
		}
		if err != nil {
			return p, err
		}
		store.rules = append(store.rules, rules...)
		p.stores = append(p.stores, store)
	}
	return p, nil
}

// serviceStates are the numbers of SERVICE_STATUS for a service that does not do
// its work (Microsoft, SERVICE_STATUS structure); 4 is running.
var serviceStates = map[uint32]string{
	1: "is stopped",
	2: "is starting",
	3: "is stopping",
	5: "is about to go on",
	6: "is pausing",
	7: "is paused",
}

const serviceRunning = 4

// idleBecause says why Windows Firewall does not do what its policy says; empty if
// its service runs. What is filtered then is not documented: filters for the time
// before its start may stand, and those of a service that was ended.
func idleBecause(system winSystem) string {
	const service = "the service of Windows Firewall (" + mpsService + ")"
	state, err := system.state(mpsService)
	what, stands := serviceStates[state]
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no service of Windows Firewall (" + mpsService + ") on this system"
	case err != nil:
		return service + " could not be asked for its state: " + probe.Clean(err.Error(), 100)
	case state == serviceRunning:
		return ""
	case state == 1 && startsNever(system):
		return service + " is disabled and stopped"
	case !stands:
		return fmt.Sprintf("%s is in an unknown state (%d)", service, state)
	}
	return service + " " + what
}

func startsNever(system winSystem) bool {
	const disabled = 4
	k, err := system.key(keyService)
	if err != nil {
		return false
	}
	defer k.close()
	start, err := k.number("Start")
	return err == nil && start == disabled
}

// readSettings reads a profile's key. A value that is there and is no number is an
// error: what Windows makes of it is not known.
func readSettings(system winSystem, path string) (winSettings, error) {
	k, err := system.key(path)
	if err != nil {
		return winSettings{}, err
	}
	defer k.close()
	s := winSettings{there: true}
	for name, into := range map[string]**uint32{
		"EnableFirewall": &s.enable, "DefaultInboundAction": &s.inbound, "DoNotAllowExceptions": &s.noExceptions, "AllowLocalPolicyMerge": &s.mergeLocal,
	} {
		v, err := k.number(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return s, fmt.Errorf("%s of %s: %w", name, baseName(path), hide(err))
		}
		*into = &v
	}
	s.spared, err = k.text("DisabledInterfaces")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.spared = "*"
	}
	return s, nil
}

// or fills what is left out from another key of the same profile: the old template
// of group policy writes the one, the newer one the other.
func (s winSettings) or(other winSettings) winSettings {
	s.there = s.there || other.there
	s.enable, s.inbound = cmp.Or(s.enable, other.enable), cmp.Or(s.inbound, other.inbound)
	s.noExceptions, s.mergeLocal = cmp.Or(s.noExceptions, other.noExceptions), cmp.Or(s.mergeLocal, other.mergeLocal)
	if s.spared += other.spared; other.spared == "*" {
		s.spared = "*"
	}
	return s
}

// hide keeps an error of one value from being taken for one of the whole key.
func hide(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return errors.New(err.Error())
}

var errManyRules = errors.New("too many rules")

// texts reads all values of a key; those that are no text are empty.
func texts(system winSystem, path string) (map[string]string, []string, error) {
	k, err := system.key(path)
	if err != nil {
		return nil, nil, err
	}
	defer k.close()
	names, err := k.values(maxRules)
	if err != nil {
		return nil, nil, err
	}
	if len(names) > maxRules {
		return nil, nil, errManyRules
	}
	list := make(map[string]string, len(names))
	for _, name := range names {
		if text, err := k.text(name); err == nil {
			list[name] = text
		} else {
			list[name] = ""
		}
	}
	return list, names, nil
}

func readRules(system winSystem, store, path string) ([]winRule, error) {
	values, names, err := texts(system, path)
	list := make([]winRule, 0, len(names))
	for _, name := range names {
		list = append(list, parseWinRule(store, name, values[name]))
	}
	return list, err
}
