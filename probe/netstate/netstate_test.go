package netstate

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

func TestConnectivityInWords(t *testing.T) {
	for connectivity, want := range map[uint32][2]string{
		0x40:         {"internet", "none"}, // IPv4 internet
		0x40 | 0x2:   {"internet", "none"}, // and IPv6 without traffic
		0x40 | 0x400: {"internet", "internet"},
		0x20 | 0x100: {"local", "local"},
		0x10:         {"local", "none"},
		0:            {"none", "none"},
	} {
		if d := stateOf(connectivity, nil); d.IPv4 != want[0] || d.IPv6 != want[1] || d.Categories == nil {
			t.Errorf("%#x: %+v", connectivity, d)
		}
	}
	if d := stateOf(0, []uint32{2, 0, 7, 1}); !slices.Equal(d.Categories, []string{"domain", "public", "private"}) {
		t.Errorf("%q", d.Categories)
	}
}

// Methods that are called lie behind those of IDispatch, of which there are seven, and
// what every object has lies among the first three.
func TestMethodsLieWhereTheyCan(t *testing.T) {
	const ofIDispatch, ofIUnknown = 7, 3
	for name, place := range map[string]int{"GetNetworks": managerGetNetworks, "GetConnectivity": managerGetConnectivity, "Next": enumNext, "GetCategory": networkGetCategory} {
		if place < ofIDispatch || place >= 32 { // as many as an object is read with
			t.Errorf("%s is method %d", name, place)
		}
	}
	if methodRelease >= ofIUnknown || enumConnected == 0 {
		t.Errorf("Release is method %d, connected networks are flag %d", methodRelease, enumConnected)
	}
}

// fake is a registry by path\key\value.
type fake struct {
	values  map[string]any
	refuses string
}

