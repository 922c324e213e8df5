package cli

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestABuildTellsWhatTheGoToolKnewOfIt(t *testing.T) {
	known := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.time", Value: "2026-11-27T03:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	for name, c := range map[string]struct {
		info *debug.BuildInfo
		want build
		says string
	}{
		"released": {known, build{Version: "v1.2.3", Commit: "0123456789ab", Date: "2026-11-27T03:00:00Z", Modified: true, Go: "go1.26.8"},
			"wsdoctor  v1.2.3\ncommit    0123456789ab, with changes\ndate      2026-11-27T03:00:00Z\ngo        go1.26.8\n"},
		"from a folder": {&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}}, build{Version: "devel", Go: "go1.26.8"},
			"wsdoctor  devel\ncommit    unknown\ndate      unknown\ngo        go1.26.8\n"},
		"nothing known": {nil, build{Version: "devel"}, "wsdoctor  devel\ncommit    unknown\ndate      unknown\ngo        unknown\n"},
	} {
		c.want.Schema, c.want.OS, c.want.Arch = versionSchema, runtime.GOOS, runtime.GOARCH
		got := buildOf(c.info)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		var out strings.Builder
		if err := got.print(Env{Stdout: &out}); err != nil || out.String() != c.says+"system    "+runtime.GOOS+"/"+runtime.GOARCH+"\n" {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
}