func (f fake) keys(path string) (list []string, err error) {
	if path == f.refuses {
		return nil, fs.ErrPermission
	}
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if rest, below := strings.CutPrefix(name, path+`\`); below {
			key, _, _ := strings.Cut(rest, `\`)
			if !slices.Contains(list, key) {
				list = append(list, key)
			}
		}
	}
	if list == nil {
		return nil, fs.ErrNotExist
	}
	return list, nil
}

func read[T any](f fake, path, value string) (v T, err error) {
	v, ok := f.values[path+`\`+value].(T)
	if !ok {
		return v, fs.ErrNotExist
	}
	return v, nil
}

func (f fake) texts(path, value string) ([]string, error) { return read[[]string](f, path, value) }
func (f fake) text(path, value string) (string, error)    { return read[string](f, path, value) }
func (f fake) number(path, value string) (uint32, error)  { return read[uint32](f, path, value) }

var asked = []string{"ws-broker-service.us-east-1.amazonaws.com", "drp-iad.amazonworkspaces.com", "opinsights.example.net", "192.0.2.1", "", "DRP-iad.amazonworkspaces.com."}

func TestNamePolicy(t *testing.T) {
	local := localRules + `\`
	for name, c := range map[string]struct {
		values map[string]any
		want   probe.NamePolicyDetail
	}{
		"no table": {nil, probe.NamePolicyDetail{Holds: []probe.NamePolicyRule{}}},
		"a company's own domain": {map[string]any{
			local + `{1}\Name`: []string{".corp.example.com"}, local + `{1}\GenericDNSServers`: "10.0.0.53", local + `{1}\ConfigOptions`: uint32(8),
		}, probe.NamePolicyDetail{Source: "local", Rules: 1, Holds: []probe.NamePolicyRule{}}},
		"every name, and one exempt": {map[string]any{
			local + `{1}\Name`: []string{"."}, local + `{1}\GenericDNSServers`: "10.0.0.53; 10.0.1.53;ns.corp.example.com;no server!", local + `{1}\ConfigOptions`: uint32(8),
			local + `{2}\Name`: []string{".amazonaws.com", ".amazonaws.com.cn"}, local + `{2}\ConfigOptions`: uint32(2), local + `{2}\GenericDNSServers`: "10.9.9.9",
		}, probe.NamePolicyDetail{Source: "local", Rules: 2, Holds: []probe.NamePolicyRule{
			{Namespace: ".amazonaws.com", Names: []string{asked[0]}, Servers: []string{}},
			{Namespace: ".", Names: []string{asked[1], asked[2]}, Servers: []string{"10.0.0.53", "10.0.1.53", "ns.corp.example.com"}},
		}}},
		"group policy alone counts": {map[string]any{
			policyRules + `\{1}\Name`: []string{".Amazonworkspaces.com"}, policyRules + `\{1}\DirectAccessDNSServers`: "2001:db8::53", policyRules + `\{1}\ConfigOptions`: uint32(4),
			local + `{2}\Name`: []string{"."}, local + `{2}\GenericDNSServers`: "10.9.9.9",
		}, probe.NamePolicyDetail{Source: "group-policy", Rules: 1, Holds: []probe.NamePolicyRule{
			{Namespace: ".Amazonworkspaces.com", Names: []string{asked[1]}, Servers: []string{"2001:db8::53"}},
		}}},
		"the best fit wins": {map[string]any{
			local + `{1}\Name`: []string{".com", ".amazonworkspaces.com", "opinsights"},
			local + `{2}\Name`: []string{"drp-iad.amazonworkspaces.com"}, local + `{2}\GenericDNSServers`: "10.0.0.2",
			local + `{3}\Comment`: "a rule without a name",
		}, probe.NamePolicyDetail{Source: "local", Rules: 3, Holds: []probe.NamePolicyRule{
			{Namespace: ".com", Names: []string{asked[0]}, Servers: []string{}},
			{Namespace: "drp-iad.amazonworkspaces.com", Names: []string{asked[1]}, Servers: []string{"10.0.0.2"}},
			{Namespace: "opinsights", Names: []string{asked[2]}, Servers: []string{}},
		}}},
		"hostile": {map[string]any{
			local + `{1}\Name`: []string{"", ".", ".\x1b[31m", strings.Repeat("a", 300)}, local + `{1}\GenericDNSServers`: "\x1b[2J;" + strings.Repeat("1.1.1.1;", 50),
		}, probe.NamePolicyDetail{Source: "local", Rules: 1, Holds: []probe.NamePolicyRule{
			{Namespace: ".", Names: asked[:3], Servers: slices.Repeat([]string{"1.1.1.1"}, mostServer)},
		}}},
	} {
		got, err := readPolicy(fake{values: c.values}, asked)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	if _, err := readPolicy(fake{refuses: localRules}, asked); err == nil {
		t.Error("a table that may not be read is an empty one")
	}
}

func TestEveryQuestionIsAFactOrAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, start := make(chan struct{}), time.Now()
		list, gaps := look(t.Context(), []question{
			{"hanging", probe.HostNetworkState, func() (probe.Detail, error) { <-release; return nil, nil }},
			{"refusing", probe.HostNetworkState, func() (probe.Detail, error) { return nil, errors.New("no") }},
			{"answering", probe.HostNamePolicy, func() (probe.Detail, error) { return probe.NamePolicyDetail{Rules: 1}, nil }},
		}, time.Now)
		if len(list) != 1 || list[0].Operation != probe.HostNamePolicy || list[0].Outcome != probe.OK || list[0].Step != step {
			t.Errorf("%+v", list)
		}
		if len(gaps) != 2 || !strings.HasPrefix(gaps[0], "hanging: ") || gaps[1] != "refusing: no" || time.Since(start) != patience {
			t.Errorf("%q after %v", gaps, time.Since(start))
		}
		close(release)
	})
}

func FuzzNamePolicy(f *testing.F) {
	f.Add(".example.com", "10.0.0.1;x", "a.example.com")
	f.Fuzz(func(t *testing.T, space, servers, name string) {
		d, err := readPolicy(fake{values: map[string]any{localRules + `\k\Name`: []string{space}, localRules + `\k\GenericDNSServers`: servers}}, []string{name})
		if err != nil || len(d.Holds) > 1 {
			t.Errorf("%+v, %v", d, err)
		}
		for _, h := range d.Holds {
			if !plainName(h.Namespace) || slices.ContainsFunc(h.Servers, func(s string) bool { return strings.ContainsAny(s, "\x1b ") }) {
				t.Errorf("%q", h)
			}
		}
	})
}
